"""Defines the children of a supervisor: child specs in groups, each with a restart strategy.

A group's members are in start order. With `ONE_FOR_ONE` a crash affects no other member: mailboxes outlive their
actors. With `REST_FOR_ONE` the members after the crashed one depend on it, so they are stopped first and restarted
after it. A member may itself be a group, whose strategy applies inside it.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import Enum

import attrs
import trio

from thesetd.domain.work.restarts import RestartBudget
from thesetd.ports.pulse import Pulse
from thesetd.ports.surface.daemon import ActorView


class Strategy(Enum):
    """Decides which children are restarted with a crashed one."""

    ONE_FOR_ONE = "none"
    REST_FOR_ONE = "the members after it"


@attrs.frozen(kw_only=True)
class ChildSpec:
    """How to run one actor.

    `mailbox` returns how many messages wait for it; `stop_s` is how long it may take to end.
    """

    name: str
    run: Callable[[], Awaitable[None]]
    mailbox: Callable[[], int] = lambda: 0
    stop_s: float = 5.0


@attrs.frozen
class Group:
    """Children, in start order, with one restart strategy."""

    strategy: Strategy
    members: "tuple[ChildSpec | Group, ...]"


def one_for_one(*members: ChildSpec | Group) -> Group:
    """Group members that do not depend on each other."""
    return Group(Strategy.ONE_FOR_ONE, members)


def rest_for_one(*members: ChildSpec | Group) -> Group:
    """Group members each of which depends on those before it."""
    return Group(Strategy.REST_FOR_ONE, members)


def _happened() -> trio.Event:
    event = trio.Event()
    event.set()
    return event


@attrs.define(eq=False)
class Child:
    """One child; `over` is set while it is not running, `ended` once it will not be restarted.

    `rest` are the children that depend on it; `held` those of them that wait for its next start. It runs only while it
    is not held itself.
    """

    spec: ChildSpec
    rest: "list[Child]" = attrs.field(factory=list)
    held: "list[Child]" = attrs.field(factory=list)
    pulse: Pulse = attrs.field(factory=Pulse)
    budget: RestartBudget = attrs.field(factory=RestartBudget)
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    life: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    begun: trio.Event = attrs.field(factory=trio.Event)
    over: trio.Event = attrs.field(factory=_happened)
    ended: trio.Event = attrs.field(factory=trio.Event)
    holds: int = 0
    let_go: trio.Event = attrs.field(factory=trio.Event)
    lives: int = 0
    state: str = "starting"
    last_error: str | None = None
    last_error_at: datetime | None = None

    @property
    def restarts(self) -> int:
        """Return how often it was restarted, because of itself or of another child."""
        return max(0, self.lives - 1)

    def hold_rest(self) -> None:
        """Keep the children that depend on it from restarting before it does."""
        for other in self.rest:
            if not other.ended.is_set():
                self.held.append(other)
                other.hold()

    def release_next(self) -> None:
        """Let the first child that it holds start, which does the same for the next."""
        waiting = [other for other in self.held if not other.ended.is_set()]
        self.held = []
        if waiting:
            first = waiting[0]
            first.held += [other for other in waiting if other is not first]
            for _ in range(waiting.count(first)):  # if several crashed children held it
                first.release()

    def release_all(self) -> None:
        """Release all held children: it will not start again."""
        for other in self.held:
            other.release()
        self.held = []

    def hold(self) -> None:
        """Delay its next start; a caller that waits for an earlier hold waits for this one as well."""
        if not self.holds:
            self.let_go = trio.Event()
        self.holds += 1

    def release(self) -> None:
        """Remove one hold."""
        self.holds -= 1
        if not self.holds:
            self.let_go.set()

    async def released(self) -> None:
        """Wait until it is not held."""
        while self.holds:
            await self.let_go.wait()

    def view(self) -> ActorView:
        """Return its view for operators."""
        return ActorView(
            name=self.spec.name,
            state=self.state,
            health=self.pulse.complaint() or "ok",
            restarts=self.restarts,
            mailbox=self.spec.mailbox(),
            last_error=self.last_error,
            last_error_at=self.last_error_at,
        )


def in_start_order(group: Group) -> list[Child]:
    """Make the children of a group, each with those that are restarted with it."""
    members = [[Child(m)] if isinstance(m, ChildSpec) else in_start_order(m) for m in group.members]
    if group.strategy is Strategy.REST_FOR_ONE:
        for number, children in enumerate(members):
            for child in children:
                child.rest += [later for after in members[number + 1 :] for later in after]
    return [child for children in members for child in children]
