"""Reads past calls from the ledger, the only memory that outlives Redis and every node."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import attrs
import trio

from thesetd.domain.errors import StoreUnavailable
from thesetd.ports.clock import Clock

Spent = Callable[[datetime], Awaitable[Sequence[tuple[datetime, int]]]]


@attrs.frozen
class PastCall:
    """A call of the ledger: a name that is the same on every node, its age in seconds, its cost."""

    key: str
    age_s: float
    cost: int


class LedgerHistory:
    """The calls of one provider."""

    def __init__(self, spent: Spent, clock: Clock) -> None:
        """Take the ledger's query and the clock of its times."""
        self._spent = spent
        self._clock = clock

    @property
    def ahead_s(self) -> float:
        """Return how far our monotonic clock is ahead of the wall clock."""
        return trio.current_time() - self._clock.now().timestamp()

    async def calls(self, within_s: float) -> list[PastCall] | None:
        """Return the calls of the last `within_s` seconds; None if the ledger cannot be read now."""
        now = self._clock.now()
        try:
            spent = await self._spent(now - timedelta(seconds=within_s))
        except StoreUnavailable:
            return None
        seen: Counter[datetime] = Counter()
        calls = []
        for at, cost in spent:
            calls.append(PastCall(f"{at.timestamp():.6f}-{seen[at]}", max(0.0, (now - at).total_seconds()), cost))
            seen[at] += 1
        return calls
