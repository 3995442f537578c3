"""The gate of one provider: a call passes its checks in the order of `thesetd.actors.gate.order` and is sent once."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import attrs
import trio

from thesetd.actors.gate.call_log import CallRecords
from thesetd.actors.gate.holds import Hold
from thesetd.actors.gate.in_flight import InFlight
from thesetd.actors.gate.order import AGAIN, ORDER, Attempt, Parts, passes, rest
from thesetd.actors.gate.penalties import Penalties
from thesetd.actors.gate.quota import CallState, Quota
from thesetd.actors.messages import Fetch, Fetched, parsed
from thesetd.actors.supervision.guard import BreakerGuard
from thesetd.domain.errors import NotConfigured, RateLimited, ThesetdError
from thesetd.domain.facts import CallFinished
from thesetd.domain.freshness.budget import Budget
from thesetd.domain.gate.credentials import Fingerprint
from thesetd.domain.gate.lanes import Courtesy, UserRate
from thesetd.domain.ids import ProviderName
from thesetd.domain.work.diagnosis import CallStage
from thesetd.domain.work.jobs import Lane
from thesetd.ports.clock import Clock
from thesetd.ports.gate import CallRecord, Ledger, Limiter, PenaltyBox
from thesetd.ports.observer import Observer
from thesetd.ports.pulse import busy
from thesetd.ports.transport import Transport

NO_USERS = UserRate()
REQUEST_S = 90.0  # timeout of a request whose transport does not set one
NOT_MADE = "not-made"  # the outcome of an intended call that was not sent
ABANDONED = "abandoned"  # the outcome of a call whose caller no longer waited


@attrs.frozen(kw_only=True)
class GateServices:
    """The services of the daemon that every gate needs."""

    box: PenaltyBox
    ledger: Ledger
    records: CallRecords
    clock: Clock
    observer: Observer
    rng: random.Random
    call_key: Callable[[], str]


class Gate:
    """The gate of one provider and credential. It belongs to the wiring and survives its pool's crashes."""

    def __init__(
        self,
        provider: ProviderName,
        credential: Fingerprint,
        *,
        transport: Transport,
        limiter: Limiter,
        guard: BreakerGuard,
        around: GateServices,
        request_s: float = REQUEST_S,
    ) -> None:
        """Take the parts that a call passes; the transport never takes longer than `request_s`."""
        self._request_s = request_s
        self._provider = provider
        self._transport = transport
        self._around = around
        self.hold = Hold(provider, around.observer)
        self.in_flight = InFlight(provider)
        self.penalties = Penalties(
            provider, credential, box=around.box, clock=around.clock, observer=around.observer, rng=around.rng
        )
        self._quota = Quota(provider, limiter=limiter, ledger=around.ledger, clock=around.clock)
        self._parts = Parts(
            provider, hold=self.hold, penalties=self.penalties, quota=self._quota, guard=guard, clock=around.clock
        )

    @property
    def limiter(self) -> Limiter:
        """Return the limiter, for an operator's changes."""
        return self._quota.limiter

    async def budget(self, interactive_per_s: float) -> Budget | None:
        """Return the background's budget of the quota; None if no window lasts a day."""
        return await self._quota.budget(interactive_per_s)

    async def perform(self, fetch: Fetch, people: UserRate = NO_USERS) -> Fetched[Any]:
        """Bring one call through the checks and send it once.

        Args:
            fetch: the call.
            people: the recent calls per second for users, and those that block a reply; other calls leave room for
                them.

        Raises:
            RateLimited: a penalty is in force, from this call or an earlier one; a short one can only be from this
                call.
            BreakerOpen: the provider is unavailable for longer than a worker waits.
            Unauthorized: it refuses the credentials, now or since an earlier call.
            Paused: an operator has paused it.
            ThesetdError: from the transport and the parser.
        """
        with self.in_flight.track(fetch) as passage, self._noted(fetch) as state:
            attempt, checks = Attempt(passage, state, _courtesy(fetch, people)), ORDER
            while True:
                with self._returned_unless_made(attempt):
                    if await passes(self._parts, attempt, checks):
                        passage.place, state.made = CallStage.WIRE, True
                        with self._parts.guard.judge():
                            return await self._make(fetch, state)
                if attempt.rest_s:
                    await rest(self._parts, attempt)
                checks = AGAIN

    @contextmanager
    def _noted(self, fetch: Fetch) -> Iterator[CallState]:
        """Yield the call's attempt for the ledger; an intent without a call is recorded as free."""
        state = CallState(self._record(fetch))
        try:
            yield state
        finally:
            if state.intended and not state.made:
                self._around.records.put(attrs.evolve(state.record, cost=0, outcome=NOT_MADE))

    @contextmanager
    def _returned_unless_made(self, attempt: Attempt) -> Iterator[None]:
        """Run the block; return the permission and the slot if no call is sent."""
        attempt.permitted_at, attempt.rest_s = None, 0.0
        try:
            yield
        finally:
            if not attempt.state.made:
                if attempt.permitted_at is not None:
                    self.penalties.probation.abandoned(attempt.permitted_at)
                self._quota.give_back(attempt.state)

    async def _make(self, fetch: Fetch, state: CallState) -> Fetched[Any]:
        record = state.record
        started, sent_at = trio.current_time(), self._around.clock.now()
        status: int | None = None
        outcome = ABANDONED
        try:
            with busy(f"requests {record.endpoint}", self._request_s):
                response = await self._transport.send(fetch.call.request, partial(self._quota.left, state))
            self._quota.ended(state, answered=True)
            status = response.status
            self.limiter.learn(response)
            fetched = parsed(fetch.call, response)
        except NotConfigured:
            state.made = False  # no call was sent
            raise
        except RateLimited as error:
            outcome = type(error).__name__
            await self.penalties.obey(error, sent_at)
            raise
        except ThesetdError as error:
            outcome = type(error).__name__
            self.penalties.probation.succeeded(sent_at)
            self.hold.record(error)
            raise
        else:
            outcome = "ok" if fetched.answered else "NotFound"
            self.penalties.probation.succeeded(sent_at)
            self.hold.record(None)
            return fetched
        finally:
            if state.made:
                self._quota.ended(state, answered=False)
                if outcome == ABANDONED:
                    self.penalties.probation.abandoned(sent_at)
                latency_s = trio.current_time() - started
                ended = attrs.evolve(record, at=sent_at, outcome=outcome, status=status, latency_s=latency_s)
                self._around.records.put(ended)
                self._tell(fetch, outcome, started)

    def _record(self, fetch: Fetch) -> CallRecord:
        return CallRecord(
            key=self._around.call_key(),
            at=self._around.clock.now(),
            provider=self._provider,
            endpoint=fetch.call.request.endpoint,
            lane=fetch.lane.label,
            purpose=fetch.call.purpose.text,
            cost=fetch.call.request.cost,
            job_id=fetch.call.purpose.job_id,
            request_id=fetch.call.purpose.request_id,
        )

    def _tell(self, fetch: Fetch, outcome: str, started: float) -> None:
        self._around.observer.notify(
            CallFinished(
                provider=self._provider,
                endpoint=fetch.call.request.endpoint,
                lane=fetch.lane.label,
                outcome=outcome,
                latency_s=trio.current_time() - started,
                waited_s=started - fetch.waiting_since,
                job_id=fetch.call.purpose.job_id,
                request_id=fetch.call.purpose.request_id,
            )
        )


def _courtesy(fetch: Fetch, people: UserRate) -> Courtesy:
    """Return what a call leaves free: a call that blocks a reply nothing, a user's import slots for such calls."""
    if fetch.is_for_reply:
        return Courtesy()
    is_spare = fetch.call.purpose.is_spare
    if fetch.lane is Lane.INTERACTIVE and not is_spare:
        return Courtesy(to_replies_per_s=people.replies)
    return Courtesy(people.calls, people.replies, keeps_pace=is_spare)
