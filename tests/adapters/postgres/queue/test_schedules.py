from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import attrs
import pytest
import trio

from sample_rows import (
    MBID,
    NOW,
    album,
    artist,
    batch,
    billing,
    moment,
    new_job,
    owner,
    played,
    played_show,
    show,
    update,
)
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.postgres import PostgresStore
from thesetd.adapters.postgres.gate.ledger import PIECE
from thesetd.adapters.postgres.queue.audiences import _ABOUT, WIDE
from thesetd.adapters.postgres.queue.refresh import enrol
from thesetd.domain.freshness.copies import Aspect
from thesetd.domain.freshness.interest import Interest
from thesetd.domain.freshness.pins import Pin
from thesetd.domain.identity import spaces
from thesetd.domain.work.batches import Firing, Written
from thesetd.domain.work.jobs import ArtistKey, JobKind, JobState
from thesetd.domain.work.schedules import DEFAULTS

pytestmark = pytest.mark.real
Look = Callable[..., Awaitable[list[Any]]]
DAY = 24 * 60


async def names(store: PostgresStore, schedule: str, limit: int = 10) -> list[str]:
    """Return the names of a schedule's artists in its order."""
    return [found.name for found in await store.schedules.artists_for(schedule, now=NOW, limit=limit)]


def called(name: str, **parts: Any) -> Any:
    """Return an artist whose id and slug are its name."""
    return artist(name=name, slug=name.lower(), spotify_id=name, **parts)


def asked_for(name: str, key: str = "") -> Any:
    """Return an import of an artist."""
    return new_job(f"import:{name}:{key}", artist=ArtistKey(space=spaces.SPOTIFY, provider_id=name))


def at(name: str, day: date, **parts: Any) -> Any:
    """Return a show of an artist on a day."""
    bill = (billing(f"at {name}", name=name, spotify_id=name),)
    return show(provider_id=f"{name}-{day}", local_date=day, bill=bill, **parts)


async def test_every_schedule_has_an_audience(postgres_store: PostgresStore) -> None:
    """An artist that has everything is in each; a schedule whose job does all the work has none to look up."""
    today = NOW.date()
    both = (at("Busy", today + timedelta(days=1)), at("Busy", today - timedelta(days=1)))
    await postgres_store.batches.write(batch(artists=(called("Busy", ticketmaster_id="B"),), shows=both))
    await postgres_store.batches.write(batch(-DAY, enqueue=(asked_for("Busy"),)))
    audiences = {s.name: await names(postgres_store, s.name) for s in DEFAULTS.values() if s.work}
    assert audiences == {name: ["Busy"] for name in audiences}
    with pytest.raises(KeyError):
        await names(postgres_store, "unknown")


async def test_acts_that_are_known_from_bills_alone_are_in_no_audience(postgres_store: PostgresStore) -> None:
    """However many there are, they stand before nobody: a limit of one still reaches the artist that was imported."""
    bill = (
        billing("at Busy", name="Busy", spotify_id="Busy"),
        *(billing(f"K8vZstub{n}", name=f"S{n}") for n in range(5)),
    )
    tomorrow = show(provider_id="x", local_date=NOW.date() + timedelta(days=1), bill=bill)
    await postgres_store.batches.write(batch(artists=(called("Busy", ticketmaster_id="B"),), shows=(tomorrow,)))
    stubs = "select count(*) from artists where is_stub"
    assert await postgres_store.database.read(lambda connection: connection.fetchval(stubs)) == 5
    for schedule in ("sync-upcoming-shows", "sync-active-artists"):
        assert await names(postgres_store, schedule, 1) == ["Busy"]
        assert (await postgres_store.schedules.audience(schedule, now=NOW)).artists == 1


def test_no_audience_is_of_no_schedule() -> None:
    """Those that sweep over artists, and no others, have an audience."""
    assert _ABOUT.keys() | WIDE == {s.name for s in DEFAULTS.values() if s.work}


async def test_upcoming_shows_are_asked_for_whom_ticketmaster_knows(postgres_store: PostgresStore) -> None:
    """Without a Ticketmaster id there is nothing to ask; the popular come first."""
    await postgres_store.batches.write(
        batch(
            artists=(
                called("Low", ticketmaster_id="L", popularity=1),
                called("Unsold", popularity=99),
                called("High", ticketmaster_id="H", popularity=50),
            )
        )
    )
    assert await names(postgres_store, "sync-upcoming-shows") == ["High", "Low"]
    assert await names(postgres_store, "sync-upcoming-shows", limit=1) == ["High"]


async def test_active_artists_were_asked_for_or_play_within_30_days(postgres_store: PostgresStore) -> None:
    """A show two months away or an import two months ago does not make an artist active."""
    everybody = ("Asked", "Plays", "Played", "Asleep", "Far")
    await postgres_store.batches.write(
        batch(-60 * DAY, artists=tuple(map(called, everybody)), enqueue=(asked_for("Asleep"),))
    )
    shows = (at("Plays", date(2026, 6, 20)), at("Played", date(2026, 5, 20)), at("Far", date(2026, 8, 20)))
    await postgres_store.batches.write(batch(-5 * DAY, enqueue=(asked_for("Asked"),), shows=shows))
    assert sorted(await names(postgres_store, "sync-active-artists")) == ["Asked", "Played", "Plays"]


async def test_trending_artists_are_those_most_asked_for(postgres_store: PostgresStore) -> None:
    """Imports of the last week count, and visits: twelve beat two imports, a few are none; refreshes do not count."""
    jobs = [asked_for("Twice", "1"), asked_for("Twice", "2"), asked_for("Once")]
    refreshed = attrs.evolve(asked_for("Refreshed"), kind=JobKind.REFRESH_SHOWS)
    await postgres_store.batches.write(
        batch(-8 * DAY, artists=tuple(map(called, ("Once", "Twice", "Past", "Refreshed"))))
    )
    await postgres_store.batches.write(batch(-8 * DAY, enqueue=(asked_for("Past"),)))
    await postgres_store.batches.write(batch(-DAY, enqueue=(*jobs, refreshed)))
    assert await names(postgres_store, "sync-trending") == ["Twice", "Once"]
    told = (Interest(slug="past", visits=12), Interest(slug="refreshed", visits=3))
    assert await postgres_store.interest.note_interest(told, at=NOW) == 0
    assert await names(postgres_store, "sync-trending") == ["Past", "Twice", "Once"]


async def test_setlists_are_sought_for_concerts_that_took_place(postgres_store: PostgresStore) -> None:
    """The latest concert first; a setlist that is there ends the search, except in its first week."""
    people = (called("New"), called("Old"), called("Listed", mbid=MBID), called("Coming"), called("Off"))
    shows = (
        at("New", date(2026, 5, 30)),
        at("Old", date(2026, 4, 1)),
        at("Coming", date(2026, 6, 2)),
        at("Off", date(2026, 5, 30), status="cancelled"),
        played_show(local_date=date(2026, 5, 29)),
    )
    listed = played(event_date=date(2026, 5, 29))
    await postgres_store.batches.write(batch(artists=people, shows=shows, actual_setlists=(listed,)))
    assert await names(postgres_store, "sync-past-setlists") == ["New", "Old"]
    assert await names(postgres_store, "sync-recent-setlists") == ["New", "Listed"]


async def test_a_due_time_is_fired_by_one_node(
    postgres_store: PostgresStore, migrated_dsn: str, bridge: AsyncioBridge
) -> None:
    """Of many schedulers that see the same due time exactly one fires it."""
    await postgres_store.schedules.plan("s", moment(0))
    fired: list[bool] = []

    async def node(store: PostgresStore) -> None:
        for minute in range(10):
            firing = Firing(schedule="s", due=moment(minute), next_due=moment(minute + 1))
            (did,) = await store.batches.write_all([batch(minute, firing=firing)])
            fired.append(isinstance(did, Written))

    async with PostgresStore.open(migrated_dsn, bridge) as second, trio.open_nursery() as nursery:
        for store in (postgres_store, second, postgres_store, second):
            nursery.start_soon(node, store)
    assert fired.count(True) == 10


async def test_cleanup_keeps_what_is_in_use(postgres_store: PostgresStore, look: Look) -> None:
    """Old events, rejects and ledger rows go, in pieces; recent ones and the application's rows stay."""
    await postgres_store.batches.write(
        batch(artists=(artist(mbid=MBID),), shows=(played_show(),), actual_setlists=(played(),))
    )
    await postgres_store.batches.write(
        batch(songs=(), albums=(album(artist_spotify_id="Nobody"),), enqueue=(new_job(),))
    )
    (job,) = (await postgres_store.jobs.claim(owner=owner("n"), limit=1, background=1, now=NOW)).jobs
    await postgres_store.batches.write(batch(job=update(job, JobState.DONE)))

    async def ledger(connection: Any) -> None:
        await connection.execute(
            """
            insert into thesetd.api_calls (key, at, provider, endpoint, lane, purpose, cost)
            select n::text, $1::timestamptz - n * interval '1 second', 'spotify', 'artist', 'low', 'test', 1
            from generate_series(1, $2) as n
            """,
            NOW,
            PIECE + 100,
        )

    await postgres_store.database.transact(ledger)
    assert await postgres_store.schedules.cleanup(now=moment(29 * DAY)) == {}
    told = await postgres_store.schedules.cleanup(now=moment(91 * DAY), dry_run=True)
    deleted = await postgres_store.schedules.cleanup(now=moment(91 * DAY))
    assert told == deleted
    assert deleted == {"thesetd.jobs": 1, "thesetd.api_calls": PIECE + 100, "thesetd.rejects": 1}
    assert await look("select (select count(*) from artists), (select count(*) from actual_setlists)") == [(1, 1)]
    assert await look("select sum(calls)::bigint from thesetd.api_calls_hourly") == [PIECE + 100]


async def test_a_row_whose_ids_went_to_another_is_in_no_audience_and_its_pin_orders_nothing(
    postgres_store: PostgresStore, look: Look
) -> None:
    """It can be asked for by nobody; an undo that brings its ids back brings back its pin, too."""
    await postgres_store.batches.write(batch(artists=(artist(),)))
    (row,) = await look("select id from artists")
    pin = Pin(artist_id=row, aspect=Aspect.SHOWS, max_age=timedelta(hours=1), why="", since=NOW)
    await postgres_store.freshness.pin([pin])
    assert [found.aspect for found in await postgres_store.freshness.overdue(now=NOW, limit=9)] == [Aspect.SHOWS]
    assert (await postgres_store.schedules.audience("sync-popular-artists", now=NOW)).artists == 1
    await look("update artists set spotify_id = null, merged_into = id returning id")
    await postgres_store.database.transact(lambda connection: enrol(connection, [row], NOW))
    assert await postgres_store.freshness.overdue(now=NOW, limit=9) == ()
    assert (await postgres_store.schedules.audience("sync-popular-artists", now=NOW)).artists == 0
