"""Manages one gate's share of its provider's quota: slots, the intents that a daily quota needs, and users' reserves.

A call that arrives late is too close to the next one. So a slot is valid only for a moment: nothing slow happens
between it and the network, and a call that is too late takes another slot. If a call is nevertheless sent late, the
limiter is notified of that moment, and of the moment of the answer, since nothing else shows by when the call had
arrived.
"""

import math
from collections import OrderedDict
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import attrs
import trio

from thesetd.actors.gate.in_flight import LONGEST_WAIT_S, Passage
from thesetd.actors.messages import Fetch
from thesetd.domain.errors import QuotaSpent, StoreUnavailable
from thesetd.domain.freshness.budget import Budget
from thesetd.domain.freshness.copies import calls_together
from thesetd.domain.gate.calls import Purpose
from thesetd.domain.gate.lanes import Courtesy
from thesetd.domain.gate.limiter import LATE_S, LATEST_S, TRANSIT_S, Slot, is_long
from thesetd.domain.gate.pace import calls_lately, most_lately
from thesetd.domain.gate.reserve import (
    DAY_S,
    PIECES,
    WindowHistory,
    interactive_reserve,
    least_reserve,
    leaving,
    usual_per_s,
)
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import JobId, ProviderName
from thesetd.domain.work.diagnosis import CallStage
from thesetd.domain.work.jobs import Lane
from thesetd.ports.clock import Clock
from thesetd.ports.gate import CallRecord, Ledger, Limiter

KEPT_S = 900.0  # until a job retries for quota that is reserved for users: the reserve shrinks during the day
LONGEST_KEPT_S = 3 * 3_600.0  # the same, however many other calls are waiting
DOUBT_S = 5.0  # until a job retries while the limiter does not know the usage: usually it does within seconds
PATIENCE_S = 15.0  # how long a user's import waits for that: a restart after crashed nodes is over by then
RECHECK_S = 0.5  # between two checks whether it is over
USUAL_CALLS = 50  # calls of this process: the fastest of fewer may have been slow, on a starved machine
USAGE_AGE_S = 5.0  # maximum age of the daily count that decides whether background calls may be sent
# A refresh is made whole or not at all: its first call is admitted only if there is room for its lists, and then so are
# its next ones for a while. Half of the lists would be too old by the time the other half is admitted, and then be
# requested again. A refresh of one list needs room for one call: otherwise the last calls of a quota are never used.
MORE_CALLS = 1  # than its lists: if there are no shows, the artist is looked up as well
LOOK_S = 60.0  # how long a refresh may take for that
HISTORY_AGE_S = 300.0  # maximum age of the ledger's history of it, which shows returning quota and users' demand


@attrs.define
class CallState:
    """The state of a call: its record, its slot, whether the ledger has its intent, whether it was sent."""

    record: CallRecord
    slot: Slot | None = None
    intended: bool = False
    made: bool = False
    left_at: float | None = None


class Quota:
    """The limiter of one provider and credential, and the ledger that long windows are counted by."""

    def __init__(self, provider: ProviderName, *, limiter: Limiter, ledger: Ledger, clock: Clock) -> None:
        """Take the limiter; the usage of long windows is not known yet."""
        self._provider = provider
        self.limiter = limiter
        self._ledger = ledger
        self._clock = clock
        self._usage: tuple[tuple[Window, int], ...] = ()
        self._usage_at = -USAGE_AGE_S
        self._taken = 0  # calls of this process since then, and of these the ones that wait for their slots
        self._reserving = 0
        self._reading_usage, self._reading_history = trio.Lock(), trio.Lock()
        self._histories: dict[Window, WindowHistory] = {}
        self._used_before: dict[Window, int] = {}  # what was used when they were read
        self._histories_at = -math.inf
        self._turn = -math.inf
        # When deferred work retries, the soonest first: what shares calls retries at the same moment.
        self._turns: OrderedDict[str | JobId, float] = OrderedDict()
        self._begun: dict[str | JobId, tuple[float, int]] = {}  # until when refreshes may make how many further calls
        self._began = trio.current_time()
        self._fastest_s = math.inf
        self._timed = 0

    async def take(self, state: CallState, courtesy: Courtesy, passage: Passage) -> None:
        """Take a slot, whose moment may be in the future.

        Args:
            state: receives the slot.
            courtesy: what the call leaves free.
            passage: shows the wait.

        Raises:
            QuotaSpent: no slot is free, or known to be, for longer than a worker waits, the rest is reserved for
                users, or a refresh would be ahead of the quota's pace.
        """
        await self._look_at_usage()
        if courtesy.keeps_pace and self._is_long():
            await self._look_at_usage(0.0)  # other nodes may have come back at the same time
        if courtesy.to_people_per_s is not None:
            await self._look_at_history()
        cost = state.record.cost
        purpose = _purpose(passage)
        if not (courtesy.keeps_pace and self._goes_on(purpose.work, cost)):
            self._admit(courtesy, purpose, cost)
        self._taken, self._reserving = self._taken + cost, self._reserving + cost
        try:
            state.slot = await self._reserve(state.record, courtesy, passage)
        except QuotaSpent:
            self._taken = max(0, self._taken - cost)
            raise
        finally:
            self._reserving -= cost

    async def intend(self, state: CallState) -> None:
        """Record the call before it is sent, if a window needs that, in the time left until the slot's moment.

        This is tried once: a call that a restart forgets is better than none while the database is unavailable.
        """
        if not state.intended and self._is_long():
            state.intended = True
            with suppress(StoreUnavailable):
                await self._ledger.intend(state.record)

    async def wait(self, state: CallState, passage: Passage) -> None:
        """Wait for the moment of the slot; if it is there, there is no checkpoint."""
        if state.slot is not None and (wait_s := state.slot.moment - trio.current_time()) > 0.0:
            await passage.wait(CallStage.SLOT, wait_s)

    async def budget(self, interactive_per_s: float) -> Budget | None:
        """Return the background's budget of the quota; None if no window lasts a day."""
        await self._look_at_usage()
        await self._look_at_history()
        budgets = [self._budget(window, used, interactive_per_s) for window, used in self._used() if is_long(window)]
        return min(budgets, key=lambda budget: budget.calls / budget.days, default=None)

    def is_late(self, state: CallState) -> bool:
        """Return whether it is too late for the slot; this must be checked last.

        The next slot needs no further intent.
        """
        return state.slot is not None and trio.current_time() - state.slot.moment > LATEST_S

    def give_back(self, state: CallState) -> None:
        """Return a slot, if there is one, for which no call was sent."""
        if state.slot is not None:
            self.limiter.amend(state.slot, None)
            state.slot = None

    def left(self, state: CallState) -> None:
        """Note that the call has been sent, possibly late, if a connection had to be made first or the machine is busy.

        Only the first request of a call has a slot to move; a second one, after a token refresh or a redirect, is rare
        enough for the guard.
        """
        now = trio.current_time()
        if state.slot is not None and state.left_at is None and now - state.slot.moment > LATE_S:
            self.limiter.amend(state.slot, now)
            state.slot = attrs.evolve(state.slot, moment=now)
        state.left_at = now

    def ended(self, state: CallState, *, answered: bool) -> None:
        """Note that the call's answer has arrived, or that none will come.

        No answer takes less time than the fastest one did. The part of that time that exceeds the transit time, which
        the guard covers, is spent at the provider: so the call arrived that much earlier than its answer.
        """
        now, slot = trio.current_time(), state.slot
        if answered and state.left_at is not None:
            self._fastest_s = min(self._fastest_s, now - state.left_at)
            self._timed += 1
        if slot is not None:
            state.slot = None
            known = answered and self._timed > USUAL_CALLS
            self.limiter.answered(slot, now - max(0.0, self._fastest_s - TRANSIT_S) if known else now)

    async def _reserve(self, record: CallRecord, courtesy: Courtesy, passage: Passage) -> Slot:
        give_up_at = trio.current_time() + (PATIENCE_S if _is_of_import(passage.fetch) else 0.0)
        while True:
            passage.stand(CallStage.SLOT)
            slot = await self.limiter.reserve(
                record.cost, replies_per_s=courtesy.to_replies_per_s, on_wait=partial(passage.stand, CallStage.SLOT)
            )
            passage.stand(CallStage.PASSING)
            wait_s = slot.moment - trio.current_time()
            if wait_s <= LONGEST_WAIT_S:
                return slot
            doubt = self.limiter.doubt
            if not doubt or trio.current_time() >= give_up_at:
                patient = courtesy.to_people_per_s is not None and not doubt
                again_s = DOUBT_S if doubt else max(wait_s, self._turn_s(_purpose(passage).work) if patient else 0.0)
                reason = doubt or "the quota is used up"
                raise QuotaSpent(self._provider, f"no slot for {record.endpoint}: {reason}", again_s)
            await passage.wait(CallStage.SLOT, RECHECK_S, doubt)

    def _admit(self, courtesy: Courtesy, purpose: Purpose, cost: int) -> None:
        """Refuse a call that has to leave room for others; a refresh needs room for all of its lists."""
        work = purpose.work
        whole = max(cost, calls_together(purpose.text)) if courtesy.keeps_pace and work else cost
        if courtesy.to_people_per_s is not None:
            self._leave_to_people(courtesy.to_people_per_s, work, whole)
        if courtesy.keeps_pace:
            self._keep_pace(work)
            if work and self._is_long():
                now = trio.current_time()
                self._begun = {one: (until, calls) for one, (until, calls) in self._begun.items() if until > now}
                self._begun[work] = now + LOOK_S, whole + MORE_CALLS - cost

    def _goes_on(self, work: str | JobId | None, cost: int) -> bool:
        """Return whether a call is part of a refresh that has begun, and count it as one of its calls."""
        until, calls = self._begun.get(work, (-math.inf, 0)) if work else (-math.inf, 0)
        if not work or trio.current_time() >= until or calls < cost:
            return False
        self._begun[work] = until, calls - cost
        return True

    def _leave_to_people(self, interactive_per_s: float, work: str | JobId | None, cost: int) -> None:
        """Refuse a background call, or several, if the rest of a daily quota is reserved for users.

        If nothing is left, each place that becomes free is reserved, too: a background call that waited for it would
        take it from the next user. While the usage is in doubt, the limiter knows better why there is no slot.
        """
        for window, used in self._used():
            kept = self._kept(window, used, interactive_per_s) if is_long(window) else 0
            if not is_long(window) or window.count - used >= kept + cost:
                continue
            if used < window.count:
                raise QuotaSpent(self._provider, f"the rest of {window} is reserved for users", self._turn_s(work))
            if not self.limiter.doubt:
                again_s = max(self._turn_s(work), self._free_in_s(window, used))
                raise QuotaSpent(self._provider, f"{window} is used up, and what comes back is for users", again_s)

    def _free_in_s(self, window: Window, used: int) -> float:
        """Return in how many seconds a window that is used up has a free place, according to the ledger."""
        over, history = float(used - window.count), self._histories.get(window)
        for in_s, calls in leaving(window, history, self._clock.now()) if history is not None else ():
            over -= calls
            if over < 0:
                return in_s
        return 0.0

    def _keep_pace(self, work: str | JobId | None) -> None:
        """Refuse a refresh if the last calls were as many as the pace of a daily quota allows."""
        now = self._clock.now()
        for window, used in self._used():
            if is_long(window) and (history := self._histories.get(window)) is not None:
                before = self._used_before[window]
                lately = calls_lately(window, used=used, used_before=before, history=history, now=now)
                if lately >= most_lately(window):
                    raise QuotaSpent(self._provider, f"refreshes keep to the pace of {window}", self._turn_s(work))

    def _budget(self, window: Window, used: int, interactive_per_s: float) -> Budget:
        now = self._clock.now()
        history = self._histories.get(window)
        leaves, people = None, 0.0
        if history is not None:
            leaves = [(in_s / DAY_S, calls) for in_s, calls in leaving(window, history, now)]
            people = usual_per_s(window, history, self._watched_s(history, now)) * window.seconds
        return Budget(
            calls=window.count - self._kept(window, used, interactive_per_s),
            used=used,
            days=window.seconds / DAY_S,
            whole=window.count - least_reserve(window, history),
            leaving=leaves,
            people=people,
        )

    def _kept(self, window: Window, used: int, interactive_per_s: float) -> int:
        """Return how many calls of a long window are reserved for users; see `interactive_reserve`."""
        now = self._clock.now()
        history = self._histories.get(window)
        return interactive_reserve(
            window,
            used=used,
            watched_s=self._watched_s(history, now),
            lately_per_s=interactive_per_s,
            history=history,
            now=now,
        )

    def _watched_s(self, history: WindowHistory | None, now: datetime) -> float:
        """Return for how long users' demand has been observed: by this process, or before it by the ledger."""
        began = history.pieces[0][0] if history is not None and history.pieces else now
        return max(trio.current_time() - self._began, (now - began).total_seconds())

    async def _look_at_history(self) -> None:
        """Read the recent history of all nodes' calls if it is old; calls that arrive together wait for one reading."""
        if trio.current_time() - self._histories_at >= HISTORY_AGE_S:
            async with self._reading_history:
                if trio.current_time() - self._histories_at >= HISTORY_AGE_S:
                    await self._read_histories()
                    self._histories_at = trio.current_time()

    async def _read_histories(self) -> None:
        now = self._clock.now()
        with suppress(StoreUnavailable):
            for each, used in self._used():
                if is_long(each):
                    since, piece_s = now - timedelta(seconds=each.seconds), each.seconds / PIECES
                    self._histories[each] = await self._ledger.window(self._provider, since, piece_s)
                    self._used_before[each] = used

    def _turn_s(self, work: str | JobId | None) -> float:
        """Return for how long a background call is deferred, so that one retries whenever there is room for one.

        A thousand that retried together would find room for one, and be deferred again. But calls of the same work are
        deferred to the same moment: jobs that share calls would each make them, if they came one after another.
        """
        now = trio.current_time()
        if work is not None and self._turns.get(work, now) > now:
            return self._turns[work] - now
        pace_s = max((window.seconds / window.count for window, _ in self._usage if is_long(window)), default=0.0)
        self._turn = min(max(now + KEPT_S, self._turn + pace_s), now + LONGEST_KEPT_S)
        while self._turns and next(iter(self._turns.values())) <= now:
            self._turns.popitem(last=False)
        if work is not None:
            self._turns[work] = self._turn
        return self._turn - now

    async def _look_at_usage(self, age_s: float = USAGE_AGE_S) -> None:
        """Read the usage if it is older than that, and count this process's calls from there; one reads at a time."""
        if trio.current_time() - self._usage_at >= age_s:
            async with self._reading_usage:
                if trio.current_time() - self._usage_at >= age_s:
                    self._usage = await self.limiter.usage()
                    self._usage_at, self._taken = trio.current_time(), self._reserving

    def _is_long(self) -> bool:
        """Return whether a window is a quota, as far as they are known."""
        return any(is_long(window) for window, _ in self._usage)

    def _used(self) -> tuple[tuple[Window, int], ...]:
        """Return the usage of each window, with the calls that this process has made since it was read.

        Without those, the calls of a refresh, which follow one another at once, would take what is kept for users.
        """
        return tuple((window, used + self._taken) for window, used in self._usage)


def _purpose(passage: Passage) -> Purpose:
    return passage.fetch.call.purpose


def _is_of_import(fetch: Fetch) -> bool:
    """Return whether a call belongs to a user's import: a user waits for it, but it blocks no reply."""
    return fetch.lane is Lane.INTERACTIVE and not fetch.is_for_reply
