"""One node's membership in the shared log: what it knows about the log, and what it submits if the log may lack it."""

import itertools
import math
import random
from collections.abc import Iterable, Sequence
from typing import Any

import trio

from thesetd.adapters.redis_limiter.ledger_history import LedgerHistory, PastCall
from thesetd.adapters.redis_limiter.limits import Limits
from thesetd.adapters.redis_limiter.log import US, LogLost, LogStanding, RedisLog, Timed
from thesetd.adapters.redis_limiter.memory import SlotMemory
from thesetd.adapters.redis_limiter.times import (
    AHEAD_S,
    BEAT_S,
    FORGET_S,
    LEDGER_SLACK_S,
    NOTICED_S,
    REST_BEAT_S,
    ROLL_S,
    SILENT_S,
)
from thesetd.domain.gate import limiter
from thesetd.domain.gate.clock_offset import Offset
from thesetd.domain.gate.limiter import LATEST_S, Ceiling, Slot, Turn, turn
from thesetd.domain.gate.windows import Window
from thesetd.domain.work.live_nodes import LINGER_S, NEWS_S, LiveNodes


class Member:
    """The knowledge and memory of one node; it sends one query at a time."""

    def __init__(
        self,
        log: RedisLog,
        *,
        node: str,
        windows: Sequence[Window],
        past: LedgerHistory,
        rng: random.Random,
        guard_s: float,
        live: LiveNodes | None = None,
    ) -> None:
        """Start as a node that has never seen the log; without `live` only the log shows other nodes."""
        self._live = live
        self._view: frozenset[str] | None = None
        self._turns_from = -math.inf
        self._log = log
        self._node = node
        self.limits = Limits(windows, guard_s)
        self._past = past
        self._guard_s = guard_s
        self._ids = map(f"{rng.getrandbits(64):016x}-{{}}".format, itertools.count())
        self._ceiling_published: Ceiling | None = None
        self._generation = 0
        self._started_at: float | None = None
        self._joined_at: float | None = None
        self._answered_at = -math.inf
        self._stepped = False
        self._theirs = 0.0
        self._offset = Offset()
        self._nodes: dict[str, float] = {}
        self._gone: dict[str, float] = {}
        self._memory = SlotMemory()
        self._informed = False
        self._reach_s = self.limits.kept_s
        self.ceiling: Ceiling | None = None

    @property
    def windows(self) -> tuple[Window, ...]:
        """Return the limits in force."""
        return self.limits.in_force

    @property
    def settle_s(self) -> float:
        """Return the time after which nothing reserved before a loss is in any short window."""
        return self.limits.settle_s

    @property
    def asks_database(self) -> bool:
        """Return whether the database shows other nodes."""
        return self._live is not None

    @property
    def nodes(self) -> int:
        """Return how many nodes the log and the database know; 0 if neither was ever seen."""
        lives = self._lives()
        if self._live is not None and lives is None and not self._nodes:
            return 0
        now, answered_at = trio.current_time(), self._answered_at
        known = {
            name for name, at in self._nodes.items() if at >= (now if self._is_ours(name) else answered_at) - FORGET_S
        }
        return len(known | (lives or set()))

    @property
    def has_joined(self) -> bool:
        """Return whether this node was ever known to the log."""
        return self._joined_at is not None

    @property
    def known_to_all(self) -> bool:
        """Return whether every other node has noticed this one: it has contacted the log since, or could have."""
        joined_at = self._joined_at or 0.0
        if self.nodes <= 1 or trio.current_time() - joined_at >= NOTICED_S:
            return True
        others = ((self._lives() or frozenset()) | self._nodes.keys()) - {self._node}
        return all(self._nodes.get(name, -math.inf) >= joined_at + BEAT_S for name in others)

    @property
    def knows_strangers(self) -> bool:
        """Return whether the log knows nodes of other databases, which learn of this one from the log alone."""
        return any(not self._is_ours(name) for name in self._nodes)

    @property
    def beat_s(self) -> float:
        """Return the interval between contacts: longer if this node is alone and has nothing to submit."""
        if self._joined_at is None or self.nodes != 1:
            return BEAT_S
        settled = max(self._memory.latest, self._joined_at) + self.settle_s < trio.current_time()
        return REST_BEAT_S if settled else BEAT_S

    @property
    def turn(self) -> Turn | None:
        """Return this node's turn, on its own clock, for limits that cannot be divided.

        The moments are on the clock of Redis, or on the machine's if that is unknown: both should show the time of day.
        """
        own = self._turn_there()
        ahead_s = self._offset.most if math.isfinite(self._offset.most) else self._past.ahead_s
        return Turn(own.period_s, own.offset_s + ahead_s) if own else None

    @property
    def turns_from(self) -> float:
        """Return the moment from which all nodes agree on the turns; it is in the past if nothing changed recently."""
        self._turn_there()
        return self._turns_from

    def configure(self, windows: Sequence[Window]) -> None:
        """Change the limits of this node."""
        self.limits.configured = tuple(windows)

    def override(self, windows: Sequence[Window], for_s: float) -> None:
        """Change the limits for a time; the other nodes learn of it through the log."""
        self.limits.override(windows, for_s)

    def remember(self, moment: float, cost: int, key: str = "") -> Slot:
        """Keep a reservation of this node, to be submitted if the log may lack it."""
        slot = Slot(moment, cost, key or next(self._ids))
        self._memory.keep(slot, moment - self.settle_s)
        return slot

    def amend(self, slot: Slot, sent_at: float | None) -> None:
        """Move a slot of this node, or release it; the log is updated with the next command."""
        self._memory.amend(slot, sent_at)

    def reserved_lately(self) -> tuple[Slot, ...]:
        """Return this node's reservations, as far back as a short window can reach."""
        return self._memory.own

    async def calls(self, within_s: float) -> list[PastCall] | None:
        """Return the ledger's calls; None if the ledger cannot be read now."""
        return await self._past.calls(within_s)

    async def contact(self, *, joining: bool) -> bool:
        """Report this node, and return whether grants are available; if not, this node has submitted all it knows.

        Args:
            joining: whether this node made reservations that the log may lack.

        Raises:
            LogLost: Redis does not answer.
        """
        if self._started_at is None:
            self._started_at = trio.current_time()
        standing = await self._contact(handing_in=joining)
        if standing.generation != self._generation and not joining:
            standing = await self._contact(handing_in=True)
        if standing.status == "found":
            standing = await self._found(standing)
        current = standing.status == "shared" and standing.generation == self._generation and not self._stepped
        return current and not self._is_news()

    async def reserve(self, cost: int, replies_per_s: float | None, count: int = 1) -> tuple[str, list[Slot], float]:
        """Request slots; return the verdict's status, the slots, at most `count`, and the seconds until the next one.

        Slots for which the answer came too late, or not at all, are returned. If that leaves none, the status is
        "late": others have to be requested.

        Raises:
            LogLost: Redis does not answer.
        """
        ids = list(itertools.islice(self._ids, count))
        wish = {
            "limits": self.limits.text,
            "windows": self.limits.requested(replies_per_s),
            "ids": ids,
            "cost": cost,
            "patient": replies_per_s is not None,
        }
        if own := self._turn_there():
            agreed_s = max(0.0, self._turns_from - trio.current_time())
            wish["turn"] = [round(seconds * US) for seconds in (own.period_s, own.offset_s, agreed_s)]
        ceiling, unconfirmed = self.ceiling, self._memory.unconfirmed(trio.current_time())
        try:
            verdict = await self._log.reserve(self._question() | wish | self._unsaid() | unconfirmed)
        except LogLost:
            for id_ in ids:
                self.amend(Slot(trio.current_time(), cost, id_), None)
            raise
        self._ceiling_published = ceiling
        self._memory.confirm(unconfirmed)
        if verdict.status in {"join", "limits"} or not self._observe(verdict.time):
            return "join", [], 0.0
        received, offset_s = verdict.time.received, self._offset.most
        slots = [Slot(moment + offset_s, cost, id_) for moment, id_ in zip(verdict.moments, ids, strict=False)]
        for slot in slots:
            if received - slot.moment > LATEST_S:
                self.amend(slot, None)
            else:
                self.remember(slot.moment, cost, slot.key)
        timely = [slot for slot in slots if received - slot.moment <= LATEST_S]
        return "late" if slots and not timely else verdict.status, timely, verdict.next + offset_s - received

    async def usage(self) -> tuple[int, ...]:
        """Return the usage of each window in force.

        Raises:
            LogLost: Redis does not answer.
        """
        windows = [[window.count, round(window.seconds * US)] for window in self.windows]
        return tuple(await self._log.usage(self._question() | {"windows": windows}))

    async def leave(self) -> None:
        """Sign off, so that no node sets a share aside.

        Raises:
            LogLost: Redis does not answer.
        """
        await self._log.leave(self._question())

    def _turn_there(self) -> Turn | None:
        names = self._members()
        if names != self._view:
            if self._view is not None and self._live is not None:
                self._turns_from = trio.current_time() + NEWS_S + self.settle_s
            self._view = names
        if self._node not in names:
            return None
        return turn(self.windows, len(names), sorted(names).index(self._node))

    def _lives(self) -> frozenset[str] | None:
        """Return the live nodes of this database, including this one; None if unknown."""
        lives = None if self._live is None else self._live.within(self.settle_s + LINGER_S)
        return None if lives is None else lives | {self._node}

    def _members(self) -> frozenset[str]:
        """Return the nodes that take turns: the live ones, and those of other databases that the log knows."""
        lives = self._lives()
        if lives is None:
            return frozenset(self._nodes)
        return lives | {name for name in self._nodes if not self._is_ours(name)}

    def _is_news(self) -> bool:
        """Return whether a node that is cut off from the log may not know this one, and so use more than its share."""
        if self._live is None or self._joined_at is None:
            return False
        now, lives = trio.current_time(), self._lives()
        if now - self._joined_at >= NEWS_S + self.settle_s:
            return False
        return any(
            at < min(self._joined_at + BEAT_S, now - SILENT_S + BEAT_S)
            for name, at in self._nodes.items()
            if name != self._node and (lives is None or name in lives or not self._is_ours(name))
        )

    def _is_ours(self, name: str) -> bool:
        """Return whether a node belongs to this database, which knows when it ends; for others only Redis does."""
        return name.rpartition("@")[2] == self._node.rpartition("@")[2]

    def _question(self) -> dict[str, Any]:
        question: dict[str, Any] = {
            "node": self._node,
            "generation": self._generation,
            "last": round(self._theirs * US),
            "stepped": self._stepped,
        }
        times = {
            "keep": self.limits.kept_s,
            "ahead": AHEAD_S,
            "silent": SILENT_S,
            "forget": FORGET_S,
            "settle": self.settle_s,
            "roll": ROLL_S,
            "long": limiter.LONG_S,
        }
        shares = {"burst": limiter.BURST_SHARE, "hurry": limiter.HURRY, "people": limiter.PEOPLE_SHARE}
        if self._live is not None:
            question["live"] = sorted((self._lives() or frozenset()) - {self._node})
        return question | shares | {name: round(value * US) for name, value in times.items()}

    def _unsaid(self, *, again: bool = False) -> dict[str, Any]:
        """Return the provider's announced rest, if the log does not have it yet."""
        now = trio.current_time()
        if self.ceiling is None or self.ceiling.until <= now or (self.ceiling is self._ceiling_published and not again):
            return {}
        return {"ceiling": [max(self.ceiling.left, 0), round((self.ceiling.until - now) * US)]}

    async def _contact(self, *, handing_in: bool, **more: Any) -> LogStanding:
        if handing_in and not more:
            more = await self._proof()
        reach_s, older = self.limits.kept_s, await self._older()
        now, ceiling = trio.current_time(), self.ceiling
        publish = self.limits.publish(now)
        unconfirmed = self._memory.unconfirmed(now)
        question = self._question() | {"publish": publish} | more | older | unconfirmed | self._unsaid(again=handing_in)
        if handing_in:
            question |= self._handed_in(now)
        standing = await self._log.contact(question)
        self._memory.confirm(unconfirmed)
        if standing.generation != 0 and (handing_in or standing.generation == self._generation):
            self._take(standing)
            self._ceiling_published = ceiling
            if older:
                self._reach_s = reach_s
            if self.limits.publish(now) == publish:
                self.limits.take(standing)
        return standing

    def _handed_in(self, now: float) -> dict[str, Any]:
        peers = [
            [name, round((now - heard) * US), name in self._nodes]
            for name, heard in (self._gone | self._nodes).items()
            if name != self._node
        ]
        started_at = now if self._started_at is None else self._started_at
        witness = self._informed or (self._generation != 0 and now - started_at >= self.settle_s)
        return {"peers": peers, "witness": witness} | self._memory.handed_in(now, now - self.settle_s)

    async def _older(self) -> dict[str, Any]:
        """Return the ledger's calls from before the log began, if a limit now reaches further back than before.

        The ledger's times are as late as calls may leave: some calls at the edge may count twice, but none is missed.
        """
        if self._generation == 0 or self.limits.kept_s <= self._reach_s:
            return {}
        calls = await self._past.calls(self.limits.kept_s)
        return {} if calls is None else {"older": _entries(c for c in calls if c.age_s > self._reach_s - LATEST_S)}

    async def _proof(self) -> dict[str, Any]:
        """Return what the ledger proves to a node without a past: a log that holds less has lost calls."""
        longest_s = self.limits.longest_s
        if self._generation != 0 or not longest_s:
            return {}
        calls = await self._past.calls(longest_s - LEDGER_SLACK_S)
        return {"spent": sum(call.cost for call in calls)} if calls else {}

    async def _found(self, standing: LogStanding) -> LogStanding:
        """Rebuild the log from the ledger; without a ledger there is nothing to rebuild it from."""
        longest_s, settle_s = self.limits.longest_s, self.settle_s
        calls = await self._past.calls(max(longest_s, settle_s))
        if calls is None:
            return standing
        entries = _entries(calls) if longest_s else []
        certain = self._generation == 0 and not any(call.age_s <= settle_s for call in calls)
        return await self._contact(handing_in=True, entries=entries, certain=certain)

    def _take(self, standing: LogStanding) -> None:
        if standing.generation != self._generation:
            self._generation, self._stepped = standing.generation, False
            self._offset.forget()
        if not self._observe(standing.time):
            return
        self._answered_at = standing.time.received
        if self._joined_at is None:
            self._joined_at = standing.time.received
        heard = self._gone | self._nodes
        self._nodes = {name: there + self._offset.most for name, there in standing.nodes.items()}
        oldest = standing.time.received - self.settle_s
        if standing.lately is not None:
            self._informed = True
            self._memory.found({unit: there + self._offset.most for unit, there in standing.lately.items()}, oldest)
        self._gone = {name: at for name, at in heard.items() if at >= oldest and name not in self._nodes}

    def _observe(self, time: Timed) -> bool:
        """Learn from an answer's time; return False if their clock was set forward, which makes the answer unusable."""
        self._theirs = time.theirs
        self._stepped = self._stepped or not self._offset.observe(time.sent, time.received, time.theirs)
        return not self._stepped


def _entries(calls: Iterable[PastCall]) -> list[list[Any]]:
    return [[call.key, round(call.age_s * US), call.cost] for call in calls]
