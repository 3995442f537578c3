"""Implements `thesetd.ports.gate.Limiter` over a log in Redis that all nodes share.

It is in one of three states.

- shared: every reservation is one script call on the clock of Redis, at most `AHEAD_S` ahead; a call whose slot is
  further away waits here, without a reservation.
- joining: Redis answers, but its log may lack something: it was wiped, restarted or its clock was set. Nothing is
  granted. Each node submits its recent reservations, and what it found in the log when it joined, so a restarted node
  answers for its predecessor. The log is shared again when all nodes have done so, or when anything not submitted has
  left every short window. A node without a past queries the ledger for past usage: that rebuilds the long windows, and
  shows whether there is a past at all.
- alone: Redis does not answer. Existing reservations have to leave every short window first; then this node continues
  with its share of each limit (`thesetd.domain.gate.limiter.Share`). Nodes that still reach Redis set that share aside.
"""

import math
import random
from collections import deque
from collections.abc import Callable, Sequence
from enum import Enum

import attrs
import trio

from thesetd.adapters.redis_limiter.ledger_history import LedgerHistory, Spent
from thesetd.adapters.redis_limiter.local_share import Alone
from thesetd.adapters.redis_limiter.log import LogLost, RedisLog
from thesetd.adapters.redis_limiter.node import Member
from thesetd.adapters.redis_limiter.spares import SpareSlots
from thesetd.adapters.redis_limiter.times import AHEAD_S, AWAY_S, FLAPS, HOLD_WINDOWS, PATIENCE_S, PROBE_S
from thesetd.adapters.redis_limiter.unanswered import Unanswered
from thesetd.domain.gate.calls import Response
from thesetd.domain.gate.limiter import GUARD_S, HORIZON_S, Slot, announced
from thesetd.domain.gate.windows import Window
from thesetd.domain.ticks import tick_within
from thesetd.domain.work.live_nodes import LiveNodes
from thesetd.ports.clock import Clock
from thesetd.ports.pulse import busy, idle

NAP_S = 0.02  # the shortest time between two requests for one slot
ASK_S = AHEAD_S / 2  # before a patient call's slot: users' calls request theirs as early as possible, so they are first
CONTACT_S = 90.0  # Redis and, when joining, the ledger: their own timeouts are far shorter
FULL = "OOM "  # at its memory limit a server accepts one write and refuses the next
ATTEMPTS = 3  # attempts for one reservation: answers may be too late, or limits may just have changed


class LimiterState(Enum):
    """How this node enforces the limits now."""

    SHARED = "shared"
    JOINING = "joining"
    ALONE = "alone"


@attrs.frozen
class _Answer:
    """A slot, and whether it is reserved."""

    slot: Slot
    reserved: bool = False


@attrs.frozen
class _Wish:
    """A request for a slot of this cost; a patient one has the rate of calls that block a reply."""

    cost: int
    replies_per_s: float | None = attrs.field(eq=lambda rate: rate is not None)

    @property
    def patient(self) -> bool:
        return self.replies_per_s is not None

    @property
    def ask_s(self) -> float:
        """How long before its moment to request the slot."""
        return ASK_S if self.patient else AHEAD_S


class RedisLimiter:
    """The limits of one credential, enforced together with all nodes that use it. `run` should run concurrently."""

    def __init__(
        self,
        log: RedisLog,
        *,
        node: str,
        windows: Sequence[Window],
        spent: Spent,
        clock: Clock,
        rng: random.Random,
        guard_s: float = GUARD_S,
        nodes_assumed: int = 1,
        live: LiveNodes | None = None,
    ) -> None:
        """Start without having seen the log.

        Args:
            log: where reservations are kept for all nodes; closed with this.
            node: this node's name, unique among live nodes; a restarted node keeps it.
            windows: the limits.
            spent: returns the times and costs of the ledger's calls of this provider since a moment (aware UTC); may
                raise StoreUnavailable.
            clock: the clock of the ledger's times.
            rng: makes the reservations of this process distinct from those of earlier ones.
            guard_s: lengthens every window; at least the 99th percentile of the jitter on the way to the provider.
            nodes_assumed: the number of nodes to share with, including this one, until Redis has been seen; ignored if
                there is `live`.
            live: the nodes that are alive according to the database, by their names here.
        """
        self._log = log
        self._member = Member(
            log, node=node, windows=windows, past=LedgerHistory(spent, clock), rng=rng, guard_s=guard_s, live=live
        )
        self.limits = self._member.limits
        self._alone = Alone(self._member, nodes_assumed=nodes_assumed, guard_s=guard_s)
        self._state = LimiterState.JOINING
        self._kept = self._member.windows
        self._moved = trio.Event()
        self._patient_until: float | None = None
        self._one_at_a_time = trio.Lock()
        self._attended = False
        self._contacted_at = -math.inf
        self._words = ""
        self._losses = deque[float](maxlen=FLAPS)
        self._held_until = -math.inf
        self._amended = trio.Event()
        self._not_before: dict[_Wish, float] = {}
        self._spares = SpareSlots(lambda slot: self._amend(slot, None))
        self._urgent = 0
        self._unanswered = Unanswered()

    @property
    def trouble(self) -> str:
        """Return in the server's words why the limits cannot be kept in Redis; "" if they are, or may be tried."""
        held = trio.current_time() < self._held_until
        return self._words if self._state is LimiterState.ALONE and not held else ""

    @property
    def state(self) -> LimiterState:
        """Return how the limits are enforced now."""
        return self._state

    async def run(self) -> None:
        """Stay in contact until cancelled: be visible to others, amend slots, notice losses while idle, resume sharing.

        Without this the limiter does so whenever a slot is requested; an idle node then counts as silent.
        """
        self._attended = True
        try:
            while True:
                self._amended = trio.Event()
                self._follow()
                with busy("contacts Redis", CONTACT_S):
                    async with self._one_at_a_time:
                        await self._contact()
                nap_s = self._member.beat_s if self._state is LimiterState.SHARED else PROBE_S
                with trio.move_on_at(min(tick_within(trio.current_time(), nap_s), self._unanswered.overdue_at())):
                    await self._amended.wait()
        finally:
            self._attended = False

    async def aclose(self) -> None:
        """Sign off, so that no node sets a share aside for this one, and close the connections."""
        try:
            await self._member.leave()
        except LogLost:
            pass
        finally:
            await self._log.aclose()

    async def reserve(
        self,
        cost: int = 1,
        *,
        replies_per_s: float | None = None,
        on_wait: Callable[[float], None] | None = None,
    ) -> Slot:
        """Reserve a slot; see `thesetd.ports.gate.Limiter`."""
        wish = _Wish(cost, replies_per_s)
        self._urgent += not wish.patient
        try:
            return await self._reserve(wish, on_wait)
        finally:
            self._urgent -= not wish.patient

    async def _reserve(self, wish: _Wish, on_wait: Callable[[float], None] | None) -> Slot:
        while True:
            moved = self._moved
            with self._spares.waiting(wish):
                async with self._one_at_a_time:
                    spare = self._spares.take(wish)
                    answer = _Answer(spare, reserved=True) if spare else self._in_vain(wish) or await self._try(wish)
            wait_s = answer.slot.moment - trio.current_time()
            nap_s = self._nap_s(wait_s, wish)
            if answer.reserved:
                self._unanswered.reserved(answer.slot)
            if answer.reserved or nap_s is None:
                return answer.slot
            if on_wait is not None and wait_s <= HORIZON_S:
                on_wait(answer.slot.moment)
            with idle(), trio.move_on_after(nap_s):
                await moved.wait()

    def amend(self, slot: Slot, sent_at: float | None) -> None:
        """Move a slot or return it; see `thesetd.ports.gate.Limiter`."""
        self._amend(self._unanswered.amended(slot, sent_at), sent_at)
        if sent_at is not None:
            self._amended.set()

    def answered(self, slot: Slot, arrived_by: float) -> None:
        """Count a slot's call at its latest possible moment; see `thesetd.ports.gate.Limiter`."""
        if move := self._unanswered.answered(slot, arrived_by):
            self._amend(*move)
            self._amended.set()

    def _follow(self) -> None:
        """Move the slots of calls that may arrive only now; the log is updated with the next command."""
        for recorded, moment in self._unanswered.overdue(trio.current_time()):
            self._amend(recorded, moment)

    def _amend(self, recorded: Slot, moment: float | None) -> None:
        self._member.amend(recorded, moment)
        self._alone.amend(recorded, moment)
        self._not_before.clear()

    def set_windows(self, windows: Sequence[Window]) -> None:
        """Change this node's limits; see `thesetd.ports.gate.Limiter`."""
        self._member.configure(windows)
        self._divide_again()

    async def override(self, windows: Sequence[Window], for_s: float) -> None:
        """Replace the limits on every node for a time; see `thesetd.ports.gate.Limiter`."""
        self._member.override(windows, for_s)
        self._divide_again()
        async with self._one_at_a_time:
            await self._contact()

    @property
    def doubt(self) -> str:
        """Return why nothing can be granted although the limits may allow it; see `thesetd.ports.gate.Limiter`."""
        if self._state is LimiterState.JOINING:
            return "how much of the quota is used is being gathered from all nodes"
        if self._state is LimiterState.ALONE and self._alone.in_doubt:
            return f"{self._words}; how much of the quota is used is not known"
        return ""

    def learn(self, response: Response) -> None:
        """Tighten the limits by the provider's headers; see `thesetd.ports.gate.Limiter`."""
        said = announced(response.headers, response.received_at.timestamp(), trio.current_time())
        known = self._member.ceiling
        if said is not None:
            self._member.ceiling = known.tightened(said) if known else said

    async def usage(self) -> tuple[tuple[Window, int], ...]:
        """Return the usage of each window; see `thesetd.ports.gate.Limiter`."""
        async with self._one_at_a_time:
            await self._attend()
            windows = self._member.windows
            if self._state is LimiterState.SHARED:
                try:
                    return tuple(zip(windows, await self._member.usage(), strict=True))
                except LogLost as error:
                    await self._lose(error)
        return self._alone.usage()

    async def _attend(self) -> None:
        """Do what `run` does, if it is not running."""
        due_s = self._member.beat_s if self._state is LimiterState.SHARED else PROBE_S
        if not self._attended and trio.current_time() - self._contacted_at >= due_s:
            await self._contact()

    async def _contact(self) -> None:
        """Update the state by contacting Redis.

        A Redis that is unstable, or full, is not used for a while: each change costs a time without grants.
        """
        if trio.current_time() < self._held_until:
            self._contacted_at = trio.current_time()
            return
        try:
            shared = await self._member.contact(joining=self._state is not LimiterState.SHARED)
        except LogLost as error:
            await self._lose(error)
        else:
            self._move(LimiterState.SHARED if shared else LimiterState.JOINING)
        self._contacted_at = trio.current_time()
        if self._member.windows != self._kept:
            self._divide_again()

    async def _lose(self, error: LogLost) -> None:
        self._words = str(error)
        now, hold_s, full = trio.current_time(), HOLD_WINDOWS * self._member.settle_s, FULL in self._words
        if self._state is LimiterState.ALONE:
            if full:
                self._held_until = now + self._member.settle_s
            return
        self._losses.append(now)
        often = len(self._losses) == FLAPS and now - self._losses[0] < 2 * hold_s
        if often or full:
            self._held_until = now + hold_s
        await self._alone.begin()
        self._move(LimiterState.ALONE)

    def _divide_again(self) -> None:
        """Apply changed limits; calls that wait for a slot request it again."""
        self._kept = self._member.windows
        self._alone.divide_again()
        self._wake()

    def _move(self, state: LimiterState) -> None:
        if state is self._state:
            return
        self._patient_until = trio.current_time() + PATIENCE_S
        self._state = state
        self._wake()

    def _wake(self) -> None:
        self._not_before.clear()
        self._moved.set()
        self._moved = trio.Event()

    def _in_vain(self, wish: _Wish) -> _Answer | None:
        """Return an answer without a query if a more urgent caller waits, or the log said when the next slot will be.

        If all waiting callers queried for each slot, a call would cost many round trips.
        """
        if wish.patient and self._urgent:
            return self._later(2 * ASK_S, wish)
        wait_s = self._not_before.get(wish, 0.0) - trio.current_time()
        return (
            self._later(wait_s, wish)
            if self._state is LimiterState.SHARED and wish.ask_s < wait_s <= HORIZON_S
            else None
        )

    def _later(self, wait_s: float, wish: _Wish) -> _Answer:
        return _Answer(Slot(trio.current_time() + wait_s, wish.cost))

    async def _try(self, wish: _Wish) -> _Answer:
        self._follow()
        await self._attend()
        if not self._member.windows:
            await trio.lowlevel.checkpoint()
            return _Answer(Slot(trio.current_time(), wish.cost), reserved=True)
        for _ in range(ATTEMPTS):
            if self._state is LimiterState.SHARED and (answer := await self._try_shared(wish)):
                return answer
        if self._state is LimiterState.ALONE:
            return await self._try_alone(wish)
        return self._later(0.0 if self._state is LimiterState.SHARED else AWAY_S, wish)

    async def _try_shared(self, wish: _Wish) -> _Answer | None:
        """Query the log; return None if that has to be repeated, or is impossible now.

        Slots for others who wait for their turn to ask the same are requested as well, in the same round trip. A caller
        who goes meanwhile waits for the answer, which is due soon: else no task could return what was reserved.
        """
        count = self._spares.wanted(wish)
        try:
            with trio.CancelScope(shield=True):
                status, slots, next_s = await self._member.reserve(wish.cost, wish.replies_per_s, count)
        except LogLost as error:
            await self._lose(error)
            return None
        if status == "join":
            await self._contact()
        else:
            self._not_before[wish] = trio.current_time() + next_s
        if status == "later":
            return self._later(next_s, wish)
        if status != "granted":
            return None
        first, *others = slots
        self._spares.keep(wish, others)
        return _Answer(first, reserved=True)

    async def _try_alone(self, wish: _Wish) -> _Answer:
        """Use this node's share."""
        reserved, moment = await self._alone.reserve(wish.cost, wish.replies_per_s)
        if reserved:
            return _Answer(self._member.remember(moment, wish.cost), reserved=True)
        return _Answer(Slot(moment, wish.cost)) if math.isfinite(moment) else self._later(AWAY_S, wish)

    def _nap_s(self, wait_s: float, wish: _Wish) -> float | None:
        """Return how long to hold a caller that has to wait `wait_s`; None to send it away.

        While the log is not shared, the state usually improves within seconds.
        """
        now = trio.current_time()
        if self._patient_until is None:
            self._patient_until = now + PATIENCE_S
        if wait_s > HORIZON_S and (self._state is LimiterState.SHARED or now >= self._patient_until):
            return None
        nap_s = max(min(wait_s - wish.ask_s, self._patient_until - now if wait_s > HORIZON_S else wait_s), NAP_S)
        return nap_s if self._attended else min(nap_s, PROBE_S)
