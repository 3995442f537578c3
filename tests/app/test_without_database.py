"""What is asked of a daemon whose database goes away: an answer in good time, never a wait for its return."""

from collections.abc import Awaitable, Callable, Sequence

import pytest
import trio
from trio.testing import MockClock

from fakes import FakeStore
from scene import Scene, running
from thesetd.actors.asking import PATIENCE_S
from thesetd.domain.errors import StoreError, StoreUnavailable
from thesetd.domain.ids import JobId
from thesetd.domain.work.batches import Batch, Written
from thesetd.domain.work.jobs import Action, JobState


class ReadOnly(FakeStore):
    """A store that answers questions and, while `takes` is False, takes nothing."""

    takes = True

    async def write_all(self, batches: Sequence[Batch]) -> tuple[Written | StoreError, ...]:
        """Store several batches, or none."""
        if not self.takes:
            raise StoreUnavailable("the database takes nothing")
        return await super().write_all(batches)


async def run_schedule(scene: Scene) -> object:
    """Fire a schedule by hand."""
    return await scene.daemon.run_schedule("cleanup-old-data")


async def cancel(scene: Scene) -> object:
    """Order a job to be cancelled."""
    return await scene.daemon.operator.order(JobId(1), Action.CANCEL)


@pytest.mark.parametrize("ask", [run_schedule, cancel])
async def test_what_cannot_be_stored_is_refused_in_good_time(
    ask: Callable[[Scene], Awaitable[object]], autojump_clock: MockClock
) -> None:
    """Whoever asks hears that it is not done, and may ask again: then it is done, and once."""
    store = ReadOnly()
    async with running(store=store) as scene:
        await scene.daemon.operator.pause("all")
        await scene.daemon.submit("Anna")
        before = len(await store.statuses.listed())
        store.takes = False
        began = trio.current_time()
        with pytest.raises(StoreUnavailable):
            await ask(scene)
        assert trio.current_time() - began == pytest.approx(PATIENCE_S)
        store.takes = True
        await ask(scene)
        found = await store.statuses.listed()
        assert len(found) == before + (ask is run_schedule)
        assert (found[-1].state is JobState.CANCELLED) == (ask is cancel)
