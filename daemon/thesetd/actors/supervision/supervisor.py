"""The supervisor: starts the actors in order, restarts crashed ones, and stops them in reverse order.

A child is one async function. Returning means finished; an `Exception`, alone or in a group, means restart within the
child's budget. Over the budget everything is stopped in order, as on request, and `run` raises: the supervisor of the
process takes over.

To stop, children are cancelled one after another, last started first, each with its own time limit and all within
`DRAIN_S`: so the importer can still give its jobs back through the writer. A child that does not end in time is named
and abandoned.
"""

import random
from collections.abc import Iterable

import trio

from thesetd.actors.supervision.children import Child, ChildSpec
from thesetd.domain.errors import ConfigError, leaves
from thesetd.domain.facts import ActorCrashed, ActorGaveUp, ActorStarted, ActorStopped, ActorUnstopped
from thesetd.ports.clock import Clock
from thesetd.ports.observer import Observer
from thesetd.ports.surface.daemon import ActorView

DRAIN_S = 18.0  # for all children together: the private servers stop after them, before the process's hard deadline


class GaveUp(Exception):
    """A child crashed more often than its budget allows."""


class Supervisor:
    """Runs children until stopped."""

    def __init__(self, children: Iterable[ChildSpec], *, observer: Observer, clock: Clock, rng: random.Random) -> None:
        """Take the children in start order; the clock dates their errors."""
        self._children = [Child(spec) for spec in children]
        self._observer = observer
        self._clock = clock
        self._rng = rng
        self._failure: Exception | None = None
        self.stopping = trio.Event()

    def stop(self) -> None:
        """Request an orderly shutdown; `run` returns when all children have ended."""
        self.stopping.set()

    def views(self) -> tuple[ActorView, ...]:
        """Return the children in start order."""
        return tuple(child.view() for child in self._children)

    async def run(self) -> None:
        """Run the children; return after `stop`, or when each has finished by itself.

        Raises:
            GaveUp: a child keeps crashing; the others were stopped in order.
            ConfigError: a child cannot work with this configuration; likewise.
        """
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._stop_in_order, nursery.cancel_scope)
            for child in self._children:
                nursery.start_soon(self._run_child, child)
                await child.begun.wait()
            for child in self._children:
                await child.ended.wait()
            nursery.cancel_scope.cancel()
        if self._failure is not None:
            raise self._failure

    async def _run_child(self, child: Child) -> None:
        try:
            with child.scope:
                await self._live(child)
            self._observer.notify(ActorStopped(actor=child.spec.name))
        except (GaveUp, ConfigError) as error:
            self._failure = self._failure or error
            self.stop()
        except Exception as error:
            if not self.stopping.is_set():
                raise  # a defect of the supervisor itself: a daemon without this child would not be noticed
            # Otherwise a part of it failed while the rest was being stopped.
            self._observer.notify(ActorCrashed(actor=child.spec.name, error=describe_error(error), restart_in_s=None))
        finally:
            child.state = "stopped"
            child.begun.set()
            child.ended.set()

    async def _live(self, child: Child) -> None:
        while not self.stopping.is_set():
            child.runs, child.state = child.runs + 1, "running"
            self._observer.notify(ActorStarted(actor=child.spec.name, restarts=child.restarts))
            child.begun.set()
            try:
                with child.pulse.listening():
                    await child.spec.run()
            except Exception as error:  # noqa: BLE001 - the supervisor is where every defect ends up
                await self._after_crash(child, error)
            else:
                return

    async def _after_crash(self, child: Child, error: Exception) -> None:
        """Wait until the next run.

        Raises:
            GaveUp: there must be no next run.
            ConfigError: the next run would find the same configuration.
        """
        name, text = child.spec.name, describe_error(error)
        child.state, child.last_error, child.last_error_at = "restarting", text, self._clock.now()
        if wrong := next((leaf for leaf in leaves(error) if isinstance(leaf, ConfigError)), None):
            raise wrong
        if self.stopping.is_set():
            self._observer.notify(ActorCrashed(actor=name, error=text, restart_in_s=None))
            return
        delay = child.budget.spend(trio.current_time(), self._rng)
        if delay is None:
            self._observer.notify(ActorGaveUp(actor=name, error=text))
            raise GaveUp(f"{name} keeps crashing: {text}") from error
        self._observer.notify(ActorCrashed(actor=name, error=text, restart_in_s=delay))
        await trio.sleep(delay)

    async def _stop_in_order(self, everything: trio.CancelScope) -> None:
        await self.stopping.wait()
        last = trio.current_time() + DRAIN_S
        for child in reversed(self._children):
            child.scope.cancel()
            with trio.move_on_at(min(last, trio.current_time() + child.spec.stop_s)):
                await child.ended.wait()
            if not child.ended.is_set():
                self._observer.notify(ActorUnstopped(actor=child.spec.name))
        everything.cancel()


def describe_error(error: BaseException) -> str:
    """Return an exception as one line, a group as its leaves."""
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(map(describe_error, leaves(error)))
    text = " ".join(str(error).split())[:300]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
