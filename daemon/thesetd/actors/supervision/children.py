"""Defines the children of a supervisor: how to run each, and what is known of its runs.

No child depends on another: mailboxes outlive their actors, so a crash affects no other child.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime

import attrs
import trio

from thesetd.domain.work.restarts import RestartBudget
from thesetd.ports.pulse import Pulse
from thesetd.ports.surface.daemon import ActorView


@attrs.frozen(kw_only=True)
class ChildSpec:
    """How to run one actor.

    `mailbox` returns how many messages wait for it; `stop_s` is how long it may take to end.
    """

    name: str
    run: Callable[[], Awaitable[None]]
    mailbox: Callable[[], int] = lambda: 0
    stop_s: float = 5.0


@attrs.define(eq=False)
class Child:
    """One child; `begun` is set once it has started, `ended` once it will not be restarted."""

    spec: ChildSpec
    pulse: Pulse = attrs.field(factory=Pulse)
    budget: RestartBudget = attrs.field(factory=RestartBudget)
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    begun: trio.Event = attrs.field(factory=trio.Event)
    ended: trio.Event = attrs.field(factory=trio.Event)
    runs: int = 0
    state: str = "starting"
    last_error: str | None = None
    last_error_at: datetime | None = None

    @property
    def restarts(self) -> int:
        """Return how often it was restarted."""
        return max(0, self.runs - 1)

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
