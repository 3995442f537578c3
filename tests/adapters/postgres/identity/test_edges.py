"""What a decision reads is a part of what is known: artists at its edge keep what was decided with all of theirs."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from identity_scene import act, m, s, searches, t
from sample_rows import batch
from thesetd.adapters.postgres import PostgresStore
from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.identity.near import _ALL, NEAR
from thesetd.domain.identity.learning import Learnt
from thesetd.domain.identity.spaces import Ref
from thesetd.domain.identity.statements import Record

Look = Callable[..., Awaitable[list[Any]]]
ANT, BILLED = act(s(1), "Ant Road"), act(t(1), "Ant Road", s(2))  # its link leads to quite another name
OTHERS = """
insert into artists (id, name, folded_name, slug, spotify_id, is_stub, created_at, updated_at)
select gen_random_uuid(), 'Other ' || n, 'other ' || n, 'other-' || n, n, false, now(), now()
from generate_series(1, 20000) n;
insert into thesetd.artist_ids (space, id, artist_id, created_at)
select 'spotify', spotify_id, id, created_at from artists where spotify_id is not null;
insert into thesetd.artist_records (space, id, names, former, links, record, updated_at)
select 'spotify', n, array['other ' || n], '{}', '{}', '{}', now() from generate_series(1, 20000) n;
analyze artists, thesetd.artist_ids, thesetd.artist_records
"""
MOST_PAGES = 150
BEE, PAGES = act(s(2), "Bee Road"), [act(m(number), "Bee Road", audience=number) for number in (1, 2)]


async def learn(store: PostgresStore, wanted: Ref, *records: Record) -> None:
    """Import an artist of whose name these are all."""
    learnt = Learnt(records=records, searches=searches(records), wanted=frozenset({wanted}), complete=True)
    await store.batches.write(batch(identity=learnt))


async def kept(look: Look) -> list[object]:
    """Return the questions, the links and what is told of each artist."""
    told = await look("select name, spotify_id, ticketmaster_id, mbid, verified from artists order by name, 2, 3, 4")
    asked = await look("select about_id, space, proposals::text from thesetd.artist_reviews order by 1, 2")
    return [
        *told,
        *asked,
        *await look("select one_id, other_id, decision, rule from thesetd.artist_links order by 1, 2"),
    ]


@pytest.mark.parametrize("pages", [1, 2])
async def test_artists_at_the_edge_keep_what_was_decided(postgres_store: PostgresStore, look: Look, pages: int) -> None:
    """What is learnt of a namesake of what links to an artist changes none of the artist's questions and links."""
    await learn(postgres_store, s(2), BEE, act(s(3), "Bee Road"), *PAGES[:pages])
    await learn(postgres_store, s(1), ANT, act(s(4), "Ant Road"), BILLED)
    before = await kept(look)
    assert str(s(2).id) in {row[0] for row in before if isinstance(row, tuple)}
    await postgres_store.batches.write(batch(identity=Learnt(records=(ANT,))))
    assert await kept(look) == before


async def test_what_is_near_is_found_by_indexes(postgres_store: PostgresStore) -> None:
    """No record is read that is not near: else each decision reads all that were ever made."""

    async def work(connection: Connection) -> list[str]:
        await connection.execute("set local enable_seqscan = off")  # one that stays has no index that fits
        plan = await connection.fetch(f"explain {NEAR} select space, id from near", ["spotify"], ["x"], ["bee road"])
        return [row[0] for row in plan]

    plan = await postgres_store.database.transact(work)
    assert any("artist_records_links" in line for line in plan)
    assert [line for line in plan if "Seq Scan on artist_" in line] == []


async def test_what_is_stored_of_others_is_not_read(postgres_store: PostgresStore) -> None:
    """A decision beside 20,000 other artists reads a few pages, by a plan that was made for any ids and names."""

    async def work(connection: Connection) -> list[str]:
        await connection.execute(OTHERS)
        await connection.execute(f"prepare everything (text[], text[], text[]) as {_ALL}")
        plan = await connection.fetch("explain (analyze, buffers) execute everything ('{spotify}', '{5}', '{other 7}')")
        await connection.execute("deallocate everything")
        return [row[0] for row in plan]

    plan = await postgres_store.database.transact(work)
    (pages,) = re.findall(r"Buffers: shared hit=(\d+)", "\n".join(plan))[:1]
    assert int(pages) < MOST_PAGES, "\n".join(plan)
