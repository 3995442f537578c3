"""Said, not said and withdrawn: what later answers about one event leave in its row."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from sample_rows import MBID, album, artist, batch, show, song, venue
from thesetd.adapters.postgres import PostgresStore
from thesetd.domain.music.records import Show
from thesetd.domain.music.versions import Version

Look = Callable[..., Awaitable[list[Any]]]
DATE = ("local_date", "end_date", "local_time", "starts_at")
PRICES = ("price_currency", "price_max", "price_min", "price_with_fees_max", "price_with_fees_min")
MARCH, MAY = date(2027, 3, 4), date(2027, 5, 11)
BEGINS = datetime(2027, 3, 5, 4, tzinfo=UTC)


def told(minutes: float, **parts: Any) -> Show:
    """Return what an answer at that moment tells of the event."""
    return show(minutes, **{"local_date": None, **parts})


FULL = {"local_date": MARCH, "local_time": time(20), "starts_at": BEGINS, "status": "scheduled"}
PRICED = {"price_currency": "USD", "price_min": 50.0, "price_max": 100.0}


async def stored(store: PostgresStore, look: Look, columns: str, *answers: Show) -> Any:
    """Store answers one after another and give these columns of the one show."""
    await store.batches.write(batch(artists=(artist(mbid=MBID),), venues=(venue(),)))
    for answer in answers:
        await store.batches.write(batch(shows=(answer,)))
    (row,) = await look(f"select {columns} from shows")
    return row


@pytest.mark.parametrize(
    ("first", "then", "status"),
    [
        ("cancelled", None, "cancelled"),
        ("cancelled", "scheduled", "scheduled"),
        ("scheduled", "scheduled", "scheduled"),
        ("postponed", None, "postponed"),
        (None, None, "scheduled"),
    ],
)
async def test_a_status_stands_until_another_is_said(
    postgres_store: PostgresStore, look: Look, first: str | None, then: str | None, status: str
) -> None:
    """An answer without a status changes none; one with a status does."""
    answers = (told(0, local_date=MARCH, status=first), told(1, local_date=MARCH, status=then))
    assert await stored(postgres_store, look, "status", *answers) == status


@pytest.mark.parametrize(("code", "status"), [("postponed", "postponed"), ("scheduled", "scheduled")])
async def test_a_date_is_taken_back(postgres_store: PostgresStore, look: Look, code: str, status: str) -> None:
    """Date, time and moment are unknown then, whatever the code; the first date is kept apart, and nothing repeats."""
    answers = (told(0, **FULL), told(1, status=code, withdrawn=DATE, former_date=MARCH))
    columns = "local_date, local_time, starts_at, former_date, status"
    assert await stored(postgres_store, look, columns, *answers) == (None, None, None, MARCH, status)
    again = await postgres_store.batches.write(batch(shows=(told(2, status=code, withdrawn=DATE),)))
    assert "shows" not in again.changed
    await postgres_store.batches.write(batch(shows=(told(3, local_date=MAY, status="scheduled"),)))
    assert await look("select local_date, former_date from shows") == [(MAY, MARCH)]


async def test_a_time_is_open_again(postgres_store: PostgresStore, look: Look) -> None:
    """The date stays."""
    answers = (told(0, **FULL), told(1, local_date=MARCH, withdrawn=("local_time", "starts_at")))
    assert await stored(postgres_store, look, "local_date, local_time, starts_at", *answers) == (MARCH, None, None)


async def test_what_is_left_out_stays(postgres_store: PostgresStore, look: Look) -> None:
    """Venue, address, prices, bill and name are as they were."""
    full = told(0, **FULL, **PRICED, url="https://tickets.example.com/1", venue_provider_id="VenueA")
    columns = "venue_id is not null, url, price_min, price_max, name, local_date"
    assert await stored(postgres_store, look, columns, full, told(1, name="", bill=())) == (
        *(True, "https://tickets.example.com/1", 50.0, 100.0, "The Owls at The Barn", MARCH),
    )
    assert await look("select count(*) from artist_shows") == [1]


async def test_a_price_is_taken_back(postgres_store: PostgresStore, look: Look) -> None:
    """An empty list clears the price; a list of another says the other."""
    columns = "price_currency, price_min, price_max"
    answers = (told(0, **PRICED), told(1, price_currency="USD", price_min=75.0, price_max=300.0), told(2))
    assert await stored(postgres_store, look, columns, *answers) == ("USD", 75.0, 300.0)
    assert await stored(postgres_store, look, columns, told(3, withdrawn=PRICES)) == (None, None, None)


async def test_a_show_without_a_name_is_called_as_its_acts(postgres_store: PostgresStore, look: Look) -> None:
    """A new one that nothing names is refused and told."""
    assert await stored(postgres_store, look, "name", told(0, name="")) == "The Owls"
    refused = await postgres_store.batches.write(batch(shows=(told(1, provider_id="ShowB", name="", bill=()),)))
    assert [(one.kind, one.key) for one in refused.rejects] == [("shows", "ShowB")]


@pytest.mark.parametrize("code", ["scheduled", "rescheduled"])
async def test_an_old_answer_comes_late(postgres_store: PostgresStore, look: Look, code: str) -> None:
    """In either order the later date stands, without the hour of the earlier, and moving counts, not the code alone."""
    old, new = told(0, **FULL), told(60, local_date=MAY, status=code)
    columns = "local_date, local_time, starts_at, status, former_date"
    assert await stored(postgres_store, look, columns, old, new) == (MAY, None, None, "rescheduled", MARCH)
    assert "shows" not in (await postgres_store.batches.write(batch(shows=(attrs_later(new),)))).changed


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2)])
async def test_the_order_of_arrival_does_not_matter(
    postgres_store: PostgresStore, look: Look, order: tuple[int, ...]
) -> None:
    """What was taken back is not filled again by an older answer that comes late."""
    answers = (
        told(0, **FULL, **PRICED),
        told(60, withdrawn=tuple(sorted({*DATE, *PRICES})), status="postponed", former_date=MARCH),
        told(120, url="https://tickets.example.com/1"),
    )
    columns = "local_date, starts_at, price_min, status, former_date, url"
    expected = (None, None, None, "postponed", MARCH, "https://tickets.example.com/1")
    assert await stored(postgres_store, look, columns, *(answers[n] for n in order)) == expected


async def test_a_late_answer_of_the_earlier_date(postgres_store: PostgresStore, look: Look) -> None:
    """The other order of the two answers about a show that moved."""
    answers = (told(60, local_date=MAY, status="scheduled"), told(0, **FULL))
    columns = "local_date, local_time, starts_at, status, former_date"
    assert await stored(postgres_store, look, columns, *answers) == (MAY, None, None, "rescheduled", MARCH)


def attrs_later(answer: Show) -> Show:
    """Return the same answer a minute later."""
    return told(61, local_date=answer.local_date, status=answer.status)


async def test_a_festival_is_over_after_its_last_day(postgres_store: PostgresStore, look: Look) -> None:
    """One show with its end date; its first day does not complete it."""
    days = {"local_date": date(2026, 5, 29), "timezone": "Europe/Berlin"}
    open_still = told(0, end_date=date(2026, 6, 1), **days)
    assert await stored(postgres_store, look, "status, end_date", open_still) == ("scheduled", date(2026, 6, 1))
    assert await stored(postgres_store, look, "status", told(1, end_date=date(2026, 5, 31), **days)) == "completed"


@pytest.mark.parametrize("day", [date(2027, 6, 1), date(2027, 8, 20)])
async def test_a_new_date_takes_the_last_day_with_it(postgres_store: PostgresStore, look: Look, day: date) -> None:
    """A festival that moves lasts as long as its next answer says, not up to the end that it had before."""
    festival = told(0, local_date=date(2027, 7, 9), end_date=date(2027, 7, 11))
    assert await stored(postgres_store, look, "local_date, end_date", festival, told(1, local_date=day)) == (day, None)


async def test_a_festival_loses_its_dates(postgres_store: PostgresStore, look: Look) -> None:
    """Its last day goes with the first: it is no coming show until it has dates."""
    festival = told(0, local_date=date(2027, 7, 9), end_date=date(2027, 7, 11))
    columns = "local_date, end_date, former_date"
    found = await stored(postgres_store, look, columns, festival, told(1, withdrawn=DATE))
    assert found == (None, None, date(2027, 7, 9))
    await look("update shows set end_date = '2027-07-11'")  # as rows were written before
    (row,) = await look("select id from artists")
    assert (await postgres_store.repertoires.repertoire(row, now=datetime(2027, 1, 1, tzinfo=UTC))).coming == ()


async def test_a_sale_is_open_again(postgres_store: PostgresStore, look: Look) -> None:
    """When tickets are sold is unknown then, and an older answer does not fill it."""
    known = told(0, sales_start=BEGINS)
    assert await stored(postgres_store, look, "sales_start", known, told(1, withdrawn=("sales_start",)), known) is None


async def test_a_track_keeps_its_place_and_an_album_its_type(postgres_store: PostgresStore, look: Look) -> None:
    """Numbers that a later answer leaves out stay; a track that never had any stands at the beginning."""
    first = song(0, track_number=4, disc_number=2)
    await postgres_store.batches.write(
        batch(artists=(artist(),), albums=(album(0, album_type="single"),), songs=(first,))
    )
    unsaid = {"disc_number": None, "track_number": None}
    others = (song(1, **unsaid), song(1, spotify_id="SongB", name="Screech", **unsaid))
    await postgres_store.batches.write(batch(albums=(album(1, album_type=None),), songs=others))
    assert await look("select disc_number, track_number from tracks order by spotify_id") == [(2, 4), (1, 0)]
    assert await look("select album_type from albums") == ["single"]


async def test_an_album_that_was_taken_down_is_unavailable_and_nothing_else(
    postgres_store: PostgresStore, look: Look
) -> None:
    """Its name, type and class stay."""
    await postgres_store.batches.write(batch(artists=(artist(),), albums=(album(0, version=Version.LIVE),)))
    await postgres_store.batches.write(batch(albums=(album(1, name="", album_type=None, available=False),)))
    assert await look("select name, album_type, version, available from albums") == [("Night", "album", "live", False)]
