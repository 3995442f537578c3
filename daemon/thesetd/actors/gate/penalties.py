"""Rate-limit penalties in one gate: no calls until a penalty ends, then one probe, then a ramp.

The box keeps the penalties of all nodes durably; the ramp is local to this process. Penalties that this gate received
itself are also kept on trio's clock, which cannot be set.
"""

import math
import random
from contextlib import suppress
from datetime import datetime

import trio

from thesetd.actors.gate.in_flight import LONGEST_WAIT_S, Passage
from thesetd.domain.errors import RateLimited, StoreUnavailable
from thesetd.domain.facts import ProviderPenalised
from thesetd.domain.gate.credentials import Fingerprint
from thesetd.domain.gate.penalties import Penalty, Probation, penalty_after
from thesetd.domain.ids import ProviderName
from thesetd.domain.work.diagnosis import CallStage
from thesetd.ports.clock import Clock
from thesetd.ports.gate import PenaltyBox
from thesetd.ports.observer import Observer


class Penalties:
    """The penalties of one provider for one credential; `probation` receives the outcomes of calls that they admit."""

    def __init__(
        self,
        provider: ProviderName,
        credential: Fingerprint,
        *,
        box: PenaltyBox,
        clock: Clock,
        observer: Observer,
        rng: random.Random,
    ) -> None:
        """Start without penalties; `rng` spreads the ends of pauses."""
        self._provider = provider
        self._credential = credential
        self._box = box
        self._clock = clock
        self._observer = observer
        self._rng = rng
        self.probation = Probation()
        self._latest: Penalty | None = None
        self._away_until = -math.inf

    async def latest(self) -> Penalty | None:
        """Return the penalty that is in force, or else the last one, as far as this node knows."""
        with suppress(StoreUnavailable):
            self._latest = await self._box.current(self._provider, self._credential)
        return self._latest

    async def in_force(self) -> bool:
        """Return whether calls are held back now."""
        penalty = await self.latest()
        return self._away_s() > 0.0 or (penalty is not None and penalty.until > self._clock.now())

    async def wait(self, passage: Passage) -> None:
        """Wait until no penalty is in force and this call may go.

        Raises:
            RateLimited: that takes longer than a worker waits.
        """
        while (wait_s := await self._wait_s()) > 0.0:
            if wait_s > LONGEST_WAIT_S:
                raise RateLimited(self._provider, "rate-limiting the daemon", wait_s)
            await passage.wait(CallStage.PENALTY, wait_s)

    async def obey(self, error: RateLimited, sent_at: datetime) -> None:
        """Record the penalty in the answer to a call sent at `sent_at`, and notify every node.

        The box knows the penalties that other nodes received in the meantime, and merges them. This gate obeys at once,
        before it awaits anything else.
        """
        now = self._clock.now()
        penalty = penalty_after(
            self._latest,
            sent_at=sent_at,
            now=now,
            hint_s=error.retry_after_s,
            reason=error.message,
            rng=self._rng,
        )
        self._away_until = max(self._away_until, trio.current_time() + (penalty.until - now).total_seconds())
        self._latest = joined = await self._box.block(self._provider, self._credential, penalty)
        wait_s = (joined.until - now).total_seconds()
        self._observer.notify(
            ProviderPenalised(provider=self._provider, wait_s=wait_s, strikes=joined.strikes, reason=error.message)
        )

    async def _wait_s(self) -> float:
        if (wait_s := self._away_s()) > 0.0:
            return wait_s
        penalty, now = await self.latest(), self._clock.now()
        wait_s = self.probation.admit(penalty, now)
        return await self._probe(now) if wait_s == 0.0 and self.probation.probing else wait_s

    async def _probe(self, now: datetime) -> float:
        """Apply to be the one node that probes whether a ban is over; a node that is not chosen waits."""
        wait_s = math.inf
        try:
            wait_s = await self._box.probe(self._provider, self._credential, now=now)
        finally:
            if wait_s > 0.0:
                self.probation.abandoned(now)
        return wait_s

    def _away_s(self) -> float:
        """Return the seconds left of the penalty as this gate received it, even if the wall clock was set."""
        return max(0.0, self._away_until - trio.current_time())
