"""What the ledger knows of calls that were made: the only memory that outlives Redis and every node."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from thesetd.domain.errors import StoreUnavailable
from thesetd.ports.clock import Clock

Spent = Callable[[datetime], Awaitable[Sequence[tuple[datetime, int]]]]


class Past:
    """The calls of one provider, as ages in seconds."""

    def __init__(self, spent: Spent, clock: Clock) -> None:
        """Take the ledger's question and the clock that its times are of."""
        self._spent = spent
        self._clock = clock

    async def calls(self, within_s: float) -> list[tuple[float, int]] | None:
        """Give the age and cost of each call of the last `within_s` seconds; None where that cannot be known now."""
        now = self._clock.now()
        try:
            spent = await self._spent(now - timedelta(seconds=within_s))
        except StoreUnavailable:
            return None
        return [(max(0.0, (now - at).total_seconds()), cost) for at, cost in spent]
