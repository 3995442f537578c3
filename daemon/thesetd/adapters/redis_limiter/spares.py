"""Keeps slots that one caller reserved for others who wait for their turn to ask for the same."""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager

import trio

from thesetd.domain.gate.limiter import LATEST_S, Slot

MOST_AT_ONCE = 16  # slots of one request: about as many as a pool has workers


class SpareSlots:
    """Reserved slots, by what was asked for; each is taken or given back when those who wait have had their turn."""

    def __init__(self, give_back: Callable[[Slot], None]) -> None:
        """Start without any; `give_back` returns a slot that no caller takes."""
        self._give_back = give_back
        self._waiting = Counter[Hashable]()
        self._slots = defaultdict[Hashable, deque[Slot]](deque)

    @contextmanager
    def waiting(self, wish: Hashable) -> Iterator[None]:
        """Count a caller who waits for its turn, or has it, while the block runs."""
        self._waiting[wish] += 1
        try:
            yield
        finally:
            self._waiting[wish] -= 1
            slots = self._slots[wish]
            while len(slots) > self._waiting[wish]:
                self._give_back(slots.pop())

    def wanted(self, wish: Hashable) -> int:
        """Return how many slots the caller whose turn it is should request."""
        return min(self._waiting[wish], MOST_AT_ONCE)

    def keep(self, wish: Hashable, slots: Iterable[Slot]) -> None:
        """Keep slots for those who wait."""
        self._slots[wish].extend(slots)

    def take(self, wish: Hashable) -> Slot | None:
        """Return a slot that was requested for this caller; one for which it is too late is given back."""
        slots = self._slots[wish]
        while slots:
            slot = slots.popleft()
            if trio.current_time() - slot.moment <= LATEST_S:
                return slot
            self._give_back(slot)
        return None
