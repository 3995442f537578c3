"""Probes whether the limits can be kept in Redis: runs the script on a scratch log as on a real one."""

import random
from collections.abc import Mapping
from datetime import datetime

from thesetd.adapters.redis_limiter.ledger_history import LedgerHistory
from thesetd.adapters.redis_limiter.limiter import RedisLimiter
from thesetd.adapters.redis_limiter.log import LogLost, RedisLog
from thesetd.adapters.redis_limiter.node import Member
from thesetd.domain.errors import BusUnavailable
from thesetd.domain.gate.limiter import GUARD_S
from thesetd.domain.gate.windows import Window
from thesetd.ports.clock import Clock

WINDOW = Window(10, 1.0)


class LimitsProbe:
    """Joins a scratch log, reserves a slot and leaves; then checks the real limiters."""

    def __init__(
        self, log: RedisLog, *, clock: Clock, rng: random.Random, limiters: Mapping[str, RedisLimiter]
    ) -> None:
        """Take a scratch log, and the limiters by provider."""
        past = LedgerHistory(_nothing, clock)
        self._log = log
        self._member = Member(log, node="probe", windows=(WINDOW,), past=past, rng=rng, guard_s=GUARD_S)
        self._limiters = limiters

    async def prove(self) -> None:
        """Check that the limits are kept in Redis.

        Raises:
            BusUnavailable: Redis does not allow it; the message is its own.
        """
        try:
            await self._member.contact(joining=True)
            await self._member.reserve(1, None)
            await self._member.leave()
        except LogLost as error:
            raise BusUnavailable(str(error)) from None
        for provider, limiter in self._limiters.items():
            if trouble := limiter.trouble:
                raise BusUnavailable(f"{provider}: {trouble}")

    async def aclose(self) -> None:
        """Close the connections."""
        await self._log.aclose()


async def _nothing(_since: datetime) -> tuple[tuple[datetime, int], ...]:
    return ()
