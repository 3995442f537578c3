"""Steps that mend rows of earlier versions: the rows before a step, and after it."""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from sample_rows import NOW
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.postgres import migrate
from thesetd.adapters.postgres.migrations import known_migrations
from thesetd.domain.identity.statements import Reason, Rule

pytestmark = pytest.mark.real
Mended = Callable[[int, str], Awaitable["Ask"]]
Ask = Callable[[str], Awaitable[list[Any]]]


@pytest.fixture
def mended(empty_dsn: str, bridge: AsyncioBridge, monkeypatch: pytest.MonkeyPatch) -> Mended:
    """Give a function that applies all steps before one, runs a script, and applies the others."""

    async def run(statement: str) -> list[Any]:
        async def work() -> list[Any]:
            connection = await asyncpg.connect(empty_dsn)
            try:
                if ";" in statement:
                    await connection.execute(statement)
                    return []
                return [tuple(row) for row in await connection.fetch(statement)]
            finally:
                await connection.close()

        return await bridge(work)

    async def mend(step: int, script: str) -> Ask:
        former = known_migrations()[: step - 1]
        with monkeypatch.context() as patch:
            patch.setattr("thesetd.adapters.postgres.migrations.known_migrations", lambda: former)
            await migrate(empty_dsn, bridge, at=NOW)
        script = re.sub(r"\$([A-D])(\d)", r"'\1\g<2>000000-0000-4000-8000-000000000000'", script)
        await run(script.replace("$now", f"'{NOW}'").replace("$then", f"'{NOW}'::timestamptz - interval '1 day'"))
        await migrate(empty_dsn, bridge, at=NOW)
        return run

    return mend


CREDITED_TWICE = """
insert into artists (id, name, folded_name, slug, spotify_id, created_at, updated_at) values
    ($A1, 'Owls', 'owls', 'owls', 'A', $now, $now),
    ($A2, 'Bats', 'bats', 'bats', 'B', $now, $now);
insert into albums (id, artist_id, spotify_id, name, album_type, version, available, created_at, updated_at)
select id::uuid, $A1, name, name, 'album', 'studio', true, $now, $now
from (values ($B1, 'Former'), ($B2, 'New'), ($B3, 'Left'), ($B4, 'Gained')) as n (id, name);
insert into tracks
    (id, album_id, spotify_id, name, disc_number, track_number, classes, evidence, created_at, updated_at)
select id::uuid, album::uuid, name, name, 1, 1, '{studio}', '{}', $now, $now
from (values ($C1, $B2, 'moved'), ($C2, $B1, 'stayed'), ($C3, $B2, 'own'), ($C4, $B4, 'moved alone'))
    as n (id, album, name);
insert into songs (id, artist_id, name, key, offered, created_at, updated_at)
select id::uuid, $A1, name, name, true, $now, $now
from (values ($D1, 'moved'), ($D2, 'stayed'), ($D3, 'own'), ($D4, 'alone')) as n (id, name);
insert into thesetd.album_credits (artist_id, album_id, tracks, songs, created_at) values
    ($A1, $B1, array[$C1, $C2]::uuid[], array[$D1, $D2]::uuid[], $then),
    ($A1, $B2, array[$C1, $C3, $C1]::uuid[], array[null, $D3, $D1]::uuid[], $now),
    ($A1, $B3, array[$C4, $C9]::uuid[], array[$D4, $D4]::uuid[], $then),
    ($A2, $B1, array[$C2]::uuid[], array[null]::uuid[], $then);
insert into thesetd.tracks_by_hand (artist_id, track_id, song_id) values ($A1, $C2, $D2);
"""


async def test_a_track_that_moved_is_credited_on_its_album_alone(mended: Mended) -> None:
    """Each track once, with its song, where it is; one that is gone nowhere, and who had no such row is as before."""
    ask = await mended(69, CREDITED_TWICE)
    found = await ask("""
        select a.name, b.name, t.name, s.name, l.by_hand, l.created_at from artist_tracks l
        join artists a on a.id = l.artist_id join albums b on b.id = l.album_id join tracks t on t.id = l.track_id
        left join songs s on s.id = l.song_id order by a.name, b.name, t.name
    """)
    assert [row[:5] for row in found] == [
        ("Bats", "Former", "stayed", None, False),
        ("Owls", "Former", "stayed", "stayed", True),
        ("Owls", "Gained", "moved alone", "alone", False),
        ("Owls", "New", "moved", "moved", False),
        ("Owls", "New", "own", "own", False),
    ]
    assert [at == NOW for *_, at in found] == [False, False, False, True, True]
    lengths = "select cardinality(tracks), cardinality(songs) from thesetd.album_credits order by 1"
    assert await ask(lengths) == [(1, 1), (1, 1), (1, 1), (2, 2)]
    assert await ask("select to_regclass('thesetd.recounted')") == [(None,)]


TOLD_IN_SENTENCES = """
insert into thesetd.artist_links
    (one_space, one_id, other_space, other_id, decision, rule, strength, evidence, decided_at)
select 'spotify', number::text, 'ticketmaster', number::text, decision, words, 1, '{}', $now
from (values (1, 'automatic', 'the name alone'), (2, 'person', 'a person linked them'),
    (3, 'rejected', 'a person took them apart')) as n (number, decision, words);
insert into thesetd.artist_reviews (about_space, about_id, space, name, reason, proposals, at)
values ('spotify', '1', 'musicbrainz', 'Owls', 'none proven', '[]', $now);
insert into thesetd.artist_decisions (number, verb, ids, others, who, at) values (1, 'link', '{}', '{}', 'anna', $now);
insert into thesetd.artist_changes (number, place, table_name, before, after) values
    (1, 1, 'thesetd.artist_links', null, '{"rule": "a person linked them", "one_id": "2"}'),
    (1, 2, 'thesetd.artist_links', '{"rule": "equal evidence for two artists"}', '{"rule": "the name alone"}'),
    (1, 3, 'thesetd.artist_reviews', '{"reason": "none proven", "name": "the name alone"}', null),
    (1, 4, 'artists', '{"name": "Owls", "rule": "none proven"}', null);
"""


async def test_sentences_about_links_become_codes(mended: Mended) -> None:
    """Of links, of reviews, and of what decisions changed in both, so that an undo finds them; nothing else changes.

    A daemon of an earlier version that still runs writes sentences, which are refused.
    """
    ask = await mended(71, TOLD_IN_SENTENCES)
    codes = [("bare_name",), ("person",), ("person",)]
    assert await ask("select rule from thesetd.artist_links order by one_id") == codes
    assert await ask("select reason from thesetd.artist_reviews") == [("unproven",)]
    kept = await ask("select before::text, after::text from thesetd.artist_changes order by place")
    assert [tuple(json.loads(one) if one else None for one in row) for row in kept] == [
        (None, {"rule": "person", "one_id": "2"}),
        ({"rule": "contested"}, {"rule": "bare_name"}),
        ({"reason": "unproven", "name": "the name alone"}, None),
        ({"name": "Owls", "rule": "none proven"}, None),
    ]
    for late in (
        "thesetd.artist_links set rule = 'the name alone'",
        "thesetd.artist_reviews set reason = 'none proven'",
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            await ask(f"update {late}")


def test_the_step_knows_every_sentence_of_its_time() -> None:
    """Each rule and reason that there was became the code that is stored for it now."""
    (step,) = (one for one in known_migrations() if one.number == 71)
    codes = {code for _, code in re.findall(r"^    \('([^']+)', '(\w+)'\)", step.sql, re.MULTILINE)}
    assert codes == {one.value for kind in (Rule, Reason) for one in kind}
