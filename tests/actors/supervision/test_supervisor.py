"""The supervisor starts, restarts, gives up and stops in order."""

import random
import re
from collections.abc import Awaitable, Callable
from functools import partial

import pytest
import trio

from breaking import break_in_part
from fakes import EPOCH, FakeClock
from recorder import Recorder
from thesetd.actors.supervision.children import ChildSpec
from thesetd.actors.supervision.supervisor import DRAIN_S, GaveUp, Supervisor, describe_error
from thesetd.domain.errors import ConfigError
from thesetd.domain.facts import ActorCrashed, ActorGaveUp, ActorStarted, ActorStopped, ActorUnstopped


def child(name: str, log: list[str], stop_s: float = 5.0) -> ChildSpec:
    """Make an actor that runs until it is cancelled and writes down when."""

    async def run() -> None:
        log.append(f"{name} starts")
        try:
            await trio.sleep_forever()
        finally:
            log.append(f"{name} ends")

    return ChildSpec(name=name, run=run, stop_s=stop_s)


def supervise(*members: ChildSpec, observer: Recorder) -> Supervisor:
    """Make a supervisor."""
    return Supervisor(members, observer=observer, clock=FakeClock(), rng=random.Random(1))


async def test_children_start_in_order_and_stop_in_reverse(autojump_clock: trio.testing.MockClock) -> None:
    """They start in order; the last is the first one stopped, and each has ended before the next is asked to."""
    log: list[str] = []
    supervisor = supervise(*(child(name, log) for name in "abc"), observer=Recorder())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(supervisor.run)
        await trio.testing.wait_all_tasks_blocked()
        supervisor.stop()
    assert log[:3] == ["a starts", "b starts", "c starts"]
    assert log[3:] == ["c ends", "b ends", "a ends"]
    assert {view.state for view in supervisor.views()} == {"stopped"}


async def test_a_crash_restarts_that_child_alone_and_at_once(autojump_clock: trio.testing.MockClock) -> None:
    """The first crash costs no time; the neighbour does not notice."""
    recorder, log, lives = Recorder(), [], []

    async def crashing() -> None:
        lives.append(trio.current_time())
        if len(lives) == 1:
            raise ValueError("a defect")
        await trio.sleep_forever()

    supervisor = supervise(child("calm", log), ChildSpec(name="crashing", run=crashing), observer=recorder)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(supervisor.run)
        await recorder.until(lambda r: len(r.of(ActorStarted)) == 3)
        await trio.testing.wait_all_tasks_blocked()
        view = supervisor.views()[1]
        supervisor.stop()
    assert lives[0] == lives[1]
    assert log == ["calm starts", "calm ends"]
    assert (view.state, view.restarts, view.last_error) == ("running", 1, "ValueError: a defect")
    assert (view.last_error_at, view.health) == (EPOCH, "ok")
    assert recorder.of(ActorCrashed)[0].restart_in_s == 0.0


async def test_a_crash_loop_ends_everything(autojump_clock: trio.testing.MockClock) -> None:
    """Over the budget the others are stopped in order, then the supervisor raises, naming the child and its error."""
    recorder = Recorder()

    async def crashing() -> None:
        raise ExceptionGroup("several", [ValueError("one"), KeyError("two")])

    log: list[str] = []
    supervisor = supervise(child("a", log), ChildSpec(name="b", run=crashing), child("c", log), observer=recorder)
    with pytest.raises(GaveUp, match=re.escape("b keeps crashing: ValueError: one; KeyError: 'two'")):
        await supervisor.run()
    assert recorder.of(ActorGaveUp)[0].actor == "b"
    assert len(recorder.of(ActorCrashed)) == 5
    assert log == ["a starts", "c starts", "c ends", "a ends"]


async def test_a_wrong_configuration_is_not_tried_again(autojump_clock: trio.testing.MockClock) -> None:
    """ConfigError passes through at once: the same configuration would fail the same way."""
    recorder = Recorder()

    async def misconfigured() -> None:
        raise ConfigError(["http.listen: taken"])

    log: list[str] = []
    with pytest.raises(ConfigError):
        await supervise(child("a", log), ChildSpec(name="http", run=misconfigured), observer=recorder).run()
    assert (recorder.of(ActorCrashed), log) == ([], ["a starts", "a ends"])


async def test_a_child_that_does_not_end_is_named_and_left_behind(autojump_clock: trio.testing.MockClock) -> None:
    """Its neighbours still get their turn; the supervisor returns when the stubborn one ends at last."""
    recorder, log = Recorder(), []

    async def stubborn() -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(60)

    specs = [child("a", log), ChildSpec(name="stubborn", run=stubborn, stop_s=2.0)]
    supervisor = supervise(*specs, observer=recorder)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(supervisor.run)
        await trio.testing.wait_all_tasks_blocked()
        started = trio.current_time()
        supervisor.stop()
        await recorder.until(lambda r: bool(r.of(ActorStopped)))
        assert trio.current_time() - started == 2.0
    assert [fact.actor for fact in recorder.of(ActorUnstopped)] == ["stubborn"]
    assert log == ["a starts", "a ends"]


async def test_all_children_share_one_time_to_end(autojump_clock: trio.testing.MockClock) -> None:
    """However many do not end, the last one is told to after `DRAIN_S`; each that had not ended by then is named."""
    recorder, told = Recorder(), []

    async def stubborn() -> None:
        try:
            await trio.sleep_forever()
        finally:
            told.append(trio.current_time())
            with trio.CancelScope(shield=True):
                await trio.sleep(60)

    names = [f"child {number}" for number in range(8)]
    supervisor = supervise(*(ChildSpec(name=name, run=stubborn) for name in names), observer=recorder)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(supervisor.run)
        await trio.testing.wait_all_tasks_blocked()
        started = trio.current_time()
        supervisor.stop()
    assert (len(told), told[-1] - started) == (8, DRAIN_S)
    assert [fact.actor for fact in recorder.of(ActorUnstopped)] == names[::-1]


async def test_a_crash_while_stopping_restarts_nobody(autojump_clock: trio.testing.MockClock) -> None:
    """A child that crashes in its own end has ended; so has one that crashes before its turn."""
    recorder = Recorder()
    broken = trio.Event()

    async def breaks_at_its_end() -> None:
        try:
            await trio.sleep_forever()
        finally:
            broken.set()
            raise ValueError("in its end")

    async def breaks_with_it() -> None:
        await broken.wait()
        raise ValueError("before its turn")

    specs = [ChildSpec(name="first", run=breaks_with_it), ChildSpec(name="second", run=breaks_at_its_end)]
    supervisor = supervise(*specs, observer=recorder)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(supervisor.run)
        await trio.testing.wait_all_tasks_blocked()
        supervisor.stop()
    assert {(fact.actor, fact.restart_in_s) for fact in recorder.of(ActorCrashed)} == {
        ("first", None),
        ("second", None),
    }
    assert len(recorder.of(ActorStarted)) == 2


async def test_what_breaks_beside_what_is_cancelled_ends_in_order_too(autojump_clock: trio.testing.MockClock) -> None:
    """One task of a child may fail in the moment in which the rest of it is stopped: the others still end in order."""
    recorder, log = Recorder(), list[str]()

    breaks = partial(break_in_part, ValueError("in a part of it"))
    supervisor = supervise(child("calm", log), ChildSpec(name="broken", run=breaks), observer=recorder)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(supervisor.run)
        await trio.testing.wait_all_tasks_blocked()
        supervisor.stop()
    assert [(fact.actor, fact.error, fact.restart_in_s) for fact in recorder.of(ActorCrashed)] == [
        ("broken", "ValueError: in a part of it", None)
    ]
    assert [fact.actor for fact in recorder.of(ActorStopped)] == ["calm"]


async def test_a_defect_of_the_supervisor_itself_ends_everything(autojump_clock: trio.testing.MockClock) -> None:
    """Better no daemon than one of which an actor has silently gone."""
    recorder, log, seen = Recorder(), list[str](), list[bool]()

    class Broken(random.Random):
        def random(self) -> float:
            raise ZeroDivisionError("in the supervisor")

    async def crashes() -> None:
        await trio.sleep(1)
        seen.append(True)
        raise ValueError("a defect")

    children = (child("calm", log), ChildSpec(name="crashing", run=crashes))
    supervisor = Supervisor(children, observer=recorder, clock=FakeClock(), rng=Broken())
    with trio.fail_after(60), pytest.RaisesGroup(ZeroDivisionError, flatten_subgroups=True):
        await supervisor.run()
    assert log == ["calm starts", "calm ends"]
    assert len(seen) > 1


async def test_when_every_child_has_finished_so_has_the_supervisor(autojump_clock: trio.testing.MockClock) -> None:
    """Returning means finished: no restart."""
    recorder = Recorder()

    async def short() -> None:
        await trio.sleep(1)

    with trio.fail_after(5):
        await supervise(*(ChildSpec(name=n, run=short) for n in "ab"), observer=recorder).run()
    assert len(recorder.of(ActorStarted)) == 2


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: ValueError("x  y\nz"), "ValueError: x y z"),
        (KeyboardInterrupt, "KeyboardInterrupt"),
        (lambda: ExceptionGroup("g", [ValueError("a"), OSError("b")]), "ValueError: a; OSError: b"),
    ],
)
def test_an_error_is_one_line(make: Callable[[], BaseException], text: str) -> None:
    """Whatever the exception, its description has no line break and names every leaf."""
    assert describe_error(make()) == text


async def test_the_mailbox_of_a_child_is_shown(autojump_clock: trio.testing.MockClock) -> None:
    """A view tells how many messages wait."""

    async def idle() -> None:
        await trio.sleep_forever()

    run: Callable[[], Awaitable[None]] = idle
    supervisor = supervise(ChildSpec(name="a", run=run, mailbox=lambda: 7), observer=Recorder())
    assert (supervisor.views()[0].mailbox, supervisor.views()[0].state) == (7, "starting")
