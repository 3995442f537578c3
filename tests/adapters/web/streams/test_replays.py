from typing import Any

import pytest
import trio
import trio.testing

from thesetd.adapters.web.streams import replays
from thesetd.adapters.web.streams.replays import PAGE, Replays
from thesetd.domain.ids import JobId, Seq
from thesetd.domain.work.progress import Stage

READ_S = 0.1


class SlowStore:
    """A store of events that takes a moment for each answer, and counts."""

    def __init__(self, daemon: Any) -> None:
        self.daemon = daemon
        self.reads: list[int] = []
        self.now_reading = 0
        self.most_at_once = 0

    async def events(self, *, after: Seq, job_id: JobId | None, limit: int) -> Any:
        """Answer late."""
        self.reads.append(after)
        self.now_reading += 1
        self.most_at_once = max(self.most_at_once, self.now_reading)
        await trio.sleep(READ_S)
        self.now_reading -= 1
        return await self.daemon.events(after=after, job_id=job_id, limit=limit)

    async def status(self, job_id: JobId) -> Any:
        """Answer at once."""
        return await self.daemon.status(job_id)


@pytest.fixture
def store(daemon: Any) -> SlowStore:
    """Return a store with ten pages of events."""
    daemon.add_job("A")
    for _ in range(10 * PAGE - 1):
        daemon.advance(JobId(1), Stage.SYNCING_CATALOG)
    return SlowStore(daemon)


async def replay(found: Replays, after: int, turns: list[tuple[int, int]], name: int = 0) -> list[int]:
    """Replay as a stream does; note each page as it comes. Gives the events."""
    seqs: list[int] = []
    first, last = True, Seq(after)
    while page := await found.page(last, None, first=first):
        seqs += [int(line[4:]) for line in page.data.decode().split("\n") if line.startswith("id: ")]
        turns.append((name, page.last))
        first, last = False, page.last
        if not page.more:
            break
    return seqs


async def test_readers_take_turns(store: SlowStore, autojump_clock: trio.testing.MockClock):
    """Pages are read one at a time for all that are on their way, and none of these gets far ahead of the others."""
    turns: list[tuple[int, int]] = []
    found = Replays(store)
    async with trio.open_nursery() as nursery:
        for name in range(4):
            nursery.start_soon(replay, found, name, turns, name)
    assert store.most_at_once <= 2  # a first page and a later one
    for name in range(4):
        assert [last for who, last in turns if who == name] == [PAGE * page for page in range(1, 11)]
    got = dict.fromkeys(range(4), 1)
    for name, last in turns[turns.index((3, PAGE)) : -4]:
        got[name] = last // PAGE
        assert max(got.values()) - min(got.values()) <= 3  # those who came first began earlier


async def test_full_pages_are_read_once(store: SlowStore, autojump_clock: trio.testing.MockClock):
    """Readers share full pages wherever they began; only the look whether more follows is everybody's own."""
    found, turns = Replays(store), []
    async with trio.open_nursery() as nursery:
        for after in (0, 0, 0, 0, 0, 0, 0, 0, 0, 50):
            nursery.start_soon(replay, found, after, turns)
    assert sorted(after for after in store.reads if after < 10 * PAGE) == [0, 50, *range(PAGE, 10 * PAGE, PAGE)]


async def test_a_long_replay_leaves_the_database_alone_for_most_of_the_time(
    store: SlowStore, autojump_clock: trio.testing.MockClock
):
    """After each page comes a pause of three times what it took; the first page comes at once."""
    began = trio.current_time()
    page = await Replays(store).page(Seq(0), None)
    assert page is not None
    assert trio.current_time() - began == pytest.approx(READ_S)
    began = trio.current_time()
    assert len(await replay(Replays(store), 0, [])) == 10 * PAGE
    assert trio.current_time() - began > 9 * 4 * READ_S


async def test_a_new_reader_does_not_wait_for_long_replays(store: SlowStore, autojump_clock: trio.testing.MockClock):
    """However many replays are on their way, whoever comes new gets the first page before the next of any of them."""
    found = Replays(store)
    async with trio.open_nursery() as nursery:
        for after in range(20):
            nursery.start_soon(replay, found, after * 7, [])
        await trio.sleep(30)
        began = trio.current_time()
        assert await found.page(Seq(10 * PAGE - 3), JobId(1)) is not None
        assert trio.current_time() - began <= 2 * READ_S
        nursery.cancel_scope.cancel()


async def test_pages_that_are_remembered_are_paced_too(
    daemon: Any, store: SlowStore, autojump_clock: trio.testing.MockClock
):
    """A remembered page costs its write: there is a pause as well."""
    found = Replays(daemon)
    await replay(found, 0, [])
    began = trio.current_time()
    await replay(found, 0, [])
    assert trio.current_time() - began >= 8 * replays.SHORTEST_PAUSE_S


async def test_a_reader_that_leaves_while_it_waits(store: SlowStore, autojump_clock: trio.testing.MockClock):
    """Readers that leave in the queue, in the pause or while the database is asked hold nobody up."""
    found = Replays(store)
    async with trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(replay, found, 3, [])
        await trio.sleep(2.5 * READ_S)
        nursery.cancel_scope.cancel()
    with trio.fail_after(100):
        assert len(await replay(found, 0, [])) == 10 * PAGE


async def test_one_jobs_page_ends_with_its_final_event(daemon: Any):
    """What a retry told after a failure comes with the next stream."""
    daemon.add_job("A")
    daemon.advance(JobId(1), Stage.FAILED)
    daemon.commit(JobId(1), Stage.FAILED)
    page = await Replays(daemon).page(Seq(0), JobId(1))
    assert page is not None
    assert (page.last, page.final) == (2, True)
