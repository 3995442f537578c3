"""One threshold decides among all copies that share a budget."""

import math
from uuid import UUID

import pytest

from sample_rows import artist, batch, moment, new_job, owner, update
from thesetd.adapters.postgres import PostgresStore
from thesetd.domain.freshness.copies import SHARING, Aspect, Demand, Look, aspect_of, first_shared
from thesetd.domain.freshness.runs import Run
from thesetd.domain.work.batches import Picks
from thesetd.domain.work.jobs import ArtistKey, JobKind, JobState
from thesetd.domain.work.schedules import DEFAULTS

pytestmark = pytest.mark.real
DAY = 24 * 60  # minutes
KEY = ArtistKey(space="spotify", provider_id="A")
KINDS = {
    Aspect.CATALOG: JobKind.REFRESH_CATALOG,
    Aspect.SHOWS: JobKind.REFRESH_SHOWS,
    Aspect.SETLISTS: JobKind.REFRESH_SETLISTS,
}


async def look_at(store: PostgresStore, aspect: Aspect, at: float) -> None:
    """Look at an aspect of artist A, which was ordered before."""
    row = await store.database.read(lambda connection: connection.fetchval("select id from artists where name = 'A'"))
    assert isinstance(row, UUID)
    await store.batches.write(batch(at, picks=Picks(aspect=aspect, artists=(row,))))
    await store.batches.write(batch(at, enqueue=(new_job(f"{aspect} {at}", kind=KINDS[aspect], artist=KEY),)))
    (job,) = (await store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=moment(at))).jobs
    look = Look(aspect=aspect, changed=False)
    await store.batches.write(batch(at, job=update(job, JobState.DONE), looks=(look,)))


async def thresholds(store: PostgresStore) -> dict[str, float]:
    """Return the threshold of each aspect."""
    rows = await store.database.read(
        lambda connection: connection.fetch("select aspect, threshold from thesetd.refresh_thresholds")
    )
    return {row["aspect"]: row["threshold"] for row in rows}


async def test_profiles_and_catalogues_share_a_threshold(postgres_store: PostgresStore) -> None:
    """A catalogue that had to wait raises it for both; shows, which another provider lists, have their own."""
    await postgres_store.batches.write(
        batch(artists=(artist(spotify_id="A", ticketmaster_id="K1", slug="a", name="A", popularity=90),))
    )
    await look_at(postgres_store, Aspect.CATALOG, 0)
    await look_at(postgres_store, Aspect.SHOWS, 1)
    before = await thresholds(postgres_store)
    assert before["catalog"] == before["profile"] != before["shows"]
    await look_at(postgres_store, Aspect.CATALOG, 25 * DAY)
    after = await thresholds(postgres_store)
    assert after["catalog"] == after["profile"] > before["catalog"]
    assert after["shows"] == before["shows"]


async def test_a_threshold_begins_with_the_mean_weight(postgres_store: PostgresStore) -> None:
    """The most important artist is often looked at first: by its weight no other would be worth a call for weeks."""
    popularity = {"A": 100, "B": 0, "C": 0, "D": 0}
    artists = tuple(
        artist(spotify_id=name, ticketmaster_id=f"K{name}", slug=name.lower(), name=name, popularity=number)
        for name, number in popularity.items()
    )
    await postgres_store.batches.write(batch(artists=artists))
    await look_at(postgres_store, Aspect.SHOWS, 0)
    mean = sum(Demand(popularity=number).importance for number in popularity.values()) / 4
    assert (await thresholds(postgres_store))["shows"] == first_shared(Aspect.SHOWS, 4, weight=mean).threshold


@pytest.mark.parametrize("schedule", [name for name, one in DEFAULTS.items() if one.work in KINDS.values()])
async def test_a_run_of_any_schedule_counts_the_copies(postgres_store: PostgresStore, schedule: str) -> None:
    """A threshold moves the less with one look, the more copies there are: with one copy by a factor of e.

    The artists of most schedules are a part of all.
    """
    aspect = aspect_of(schedule)
    await know(postgres_store, range(1))
    await look_at(postgres_store, aspect, 0)
    assert set((await copies(postgres_store, aspect)).values()) == {1}
    await know(postgres_store, range(1, 6))
    await run(postgres_store, schedule, 2)
    assert set((await copies(postgres_store, aspect)).values()) == {6}


async def test_a_run_that_refreshes_nothing_is_stored(postgres_store: PostgresStore) -> None:
    """A clean-up has no artists and no copies to count."""
    await postgres_store.batches.write(batch(enqueue=(new_job("run", kind=JobKind.CLEANUP),)))
    (job,) = (await postgres_store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=moment(2))).jobs
    made = Run(schedule="cleanup-old-data", target=DEFAULTS["cleanup-old-data"].target, by_hand=False)
    await postgres_store.batches.write(batch(3, job=update(job, JobState.DONE), run=made))
    assert len(await postgres_store.freshness.runs("cleanup-old-data", limit=2)) == 1


async def test_a_threshold_begins_anew_if_there_are_ten_times_as_many_copies(postgres_store: PostgresStore) -> None:
    """The first artist of a database is often the most important one: it says nothing about thousands that follow."""
    await know(postgres_store, range(1), popularity=100)
    await look_at(postgres_store, Aspect.SETLISTS, 0)
    begun = (await thresholds(postgres_store))["setlists"]
    await know(postgres_store, range(1, 9), popularity=0)
    await run(postgres_store, "sync-past-setlists", 1)
    assert (await thresholds(postgres_store))["setlists"] == begun
    await know(postgres_store, range(9, 90), popularity=0)
    await run(postgres_store, "sync-past-setlists", 2)
    await look_at(postgres_store, Aspect.SETLISTS, 3)
    mean = (Demand(popularity=100).importance + 89 * Demand(popularity=0).importance) / 90
    anew = first_shared(Aspect.SETLISTS, 90, weight=mean).threshold
    one_look = math.exp(-1 / 90)  # of a copy that was not due at all
    assert (await thresholds(postgres_store))["setlists"] == pytest.approx(anew * one_look, rel=1e-3)
    assert begun > 2 * anew


async def know(store: PostgresStore, numbers: range, popularity: int = 50) -> None:
    """Store artists that can be asked for everything."""
    artists = tuple(
        artist(
            spotify_id=f"S{number}" if number else "A",
            ticketmaster_id=f"K{number}",
            mbid=f"00000000-0000-4000-8000-{number:012}",
            slug=f"a{number}",
            name=f"N{number}" if number else "A",
            popularity=popularity,
        )
        for number in numbers
    )
    await store.batches.write(batch(artists=artists))


async def run(store: PostgresStore, schedule: str, at: float) -> None:
    """Store a run of a schedule."""
    await store.batches.write(batch(at, enqueue=(new_job(f"run {at}", kind=JobKind.IMPORT_ARTIST),)))
    (job,) = (await store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=moment(at))).jobs
    audience = await store.schedules.audience(schedule, now=moment(at))
    made = Run(schedule=schedule, target=DEFAULTS[schedule].target, by_hand=False, audience=audience)
    await store.batches.write(batch(at, job=update(job, JobState.DONE), run=made))


async def copies(store: PostgresStore, aspect: Aspect) -> dict[str, int]:
    """Return how many copies each aspect has that shares a budget with this one."""
    rows = await store.database.read(
        lambda connection: connection.fetch(
            "select aspect, copies from thesetd.refresh_thresholds where aspect = any($1)",
            [one.value for one in SHARING[aspect]],
        )
    )
    return {row["aspect"]: row["copies"] for row in rows}
