"""A link by name gives way to one that the act publishes: rows move in one transaction, and it is told."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest

from identity_scene import m, s, searches, t
from sample_rows import artist, batch, billing, played, played_show
from thesetd.adapters.postgres import PostgresStore
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


async def test_all_that_came_through_a_weak_link_leaves_with_it(postgres_store: PostgresStore, look: Look) -> None:
    """Four setlists and their shows go to an artist of their own; the refusal has its evidence, the feed an event."""
    write = postgres_store.batches.write
    nights = [date(2026, 5, day) for day in (18, 19, 20, 21)]
    ours = billing(m(1).id, name="Glass Orchard", mbid=m(1).id)
    shows = tuple(
        played_show(provider_id=f"Page{day.day}", local_date=day, bill=(ours,), name=f"Glass Orchard {day.day}")
        for day in nights
    )
    pages = tuple(played(setlistfm_id=one.provider_id, event_date=one.local_date, artist_mbid=m(1).id) for one in shows)
    sought = searches((FAMOUS, SMALL, BILLED))
    famous = artist(name="Glass Orchard", slug="glass-orchard", spotify_id=s(1).id, mbid=m(1).id)
    await write(batch(artists=(famous,)))
    await write(batch(2, shows=shows, actual_setlists=pages))
    assert await look(HELD) == [(s(1).id, m(1).id, 4, 4)]
    (last,) = await look("select max(id) from thesetd.changes")
    wanted = frozenset({s(1)})
    found = await write(batch(3, identity=Learnt(records=(BILLED, LARGE), searches=sought, wanted=wanted)))
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
