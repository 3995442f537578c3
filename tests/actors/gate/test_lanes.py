"""A pool's mailbox: turns, overtaking, holding the background back, bounds."""

from typing import Any

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from patience import LONGEST_S
from thesetd.actors.gate.lanes import LaneMailbox
from thesetd.actors.messages import Fetch
from thesetd.actors.replies import OneReply
from thesetd.domain.gate.calls import Call, Purpose, Request
from thesetd.domain.gate.lanes import UserRate
from thesetd.domain.ids import SPOTIFY, JobId
from thesetd.domain.work.jobs import Lane


class Senders:
    """Makes calls for which somebody waits."""

    def call(self, lane: Lane, path: str = "/x", job_id: JobId | None = None) -> Fetch:
        """Make a call."""
        call: Call[Any] = Call(request=Request(provider=SPOTIFY, endpoint="e", path=path), parse=lambda _: None)
        call = call.on_behalf_of(Purpose("import_artist", job_id))
        return Fetch(call=call, lane=lane, waiting_since=trio.current_time(), reply=OneReply())


@pytest.fixture
def senders() -> Senders:
    """Return the maker of calls."""
    return Senders()


async def test_no_lane_starves_and_interactive_overtakes_all(senders: Senders) -> None:
    """Every background lane is served while all wait, and no background call while an interactive one waits."""
    mailbox = LaneMailbox()
    for lane in Lane:
        for _ in range(20):
            await mailbox.send(senders.call(lane))
    order = [(await mailbox.receive()).lane for _ in range(len(mailbox))]
    assert set(order[:20]) == {Lane.INTERACTIVE}
    assert order[20:31].count(Lane.LOW) == 1
    assert order[20:30].count(Lane.MEDIUM) == 3
    assert [view.served for view in mailbox.views()] == [20, 20, 20, 20]


async def test_within_a_lane_first_come_first_served(senders: Senders) -> None:
    """Calls of one lane keep their order."""
    mailbox = LaneMailbox()
    for number in range(5):
        await mailbox.send(senders.call(Lane.MEDIUM, str(number)))
    assert [(await mailbox.receive()).call.request.path for _ in range(5)] == ["0", "1", "2", "3", "4"]


async def test_one_receiver_is_there_for_replies_alone(senders: Senders, autojump_clock: MockClock) -> None:
    """It leaves the background and people's imports waiting, and gets at once what a reply waits for."""
    mailbox, got = LaneMailbox(), []
    await mailbox.send(senders.call(Lane.HIGH))
    await mailbox.send(senders.call(Lane.INTERACTIVE, job_id=JobId(1)))

    async def work() -> None:
        got.append((await mailbox.receive_urgent()).call.purpose.job_id)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(work)
        nursery.start_soon(work)
        await trio.sleep(1)
        assert got == []
        for _ in range(2):
            await mailbox.send(senders.call(Lane.INTERACTIVE))
        await wait_all_tasks_blocked()
        assert got == [None, None]
    assert trio.current_time() == 1.0
    assert [view.waiting for view in mailbox.views()] == [1, 1, 0, 0]


async def test_what_a_reply_waits_for_goes_before_imports_that_are_new(senders: Senders) -> None:
    """Also before the first call of an import that nobody has heard of yet."""
    mailbox = LaneMailbox()
    for number in range(3):
        await mailbox.send(senders.call(Lane.INTERACTIVE, job_id=JobId(number)))
    await mailbox.send(senders.call(Lane.INTERACTIVE))
    assert [(await mailbox.receive()).call.purpose.job_id for _ in range(4)] == [None, 0, 1, 2]


async def test_each_of_many_receivers_gets_one_call(senders: Senders, autojump_clock: MockClock) -> None:
    """Calls that arrive at once wake as many receivers, though other receivers are cancelled at that moment."""
    mailbox, got = LaneMailbox(), []

    async def work(patience_s: float) -> None:
        with trio.move_on_after(patience_s):
            got.append((await mailbox.receive()).call.request.path)

    async with trio.open_nursery() as nursery:
        for patience_s in (5.0, 10.0, 5.0, 10.0, 10.0):
            nursery.start_soon(work, patience_s)
        await trio.sleep(5)
        for number in range(3):
            await mailbox.send(senders.call(Lane.HIGH, str(number)))
    assert sorted(got) == ["0", "1", "2"]


async def test_a_call_without_a_sender_is_passed_over_and_costs_no_turn(senders: Senders) -> None:
    """Whatever was given up is dropped, gives its room back, and does not count for its lane."""
    mailbox = LaneMailbox(capacity=3)
    for _ in range(3):
        fetch = senders.call(Lane.HIGH)
        await mailbox.send(fetch)
        fetch.reply.wanted = False
    await mailbox.send(senders.call(Lane.LOW))
    assert (await mailbox.receive()).lane is Lane.LOW
    with trio.fail_after(LONGEST_S):
        for _ in range(3):
            await mailbox.send(senders.call(Lane.HIGH))
    assert [view.served for view in mailbox.views()] == [0, 0, 0, 1]


async def test_a_full_lane_keeps_no_other_sender_waiting(senders: Senders, autojump_clock: MockClock) -> None:
    """Room is per lane: a flood of the low lane does not hold an interactive call up."""
    mailbox = LaneMailbox(capacity=2)
    for _ in range(2):
        await mailbox.send(senders.call(Lane.LOW))
    with trio.move_on_after(1) as scope:
        await mailbox.send(senders.call(Lane.LOW))
    assert scope.cancelled_caught
    await mailbox.send(senders.call(Lane.INTERACTIVE))
    assert (await mailbox.receive()).lane is Lane.INTERACTIVE


async def test_what_operators_see(senders: Senders, autojump_clock: MockClock) -> None:
    """Each lane shows what waits, since when, and what was served; demand is counted as it is served."""
    mailbox = LaneMailbox()
    await mailbox.send(senders.call(Lane.MEDIUM))
    await trio.sleep(3)
    await mailbox.send(senders.call(Lane.MEDIUM))
    assert mailbox.user_rate() == UserRate(0.0, 0.0)
    await mailbox.send(senders.call(Lane.INTERACTIVE))
    await mailbox.receive()
    await trio.sleep(4)
    shown = {view.lane: (view.waiting, view.oldest_s, view.served) for view in mailbox.views()}
    assert shown == {"interactive": (0, 0.0, 1), "high": (0, 0.0, 0), "medium": (2, 7.0, 0), "low": (0, 0.0, 0)}
    assert mailbox.user_rate().calls == mailbox.user_rate().replies > 0.0
    await mailbox.send(senders.call(Lane.INTERACTIVE, job_id=JobId(1)))
    await mailbox.receive()
    assert mailbox.user_rate().calls > mailbox.user_rate().replies > 0.0


async def test_people_take_turns(senders: Senders) -> None:
    """An import that brought many calls first gets one for each of another's, and a newcomer is next."""
    mailbox = LaneMailbox()
    for person, calls in ((1, 4), (2, 2)):
        for number in range(calls):
            await mailbox.send(senders.call(Lane.INTERACTIVE, f"{person}.{number}", job_id=JobId(person)))
    first = [(await mailbox.receive()).call.request.path for _ in range(3)]
    await mailbox.send(senders.call(Lane.INTERACTIVE, "3.0", job_id=JobId(3)))
    rest = [(await mailbox.receive()).call.request.path for _ in range(4)]
    assert first == ["1.0", "2.0", "1.1"]
    assert rest == ["3.0", "2.1", "1.2", "1.3"]
