"""Retention: rows no longer needed are deleted once a day, in small pieces, with batches written in between."""

import random
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

import trio

from thesetd.domain.errors import StoreError
from thesetd.ports.clock import Clock
from thesetd.ports.pulse import busy

FIRST_S = 900.0  # after the start-up, which is busy enough
EVERY_S = 86_400.0
RETRY_S = 3600.0
LONGEST_S = 3600.0  # after months without a clean-up
JITTER = 0.1  # nodes that were started together do not delete together


class Cleanup(Protocol):
    """The clean-up; see `thesetd.ports.store.ScheduleStore.cleanup`."""

    def __call__(self, *, now: datetime) -> Awaitable[dict[str, int]]:
        """Delete what is too old at this moment; return how many rows of which table."""
        ...


def daily(cleanup: Cleanup, clock: Clock, rng: random.Random) -> Callable[[], Awaitable[None]]:
    """Return a task that cleans up every day until it is cancelled; several nodes may do so concurrently."""

    async def run() -> None:
        pause_s = FIRST_S
        while True:
            await trio.sleep(pause_s * (1 + JITTER * rng.random()))
            try:
                with busy("cleans up", LONGEST_S):
                    await cleanup(now=clock.now())
                pause_s = EVERY_S
            except StoreError:
                pause_s = RETRY_S

    return run
