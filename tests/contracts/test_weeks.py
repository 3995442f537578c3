"""When weeks of coming shows were read, and what is learned from that, in memory and in PostgreSQL."""

from datetime import UTC, date, datetime, timedelta

import pytest

from sample_rows import NOW, artist, batch, billing, moment, new_job, owner, show, update, venue
from thesetd.domain.freshness.copies import Aspect, Look
from thesetd.domain.freshness.weeks import Week, WeekCopy, WeekLook
from thesetd.domain.identity import spaces
from thesetd.domain.ids import SETLISTFM, TICKETMASTER
from thesetd.domain.music.records import Show
from thesetd.domain.work.jobs import ArtistKey, JobKind, JobState
from thesetd.ports.store import Stores

HOURS, DAYS = 60, 60 * 24
NEXT, AFTER = date(2026, 6, 8), date(2026, 6, 15)  # NOW is on a Monday, the first of June


def sold(number: int, at: datetime, **parts: object) -> Show:
    """Return a show in Germany at that moment, at which a known artist plays if its number is 0."""
    who = billing(spotify_id="ArtistA") if number == 0 else billing(f"Act{number}", name=f"Act {number}")
    given = {"provider_id": f"Show{number}", "starts_at": at, "local_date": at.date(), "venue_provider_id": "VenueA"}
    return show(bill=(who,), **{**given, **parts})


def look(minutes: float, *weeks: date, reached: datetime | None = None, changed: int = 0) -> WeekLook:
    """Return a reading of German weeks that began at that moment and came to their end, or only so far."""
    end = Week("DE", weeks[-1]).until
    return WeekLook(
        provider=TICKETMASTER,
        country="DE",
        weeks=weeks,
        begun_at=moment(minutes),
        reached=reached or end,
        changed=changed,
    )


async def week(store: Stores, begins: date, country: str = "DE") -> WeekCopy:
    """Return what is stored of a week."""
    return (await store.plans.weeks(TICKETMASTER, ("DE", "FR"))).weeks.get(Week(country, begins), WeekCopy())


async def test_a_read_week_has_its_shows_with_their_importance(store: Stores) -> None:
    """Only active shows of that country and week count; a known artist's popularity adds to its show's importance."""
    inside = datetime(2026, 6, 14, 23, 59, tzinfo=UTC)
    await store.batches.write(
        batch(
            artists=(artist(popularity=40),),
            venues=(venue(country_code="DE"), venue(provider_id="VenueF", name="La Grange", country_code="FR")),
            shows=(
                sold(0, datetime(2026, 6, 8, tzinfo=UTC)),
                sold(1, inside),
                sold(2, inside, status="cancelled"),
                sold(3, inside + timedelta(minutes=2)),
                sold(4, inside, venue_provider_id="VenueF"),
            ),
        )
    )
    await store.batches.write(batch(5, week_look=look(5, NEXT, AFTER)))
    assert await week(store, NEXT) == WeekCopy(looked_at=moment(5), shows=2, importance=pytest.approx(6.0))
    assert await week(store, AFTER) == WeekCopy(looked_at=moment(5), shows=1, importance=pytest.approx(1.0))
    assert await week(store, NEXT, "FR") == WeekCopy()
    assert (await store.plans.weeks(SETLISTFM, ("DE",))).weeks == {}
    assert (await store.plans.weeks(TICKETMASTER, ("FR",))).weeks == {}


async def test_an_interrupted_reading_is_known_up_to_its_last_window(store: Stores) -> None:
    """The week in which it stopped keeps its earlier look; once that is read to its end, nothing is left of it."""
    await store.batches.write(batch(0, week_look=look(0, NEXT, AFTER)))
    stopped = datetime(2026, 6, 17, 3, tzinfo=UTC)
    await store.batches.write(batch(2 * DAYS, week_look=look(2 * DAYS, NEXT, AFTER, reached=stopped)))
    assert await week(store, NEXT) == WeekCopy(looked_at=moment(2 * DAYS))
    begun = WeekCopy(looked_at=moment(0), begun_at=moment(2 * DAYS), read_until=stopped)
    assert await week(store, AFTER) == begun
    await store.batches.write(batch(2 * DAYS + 60, week_look=look(2 * DAYS, AFTER)))
    assert await week(store, AFTER) == WeekCopy(looked_at=moment(2 * DAYS))


async def test_rates_are_learned_by_country_and_distance_from_the_second_reading_on(store: Stores) -> None:
    """The first has nothing to compare with; then ten changes of one show in two days count, and decay."""
    shows = tuple(sold(number, datetime(2026, 6, 9, tzinfo=UTC)) for number in range(1, 5))
    await store.batches.write(batch(venues=(venue(country_code="DE"),), shows=shows))
    await store.batches.write(batch(0, week_look=look(0, NEXT, changed=4)))
    assert (await store.plans.weeks(TICKETMASTER, ("DE",))).rates == {}
    await store.batches.write(batch(2 * DAYS, week_look=look(2 * DAYS, NEXT, changed=2)))
    rates = (await store.plans.weeks(TICKETMASTER, ("DE",))).rates
    assert rates.keys() == {("DE", 1)}
    assert rates["DE", 1].days == pytest.approx(8.0)  # four shows, two days
    assert rates["DE", 1].changes == pytest.approx(2.0, rel=0.1)
    await store.batches.write(batch(3 * DAYS, week_look=look(3 * DAYS, NEXT)))
    after = (await store.plans.weeks(TICKETMASTER, ("DE",))).rates["DE", 1]
    assert after.changes < rates["DE", 1].changes
    assert after.days == pytest.approx(8.0 * 0.5 ** (1 / 30) + 4.0)


async def test_shows_without_a_date_have_a_look_of_their_own(store: Stores) -> None:
    """It is about all countries, and no week."""
    await store.batches.write(batch(week_look=WeekLook(provider=TICKETMASTER, begun_at=NOW, reached=NOW)))
    index = await store.plans.weeks(TICKETMASTER, ("DE",))
    assert (index.undated_at, index.weeks) == (NOW, {})
    assert not index.is_undated_due(moment(22 * HOURS))
    assert index.is_undated_due(moment(23 * HOURS))


async def test_weeks_that_are_over_are_forgotten(store: Stores) -> None:
    """A month later, with the next reading."""
    await store.batches.write(batch(0, week_look=look(0, NEXT)))
    await store.batches.write(batch(40 * DAYS, week_look=look(40 * DAYS, date(2026, 7, 13))))
    assert set((await store.plans.weeks(TICKETMASTER, ("DE",))).weeks) == {Week("DE", date(2026, 7, 13))}


async def test_the_threshold_is_that_of_artists_shows(store: Stores) -> None:
    """Without any refresh of an artist there is none."""
    assert (await store.plans.weeks(TICKETMASTER, ("DE",))).threshold == 0.0
    await store.batches.write(batch(artists=(artist(ticketmaster_id="K1"),)))
    job = new_job("s", kind=JobKind.REFRESH_SHOWS, artist=ArtistKey(space=spaces.SPOTIFY, provider_id="ArtistA"))
    await store.batches.write(batch(enqueue=(job,)))
    (claimed,) = (await store.jobs.claim(owner=owner(), limit=1, background=1, now=NOW)).jobs
    seen = Look(aspect=Aspect.SHOWS, changed=False)
    await store.batches.write(batch(job=update(claimed, JobState.DONE), looks=(seen,)))
    assert (await store.plans.weeks(TICKETMASTER, ("DE",))).threshold > 0.0
