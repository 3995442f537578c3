"""The way back of one answer."""

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from thesetd.actors.replies import NoAnswer, OneReply


async def test_an_answer_arrives_before_or_after_it_is_waited_for() -> None:
    """Whoever comes first waits for the other."""
    early: OneReply[int] = OneReply()
    early.send_nowait(1)
    assert await early.receive() == 1
    late: OneReply[int] = OneReply()
    async with trio.open_nursery() as nursery:

        @nursery.start_soon
        async def _() -> None:
            assert await late.receive() == 2

        await wait_all_tasks_blocked()
        late.send_nowait(2)


@pytest.mark.parametrize("early", [True, False])
async def test_letting_go_without_an_answer_ends_the_wait(*, early: bool) -> None:
    """A holder that crashes leaves nobody waiting."""
    reply: OneReply[int] = OneReply()
    async with trio.open_nursery() as nursery:

        @nursery.start_soon
        async def _() -> None:
            if early:
                await wait_all_tasks_blocked()
            with pytest.raises(NoAnswer):
                await reply.receive()

        if not early:
            await wait_all_tasks_blocked()
        with pytest.raises(ZeroDivisionError), reply:
            raise ZeroDivisionError


async def test_an_answer_stays_after_letting_go() -> None:
    """Closing after the answer loses nothing, and a later close changes nothing."""
    reply: OneReply[int] = OneReply()
    with reply:
        reply.send_nowait(3)
    reply.close()
    assert await reply.receive() == 3


async def test_giving_up_is_safe(autojump_clock: MockClock) -> None:
    """An asker that is cancelled is not woken by the answer, which is lost."""
    reply: OneReply[int] = OneReply()
    with trio.move_on_after(1) as scope:
        await reply.receive()
    assert scope.cancelled_caught
    reply.send_nowait(4)
    assert await reply.receive() == 4
