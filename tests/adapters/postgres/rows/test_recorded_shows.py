"""What recorded and invented answers about shows leave in the tables that people read."""

import json
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sample_rows import MBID, artist, batch, moment, predicted, show, song
from thesetd.adapters.postgres import PostgresStore
from thesetd.adapters.providers.ticketmaster.rows import to_show
from thesetd.adapters.providers.ticketmaster.wire import WireEvent, read_items
from thesetd.domain.work.batches import Batch

Look = Callable[..., Awaitable[list[Any]]]
DATED, MOVED = "us-top-2020-eagles-sports", "los-angeles-eagles-2021-us"


def recorded(corpus: Path, name: str, minutes: float) -> Batch:
    """Return the batch of a recorded list, fetched at that moment."""
    body = json.loads((corpus / f"ticketmaster/events-search/{name}.json").read_text("utf-8"))
    found = [to_show(wire, moment(minutes)) for wire in read_items(body, "events", WireEvent)[1]]
    details = [one for one in found if one is not None]
    venues = {one.venue.provider_id: one.venue for one in details if one.venue}
    return batch(minutes, shows=tuple(one.show for one in details), venues=tuple(venues.values()))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["as recorded", "the later one first"])
async def test_recorded_reschedules_are_rows_that_moved(
    postgres_store: PostgresStore, look: Look, corpus: Path, order: tuple[int, int]
) -> None:
    """The two events that both lists hold keep their keys and are in October 2021, in either order of arrival."""
    lists = recorded(corpus, DATED, 0), recorded(corpus, MOVED, 60)
    both = sorted({one.provider_id for one in lists[0].rows.shows} & {one.provider_id for one in lists[1].rows.shows})
    assert len(both) == 2
    await postgres_store.batches.write(lists[order[0]])
    keys = await look("select id from shows where ticketmaster_id = any($1) order by 1", both)
    await postgres_store.batches.write(lists[order[1]])
    rows = await look(
        "select id, date_trunc('month', local_date)::date, said_status from shows where ticketmaster_id = any($1)"
        " order by 1",
        both,
    )
    assert [row[0] for row in rows] == keys
    assert [row[1:] for row in rows] == [(date(2021, 10, 1), "rescheduled")] * 2


@pytest.mark.parametrize(
    ("answer", "counts"),
    [
        ({"status": "cancelled"}, 0),
        ({"status": "postponed", "withdrawn": ("local_date",)}, 0),
        ({"status": "withdrawn", "gone_because": "unknown by its id"}, 0),
        ({"status": "scheduled"}, 1),
        ({"status": "postponed"}, 1),
    ],
)
async def test_only_shows_that_are_on_and_dated_have_songs_to_vote_on(
    postgres_store: PostgresStore, look: Look, answer: dict[str, Any], counts: int
) -> None:
    """Rows and votes stay, and come back with the show."""
    told = {"local_date": None, **answer}
    sold = batch(artists=(artist(mbid=MBID),), shows=(show(status="scheduled"),), predicted=(predicted("Hoot"),))
    await postgres_store.batches.write(sold)
    await postgres_store.batches.write(batch(1, songs=(song(name="Hoot"),), shows=(show(1, **told),)))
    assert await look("select count(*) from setlist_to_vote") == [counts]
    assert await look("select count(*) from setlist_songs") == [1]
    await postgres_store.batches.write(batch(2, shows=(show(2, status="scheduled"),)))
    assert await look("select count(*) from setlist_to_vote") == [1]


async def test_a_change_of_price_alone_is_stored_and_counted(postgres_store: PostgresStore, look: Look) -> None:
    """The same answer again counts nothing."""
    prices = {"price_currency": "USD", "price_min": 50.0, "price_max": 100.0}
    await postgres_store.batches.write(batch(artists=(artist(),), shows=(show(**prices),)))
    dearer = show(1, **{**prices, "price_max": 300.0})
    assert (await postgres_store.batches.write(batch(1, shows=(dearer,)))).changed["shows"] == 1
    assert await look("select price_min, price_max from shows") == [(50.0, 300.0)]
    again = show(2, **{**prices, "price_max": 300.0})
    assert not (await postgres_store.batches.write(batch(2, shows=(again,)))).changed.get("shows")
