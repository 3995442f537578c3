"""How the subscribers of a process are served in rounds; what each of them gets is in `contracts/test_live.py`."""

from contextlib import AsyncExitStack
from itertools import pairwise

import pytest
import trio
import trio.testing

from recorder import Recorder
from sample_rows import NOW
from thesetd.actors.control.subscribers import ROUND_S, TURN, Subscribers
from thesetd.domain.ids import JobId, Seq
from thesetd.domain.work.progress import CommittedEvent, Stage, advance

Clock = trio.testing.MockClock


def event(seq: int) -> CommittedEvent:
    """Return a committed event."""
    progress = advance(None, Stage.SYNCING_CATALOG, {})
    return CommittedEvent(seq=Seq(seq), job_id=JobId(1), artist_id=None, slug=None, progress=progress, at=NOW)


async def test_a_burst_takes_two_writes(autojump_clock: Clock, nursery: trio.Nursery) -> None:
    """The first event is handed over at once, those within a round's time together."""
    subscribers = Subscribers(Recorder())
    nursery.start_soon(subscribers.spread)
    pieces: list[tuple[float, list[int]]] = []

    def take(events: tuple[CommittedEvent, ...]) -> bool:
        pieces.append((trio.current_time(), [one.seq for one in events]))
        return True

    async with subscribers.subscribe() as subscription:
        nursery.start_soon(subscription.hand_to, take)
        await trio.sleep(1)
        began = trio.current_time()
        for number in range(1, 5):
            subscribers.tell(event(number))
            await trio.sleep(ROUND_S / 5)
        await trio.sleep(1)
    assert [seqs for _, seqs in pieces] == [[1], [2, 3, 4]]
    assert [at - began for at, _ in pieces] == pytest.approx([0, ROUND_S])
    nursery.cancel_scope.cancel()


@pytest.mark.untraced
async def test_other_tasks_have_their_turn_within_a_round(autojump_clock: Clock, nursery: trio.Nursery) -> None:
    """However many readers there are, a task that is ready waits for so many of them at most."""
    subscribers = Subscribers(Recorder())
    served, turns = 0, [0]

    def take(_: tuple[CommittedEvent, ...]) -> bool:
        nonlocal served
        served += 1
        return True

    async def work() -> None:
        while served < 10 * TURN:
            await trio.lowlevel.checkpoint()
            turns.append(served)

    async with AsyncExitStack() as stack:
        for _ in range(10 * TURN):
            nursery.start_soon((await stack.enter_async_context(subscribers.subscribe())).hand_to, take)
        nursery.start_soon(subscribers.spread)
        await trio.sleep(1)
        subscribers.tell(event(1))
        await work()
    assert max(after - before for before, after in pairwise(turns)) <= 2 * TURN
    nursery.cancel_scope.cancel()


async def test_a_round_that_was_cut_off_is_made_again(autojump_clock: Clock, nursery: trio.Nursery) -> None:
    """A restart of the broadcaster in the midst of a round leaves no reader without its events, nor one with two."""
    subscribers, got, first = Subscribers(Recorder()), list[int](), trio.CancelScope()

    def take(events: tuple[CommittedEvent, ...]) -> bool:
        got.extend(one.seq for one in events)
        if len(got) == TURN:
            first.cancel()
        return True

    async with AsyncExitStack() as stack:
        for _ in range(3 * TURN):
            nursery.start_soon((await stack.enter_async_context(subscribers.subscribe())).hand_to, take)
        await trio.testing.wait_all_tasks_blocked()
        subscribers.tell(event(1))
        with first:
            await subscribers.spread()
        assert len(got) == TURN
        nursery.start_soon(subscribers.spread)
        await trio.sleep(1)
        assert got == [1] * 3 * TURN
    nursery.cancel_scope.cancel()
