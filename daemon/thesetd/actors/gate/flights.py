"""Coalesces identical concurrent calls into a single flight whose answer all callers share.

The first caller sends the request: the call runs in that task, and the others wait for it. Three things may interfere:

- The task that makes the call is cancelled: one of the waiting callers takes over, and none of them fails.
- A more urgent caller arrives: it does not wait for a call that queues behind others, but makes the call too. The first
  result answers all callers, and the other call is cancelled, which costs nothing while it is still in its lane.
- The call ends with an error: all callers get it. A retry by each of them would be the stampede that this avoids.
"""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import attrs
import trio

from thesetd.domain.errors import ThesetdError
from thesetd.domain.work.jobs import Lane
from thesetd.ports.pulse import idle

T = TypeVar("T")


@attrs.define(kw_only=True, eq=False)
class Flight(Generic[T]):
    """One call and all callers that wait for it; `under_way` are the tasks that make it, with their lanes."""

    under_way: dict[trio.CancelScope, Lane] = attrs.field(factory=dict)
    over: trio.Event = attrs.field(factory=trio.Event)
    landed: list[T] = attrs.field(factory=list)
    error: ThesetdError | None = None

    @property
    def lane(self) -> Lane:
        """The most urgent lane in which the call is in progress."""
        return min(self.under_way.values())

    def land(self, result: T) -> None:
        """Answer all callers with this result, if it is the first, and cancel the tasks that still make the call."""
        if not self.landed:
            self.landed.append(result)
            self.over.set()
            for scope in self.under_way:
                scope.cancel()


class Flights(Generic[T]):
    """The calls in progress in this process, by key."""

    def __init__(self) -> None:
        """Start without calls."""
        self._flights: dict[str, Flight[T]] = {}

    def __len__(self) -> int:
        """Return the number of calls in progress."""
        return len(self._flights)

    async def join(self, key: str, lane: Lane, call: Callable[[], Awaitable[T]]) -> tuple[T, bool]:
        """Return the result of the call in progress, or make the call if none as urgent is in progress.

        Returns:
            The result, and whether another caller's call brought it.

        Raises:
            ThesetdError: the error of the call, for every waiting caller.
        """
        while True:
            flight = self._flights.get(key)
            if flight is None or lane < flight.lane:
                return await self._fly(key, lane, call)
            with idle():  # the task that makes the call has a pulse
                await flight.over.wait()
            if flight.landed:
                return flight.landed[0], True
            if flight.error is not None:
                raise flight.error.with_traceback(None)

    async def _fly(self, key: str, lane: Lane, call: Callable[[], Awaitable[T]]) -> tuple[T, bool]:
        flight = self._flights.setdefault(key, Flight())
        error: ThesetdError | None = None
        with trio.CancelScope() as scope:
            flight.under_way[scope] = lane
            try:
                result = await call()
            except ThesetdError as failure:
                if not flight.landed:
                    error = failure
                    raise
            else:
                flight.land(result)
                return result, False
            finally:
                self._leave(key, flight, scope, error)
        return flight.landed[0], True

    def _leave(self, key: str, flight: Flight[T], scope: trio.CancelScope, error: ThesetdError | None) -> None:
        """End the flight when its last task ends: answered, failed, or given up so that another caller takes over."""
        del flight.under_way[scope]
        if flight.landed or not flight.under_way:
            if self._flights.get(key) is flight:
                del self._flights[key]
            flight.error = error
            flight.over.set()
