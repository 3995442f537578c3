"""Single flight: equal calls at the same time are one call, whose answer all share.

The first caller sends the request: the call runs in that task, and the others wait for it. Three things may come
between:

- The one who flies is cancelled: of those who wait one takes over, nobody is failed.
- A more urgent one comes: it does not wait for a call that queues behind others, but flies too. Whichever lands first
  answers all, and the other is cancelled, which costs nothing while it still queues in its lane.
- The call ends with an error: all get it. Trying once more for each of them would be the stampede that is avoided.
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
    """One call and all who wait for it; `under_way` are the tasks in which it is made, with their lanes."""

    under_way: dict[trio.CancelScope, Lane] = attrs.field(factory=dict)
    over: trio.Event = attrs.field(factory=trio.Event)
    landed: list[T] = attrs.field(factory=list)
    error: ThesetdError | None = None

    @property
    def lane(self) -> Lane:
        """The most urgent lane in which the call is under way."""
        return min(self.under_way.values())

    def land(self, result: T) -> None:
        """Answer all with this result, if it is the first, and stop whoever still flies."""
        if not self.landed:
            self.landed.append(result)
            self.over.set()
            for scope in self.under_way:
                scope.cancel()


class Flights(Generic[T]):
    """The calls that are under way in this process, by key."""

    def __init__(self) -> None:
        """Start with none."""
        self._flights: dict[str, Flight[T]] = {}

    def __len__(self) -> int:
        """Count the calls that are under way."""
        return len(self._flights)

    async def join(self, key: str, lane: Lane, call: Callable[[], Awaitable[T]]) -> tuple[T, bool]:
        """Return the result of the call under way, or of this one if there is none as urgent.

        Returns:
            The result, and whether it is another's.

        Raises:
            ThesetdError: the call's, to all who wait for it.
        """
        while True:
            flight = self._flights.get(key)
            if flight is None or lane < flight.lane:
                return await self._fly(key, lane, call)
            with idle():  # whoever flies has a pulse
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
        """End the flight with the last who flies: landed, failed, or given up, so that another may take over."""
        del flight.under_way[scope]
        if flight.landed or not flight.under_way:
            if self._flights.get(key) is flight:
                del self._flights[key]
            flight.error = error
            flight.over.set()
