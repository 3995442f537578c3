"""A link by name gives way to one that the act publishes: rows move in one transaction, and it is told."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest

from identity_scene import m, s, searches, t
from sample_rows import artist, batch, billing, played, played_show
from thesetd.adapters.postgres import PostgresStore
from thesetd.adapters.postgres.database import Connection
from thesetd.domain.identity.learning import Learnt
from thesetd.domain.identity.statements import Record, RecordKind

pytestmark = pytest.mark.real
Look = Callable[..., Awaitable[list[Any]]]
FAMOUS = Record(ref=s(1), name="Glass Orchard", audience=900_000)
SMALL, LARGE = (Record(ref=m(n), name="Glass Orchard", audience=size) for n, size in ((1, 4), (2, 310)))
BILLED = Record(ref=t(1), name="Glass Orchard", kind=RecordKind.ACT, links=frozenset({s(1), m(2)}))
HELD = """
    select a.spotify_id, a.mbid, count(distinct p.id), count(distinct l.show_id) from artists a
    left join actual_setlists p on p.artist_id = a.id
    left join artist_shows l on l.artist_id = a.id and l.left_at is null
    where a.merged_into is null group by a.id order by 2
"""


NIGHTS = [date(2026, 5, day) for day in (18, 19, 20, 21)]
BETTER = Learnt(
    records=(BILLED, LARGE), searches=searches((FAMOUS, SMALL, BILLED)), wanted=frozenset({s(1)})
)  # publishes another link


@pytest.fixture
async def linked(postgres_store: PostgresStore, look: Look) -> PostgresStore:
    """Store four nights of an artist that came through the link by its name."""
    write = postgres_store.batches.write
    ours = billing(m(1).id, name="Glass Orchard", mbid=m(1).id)
    shows = tuple(
        played_show(provider_id=f"Page{day.day}", local_date=day, bill=(ours,), name=f"Glass Orchard {day.day}")
        for day in NIGHTS
    )
    pages = tuple(played(setlistfm_id=one.provider_id, event_date=one.local_date, artist_mbid=m(1).id) for one in shows)
    famous = artist(name="Glass Orchard", slug="glass-orchard", spotify_id=s(1).id, mbid=m(1).id)
    await write(batch(artists=(famous,)))
    await write(batch(2, shows=shows, actual_setlists=pages))
    assert await look(HELD) == [(s(1).id, m(1).id, 4, 4)]
    return postgres_store


async def test_all_that_came_through_a_weak_link_leaves_with_it(linked: PostgresStore, look: Look) -> None:
    """Four setlists and their shows go to an artist of their own; the refusal has its evidence, the feed an event."""
    (last,) = await look("select max(id) from thesetd.changes")
    found = await linked.batches.write(batch(3, identity=BETTER))
    assert await look(HELD) == [(None, m(1).id, 4, 4), (s(1).id, m(2).id, 0, 0)]
    refused = (
        "select decision, rule, evidence::text from thesetd.artist_links where one_id = any($1) and other_id = any($1)"
    )
    ((decision, _, evidence),) = await look(refused, [m(1).id, s(1).id])
    assert decision == "rejected"
    assert m(2).id in evidence
    assert found.decided is not None
    assert found.decided.moved == (f"{m(1)} left with 4 shows, 4 setlists",)
    told = await look("select kind, count(*) from thesetd.changes where id > $1 group by kind", last)
    assert dict(told) == {"artist": 2, "identity": 2, "show": 4, "setlist": 4}


REFUSING = """
    create function refuse() returns trigger language plpgsql as $f$ begin
        if new.artist_id is distinct from old.artist_id and {which} then raise exception 'it stays'; end if;
        return new;
    end $f$;
    create trigger refuse before update on {table} for each row execute function refuse();
"""


@pytest.mark.parametrize(
    ("table", "which", "left"),
    [
        ("artist_shows", "(select local_date from shows where id = new.show_id) = '2026-05-18'", [(4, 4), (0, 0)]),
        ("actual_setlists", "new.event_date = '2026-05-18'", [(3, 4), (1, 0)]),
    ],
)
async def test_what_the_application_refuses_to_move_stays_alone(
    linked: PostgresStore, look: Look, table: str, which: str, left: list[tuple[int, int]]
) -> None:
    """One row that its trigger refuses is a reject; the decision is stored, and all else leaves with the id.

    A place on a bill that was not given up for the artist is made for it, as its page says.
    """

    async def refuse(connection: Connection) -> None:
        await connection.execute(REFUSING.format(table=table, which=which))

    async def allow(connection: Connection) -> None:
        await connection.execute("drop function refuse cascade")

    await linked.database.transact(refuse)
    try:
        found = await linked.batches.write(batch(3, identity=BETTER))
    finally:
        await linked.database.transact(allow)
    assert {(one.kind, one.reason) for one in found.rejects} == {(table, "it stays")}
    assert [row[2:] for row in await look(HELD)] == left
    assert [row[:2] for row in await look(HELD)] == [(None, m(1).id), (s(1).id, m(2).id)]
