"""What is coming and what is completed, by the day at the venue."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from sample_rows import MBID, artist, billing, played, played_show, show, venue
from thesetd.adapters.postgres import PostgresStore
from thesetd.domain.ids import SPOTIFY, row_id
from thesetd.domain.music.records import Rows, Show
from thesetd.domain.work.batches import Batch

Look = Callable[..., Awaitable[list[Any]]]
ARTIST = row_id("artists", SPOTIFY, "ArtistA")


def utc(moment: str) -> datetime:
    """Return a moment in UTC."""
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


def concert(day: str, zone: str | None, **parts: Any) -> Show:
    """Return a show at eight in the evening there."""
    given = {"local_date": date.fromisoformat(day), "local_time": time(20), "timezone": zone, "status": "scheduled"}
    return show(**{**given, "fetched_at": utc("2026-01-01T00:00"), **parts})


async def store_at(store: PostgresStore, moment: str, *shows: Show, **parts: Any) -> dict[str, int]:
    """Store shows of the artist at a moment and say how many rows of which table changed."""
    rows = Rows(artists=(artist(mbid=MBID),), shows=shows, **parts)
    return dict((await store.batches.write(Batch(at=utc(moment), rows=rows))).changed)


async def statuses_at(store: PostgresStore, look: Look, moment: str, *shows: Show, **parts: Any) -> list[str]:
    """Store shows of the artist at a moment and give the statuses of all."""
    await store_at(store, moment, *shows, **parts)
    return await look("select status from shows order by ticketmaster_id")


@pytest.mark.parametrize(
    ("day", "zone", "now", "status"),
    [
        ("2026-10-09", "America/Los_Angeles", "2026-10-10T00:30", "scheduled"),
        ("2026-10-09", "America/Los_Angeles", "2026-10-10T07:00", "completed"),
        ("2026-10-09", "Pacific/Auckland", "2026-10-09T12:00", "completed"),
        ("2027-03-28", "Europe/Berlin", "2027-03-28T21:59", "scheduled"),
        ("2027-03-28", "Europe/Berlin", "2027-03-28T22:00", "completed"),
        ("2027-10-31", "Europe/Berlin", "2027-10-31T22:59", "scheduled"),
        ("2027-10-31", "Europe/Berlin", "2027-10-31T23:00", "completed"),
        ("2026-10-09", None, "2026-10-10T11:59", "scheduled"),
        ("2026-10-09", "Not/AZone", "2026-10-10T12:00", "completed"),
        ("2026-08-04", "Europe/Berlin", "2026-08-06T12:00", "completed"),
    ],
)
async def test_time_completes_a_show(
    postgres_store: PostgresStore, look: Look, day: str, zone: str | None, now: str, status: str
) -> None:
    """A show is completed when its local day is over, and not before."""
    assert await statuses_at(postgres_store, look, now, concert(day, zone)) == [status]


async def test_a_show_is_completed_by_any_batch_of_its_act(postgres_store: PostgresStore, look: Look) -> None:
    """Any batch with concerts of its act completes what is over; the venue's zone serves where the show has none."""
    place = venue(timezone="America/Los_Angeles")
    here = concert("2026-10-09", None, venue_provider_id="VenueA")
    assert await statuses_at(postgres_store, look, "2026-10-09T12:00", here, venues=(place,)) == ["scheduled"]
    other = concert("2026-12-24", None, provider_id="ShowB")
    assert await statuses_at(postgres_store, look, "2026-10-10T06:59", other) == ["scheduled", "scheduled"]
    assert await statuses_at(postgres_store, look, "2026-10-10T07:00", other) == ["completed", "scheduled"]


async def test_a_show_is_completed_although_no_schedule_fires(postgres_store: PostgresStore, look: Look) -> None:
    """Once an hour, batches about other acts complete what is over."""

    async def others(moment: str) -> list[Any]:
        act = artist(spotify_id="ArtistB", name="Lamps")
        there = concert("2026-12-24", None, provider_id="ShowB", bill=(billing("ArtistB", name="Lamps"),))
        await postgres_store.batches.write(Batch(at=utc(moment), rows=Rows(artists=(act,), shows=(there,))))
        return await look("select status from shows order by ticketmaster_id")

    await store_at(postgres_store, "2026-10-09T23:00", concert("2026-10-09", "Europe/London"))
    assert await look("select status from shows") == ["completed"]
    await store_at(postgres_store, "2026-10-10T22:40", concert("2026-10-10", "Europe/London", provider_id="ShowA2"))
    assert await others("2026-10-10T23:20") == ["completed", "scheduled", "scheduled"]
    assert await others("2026-10-10T23:40") == ["completed", "completed", "scheduled"]


async def test_time_completes_nothing_that_is_off(postgres_store: PostgresStore, look: Look) -> None:
    """A cancelled show stays cancelled, one postponed without a date postponed."""
    off = concert("2026-08-04", "Europe/Berlin", status="cancelled")
    open_ended = concert("2026-08-04", None, provider_id="ShowB", status="postponed", local_date=None)
    found = await statuses_at(postgres_store, look, "2026-08-06T12:00", off, open_ended)
    assert found == ["cancelled", "postponed"]


async def test_an_empty_page_completes_nothing_and_songs_do(postgres_store: PostgresStore, look: Look) -> None:
    """Before midnight a show is completed once songs that were played are known, and open again if they are removed."""
    tonight = concert("2026-10-09", "America/Los_Angeles")
    page = played_show(local_date=date(2026, 10, 9), status=None)
    day = date(2026, 10, 9)
    empty = played(event_date=day, songs=())
    assert await statuses_at(postgres_store, look, "2026-10-10T06:00", tonight, page, actual_setlists=(empty,)) == [
        "scheduled"
    ]
    known = played(1, event_date=day)
    assert await statuses_at(postgres_store, look, "2026-10-10T06:00", actual_setlists=(known,)) == ["completed"]
    emptied = played(2, event_date=day, version_id="v2", songs=())
    assert await statuses_at(postgres_store, look, "2026-10-10T06:00", actual_setlists=(emptied,)) == ["scheduled"]
    assert await look("select songs from actual_setlists") == ["[]"]


async def test_a_new_date_takes_completed_back(postgres_store: PostgresStore, look: Look) -> None:
    """A show that time completed and that moved is rescheduled; nothing is completed or was played in the future."""
    day = date(2026, 10, 9)
    page, empty = played_show(local_date=day), played(event_date=day, songs=())
    first = (concert("2026-10-09", None, provider_id="ShowA"), page)
    assert await statuses_at(postgres_store, look, "2026-10-12T12:00", *first, actual_setlists=(empty,)) == [
        "completed"
    ]
    assert await look("select ticketmaster_id, setlistfm_id is not null from shows") == [("ShowA", True)]
    moved = concert("2027-03-19", None, provider_id="ShowA", status="rescheduled", fetched_at=utc("2026-10-12T11:00"))
    await store_at(postgres_store, "2026-10-12T12:00", moved)
    assert await look("select status, local_date from shows where ticketmaster_id = 'ShowA'") == [
        ("rescheduled", date(2027, 3, 19))
    ]
    assert await look(
        "select count(*) from actual_setlist t join shows s on s.id = t.show_id where s.local_date > $1", day
    ) == [0]


async def test_a_completed_show_is_not_written_again(postgres_store: PostgresStore) -> None:
    """The shop goes on selling yesterday's concert: the row stays as it is."""
    over = concert("2026-10-09", None)
    assert (await store_at(postgres_store, "2026-10-12T12:00", over))["shows"] == 1
    assert "shows" not in await store_at(postgres_store, "2026-10-12T12:01", over)


async def test_tonights_shows_are_coming_where_they_are(postgres_store: PostgresStore) -> None:
    """Los Angeles is still to play on its evening, Auckland has; an hour of begin counts, not the date in UTC."""
    shows = (
        concert("2026-11-27", "America/Sao_Paulo", provider_id="SaoPaulo", local_time=time(21, 30)),
        concert("2026-11-28", "Pacific/Auckland", provider_id="AucklandNext"),
        concert("2026-11-27", "Pacific/Auckland", provider_id="AucklandPast"),
        concert("2026-11-27", "America/Los_Angeles", provider_id="LosAngeles"),
    )
    await store_at(postgres_store, "2026-11-27T00:00", *shows)

    async def coming(moment: str) -> set[str]:
        return {
            one.provider_id for one in (await postgres_store.repertoires.repertoire(ARTIST, now=utc(moment))).coming
        }

    assert await coming("2026-11-28T00:15") == {"SaoPaulo", "AucklandNext", "LosAngeles"}
    assert await coming("2026-11-28T02:54") == {"AucklandNext", "LosAngeles"}
    assert await coming("2026-11-28T04:00") == {"AucklandNext"}
