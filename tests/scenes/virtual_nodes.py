"""Nodes of the shared limiter on a virtual clock, over a real Redis whose script gets that clock as its own."""

import itertools
import math
import random
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import attrs
import trio
import trio.lowlevel
import trio.testing
from redis import Redis
from redis.exceptions import ConnectionError as RedisGone
from redis.exceptions import ResponseError

from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.redis.link import RedisServer
from thesetd.adapters.redis.wire import connected
from thesetd.adapters.redis_limiter import LimiterState, RedisLimiter, RedisLog
from thesetd.domain.errors import StoreUnavailable
from thesetd.domain.gate.credentials import Fingerprint
from thesetd.domain.gate.limiter import HORIZON_S, LATE_S, LATEST_S, Slot
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import SPOTIFY
from thesetd.domain.work.live_nodes import LiveNodes

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_credentials = itertools.count()


class Wire(AsyncioBridge):
    """One node's way to Redis: can be cut, or only back, and says when nothing is under way on it."""

    def __init__(self) -> None:
        """Start whole and idle."""
        self.cut = False
        self.cut_back = False  # what is asked arrives, and no answer does
        self.full: Callable[[], bool] = lambda: False  # whether there is no room for this call
        self.trips = 0
        self._under_way = 0
        self._idle = trio.Event()

    async def __call__(self, function: Callable[..., Awaitable[Any]], /, *args: Any, **kwargs: Any) -> Any:
        """Make the call, or fail as it does when nobody listens."""
        return await self._passed(
            partial(super().__call__, function, *args, **kwargs), cuts=getattr(function, "__name__", "") != "renew"
        )

    async def native(self, function: Callable[[], Awaitable[Any]]) -> Any:
        """Make the call, as above; a full server accepts connections."""
        if getattr(function, "func", None) is not connected and self.full():
            raise ResponseError("OOM command not allowed when used memory > 'maxmemory'.")
        return await self._passed(function)

    async def _passed(self, call: Callable[[], Awaitable[Any]], *, cuts: bool = True) -> Any:
        await trio.lowlevel.checkpoint()
        if self.cut and cuts:
            raise RedisGone("cut")
        self.trips += 1
        self._under_way += 1
        try:
            answer = await call()
            if self.cut_back and cuts:
                raise RedisGone("cut")
            return answer
        finally:
            self._under_way -= 1
            self._idle.set()
            self._idle = trio.Event()

    async def idle(self) -> bool:
        """Wait for the calls under way; say whether there were any."""
        if not self._under_way:
            return False
        await self._idle.wait()
        return True


@attrs.define
class World:
    """All nodes of one credential, the provider that counts their calls, and the ledger that remembers them.

    The clocks of Redis and of the machines are trio's, which `pass_time` moves; `set_forward_s` is how far the one of
    Redis was set forward by then, `late_s` how late the next call leaves, `transit_s` how long it is on its way.
    """

    url: str
    clock: trio.testing.MockClock
    nursery: trio.Nursery
    windows: Sequence[Window]
    credential: Fingerprint = attrs.field(factory=lambda: Fingerprint(f"virtual-{next(_credentials)}"))
    wires: dict[str, Wire] = attrs.field(factory=dict)
    logs: list[RedisLog] = attrs.field(factory=list)
    arrivals: list[tuple[float, int]] = attrs.field(factory=list)
    ledger_is_away: bool = False
    set_forward_s: float = 0.0
    late_s: Callable[[], float] = lambda: 0.0
    transit_s: Callable[[], float] = lambda: 0.0
    database: bool = False  # whether nodes know from it of each other
    named: set[str] = attrs.field(factory=set)

    def limiter(self, node: str, windows: Sequence[Window] | None = None) -> RedisLimiter:
        """Return a node's limiter, which nobody attends yet."""
        self.wires[node] = wire = Wire()
        log = RedisLog(
            RedisServer(self.url, wire),
            provider=SPOTIFY,
            credential=self.credential,
            epoch_s=lambda: self._epoch_s(for_redis=True),
        )
        self.logs.append(log)
        return RedisLimiter(
            log,
            node=node,
            windows=windows or self.windows,
            spent=self.spent,
            clock=self,
            rng=random.Random(node),
            live=self._live(node) if self.database else None,
        )

    def _live(self, node: str) -> LiveNodes:
        """Return what one node knows of the others of its database (after the @), which its beats keep up to date."""
        live, home = LiveNodes(), node.partition("@")[2]

        async def beat() -> None:
            while True:
                await trio.sleep(0.3)
                if not self.ledger_is_away:
                    live.heard({name for name in self.named if name.partition("@")[2] == home}, trio.current_time())
                await trio.sleep(1.7)

        self.nursery.start_soon(beat)
        return live

    def start(self, node: str, *, cut: bool = False) -> "Node":
        """Start a node, whose wire may be cut from the beginning."""
        started = Node(self, self.limiter(node), node)
        self.wires[node].cut = cut
        self.named.add(node)
        self.nursery.start_soon(started.run)
        return started

    async def aclose(self) -> None:
        """Close every node's connections."""
        for wire in self.wires.values():
            wire.cut, wire.full = False, lambda: False
        for log in self.logs:
            await log.aclose()

    async def pass_time(self, seconds: float) -> None:
        """Let time pass: from one deadline to the next, whenever all tasks sleep and no call is under way."""
        end = trio.current_time() + seconds
        while True:
            await trio.testing.wait_all_tasks_blocked()
            if any([await wire.idle() for wire in self.wires.values()]):
                continue
            ahead = trio.lowlevel.current_statistics().seconds_to_next_deadline
            rest = end - trio.current_time()
            if rest <= 0:
                return
            self.clock.jump(max(0.0, min(ahead, rest)))

    def now(self) -> datetime:
        """Return the wall clock of the machines; see `thesetd.ports.clock.Clock`."""
        return datetime.fromtimestamp(self._epoch_s(for_redis=False), UTC)

    async def spent(self, since: datetime) -> Sequence[tuple[datetime, int]]:
        """Return the ledger's calls, which are written down when they are made."""
        await trio.lowlevel.checkpoint()
        if self.ledger_is_away:
            raise StoreUnavailable("away")
        calls = ((EPOCH + timedelta(seconds=at), cost) for at, cost in self.arrivals)
        return [(at, cost) for at, cost in calls if at >= since]

    def arrive(self, cost: int) -> None:
        """Count a call."""
        self.arrivals.append((trio.current_time(), cost))

    def violations(self) -> dict[str, int]:
        """Count for each window the units that arrived when its length already held its count."""
        units = sorted(at for at, cost in self.arrivals for _ in range(cost))
        return {
            str(window): sum(
                late - early < window.seconds for early, late in zip(units, units[window.count :], strict=False)
            )
            for window in self.windows
        }

    def made(self, since: float = -math.inf) -> int:
        """Count the units that arrived since then."""
        return sum(cost for _, cost in self.arrivals[bisect_left(self.arrivals, (since, 0)) :])

    def forget(self) -> None:
        """Wipe what Redis knows of this credential."""
        with Redis.from_url(self.url) as client:
            client.delete(*self.keys(client))

    def keys(self, client: "Redis") -> list[bytes]:
        """Return this credential's keys; one that is never there makes it a list to delete."""
        return [b"none", *client.keys(f"thesetd:limit:{SPOTIFY}:{self.credential}:*")]

    def snapshot(self) -> Callable[[], None]:
        """Remember what Redis knows; calling the result puts it back, as a server does that was restarted."""
        with Redis.from_url(self.url) as client:
            kept = {key: client.dump(key) for key in self.keys(client)[1:]}

        def restore() -> None:
            self.forget()
            with Redis.from_url(self.url) as client:
                for key, value in kept.items():
                    client.restore(key, 0, value)
                    if key.endswith(b":state"):
                        client.hset(key, "server", "the one before")

        return restore

    def _epoch_s(self, *, for_redis: bool) -> float:
        forward_s = self.set_forward_s if for_redis else 0.0
        return EPOCH.timestamp() + trio.current_time() + forward_s


@attrs.define(eq=False)
class Node:
    """A node with callers that take every slot they can get, until it is stopped or killed."""

    world: World
    limiter: RedisLimiter
    name: str = ""
    waited_s: list[float] = attrs.field(factory=list)
    _scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    _callers: list[trio.CancelScope] = attrs.field(factory=list)
    _nursery: trio.Nursery | None = None

    async def run(self) -> None:
        """Attend the limiter until killed."""
        with self._scope:
            async with trio.open_nursery() as self._nursery:
                await self.limiter.run()

    def call(self, callers: int = 1, cost: int = 1, *, patient: bool = False) -> None:
        """Let more callers call; nobody waits for the calls of patient ones."""
        assert self._nursery is not None, "let time pass first"
        for _ in range(callers):
            self._nursery.start_soon(self._call, cost, 0.0 if patient else None)

    def rest(self) -> None:
        """Let nobody call any more, until others are told to."""
        while self._callers:
            self._callers.pop().cancel()

    async def person(self) -> None:
        """Make one call that somebody waits for, and note how long that was."""
        came = trio.current_time()
        slot = await self.limiter.reserve()
        await trio.sleep_until(slot.moment)
        self.world.arrive(slot.cost)
        self.limiter.answered(slot, trio.current_time())
        self.waited_s.append(trio.current_time() - came)

    def visit(self, every_s: float) -> None:
        """Let people come, one after another."""
        assert self._nursery is not None, "let time pass first"
        self._nursery.start_soon(self._visit, self._nursery, every_s)

    def kill(self) -> None:
        """End at once, without a word to anybody."""
        self._scope.cancel()
        self.world.named.discard(self.name)

    @property
    def state(self) -> LimiterState:
        """Return how it keeps the limits."""
        return self.limiter.state

    async def _call(self, cost: int, replies_per_s: float | None) -> None:
        with trio.CancelScope() as scope:
            self._callers.append(scope)
            while True:
                slot = await self.limiter.reserve(cost, replies_per_s=replies_per_s)
                wait_s = slot.moment - trio.current_time()
                await trio.sleep(max(0.0, min(wait_s, HORIZON_S)))
                if wait_s <= HORIZON_S:
                    await self._make(slot)

    async def _visit(self, nursery: trio.Nursery, every_s: float) -> None:
        while True:
            nursery.start_soon(self.person)
            await trio.sleep(every_s)

    async def _make(self, slot: Slot) -> None:
        """Make a call as late as the world says, or not at all."""
        late_s = self.world.late_s()
        if late_s > LATEST_S:
            self.limiter.amend(slot, None)
            return
        try:
            await trio.sleep(late_s)
            if late_s > LATE_S:
                self.limiter.amend(slot, trio.current_time())
            await trio.sleep(self.world.transit_s())
            self.world.arrive(slot.cost)
        finally:
            self.limiter.answered(slot, trio.current_time())


Open = Callable[[Sequence[Window]], AbstractAsyncContextManager[World]]
