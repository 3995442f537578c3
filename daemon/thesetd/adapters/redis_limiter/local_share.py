"""Limits this node without the others: it continues with its share, once no shared call is left in a short window."""

import math

import trio

from thesetd.adapters.redis_limiter.node import Member
from thesetd.adapters.redis_limiter.times import AHEAD_S
from thesetd.domain.gate.limiter import Share, Slot, is_long
from thesetd.domain.gate.windows import Window
from thesetd.domain.work.live_nodes import NEWS_S


class Alone:
    """The slots of this node's share; the rule is `thesetd.domain.gate.limiter.Share`."""

    def __init__(self, member: Member, *, nodes_assumed: int, guard_s: float) -> None:
        """Start without a share; `nodes_assumed` is the number of nodes to share with until the log has been seen."""
        self._member = member
        self._nodes_assumed = nodes_assumed
        self._guard_s = guard_s
        self._share = Share(())
        self._quiet_until = -math.inf
        self._unread = False
        self._fresh = False
        self._nodes = 0
        self._turns_from = -math.inf

    async def begin(self) -> None:
        """Take this node's share from the moment when no shared call can be left in any short window."""
        now = trio.current_time()
        self._quiet_until = now + self._member.settle_s
        if self._member.asks_database:
            self._fresh = not self._member.has_joined
            if not self._member.known_to_all:
                self._quiet_until += math.inf if self._member.knows_strangers else NEWS_S
        elif self._member.nodes == 0 and await self._is_unspent():
            self._quiet_until = now
        elif not self._member.known_to_all:
            self._quiet_until = math.inf
        self._divide()

    def divide_again(self) -> None:
        """Take the share of other limits, in which this node's recent reservations count."""
        self._divide()
        for slot in self._member.reserved_lately():
            self._share.record(trio.current_time(), slot.moment, slot.cost)

    async def reserve(self, cost: int, replies_per_s: float | None) -> tuple[bool, float]:
        """Return whether a slot is reserved, and its moment; infinity if unknown."""
        now = trio.current_time()
        if not await self._follow():
            return False, math.inf
        moment = self._earliest(now, cost, replies_per_s)
        if moment - now <= AHEAD_S and self._unread:
            if not await self._read_past():
                return False, math.inf
            moment = self._earliest(now, cost, replies_per_s)
        if moment - now > AHEAD_S:
            return False, moment
        self._share.record(now, moment, cost)
        if self._member.ceiling:
            self._member.ceiling.spend(cost * max(self._member.nodes, 1))
        return True, moment

    @property
    def in_doubt(self) -> bool:
        """Return whether shared calls may still count, or the past of the long windows is unknown."""
        return self._unread or self._fresh or trio.current_time() < self._quiet_until

    def amend(self, slot: Slot, sent_at: float | None) -> None:
        """Move a slot, or return it."""
        self._share.remove(slot.moment, slot.cost)
        if sent_at is not None:
            self._share.record(trio.current_time(), sent_at, slot.cost)

    def usage(self) -> tuple[tuple[Window, int], ...]:
        """Return the usage of each window as far as this node knows."""
        now = trio.current_time()
        return tuple((window, self._share.taken(now, window)) for window in self._member.windows)

    async def _follow(self) -> bool:
        """Divide again if nodes joined or left; return False if their number is unknown.

        A node that joins while Redis is unavailable first waits until all others have noticed it, and until what they
        used of its share has left every short window. If it is the only one, it waits only for its own past.
        """
        if not self._member.asks_database:
            return True
        if (nodes := self._member.nodes) == 0:
            return False
        if self._fresh:
            self._fresh = False
            alone = nodes == 1 and await self._is_unspent()
            self._quiet_until = trio.current_time() + (0.0 if alone else NEWS_S + self._member.settle_s)
            self.divide_again()
        elif nodes != self._nodes or self._member.turns_from != self._turns_from:
            self.divide_again()
        return True

    async def _is_unspent(self) -> bool:
        return await self._member.calls(self._member.settle_s) == []

    def _divide(self) -> None:
        self._nodes, self._turns_from = self._member.nodes, self._member.turns_from
        turn = self._member.turn
        self._share = Share(
            self._member.windows,
            nodes=self._nodes or self._nodes_assumed,
            turn=turn,
            quiet_until=max(self._quiet_until, self._turns_from) if turn else self._quiet_until,
            guard_s=self._guard_s,
        )
        self._unread = any(map(is_long, self._member.windows))

    def _earliest(self, now: float, cost: int, replies_per_s: float | None) -> float:
        ceiling = self._member.ceiling
        allowed = ceiling.earliest(now, cost * max(self._member.nodes, 1)) if ceiling else now
        return self._share.earliest(allowed, cost, replies_per_s)

    async def _read_past(self) -> bool:
        """Count what all nodes used of the long windows; return False if that is unknown."""
        longest_s = max(window.seconds for window in self._member.windows if is_long(window))
        calls = await self._member.calls(longest_s)
        if calls is None:
            return False
        now = trio.current_time()
        self._share.remember(now, ((now - call.age_s, call.cost) for call in calls))
        self._unread = False
        return True
