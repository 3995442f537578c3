"""The supervisor starts, restarts, gives up and stops in order."""

from collections.abc import Awaitable, Callable

import pytest
import trio

from recorder import Recorder
from thesetd.actors.supervisor import DRAIN_S, ChildSpec, GaveUp, Supervisor, describe
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


async def test_children_stop_in_reverse_order(autojump_clock: trio.testing.MockClock) -> None:
    """The last one started is the first one stopped, and each has ended before the next is asked to."""
    log: list[str] = []
    supervisor = Supervisor([child(name, log) for name in "abc"], observer=Recorder())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(supervisor.run)
        await trio.testing.wait_all_tasks_blocked()
        supervisor.stop()
    assert sorted(log[:3]) == ["a starts", "b starts", "c starts"]
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

    supervisor = Supervisor([child("calm", log), ChildSpec(name="crashing", run=crashing)], observer=recorder)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(supervisor.run)
        await recorder.until(lambda r: len(r.of(ActorStarted)) == 3)
        await trio.testing.wait_all_tasks_blocked()
        view = supervisor.views()[1]
        supervisor.stop()
    assert lives[0] == lives[1]
    assert log == ["calm starts", "calm ends"]
    assert (view.state, view.restarts, view.last_error) == ("running", 1, "ValueError: a defect")
    assert recorder.of(ActorCrashed)[0].restart_in_s == 0.0


async def test_a_crash_loop_ends_everything(autojump_clock: trio.testing.MockClock) -> None:
    """Over the budget the supervisor raises, after telling which child it was."""
    recorder = Recorder()

    async def crashing() -> None:
        raise ExceptionGroup("several", [ValueError("one"), KeyError("two")])

    supervisor = Supervisor([child("calm", []), ChildSpec(name="crashing", run=crashing)], observer=recorder)
    with pytest.RaisesGroup(GaveUp):
        await supervisor.run()
    assert recorder.of(ActorGaveUp)[0].actor == "crashing"
    assert len(recorder.of(ActorCrashed)) == 5


async def test_a_wrong_configuration_is_not_tried_again(autojump_clock: trio.testing.MockClock) -> None:
    """ConfigError passes through at once: the same configuration would fail the same way."""
    recorder = Recorder()

    async def misconfigured() -> None:
        raise ConfigError(["http.listen: taken"])

    with pytest.RaisesGroup(ConfigError):
        await Supervisor([ChildSpec(name="http", run=misconfigured)], observer=recorder).run()
    assert recorder.of(ActorCrashed) == []


async def test_a_child_that_does_not_end_is_named_and_left_behind(autojump_clock: trio.testing.MockClock) -> None:
    """Its neighbours still get their turn; the supervisor returns when the stubborn one ends at last."""
    recorder, log = Recorder(), []

    async def stubborn() -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(60)

    specs = [child("a", log), ChildSpec(name="stubborn", run=stubborn, stop_s=2.0)]
    supervisor = Supervisor(specs, observer=recorder)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(supervisor.run)
        await trio.testing.wait_all_tasks_blocked()
        started = trio.current_time()
        supervisor.stop()
        await recorder.until(lambda r: bool(r.of(ActorStopped)))
        assert trio.current_time() - started == 2.0
    assert [fact.actor for fact in recorder.of(ActorUnstopped)] == ["stubborn"]
    assert log == ["a starts", "a ends"]


async def test_all_children_together_stop_within_one_deadline(autojump_clock: trio.testing.MockClock) -> None:
    """However many are stubborn: when the time for all is over, the rest is cancelled at once and named as well."""
    recorder = Recorder()

    async def stubborn() -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(DRAIN_S + 1)

    names = [str(number) for number in range(12)]
    supervisor = Supervisor([ChildSpec(name=name, run=stubborn) for name in names], observer=recorder)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(supervisor.run)
        await trio.testing.wait_all_tasks_blocked()
        started = trio.current_time()
        supervisor.stop()
        await recorder.until(lambda r: len(r.of(ActorUnstopped)) == len(names))
        assert trio.current_time() - started == DRAIN_S


async def test_when_every_child_has_finished_so_has_the_supervisor(autojump_clock: trio.testing.MockClock) -> None:
    """Returning means finished: no restart."""
    recorder = Recorder()

    async def short() -> None:
        await trio.sleep(1)

    with trio.fail_after(5):
        await Supervisor([ChildSpec(name=n, run=short) for n in "ab"], observer=recorder).run()
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
    assert describe(make()) == text


async def test_the_mailbox_of_a_child_is_shown(autojump_clock: trio.testing.MockClock) -> None:
    """A view tells how many messages wait."""

    async def idle() -> None:
        await trio.sleep_forever()

    run: Callable[[], Awaitable[None]] = idle
    supervisor = Supervisor([ChildSpec(name="a", run=run, mailbox=lambda: 7)], observer=Recorder())
    assert (supervisor.views()[0].mailbox, supervisor.views()[0].state) == (7, "starting")
