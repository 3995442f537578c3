"""A cache of two layers: memory first, then Redis, which is used through a breaker and may be lost at any time.

Both layers hold the same bytes under the same key, a digest of the canonical request. Whether an answer may be used is
computed from the present lifetimes and the time of its receipt, so a changed configuration takes effect at once.
Invalidations by other nodes are read from Redis at most every `HEAR_EVERY_S`, before memory is trusted again.

An answer that is already in transit when its tags are invalidated may be cached: it is at most one call older than the
invalidation.
"""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import attrs
import trio

from thesetd.adapters.cache.form import decode, encode
from thesetd.adapters.cache.memory import Kept, Memory
from thesetd.adapters.cache.redis import SharedAnswers, SharedLook
from thesetd.adapters.quick_room import QuickRoom
from thesetd.domain.errors import BusUnavailable
from thesetd.domain.facts import CacheLooked
from thesetd.domain.gate.cache_policy import Lifetime, Lifetimes
from thesetd.domain.gate.cache_tags import tags_of
from thesetd.domain.gate.calls import Request, Response
from thesetd.ports.clock import Clock
from thesetd.ports.gate import BreakerPort, Cached, CacheLook
from thesetd.ports.observer import Observer

CLAIM_S = 5.0  # longer than most calls take; a node that crashed during a call holds others up no longer
HEAR_EVERY_S = 2.0  # an invalidated answer may be served this much longer on other nodes
SKEW_S = 60.0  # tolerated difference of nodes' clocks; beyond it invalidations may be missed, or answers not used
BACK_S = 60.0  # the earliest `before` of an invalidation: nodes have to read invalidations this far back
AT_ONCE = 32  # commands on their way to Redis: they share round trips, so more would make each of them long

T = TypeVar("T")


class LayeredCache:
    """A memory cache over Redis; see `thesetd.ports.gate.ResponseCache`."""

    def __init__(
        self,
        *,
        memory: Memory,
        shared: SharedAnswers,
        breaker: BreakerPort,
        lifetimes: Lifetimes,
        clock: Clock,
        observer: Observer,
        hear_every_s: float = HEAR_EVERY_S,
    ) -> None:
        """Take the layers; `breaker` stands before Redis and counts BusUnavailable."""
        self._memory = memory
        self._shared = shared
        self._breaker = breaker
        self._lifetimes = lifetimes
        self._clock = clock
        self._observer = observer
        self._room = QuickRoom(AT_ONCE)
        self._is_shared = False  # whether Redis took or was asked for the last answer without an error
        self._owed: dict[str, float] = {}
        self._heard_upto = clock.now().timestamp()
        self._hear_every_s = hear_every_s
        self._hear_after = 0.0

    async def get(self, request: Request) -> Cached | None:
        """Return the cached answer; Redis is queried if memory has none that may be served."""
        lifetime = self._lifetimes.of(request)
        if lifetime is None:
            return None
        await self._hear()
        key = cache_key(request)
        return await self._newest(lifetime, key, self._recall(lifetime, key))

    async def look(self, request: Request, since: datetime | None = None, *, again: bool = False) -> CacheLook:
        """Look and claim in one round trip, or in none; see `thesetd.ports.gate.ResponseCache`."""
        lifetime = self._lifetimes.of(request)
        if lifetime is None:
            return CacheLook(claimed=True)
        await self._hear()
        key, now = cache_key(request), self._clock.now()
        cached = self._recall(lifetime, key)
        if cached is not None and now < cached.fresh_until and (since is None or cached.response.received_at >= since):
            return CacheLook(kept=await self._newest(lifetime, key, cached))
        oldest = now.timestamp() - max(lifetime.fresh_s, lifetime.negative_s)
        oldest = oldest if since is None else max(oldest, since.timestamp())
        said: SharedLook | None = await self._ask(self._shared.look, key, oldest, CLAIM_S)
        self._is_shared, found = said is not None, said or SharedLook(claimed=True)
        if found.kept and (far := self._found(lifetime, key, found.kept)):
            self._tell(request, "redis", far)
            return CacheLook(kept=attrs.evolve(far, layer="redis"))
        if not again:
            self._tell_older(request, lifetime, cached, found)
        return CacheLook(kept=cached, claimed=found.claimed)

    async def put(self, request: Request, response: Response) -> None:
        """Cache an answer in both layers; one that must not be cached only ends the claim."""
        lifetime = self._lifetimes.of(request)
        if lifetime is None:
            return
        key, cached = cache_key(request), self._cached(lifetime, response)
        for_s = (cached.stale_until - self._clock.now()).total_seconds() if cached else 0.0
        if for_s <= 0:
            await self._ask(self._shared.release, key)
            return
        kept = Kept(
            stored=encode(response),
            tags=tags_of(lifetime.endpoint, request, response),
            received_at=response.received_at.timestamp(),
        )
        self._memory.put(key, kept)
        self._is_shared = await self._ask(self._share, key, kept, for_s) is not None

    async def invalidate(self, tags: Sequence[str], before: datetime | None = None) -> int:
        """Invalidate by tags; while Redis is unavailable this is remembered, and sent when it is back."""
        if not tags:
            return 0
        now = self._clock.now()
        moment = now if before is None else max(before, now - timedelta(seconds=BACK_S))
        marks = dict.fromkeys(tags, moment.timestamp())
        count = self._memory.forget(marks)
        self._owed |= {tag: max(mark, self._owed.get(tag, 0.0)) for tag, mark in marks.items()}
        await self._settle()
        return count

    async def claim(self, request: Request) -> bool:
        """Claim a call among the nodes; calls that are not cached need no claim."""
        if self._lifetimes.of(request) is None:
            return True
        return await self._ask(self._shared.claim, cache_key(request), CLAIM_S) is not False

    async def release(self, request: Request) -> None:
        """Release a claim."""
        if self._lifetimes.of(request) is not None:
            await self._ask(self._shared.release, cache_key(request))

    def keeps_answers(self) -> bool:
        """Return whether Redis served the last answer, or the last look-up; see `thesetd.ports.gate.JobCache`."""
        return self._is_shared

    def size(self) -> dict[str, int]:
        """Return how full the memory is."""
        return {
            "memory_answers": len(self._memory),
            "memory_bytes": self._memory.size,
            "memory_most_bytes": self._memory.most_bytes,
        }

    def _recall(self, lifetime: Lifetime, key: str) -> Cached | None:
        """Look up memory; unusable entries are dropped."""
        kept = self._memory.get(key)
        cached = self._read(lifetime, kept) if kept else None
        if cached is None:
            self._memory.drop(key)
        return cached

    async def _newest(self, lifetime: Lifetime, key: str, cached: Cached | None) -> Cached | None:
        """Return the entry in memory, or a newer one in Redis, which is looked up once the former needs a refresh."""
        if cached is not None and self._clock.now() < cached.refresh_after:
            return cached
        kept = await self._ask(self._shared.get, key)
        far = self._found(lifetime, key, kept) if kept else None
        if far and (cached is None or far.response.received_at > cached.response.received_at):
            return attrs.evolve(far, layer="redis")
        return cached

    def _found(self, lifetime: Lifetime, key: str, kept: Kept) -> Cached | None:
        """Return an entry found in Redis and copy it to memory, unless it is invalidated or expired."""
        cached = None if kept.is_forgotten(self._owed) else self._read(lifetime, kept)
        if cached is not None:
            self._memory.put(key, kept)
        return cached

    def _tell_older(self, request: Request, lifetime: Lifetime, cached: Cached | None, found: SharedLook) -> None:
        """Report a look-up without a usable entry: there is none, a stale one, or one older than the caller wants."""
        if cached is not None:
            self._tell(request, "memory", cached)
        elif found.older is not None and self._clock.now().timestamp() - found.older >= lifetime.fresh_s:
            self._notify(request, "redis", "stale")
        else:
            self._notify(request, "none", "miss")

    def _tell(self, request: Request, layer: str, cached: Cached) -> None:
        """Report an entry that is not a hit.

        A fresh entry is a hit once its answer is used, which the caller reports.
        """
        if self._clock.now() >= cached.fresh_until:
            self._notify(request, layer, "stale")

    def _notify(self, request: Request, layer: str, outcome: str) -> None:
        self._observer.notify(
            CacheLooked(layer=layer, provider=request.provider, endpoint=request.endpoint, outcome=outcome)
        )

    def _read(self, lifetime: Lifetime, kept: Kept) -> Cached | None:
        try:
            cached = self._cached(lifetime, decode(kept.stored))
        except ValueError:
            return None
        now = self._clock.now()
        if cached is None or now >= cached.stale_until:
            return None
        # Received in the future: the clock was set back, and invalidations now would not affect it.
        return None if cached.response.received_at > now + timedelta(seconds=SKEW_S) else cached

    def _cached(self, lifetime: Lifetime, response: Response) -> Cached | None:
        ages = lifetime.ages(response)
        if ages is None:
            return None
        refresh, fresh, stale = (response.received_at + timedelta(seconds=age) for age in ages)
        return Cached(response=response, refresh_after=refresh, fresh_until=fresh, stale_until=stale)

    async def _hear(self) -> None:
        """Invalidate in memory what other nodes invalidated, unless that has just been done."""
        if trio.current_time() < self._hear_after:
            return
        self._hear_after = trio.current_time() + self._hear_every_s
        now = self._clock.now().timestamp()
        await self._settle()
        marks = await self._ask(self._shared.forgotten_since, self._heard_upto - SKEW_S - BACK_S)
        if marks is not None:
            self._heard_upto = now
            self._memory.forget(marks)

    async def _settle(self) -> None:
        """Send Redis the invalidations that could not be sent before."""
        owed = dict(self._owed)
        is_sent: bool | None = await self._ask(self._forget_shared, owed) if owed else None
        if is_sent:
            self._owed = {tag: moment for tag, moment in self._owed.items() if moment > owed.get(tag, 0.0)}

    async def _share(self, key: str, kept: Kept, for_s: float) -> bool:
        await self._shared.put(key, kept, for_s)
        return True

    async def _forget_shared(self, marks: dict[str, float]) -> bool:
        await self._shared.forget(marks)
        return True

    async def _ask(self, call: Callable[..., Awaitable[T]], *args: object) -> T | None:
        """Query Redis; return None if it is unavailable.

        A caller that waits for a connection sees at once that the breaker has opened.
        """
        async with self._room:
            if self._breaker.admit() > 0:
                return None
            try:
                with self._breaker.judge():
                    return await call(*args)
            except BusUnavailable:
                return None


def cache_key(request: Request) -> str:
    """Return the key of a request: it has a fixed length and reveals nothing about the request."""
    return hashlib.sha256(request.key.encode()).hexdigest()[:32]
