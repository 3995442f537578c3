"""Who is restarted with whom: groups of children under a running supervisor."""

import random
from collections.abc import Awaitable, Callable

import attrs
import pytest
import trio
import trio.testing

from fakes import FakeClock
from recorder import Recorder
from thesetd.actors.supervision.children import ChildSpec, Group, one_for_one, rest_for_one
from thesetd.actors.supervision.supervisor import GaveUp, Supervisor
from thesetd.domain.facts import ActorCrashed, ActorUnstopped


@attrs.define
class Stage:
    """Children that crash when they are told to, and what was seen of them."""

    log: list[str] = attrs.field(factory=list)
    orders: dict[str, trio.Event] = attrs.field(factory=dict)
    recorder: Recorder = attrs.field(factory=Recorder)

    def child(self, name: str, end: Callable[[], Awaitable[None]] | None = None) -> ChildSpec:
        """Make one; `end` is what it does when it is cancelled."""

        async def run() -> None:
            self.orders[name] = order = trio.Event()
            self.log.append(f"{name}+")
            try:
                await order.wait()
            except trio.Cancelled:
                if end is not None:
                    await end()
                raise
            finally:
                self.log.append(f"{name}-")
            raise ValueError(name)

        return ChildSpec(name=name, run=run, stop_s=2.0)

    async def crash(self, *names: str) -> None:
        """Have some crash at the same moment; wait until all is calm."""
        self.log.clear()
        for name in names:
            self.orders[name].set()
        await trio.sleep(20)


async def play(tree: Group, stage: Stage, part: Callable[[Supervisor], Awaitable[None]]) -> None:
    """Run the tree and the part, then stop."""
    supervisor = Supervisor(tree, observer=stage.recorder, clock=FakeClock(), rng=random.Random(1))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(supervisor.run)
        await trio.testing.wait_all_tasks_blocked()
        await part(supervisor)
        supervisor.stop()


async def test_those_that_stand_on_a_crashed_child_are_restarted_with_it(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """They are stopped in reverse order and follow in order; those before it do not notice, nor are budgets spent."""
    stage = Stage()

    async def part(supervisor: Supervisor) -> None:
        await stage.crash("b")
        assert stage.log == ["b-", "d-", "c-", "b+", "c+", "d+"]
        await stage.crash("d")
        assert stage.log == ["d-", "d+"]
        views = {view.name: (view.state, view.restarts, view.last_error) for view in supervisor.views()}
        assert views == {
            "a": ("running", 0, None),
            "b": ("running", 1, "ValueError: b"),
            "c": ("running", 1, None),
            "d": ("running", 2, "ValueError: d"),
        }

    await play(rest_for_one(*map(stage.child, "abcd")), stage, part)


async def test_a_group_within_a_group_keeps_its_own_rule(autojump_clock: trio.testing.MockClock) -> None:
    """Siblings in an inner group do not restart each other, but all of them stand on what is before the group."""
    stage = Stage()

    async def part(_: Supervisor) -> None:
        await stage.crash("b")
        assert stage.log == ["b-", "b+"]
        await stage.crash("a")
        assert stage.log == ["a-", "c-", "b-", "a+", "b+", "c+"]
        await stage.crash("x")
        assert stage.log == ["x-", "x+"]

    inner = one_for_one(stage.child("b"), stage.child("c"))
    await play(one_for_one(stage.child("x"), rest_for_one(stage.child("a"), inner)), stage, part)


@pytest.mark.parametrize("together", ["ab", "bc", "abc", "ac"])
async def test_crashes_at_the_same_moment_end_with_everybody_running(
    autojump_clock: trio.testing.MockClock, together: str
) -> None:
    """Whoever falls over together, each child has one life at a time and in the end everybody runs."""
    stage = Stage()

    async def part(supervisor: Supervisor) -> None:
        for crashing in (together, "a", "c"):
            await stage.crash(*crashing)
            assert {view.state for view in supervisor.views()} == {"running"}
            for name in "abc":
                lives = [entry for entry in stage.log if entry.startswith(name)]
                assert lives == [f"{name}-", f"{name}+"] * (len(lives) // 2)

    await play(rest_for_one(*map(stage.child, "abc")), stage, part)


@pytest.mark.parametrize("crashing", ["a", "ab", "b"])
async def test_a_child_that_crashes_while_it_is_cancelled(
    autojump_clock: trio.testing.MockClock, crashing: str
) -> None:
    """Its crash counts as its own and costs nobody a life more: all run again, and an end in order stays one."""
    stage = Stage()

    async def fall() -> None:
        raise KeyError("on the way out")

    async def part(supervisor: Supervisor) -> None:
        for _ in range(2):
            await stage.crash(*crashing)
            assert {view.state for view in supervisor.views()} == {"running"}
            assert sorted(stage.log) == sorted(
                f"{name}{end}" for name in "abc"["abc".index(crashing[0]) :] for end in "+-"
            )
            assert stage.log[-2:] == ["b+", "c+"]
        stage.log.clear()

    await play(rest_for_one(stage.child("a"), stage.child("b", fall), stage.child("c")), stage, part)
    assert stage.log == ["c-", "b-", "a-"]
    ends = [fact for fact in stage.recorder.of(ActorCrashed) if fact.restart_in_s is None]
    assert [(fact.actor, fact.error) for fact in ends] == [("b", "KeyError: 'on the way out'")]
    assert stage.recorder.of(ActorUnstopped) == []


async def test_stopping_in_the_middle_of_a_restart(autojump_clock: trio.testing.MockClock) -> None:
    """Those that are held for another's restart end when everything is stopped."""
    stage = Stage()
    supervisor = Supervisor(
        rest_for_one(*map(stage.child, "abc")), observer=stage.recorder, clock=FakeClock(), rng=random.Random(1)
    )
    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(supervisor.run)
            for _ in range(3):
                await trio.testing.wait_all_tasks_blocked()
                stage.orders["a"].set()
            await trio.testing.wait_all_tasks_blocked()
            assert [view.state for view in supervisor.views()] == ["restarting"] * 3
            supervisor.stop()
    assert stage.log[-3:] == ["a-", "c-", "b-"]


async def test_a_child_that_does_not_end_for_a_restart_ends_everything(autojump_clock: trio.testing.MockClock) -> None:
    """Two lives of what stands on each other may not overlap: the process ends, and the child is named."""
    stage = Stage()

    async def linger() -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(10)

    tree = rest_for_one(stage.child("a"), stage.child("stubborn", linger))
    with pytest.RaisesGroup(pytest.RaisesExc(GaveUp, match="stubborn does not end, and a cannot be restarted")):
        await play(tree, stage, lambda _: stage.crash("a"))
    assert stage.recorder.of(ActorUnstopped)[0].actor == "stubborn"
