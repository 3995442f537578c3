"""Retention: when it deletes."""

import random
from datetime import datetime

import trio
import trio.testing

from fakes import FakeClock
from thesetd.adapters.retention import EVERY_S, FIRST_S, JITTER, RETRY_S, daily
from thesetd.domain.errors import StoreUnavailable


async def test_it_deletes_each_day_and_tries_again_within_the_hour(autojump_clock: trio.testing.MockClock) -> None:
    """The first time soon after the start; a database that is away is tried again."""
    times: list[float] = []
    refused = {1, 2}

    async def cleanup(*, now: datetime) -> dict[str, int]:
        times.append(trio.current_time())
        await trio.lowlevel.checkpoint()
        if len(times) in refused:
            raise StoreUnavailable("away")
        return {"thesetd.events": 5}

    began = trio.current_time()
    with trio.move_on_after(10 * EVERY_S):
        await daily(cleanup, FakeClock(), random.Random(1))()
    gaps = [later - earlier for earlier, later in zip([began, *times], times, strict=False)]
    for gap, expected in zip(gaps, (FIRST_S, RETRY_S, RETRY_S), strict=False):
        assert expected <= gap <= expected * (1 + JITTER)
    assert all(EVERY_S <= gap <= EVERY_S * (1 + JITTER) for gap in gaps[3:])
    assert len(times) >= 11
