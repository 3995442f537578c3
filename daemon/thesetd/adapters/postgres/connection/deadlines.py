"""Bounds calls from this side, with one timer for all of them.

A timer takes two turns of trio-asyncio's loop when it is made and, although it was cancelled long before, wakes the
loop when its moment comes: together that is as much as a short statement. So one timer is set for the call that is due
first, stays set after its end, and is set again only if other calls run by then.
"""

import asyncio
from collections.abc import Callable

import attrs


class CallDeadlines:
    """Ends calls that take longer than all calls may."""

    def __init__(self, call_s: float) -> None:
        """Take the bound of each call."""
        self._call_s = call_s
        self._running: dict[object, tuple[float, Callable[[], None]]] = {}  # the one that is due first comes first
        self._is_set = False

    def bound(self, end: Callable[[], None]) -> "_Bound":
        """Return a block; `end` is called if it takes too long."""
        return _Bound(self, end)

    def begin(self, call: object, end: Callable[[], None]) -> None:
        """Begin to measure a call."""
        loop = asyncio.get_running_loop()
        self._running[call] = (loop.time() + self._call_s, end)
        if not self._is_set:
            self._set(loop)

    def over(self, call: object) -> None:
        """Stop measuring a call."""
        self._running.pop(call, None)

    def _set(self, loop: asyncio.AbstractEventLoop) -> None:
        first, _ = next(iter(self._running.values()))
        loop.call_at(first, self._end_late, loop)
        self._is_set = True

    def _end_late(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for call, (due, end) in tuple(self._running.items()):
            if due <= now:
                del self._running[call]
                end()
        self._is_set = False
        if self._running:
            self._set(loop)


@attrs.frozen(eq=False)
class _Bound:
    """One call. It is no generator, which would set attributes of exceptions: asyncpg's warnings refuse that."""

    deadlines: CallDeadlines
    end: Callable[[], None]

    def __enter__(self) -> None:
        self.deadlines.begin(self, self.end)

    def __exit__(self, *_: object) -> None:
        self.deadlines.over(self)
