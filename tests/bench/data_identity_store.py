"""Who is who as the database keeps it: a world of known artists, imported one after another, then changed by hand.

Every artist is imported through the store's own decision, first in a world without late namesakes, then in the later
one with merged, moved and dead ids, in another order. Then words of people are said and undone, the last one first,
and every row has to be what it was. Targets: 99.9 % of the automatic links right, no id of a namesake on a
famous artist, every undo exact. The records are those of `data_identity`, which judges the rules alone.
"""

import os
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import trio

from bench.worlds import machine
from identity_world import Truth, make
from sample_rows import album, artist, batch, billing, predicted, show, song
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.aio.loop import open_quick_loop
from thesetd.adapters.embedded.postgres import EmbeddedPostgres
from thesetd.adapters.postgres import PostgresStore, migrate
from thesetd.adapters.postgres.database import Connection
from thesetd.domain.identity.decisions import Entry, Verb
from thesetd.domain.identity.learning import Learnt
from thesetd.domain.identity.spaces import SPOTIFY, Ref, Space
from thesetd.domain.identity.statements import IdentityEvidence, Record
from thesetd.domain.music.edits import Edit, MatchSong, MergeSongs, SplitSong, UndoDecision, UndoRuling
from thesetd.domain.music.names import fold
from thesetd.domain.music.records import Rows
from thesetd.domain.work.batches import Batch

ARTISTS = int(os.environ.get("THESETD_BENCH_IMPORTED", "1000"))  # a batch takes about 50 ms
WORDS = int(os.environ.get("THESETD_BENCH_WORDS", str(max(40, ARTISTS // 10))))
RIGHT = 0.999
NOW = datetime(2026, 6, 1, tzinfo=UTC)
FURNISHED = max(12, ARTISTS // 50)  # artists with a catalogue, a show and a prediction; in half of the decisions
LOGS = ("artist_decisions", "artist_changes", "song_decisions", "song_rulings", "changes", "outbox")
_TABLES = """
select format('%I.%I', table_schema, table_name) as name from information_schema.tables
where table_schema in ('public', 'thesetd') and table_type = 'BASE TABLE' order by 1
"""
_IMPORTED = "select name, slug, spotify_id from artists where spotify_id is not null and not is_stub order by id"
_SONGS = """
select s.id, s.artist_id, a.slug, array_agg(t.spotify_id order by t.spotify_id) as tracks
from songs s join artist_tracks l on l.song_id = s.id join tracks t on t.id = l.track_id
join artists a on a.id = s.artist_id
where s.merged_into is null group by s.id, s.artist_id, a.slug order by s.id
"""
_FURNISHED = "select distinct artist_id from songs"
_KNOWN = """
select artist_id, array_agg(space || ':' || id order by space || ':' || id) as ids from thesetd.artist_ids
group by artist_id order by artist_id
"""


async def write(store: PostgresStore, learnt: Learnt) -> int | None:
    """Store one batch, and return the number of its word."""
    decided = (await store.batches.write(Batch(at=NOW, rows=Rows(identity=learnt)))).decided
    return decided.number if decided else None


def imports(world: IdentityEvidence, rng: random.Random) -> Iterable[Learnt]:
    """Return what each import learns: all records of the artist's name, and what searches of it said."""
    named: dict[str, list[Record]] = defaultdict(list)
    for record in world.records:
        named[fold(record.name)].append(record)
    searched = defaultdict(set)
    for search in world.searches:
        searched[search.name].add(search)
    names = sorted(named)
    rng.shuffle(names)
    for name in names:
        for record in named[name]:
            wanted = frozenset({record.ref} if record.ref.space != "ticketmaster" and not record.gone else ())
            yield Learnt(
                records=tuple(named[name]), searches=frozenset(searched[name]), wanted=wanted, complete=bool(wanted)
            )


async def rows(store: PostgresStore, statement: str) -> list[asyncpg.Record]:
    """Read from the database."""

    async def work(connection: Connection) -> list[asyncpg.Record]:
        return await connection.fetch(statement)

    return await store.database.read(work)


async def snapshot(store: PostgresStore) -> dict[str, Any]:
    """Return every row of every table but the logs."""
    tables = [row["name"] for row in await rows(store, _TABLES)]
    return {
        table: [row["t"] for row in await rows(store, f"select to_jsonb(t)::text as t from {table} t order by 1")]
        for table in tables
        if table.partition(".")[2] not in LOGS
    }


async def judge(store: PostgresStore, truth: Truth) -> tuple[int, int, int]:
    """Return right and wrong automatic links of artists that have a row, and famous artists with a namesake's id."""
    owners = {
        Ref(Space(row["space"]), row["id"]): row["artist_id"]
        for row in await rows(store, "select space, id, artist_id from thesetd.artist_ids")
    }
    links = await rows(store, "select * from thesetd.artist_links where decision = 'automatic' and strength <> 3")
    pairs = [
        (Ref(Space(row["one_space"]), row["one_id"]), Ref(Space(row["other_space"]), row["other_id"])) for row in links
    ]
    right = sum(truth.owner[one] == truth.owner[other] for one, other in pairs)
    whose: dict[Any, set[int]] = defaultdict(set)
    for ref, row in owners.items():
        whose[row].add(truth.owner[ref])
    poisoned = sum(len(whose[owners[ref]]) > 1 for ref in truth.famous if ref in owners)
    return right, len(pairs) - right, poisoned


async def furnish(store: PostgresStore) -> None:
    """Give some artists two albums with a song in common, a show, and a prediction of it."""
    for number, row in enumerate((await rows(store, _IMPORTED))[:FURNISHED]):
        page = row["spotify_id"]
        albums = [album(spotify_id=f"Album{number}{side}", artist_spotify_id=page, name=side) for side in "AB"]
        tracks = [
            song(
                spotify_id=f"{one.spotify_id}{place}",
                album_spotify_id=one.spotify_id,
                artist_spotify_ids=(page,),
                name=name,
                track_number=place,
            )
            for one in albums
            for place, name in enumerate(("Both Sides", f"Only {one.name}"), start=1)
        ]
        acts = (billing(f"Act{number}", name=row["name"], spotify_id=page),)
        concert = show(provider_id=f"Show{number}", bill=acts)
        mine = artist(name=row["name"], slug=row["slug"], spotify_id=page)
        await store.batches.write(batch(artists=(mine,), albums=tuple(albums), songs=tuple(tracks), shows=(concert,)))
        voted = predicted("Both Sides", "Only A", artist=Ref(SPOTIFY, page), show_provider_id=f"Show{number}")
        await store.batches.write(batch(1, predicted=(voted,)))


async def words(store: PostgresStore, rng: random.Random) -> tuple[int, list[str]]:
    """Decide about artists and undo it, the last one first; return how many rows differ then, and where.

    Half of the decisions are about artists with a catalogue, whose rows move with them.
    """
    known = await rows(store, _KNOWN)
    refs = [[Ref(Space(text.partition(":")[0]), text.partition(":")[2]) for text in row["ids"]] for row in known]
    full = {row["artist_id"] for row in await rows(store, _FURNISHED)}
    furnished = [ids for ids, row in zip(refs, known, strict=True) if row["artist_id"] in full]
    before, numbers = await snapshot(store), []
    for _ in range(WORDS):
        one, other = rng.choice(furnished if rng.random() < 0.5 else refs), rng.choice(refs)
        if one is other:
            continue
        apart = len(one) > 1 and rng.random() < 0.5
        verb = rng.choice((Verb.UNLINK, Verb.SPLIT) if apart else (Verb.LINK, Verb.MERGE))
        ids, others = (one[-1:], one[:-1]) if apart else (one[:1], other[:1])
        word = Entry(number=0, verb=verb, ids=frozenset(ids), others=frozenset(others))
        numbers.append(await write(store, Learnt(word=word)))
    changed, where = differing(before, await snapshot(store))
    print(f"  {len(numbers)} decisions about artists change {changed} rows of {len(where)} tables")
    for number in reversed(numbers):
        await write(store, Learnt(word=Entry(number=0, verb=Verb.UNDO, undoes=number)))
    return differing(before, await snapshot(store))


async def decide(store: PostgresStore, edit: Edit) -> int:
    """Carry out a decision that is possible, and return its number."""
    (found,) = (await store.batches.write(Batch(at=NOW, rows=Rows(), edits=(edit,)))).edited
    if found.problem:
        raise ValueError(f"{edit}: {found.problem}")
    return found.number or 0


async def song_words(store: PostgresStore) -> tuple[int, list[str]]:
    """Decide about songs of each artist and undo it, the last one first; return what differs then."""
    before, undone = await snapshot(store), []
    songs: dict[Any, list[asyncpg.Record]] = defaultdict(list)
    for row in await rows(store, _SONGS):
        songs[row["artist_id"]].append(row)
    for mine in songs.values():
        both = max(mine, key=lambda one: len(one["tracks"]))
        one, other = [row for row in mine if row is not both][:2]
        split, merged, named = [
            await decide(store, edit)
            for edit in (
                SplitSong(song=both["id"], tracks=(both["tracks"][0],)),
                MergeSongs(song=one["id"], into=other["id"]),
                MatchSong(slug=both["slug"], name="Both Sidez", song=both["id"]),
            )
        ]
        undone += [UndoDecision(number=split), UndoDecision(number=merged), UndoRuling(about="song", number=named)]
    changed, where = differing(before, await snapshot(store))
    print(f"  {len(undone)} decisions about songs change {changed} rows of {len(where)} tables")
    for edit in reversed(undone):
        await decide(store, edit)
    return differing(before, await snapshot(store))


def differing(before: dict[str, list[str]], after: dict[str, list[str]]) -> tuple[int, list[str]]:
    """Count the rows that two snapshots do not have alike, and name their tables."""
    other = {table: len({*before[table]} ^ {*after[table]}) for table in before}
    return sum(other.values()), sorted(table for table, count in other.items() if count)


async def run() -> bool:
    """Print the figures, and return whether they meet the targets."""
    truth, rng, good = make(ARTISTS), random.Random(1), True
    with tempfile.TemporaryDirectory() as folder:
        async with EmbeddedPostgres.run(Path(folder)) as dsn, open_quick_loop():
            bridge = AsyncioBridge()
            await migrate(dsn, bridge, at=NOW)
            async with PostgresStore.open(dsn, bridge) as store:
                for epoch, world in (("first", truth.before), ("later", truth.after)):
                    begun, count = time.perf_counter(), 0
                    for learnt in imports(world, rng):
                        await write(store, learnt)
                        count += 1
                    took = time.perf_counter() - begun
                    right, wrong, poisoned = await judge(store, truth)
                    print(
                        f"  {epoch:6} right {right / (right + wrong):.5f} of {right + wrong} links, {poisoned} of "
                        f"{len(truth.famous)} famous ones with a namesake's id; {count} batches, "
                        f"{1000 * took / count:.1f} ms each"
                    )
                    good = good and right >= RIGHT * (right + wrong) and not poisoned
                await furnish(store)
                for what, (count, where) in (("artists", await words(store, rng)), ("songs", await song_words(store))):
                    print(f"  decisions about {what}, each undone: {count} rows differ {', '.join(where)}")
                    good = good and not count
    return good


def main() -> None:
    """Print the figures; end with 1 where a target is missed."""
    print(f"identity of {ARTISTS} artists in the database; {machine()}")
    good = trio.run(run)
    met = "met" if good else "missed"
    print(f"target: {RIGHT} right, no famous artist with a namesake's id, every undo exact: {met}")
    sys.exit(not good)


if __name__ == "__main__":
    main()
