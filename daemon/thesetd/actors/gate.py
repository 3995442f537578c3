"""The gate of one provider: what a call passes between its lane and the wire, in this order.

    pause     an operator said that nobody calls; who waits anywhere below is turned back
    hold      the provider refuses us: nobody calls until that may have changed, then one probe
    penalty   the provider told us to stay away: nobody calls before that is over, then one probe, then a ramp
    breaker   the provider is unwell: rest, probe, ramp
    limiter   its quota: a slot in every window, shared by all nodes
    ledger    where a quota lasts longer than a process, the call is written down before it is made
    penalty   once more: an order that came while the call waited for its slot stops it, too
    wire      the request, within hard bounds

A wait of up to `LONGEST_WAIT_S` is waited out by the worker; a longer one goes back to the job, which is deferred.
A call that comes late is too near to the next: nothing that may take long stands between a slot's moment and the wire,
and where a call leaves late all the same, the limiter is told when that was.
"""

import math
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import attrs
import trio

from thesetd.actors.call_log import CallRecords
from thesetd.actors.guard import Guard
from thesetd.actors.holds import Hold
from thesetd.actors.messages import Fetch, Fetched, read
from thesetd.actors.passages import Passage, Passages
from thesetd.domain.credentials import Fingerprint
from thesetd.domain.errors import BreakerOpen, NotConfigured, QuotaSpent, RateLimited, StoreUnavailable, ThesetdError
from thesetd.domain.facts import CallFinished, ProviderPenalised
from thesetd.domain.ids import ProviderName
from thesetd.domain.jobs import Lane
from thesetd.domain.lanes import may_background_go
from thesetd.domain.limiter import LATE_S, LATEST_S, Slot
from thesetd.domain.penalties import Penalty, Probation, ordered
from thesetd.domain.why import Place
from thesetd.domain.windows import Window
from thesetd.ports.clock import Clock
from thesetd.ports.gate import CallRecord, Ledger, Limiter, PenaltyBox
from thesetd.ports.observer import Observer
from thesetd.ports.pulse import busy
from thesetd.ports.transport import Transport

LONGEST_WAIT_S = 60.0
REQUEST_S = 90.0  # of a request whose transport states no bound of its own
LONG_WINDOW_S = 3600.0  # a window this long outlives a process: its calls are written down before they are made
KEPT_S = 900.0  # until a job asks again for quota that is kept for people: what is kept shrinks as the day passes
NOT_MADE = "not-made"  # the outcome of a call that was intended and then turned back
USAGE_AGE_S = 5.0  # how old the count of a day's quota may be that decides whether the background may go


@attrs.frozen(kw_only=True)
class Surroundings:
    """What every gate needs of the daemon."""

    box: PenaltyBox
    ledger: Ledger
    records: CallRecords
    clock: Clock
    observer: Observer
    rng: random.Random
    call_key: Callable[[], str]


@attrs.define
class _Note:
    """What is known of a call on its way: its record, its slot, whether the ledger has it, whether it was made."""

    record: CallRecord
    slot: Slot | None = None
    intended: bool = False
    made: bool = False


class Gate:
    """The gate of one provider and credential. It belongs to the wiring and survives its pool's crashes."""

    def __init__(
        self,
        provider: ProviderName,
        credential: Fingerprint,
        *,
        transport: Transport,
        limiter: Limiter,
        guard: Guard,
        around: Surroundings,
        request_s: float = REQUEST_S,
    ) -> None:
        """Take what a call passes; the transport never needs `request_s`."""
        self._request_s = request_s
        self._provider = provider
        self._credential = credential
        self._transport = transport
        self._limiter = limiter
        self._guard = guard
        self._around = around
        self.hold = Hold(provider, around.observer)
        self.passages = Passages(provider)
        self._probation = Probation()
        self._penalty: Penalty | None = None
        self._away_until = -math.inf  # of orders that came to this gate, on trio's clock: nobody can set that one
        self._usage: tuple[tuple[Window, int], ...] = ()
        self._usage_at = -USAGE_AGE_S

    @property
    def limiter(self) -> Limiter:
        """Give the limiter, for an operator's changes."""
        return self._limiter

    async def penalty(self) -> Penalty | None:
        """Give the order to stay away that is in force or was the last one, as far as is known now."""
        with suppress(StoreUnavailable):
            self._penalty = await self._around.box.current(self._provider, self._credential)
        return self._penalty

    async def perform(self, fetch: Fetch, interactive_per_s: float = 0.0) -> Fetched[Any]:
        """Bring one call through and make it once.

        Args:
            fetch: the call.
            interactive_per_s: recent calls a second that somebody waits for; background calls leave room for them.

        Raises:
            RateLimited: the provider wants us to wait, now or since before; where that is short it was only told now.
            BreakerOpen: it is unwell for longer than a worker waits.
            Unauthorized: it refuses us, now or since before.
            Paused: an operator does not want it to be asked.
            ThesetdError: as the transport and the parser say.
        """
        rate = None if fetch.lane is Lane.INTERACTIVE else interactive_per_s
        with self.passages.enter(fetch) as passage, self._noted(fetch) as note:
            self.hold.admit()
            while True:
                await self._stay_away(passage)
                with self._returned_unless_made(note):
                    await self._rest(passage)
                    await self._look_at_usage()
                    if rate is not None:
                        self._leave_to_people(rate)
                    if not await self._take_slot(note, rate, passage):
                        continue
                    passage.check(self._provider)
                    if (rest_s := self._guard.admit()) > 0:
                        await passage.wait(Place.BREAKER, rest_s)
                        continue
                    passage.place, note.made = Place.WIRE, True
                    with self._guard.judge():
                        return await self._make(fetch, note)

    async def _stay_away(self, passage: Passage) -> None:
        """Wait until no order to stay away is in force and this call may go."""
        while True:
            now = self._around.clock.now()
            wait_s = self._away_s() or self._probation.admit(await self.penalty(), now)
            if wait_s == 0.0 and self._probation.probing:
                wait_s = await self._around.box.probe(self._provider, self._credential, now=now)
                if wait_s > 0.0:
                    self._probation.abandoned(now)
            if wait_s == 0.0:
                return
            if wait_s > LONGEST_WAIT_S:
                raise RateLimited(self._provider, "told us to stay away", wait_s)
            await passage.wait(Place.PENALTY, wait_s)

    def _away_s(self) -> float:
        """Say how long to stay away still by what this gate was told, whatever became of the wall clock since."""
        return max(0.0, self._away_until - trio.current_time())

    @contextmanager
    def _noted(self, fetch: Fetch) -> Iterator["_Note"]:
        """Give the call's note for the ledger; where no call comes of an intent it is said to have cost nothing."""
        note = _Note(self._record(fetch))
        try:
            yield note
        finally:
            if note.intended and not note.made:
                self._around.records.put(attrs.evolve(note.record, cost=0, outcome=NOT_MADE))

    @contextmanager
    def _returned_unless_made(self, note: "_Note") -> Iterator[None]:
        """Give the permission and the slot back where no call comes of them."""
        now = self._around.clock.now()
        try:
            yield
        finally:
            if not note.made:
                self._probation.abandoned(now)
                self._give_back(note)

    async def _rest(self, passage: Passage) -> None:
        """Wait until the breaker would let a probe through."""
        while (rest_s := self._guard.rest_s()) > 0:
            if rest_s > LONGEST_WAIT_S:
                raise BreakerOpen(self._provider, rest_s)
            await passage.wait(Place.BREAKER, rest_s)

    async def _take_slot(self, note: "_Note", interactive_per_s: float | None, passage: Passage) -> bool:
        """Wait for a slot; False where it is forfeit: an order to stay away came meanwhile, or we are too late.

        The intent is written in the time that is left until the slot's moment. Where that takes longer the slot is
        given back, and for the next one it is there already.
        """
        record = note.record
        slot = await self._limiter.reserve(record.cost, interactive_per_s=interactive_per_s)
        wait_s = slot.moment - trio.current_time()
        if wait_s > LONGEST_WAIT_S:
            raise QuotaSpent(self._provider, f"no slot for {record.endpoint}: the quota is used up", wait_s)
        note.slot = slot
        if not note.intended:
            note.intended = await self._intend(record)
        await passage.wait(Place.SLOT, slot.moment - trio.current_time())
        penalty = await self.penalty()
        late = trio.current_time() - slot.moment > LATEST_S
        return not late and not self._away_s() and (penalty is None or penalty.until <= self._around.clock.now())

    def _give_back(self, note: "_Note") -> None:
        if note.slot is not None:
            self._limiter.amend(note.slot, None)
            note.slot = None

    def _left(self, note: "_Note") -> None:
        """Tell of a call that left late: a connection had to be made first, or the machine is busy.

        Only the first request of a call has a slot to move; a second one, with a fresh token or to where the first was
        sent on, is rare enough for the guard.
        """
        now = trio.current_time()
        if note.slot is not None and now - note.slot.moment > LATE_S:
            self._limiter.amend(note.slot, now)
        note.slot = None

    def _leave_to_people(self, interactive_per_s: float) -> None:
        """Turn a background call back where the rest of a day's quota is kept for people.

        Where nothing at all is left the limiter knows better when there will be.
        """
        now = self._around.clock.now()
        elapsed = (now.hour * 3600 + now.minute * 60 + now.second) / 86_400
        for window, used in self._usage:
            if window.seconds >= LONG_WINDOW_S and used < window.count:
                if not may_background_go(used, window.count, elapsed, interactive_per_s):
                    raise QuotaSpent(self._provider, f"what is left of {window} is kept for people", KEPT_S)

    async def _look_at_usage(self) -> None:
        if trio.current_time() - self._usage_at >= USAGE_AGE_S:
            self._usage_at = trio.current_time()
            self._usage = await self._limiter.usage()

    async def _make(self, fetch: Fetch, note: "_Note") -> Fetched[Any]:
        record = note.record
        started, sent_at = trio.current_time(), self._around.clock.now()
        status: int | None = None
        outcome = "abandoned"
        try:
            with busy(f"asks for {record.endpoint}", self._request_s):
                response = await self._transport.send(fetch.call.request, partial(self._left, note))
            status = response.status
            self._limiter.learn(response)
            fetched = read(fetch.call, response)
        except RateLimited as error:
            outcome = type(error).__name__
            await self._obey(error, sent_at)
            raise
        except ThesetdError as error:
            outcome = type(error).__name__
            self._probation.succeeded(sent_at)
            self.hold.heard(error)
            raise
        else:
            outcome = "ok" if fetched.answered else "NotFound"
            self._probation.succeeded(sent_at)
            self.hold.heard(None)
            return fetched
        finally:
            if outcome == "abandoned":
                self._probation.abandoned(sent_at)
            if outcome == NotConfigured.__name__:
                self._give_back(note)
            else:
                latency_s = trio.current_time() - started
                ended = attrs.evolve(record, at=sent_at, outcome=outcome, status=status, latency_s=latency_s)
                self._around.records.put(ended)
                self._tell(fetch, outcome, started)

    async def _intend(self, record: CallRecord) -> bool:
        """Write a call down where a quota counts it; say whether it is written.

        Better one call that a restart forgets than none while the database is away.
        """
        if any(window.seconds >= LONG_WINDOW_S for window, _ in self._usage):
            with suppress(StoreUnavailable):
                await self._around.ledger.intend(record)
                return True
        return False

    async def _obey(self, error: RateLimited, sent_at: Any) -> None:
        now = self._around.clock.now()
        order = ordered(
            await self.penalty(),
            sent_at=sent_at,
            now=now,
            hint_s=error.retry_after_s,
            reason=error.message,
            rng=self._around.rng,
        )
        self._away_until = max(self._away_until, trio.current_time() + (order.until - now).total_seconds())
        self._penalty = await self._around.box.block(self._provider, self._credential, order)
        wait_s = (self._penalty.until - now).total_seconds()
        self._around.observer.notify(
            ProviderPenalised(
                provider=self._provider, wait_s=wait_s, strikes=self._penalty.strikes, reason=error.message
            )
        )

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
            )
        )
