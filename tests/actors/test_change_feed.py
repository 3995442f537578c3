"""The actor of the change feed under virtual time: hints, looks without hints, waiting readers, outages."""

import pytest
import trio
import trio.testing

from fakes import FakeClock, FakeStore
from sample_rows import artist, batch
from thesetd.actors.change_feed import ChangeFeed
from thesetd.domain.ids import Seq

Clock = trio.testing.MockClock  # each test asks for it itself: one that only a fixture asks for is not the test's
LOOK_S = 30.0


@pytest.fixture
def store() -> FakeStore:
    """Return an empty store."""
    return FakeStore()


@pytest.fixture
async def feed(store: FakeStore, nursery: trio.Nursery) -> ChangeFeed:
    """Return a feed that runs."""
    made = ChangeFeed(store.changes, clock=FakeClock(), observer=_Silent(), look_s=LOOK_S)
    nursery.start_soon(made.run)
    await trio.testing.wait_all_tasks_blocked()
    return made


class _Silent:
    """Hears facts."""

    def notify(self, _fact: object) -> None:
        """Hear one."""


async def test_a_hint_publishes_and_wakes_readers(autojump_clock: Clock, store: FakeStore, feed: ChangeFeed) -> None:
    """Long before the next look that nobody asked for."""
    await store.batches.write(batch(artists=(artist(),)))
    feed.look()
    began = trio.current_time()
    assert await feed.news(Seq(0))
    assert trio.current_time() - began < 1
    assert [one.after["name"] for one in (await feed.changes(since=None, limit=9)).changes] == ["The Owls"]


async def test_a_lost_hint_costs_one_look(autojump_clock: Clock, store: FakeStore, feed: ChangeFeed) -> None:
    """What no hint tells of is found by looking."""
    await store.batches.write(batch(artists=(artist(),)))
    began = trio.current_time()
    assert await feed.news(Seq(0))
    assert trio.current_time() - began <= LOOK_S + 1


async def test_an_outage_of_the_database_delays_the_feed(
    autojump_clock: Clock, store: FakeStore, feed: ChangeFeed
) -> None:
    """It is asked again after a second."""
    await store.batches.write(batch(artists=(artist(),)))
    store.down = True
    feed.look()
    await trio.sleep(5)
    store.down = False
    began = trio.current_time()
    assert await feed.news(Seq(0))
    assert trio.current_time() - began <= 2


async def test_readers_that_wait_are_let_go_when_the_daemon_stops(
    autojump_clock: Clock, feed: ChangeFeed, nursery: trio.Nursery
) -> None:
    """Else their streams would hold the end up."""
    ended = list[Seq | None]()

    async def wait() -> None:
        ended.append(await feed.news(Seq(0)))

    nursery.start_soon(wait)
    await trio.testing.wait_all_tasks_blocked()
    feed.close()
    await trio.testing.wait_all_tasks_blocked()
    assert ended == [None]
