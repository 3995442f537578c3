"""A provider's pool: workers that take calls from the lanes and bring them through the gate.

The gate, in order: penalty (the provider told us to wait), breaker (it is unwell), limiter (its quota). A short wait is
waited out by the worker; a wait beyond `LONGEST_WAIT_S` frees the worker and goes back to the job, which is deferred.
"""

import random
from typing import Any

import trio

from thesetd.actors.guard import Guard
from thesetd.actors.lanes import LaneMailbox
from thesetd.actors.messages import Answer, Fetch, Refusal, respond
from thesetd.domain.errors import BreakerOpen, RateLimited, ThesetdError, Unavailable
from thesetd.domain.facts import CallFinished
from thesetd.domain.ids import ProviderName
from thesetd.domain.limiter import SlidingLog
from thesetd.ports.observer import Observer
from thesetd.ports.transport import Transport

LONGEST_WAIT_S = 60.0
ATTEMPTS = (
    3  # of one call; single 5xx are about one in a thousand in quiet times, more means a storm: the breaker's work
)
BACKOFF_S = 0.5
UNHINTED_PENALTY_S = 5.0  # a 429 without a usable Retry-After
PENALTY_SLACK_S = 1.0  # added to every hint: providers round down


class Pool:
    """The workers of one provider."""

    def __init__(
        self,
        provider: ProviderName,
        *,
        mailbox: LaneMailbox,
        transport: Transport,
        limiter: SlidingLog,
        guard: Guard,
        concurrency: int,
        observer: Observer,
        rng: random.Random,
    ) -> None:
        """Take what the workers share; the limiter and the guard outlive a crash of the pool."""
        self._provider = provider
        self._mailbox = mailbox
        self._transport = transport
        self._limiter = limiter
        self._guard = guard
        self._concurrency = concurrency
        self._observer = observer
        self._rng = rng
        self._blocked_until = 0.0

    async def run(self) -> None:
        """Work until cancelled."""
        async with trio.open_nursery() as nursery:
            for _ in range(self._concurrency):
                nursery.start_soon(self._work)

    async def _work(self) -> None:
        while True:
            fetch = await self._mailbox.receive()
            with fetch.reply:
                try:
                    answer: Answer[Any] | Refusal = Answer(await self._perform(fetch))
                except ThesetdError as error:
                    answer = Refusal(error)
                respond(fetch.reply, answer)

    async def _perform(self, fetch: Fetch) -> Any:
        for attempt in range(1, ATTEMPTS + 1):
            await self._pass_gate(fetch)
            try:
                return await self._attempt(fetch)
            except RateLimited as error:
                self._penalise(error.retry_after_s)
            except Unavailable:
                if attempt == ATTEMPTS:
                    raise
                await trio.sleep(BACKOFF_S * 2 ** (attempt - 1) * self._rng.uniform(0.5, 1.5))
        raise RateLimited(self._provider, "still limited after waiting", self._penalty_s() or UNHINTED_PENALTY_S)

    async def _pass_gate(self, fetch: Fetch) -> None:
        """Wait until the call may start.

        Raises:
            RateLimited, BreakerOpen: that would take longer than a worker waits.
        """
        while (penalty := self._penalty_s()) > 0:
            if penalty > LONGEST_WAIT_S:
                raise RateLimited(self._provider, "told to wait", penalty)
            await trio.sleep(penalty)
        await trio.sleep(self._limiter.reserve(trio.current_time(), fetch.call.request.cost))
        while (rest := self._guard.admit()) > 0:
            if rest > LONGEST_WAIT_S:
                raise BreakerOpen(self._provider, rest)
            await trio.sleep(rest)

    async def _attempt(self, fetch: Fetch) -> Any:
        started, outcome = trio.current_time(), "abandoned"
        try:
            with self._guard.judge():
                response = await self._transport.send(fetch.call.request)
                value = fetch.call.parse(response)
        except ThesetdError as error:
            outcome = type(error).__name__
            raise
        else:
            outcome = "ok"
            return value
        finally:
            self._account(fetch, outcome, started)

    def _penalise(self, hint_s: float | None) -> None:
        wait = (hint_s or UNHINTED_PENALTY_S) + PENALTY_SLACK_S * self._rng.uniform(1.0, 2.0)
        self._blocked_until = max(self._blocked_until, trio.current_time() + wait)

    def _penalty_s(self) -> float:
        return max(0.0, self._blocked_until - trio.current_time())

    def _account(self, fetch: Fetch, outcome: str, started: float) -> None:
        now = trio.current_time()
        self._observer.notify(
            CallFinished(
                provider=self._provider,
                endpoint=fetch.call.request.endpoint,
                lane=fetch.lane.label,
                outcome=outcome,
                latency_s=now - started,
                waited_s=started - fetch.waiting_since,
            )
        )
