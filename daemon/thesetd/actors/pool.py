"""A provider's pool: workers that take calls from the lanes and send them through the gate.

One worker in addition to the configured ones takes only calls that block a reply: with a backlog all others hold calls
that wait for slots.
"""

import random
from collections.abc import Awaitable, Callable
from typing import Any

import trio

from thesetd.actors.gate.gate import Gate
from thesetd.actors.gate.in_flight import LONGEST_WAIT_S
from thesetd.actors.gate.lanes import LaneMailbox
from thesetd.actors.messages import Answer, Fetch, Fetched, Refusal, respond
from thesetd.domain.errors import BreakerOpen, RateLimited, ThesetdError, Unavailable
from thesetd.domain.work.diagnosis import CallStage
from thesetd.ports.pulse import busy

# Retries of one call. In quiet times about one answer in a thousand is a 5xx; more means an outage, which the breaker
# handles.
ATTEMPTS = 3
BACKOFF_S = 0.5
URGENT_WORKERS = 1
CALL_S = 90.0  # without waits and without the request itself: databases, whose timeouts are far shorter


class Pool:
    """The workers of one provider."""

    def __init__(self, gate: Gate, *, mailbox: LaneMailbox, concurrency: int, rng: random.Random) -> None:
        """Take what the workers share; gate and mailbox outlive a crash of the pool."""
        self._gate = gate
        self._mailbox = mailbox
        self._concurrency = concurrency
        self._rng = rng

    async def run(self) -> None:
        """Work until cancelled."""
        async with trio.open_nursery() as nursery:
            for _ in range(self._concurrency):
                nursery.start_soon(self._work, self._mailbox.receive)
            for _ in range(URGENT_WORKERS):
                nursery.start_soon(self._work, self._mailbox.receive_urgent)

    async def _work(self, receive: Callable[[], Awaitable[Fetch]]) -> None:
        while True:
            fetch = await receive()
            with fetch.reply, busy("passes a call through the gate", CALL_S):
                try:
                    answer: Answer[Fetched[Any]] | Refusal = Answer(await self._perform(fetch))
                except ThesetdError as error:
                    answer = Refusal(error)
                respond(fetch.reply, answer)

    async def _perform(self, fetch: Fetch) -> Fetched[Any]:
        for attempt in range(1, ATTEMPTS):
            try:
                return await self._gate.perform(fetch, self._mailbox.user_rate())
            except BreakerOpen:
                raise
            except RateLimited as error:
                if (error.retry_after_s or 0.0) > LONGEST_WAIT_S:
                    raise
            except Unavailable as error:
                backoff_s = BACKOFF_S * 2 ** (attempt - 1) * self._rng.uniform(0.5, 1.5)
                with self._gate.in_flight.track(fetch) as passage:
                    await passage.wait(CallStage.BACKOFF, backoff_s, error.message)
        return await self._gate.perform(fetch, self._mailbox.user_rate())
