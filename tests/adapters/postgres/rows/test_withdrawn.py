"""Shows that their provider no longer knows."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from sample_rows import MBID, NOW, artist, batch, moment, played, played_show, show, venue
from thesetd.adapters.postgres import PostgresStore
from thesetd.domain.ids import TICKETMASTER, row_id
from thesetd.domain.music.records import Show
from thesetd.domain.shows.sweep import SweepWindow

Look = Callable[..., Awaitable[list[Any]]]
ARTIST = row_id("artists", "spotify", "ArtistA")
JUNE = datetime(2026, 6, 1, tzinfo=UTC)


def gone(minutes: float) -> Show:
    """Return what is stored of a show that is not listed and not known by its id."""
    return show(minutes, name="", bill=(), local_date=None, status="withdrawn", gone_because="unknown by its id")


async def test_a_withdrawn_show_keeps_its_row_and_returns(postgres_store: PostgresStore, look: Look) -> None:
    """It has nothing to vote on, its row keeps key, date and bill; listed again it is on again."""
    await postgres_store.batches.write(batch(artists=(artist(),), shows=(show(status="scheduled"),)))
    before = await look("select id, name, local_date from shows")
    await postgres_store.batches.write(batch(1, shows=(gone(1),)))
    assert await look("select status, gone_because from shows") == [("withdrawn", "unknown by its id")]
    assert await look("select id, name, local_date from shows") == before
    assert await look("select count(*) from artist_shows where left_at is null") == [1]
    assert (await postgres_store.repertoires.repertoire(ARTIST, now=moment(2))).coming == ()
    assert tuple(await postgres_store.repertoires.announced(ARTIST, TICKETMASTER, now=JUNE)) == ()
    assert dict((await postgres_store.batches.write(batch(2, shows=(gone(2),)))).changed) == {}

    await postgres_store.batches.write(batch(3, shows=(show(3, status="scheduled"),)))
    assert await look("select status, gone_because from shows") == [("scheduled", None)]
    assert len((await postgres_store.repertoires.repertoire(ARTIST, now=moment(4))).coming) == 1
    assert tuple(await postgres_store.repertoires.announced(ARTIST, TICKETMASTER, now=JUNE)) == ("ShowA",)


async def test_an_older_absence_withdraws_nothing(postgres_store: PostgresStore, look: Look) -> None:
    """An answer that holds the show and was fetched later counts."""
    await postgres_store.batches.write(batch(artists=(artist(),), shows=(show(5, status="scheduled"),)))
    await postgres_store.batches.write(batch(6, shows=(gone(1),)))
    assert await look("select status, gone_because from shows") == [("scheduled", None)]


async def test_what_was_played_is_not_withdrawn(postgres_store: PostgresStore, look: Look) -> None:
    """A past concert drops out of the lists; it took place."""
    sold = show(local_date=date(2026, 5, 20))
    await postgres_store.batches.write(
        batch(artists=(artist(mbid=MBID),), shows=(sold, played_show()), actual_setlists=(played(),))
    )
    await postgres_store.batches.write(batch(1, shows=(gone(1),)))
    assert await look("select status from shows") == ["completed"]


async def test_a_window_names_the_shows_that_it_should_hold(postgres_store: PostgresStore) -> None:
    """Those that start in it at a country that was read and are on, whoever plays."""
    nights = {"In": 1, "Edge": 2, "Off": 1, "Late": 3, "Abroad": 1}
    venues = tuple(venue(provider_id=code, country_code=code) for code in ("DE", "FR"))
    shows = tuple(
        show(
            provider_id=name,
            starts_at=NOW + timedelta(days=day),
            status="cancelled" if name == "Off" else None,
            venue_provider_id="FR" if name == "Abroad" else "DE",
        )
        for name, day in nights.items()
    )
    await postgres_store.batches.write(batch(venues=venues, shows=shows))
    window = SweepWindow(since=NOW, until=NOW + timedelta(days=2))
    found = await postgres_store.repertoires.announced(window, TICKETMASTER, now=NOW, countries=("DE",))
    assert tuple(found) == ("Edge", "In")


async def test_shows_without_a_date_are_known_by_their_country(postgres_store: PostgresStore) -> None:
    """No window holds them: those at the countries that are read are on until they are asked for."""
    venues = tuple(venue(provider_id=code, country_code=code) for code in ("DE", "FR"))
    shows = (
        show(provider_id="Open", local_date=None, venue_provider_id="DE"),
        show(provider_id="Dated", venue_provider_id="DE"),
        show(provider_id="Abroad", local_date=None, venue_provider_id="FR"),
    )
    await postgres_store.batches.write(batch(venues=venues, shows=shows))
    found = await postgres_store.repertoires.announced(None, TICKETMASTER, now=NOW, countries=("DE",))
    assert tuple(found) == ("Open",)


async def test_a_show_that_was_asked_for_is_left_alone_for_a_day(postgres_store: PostgresStore) -> None:
    """No list holds it and its provider knows it: the others are asked for first, then it again."""
    shows = tuple(show(provider_id=name) for name in ("One", "Two", "Three"))
    await postgres_store.batches.write(batch(artists=(artist(),), shows=shows))
    for minute, name in ((1, "Two"), (2, "One")):
        await postgres_store.batches.write(
            batch(minute, shows=(show(minute, provider_id=name),), unlisted=((TICKETMASTER, name),))
        )
    announced = postgres_store.repertoires.announced
    assert tuple(await announced(ARTIST, TICKETMASTER, now=moment(3))) == ("Three",)
    assert tuple(await announced(ARTIST, TICKETMASTER, now=moment(24 * 60 + 5))) == ("Three", "Two", "One")


DAY = 24 * 60  # minutes


async def asked_on(store: PostgresStore, days: Iterable[int], **answer: Any) -> list[int]:
    """Ask for a show on each of these days, if it may be asked for; return on which it was."""
    found = []
    for minute in (day * DAY for day in days):
        if "One" in await store.repertoires.announced(ARTIST, TICKETMASTER, now=moment(minute)):
            found.append(minute // DAY)
            answered = show(minute, provider_id="One", **answer)
            await store.batches.write(batch(minute, shows=(answered,), unlisted=((TICKETMASTER, "One"),)))
    return found


@pytest.mark.parametrize(
    ("away", "days"),
    [(300, [0, 1, 2, 4, 8, 15, 22, 29]), (20, [0, 1, 2, 4, 8, 14, 17, 19]), (None, [0, 1, 2, 4, 8, 15, 22, 29])],
)
async def test_a_show_whose_answers_stay_the_same_is_asked_for_less_and_less_often(
    postgres_store: PostgresStore, away: int | None, days: list[int]
) -> None:
    """Once a week at last, but before it begins more often."""
    begins = None if away is None else NOW + timedelta(days=away)
    stands = {"local_date": begins and begins.date(), "starts_at": begins}
    await postgres_store.batches.write(batch(artists=(artist(),), shows=(show(provider_id="One", **stands),)))
    assert await asked_on(postgres_store, range(20 if away == 20 else 30), **stands) == days


async def test_an_answer_that_changed_a_show_lets_it_be_asked_for_again_each_day(postgres_store: PostgresStore) -> None:
    """More may follow; so after a time in which it was listed, or not asked for."""
    stands = {"local_date": NOW.date() + timedelta(days=300)}
    await postgres_store.batches.write(batch(artists=(artist(),), shows=(show(provider_id="One", **stands),)))
    assert await asked_on(postgres_store, range(4), **stands) == [0, 1, 2]
    assert await asked_on(postgres_store, range(4, 12), name="Another", **stands) == [4, 5, 6, 8]
    assert await asked_on(postgres_store, range(60, 66), name="Another", **stands) == [60, 61, 62, 64]
