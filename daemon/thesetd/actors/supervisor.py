"""The supervisor: starts the actors in order, restarts the one that crashed, stops them in reverse order.

A child is one async function. Returning means finished; an `Exception`, alone or in a group, means restart within the
child's budget; over the budget the whole process ends, and whatever supervises the process is next. To stop, children
are cancelled one after another, last started first, each with its time and all within `DRAIN_S`: so the importer can
still give its jobs back through the writer. A child that does not end in time is named and left behind.
"""

from collections.abc import Awaitable, Callable, Sequence

import attrs
import trio

from thesetd.domain.errors import ConfigError
from thesetd.domain.facts import ActorCrashed, ActorGaveUp, ActorStarted, ActorStopped, ActorUnstopped
from thesetd.domain.restarts import RestartBudget
from thesetd.ports.control import ActorView
from thesetd.ports.observer import Observer

DRAIN_S = 18.0  # for all children together: the private servers stop after them, before the process's last second


@attrs.frozen(kw_only=True)
class ChildSpec:
    """How to run one actor. `mailbox` tells how many messages wait for it; `stop_s` is how long it may take to end."""

    name: str
    run: Callable[[], Awaitable[None]]
    mailbox: Callable[[], int] = lambda: 0
    stop_s: float = 5.0


class GaveUp(Exception):
    """A child crashed more often than its budget allows."""


@attrs.define
class _Child:
    spec: ChildSpec
    budget: RestartBudget = attrs.field(factory=RestartBudget)
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    ended: trio.Event = attrs.field(factory=trio.Event)
    state: str = "starting"
    restarts: int = 0
    last_error: str | None = None


class Supervisor:
    """Runs children until told to stop."""

    def __init__(self, specs: Sequence[ChildSpec], *, observer: Observer) -> None:
        """Take the children in start order."""
        self._children = [_Child(spec) for spec in specs]
        self._observer = observer
        self._stop = trio.Event()

    def stop(self) -> None:
        """Ask for an orderly end; `run` returns when all children have ended."""
        self._stop.set()

    def views(self) -> tuple[ActorView, ...]:
        """Show the children in start order."""
        return tuple(
            ActorView(
                name=child.spec.name,
                state=child.state,
                restarts=child.restarts,
                mailbox=child.spec.mailbox(),
                last_error=child.last_error,
            )
            for child in self._children
        )

    async def run(self) -> None:
        """Run the children; return after `stop`, or when each has finished by itself.

        Raises:
            GaveUp: a child is over its restart budget.
            ConfigError: a child cannot work with the configuration as it is.
        """
        async with trio.open_nursery() as nursery:
            for child in self._children:
                nursery.start_soon(self._keep_running, child)
            nursery.start_soon(self._stop_in_order, nursery.cancel_scope)
            for child in self._children:
                await child.ended.wait()
            nursery.cancel_scope.cancel()

    async def _keep_running(self, child: _Child) -> None:
        try:
            with child.scope:
                await self._restart_until_done(child)
            self._observer.notify(ActorStopped(actor=child.spec.name))
        finally:
            child.state = "stopped"
            child.ended.set()

    async def _restart_until_done(self, child: _Child) -> None:
        while True:
            self._observer.notify(ActorStarted(actor=child.spec.name, restarts=child.restarts))
            child.state = "running"
            try:
                await child.spec.run()
            except ConfigError:
                raise  # starting again would find the same configuration
            except Exception as error:  # noqa: BLE001 - the supervisor is where every defect ends up
                await self._after_crash(child, error)
            else:
                return

    async def _after_crash(self, child: _Child, error: Exception) -> None:
        child.state, child.last_error = "restarting", describe(error)
        child.restarts += 1
        delay = child.budget.spend(trio.current_time())
        if delay is None:
            self._observer.notify(ActorGaveUp(actor=child.spec.name, error=child.last_error))
            raise GaveUp(f"{child.spec.name} keeps crashing: {child.last_error}") from error
        self._observer.notify(ActorCrashed(actor=child.spec.name, error=child.last_error, restart_in_s=delay))
        await trio.sleep(delay)

    async def _stop_in_order(self, everything: trio.CancelScope) -> None:
        await self._stop.wait()
        last = trio.current_time() + DRAIN_S
        for child in reversed(self._children):
            child.scope.cancel()
            with trio.move_on_at(min(last, trio.current_time() + child.spec.stop_s)):
                await child.ended.wait()
            if not child.ended.is_set():
                self._observer.notify(ActorUnstopped(actor=child.spec.name))
        everything.cancel()


def describe(error: BaseException) -> str:
    """Put an exception in one line, a group as its leaves."""
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(describe(leaf) for leaf in error.exceptions)
    text = " ".join(str(error).split())[:300]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
