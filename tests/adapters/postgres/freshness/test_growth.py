"""What people did about artists is kept by day, and who grows trends before who is merely big."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import pytest

from sample_rows import NOW, artist, batch
from thesetd.adapters.postgres import PostgresStore
from thesetd.adapters.postgres.freshness.growth import KEPT
from thesetd.domain.freshness.interest import Interest
from thesetd.domain.work.batches import Batch, Firing

pytestmark = pytest.mark.real
TRENDING = "sync-trending"
DAY = timedelta(days=1)


async def known(store: PostgresStore, *names: str) -> None:
    """Store artists."""
    rows = tuple(artist(name=name, slug=name.lower(), spotify_id=name, popularity=40) for name in names)
    await store.batches.write(batch(artists=rows))


async def fired(store: PostgresStore, at: datetime) -> None:
    """Let the schedule fire."""
    await store.schedules.plan(TRENDING, at)
    firing = Firing(schedule=TRENDING, due=at, next_due=at + timedelta(hours=4))
    await store.batches.write(Batch(at=at, firing=firing))
    await store.database.transact(lambda connection: connection.execute("delete from thesetd.schedules"))


async def visited(store: PostgresStore, at: datetime, **visits: int) -> None:
    """Tell of visits."""
    told = [Interest(slug=slug, visits=count) for slug, count in visits.items()]
    await store.interest.note_interest(told, at=at)


async def history(store: PostgresStore, name: str) -> Mapping[date, tuple[int, int]]:
    """Return activity and followers of an artist by day."""
    rows = await store.database.read(
        lambda connection: connection.fetch(
            """select g.* from thesetd.artist_growth g join artists a on a.id = g.artist_id
            where a.name = $1 order by g.day""",
            name,
        )
    )
    return {row["day"]: (round(row["activity"]), row["followers"]) for row in rows}


async def trending(store: PostgresStore, at: datetime) -> list[str]:
    """Name who trends, in the order of the schedule."""
    return [one.name for one in await store.schedules.artists_for(TRENDING, now=at, limit=9)]


async def test_each_day_has_a_row_that_its_last_run_wrote(postgres_store: PostgresStore) -> None:
    """Two runs of a day leave one row, the next day has its own; an artist about which nothing was done has none."""
    await known(postgres_store, "Big", "Silent")
    await visited(postgres_store, NOW, big=100)
    for at in (NOW, NOW + timedelta(hours=4), NOW + DAY):
        await fired(postgres_store, at)
    found = await history(postgres_store, "Big")
    assert list(found) == [NOW.date(), (NOW + DAY).date()]
    assert found[NOW.date()] == (98, 0)
    assert await history(postgres_store, "Silent") == {}


async def test_who_grows_trends_before_who_is_always_big(postgres_store: PostgresStore) -> None:
    """A thousand visits on each day of a month are usual; three thousand at once where there were none are news."""
    await known(postgres_store, "Big", "Rising")
    for day in range(30):
        await visited(postgres_store, NOW + day * DAY, big=1_000)
        await fired(postgres_store, NOW + day * DAY)
    now = NOW + 29 * DAY + timedelta(hours=1)
    await visited(postgres_store, now, rising=3_000)
    assert await trending(postgres_store, now) == ["Rising", "Big"]


async def test_new_followers_are_activity(postgres_store: PostgresStore) -> None:
    """Thirty followers more than last week make an artist trend, of which nothing else is told; those it had do not."""
    await known(postgres_store, "Followed", "Steady")
    told = [Interest(slug="followed", followers=50), Interest(slug="steady", followers=900)]
    await postgres_store.interest.note_interest(told, at=NOW)
    await fired(postgres_store, NOW)
    assert await trending(postgres_store, NOW) == []
    more = [Interest(slug="followed", followers=80), Interest(slug="steady", followers=900)]
    await postgres_store.interest.note_interest(more, at=NOW + 3 * DAY)
    await fired(postgres_store, NOW + 3 * DAY)
    assert await trending(postgres_store, NOW + 3 * DAY) == ["Followed"]
    assert (await history(postgres_store, "Followed"))[(NOW + 3 * DAY).date()] == (60, 80)


async def test_growth_is_kept_for_more_than_a_year(postgres_store: PostgresStore) -> None:
    """A clean-up counts what it would delete, and deletes days that are older, and no others."""
    await known(postgres_store, "Big")
    for at in (NOW, NOW + 30 * DAY):
        await visited(postgres_store, at, big=100)
        await fired(postgres_store, at)
    now = NOW + KEPT + DAY
    assert (await postgres_store.schedules.cleanup(now=now, dry_run=True))["thesetd.artist_growth"] == 1
    assert (await postgres_store.schedules.cleanup(now=now))["thesetd.artist_growth"] == 1
    assert list(await history(postgres_store, "Big")) == [(NOW + 30 * DAY).date()]
