"""The cache port in memory, shared by any number of nodes; `tests/contracts/test_cache.py` holds it to the real one."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs
import trio

from thesetd.adapters.providers.registry import ENDPOINTS
from thesetd.domain.gate.cache_policy import Lifetimes, usual
from thesetd.domain.gate.cache_tags import tags_of
from thesetd.domain.gate.calls import Request, Response
from thesetd.ports.clock import Clock
from thesetd.ports.gate import Cached, CacheLook


@attrs.define
class Shared:
    """What all nodes see: answers with their tags, and who claims which call."""

    answers: dict[str, tuple[Cached, tuple[str, ...]]] = attrs.field(factory=dict)
    claims: dict[str, str] = attrs.field(factory=dict)
    forgotten: dict[str, datetime] = attrs.field(factory=dict)


@attrs.define
class FakeCache:
    """A `thesetd.ports.gate.MeasuredCache`; `puts`, `looks` and `invalidations` count."""

    clock: Clock
    shared: Shared = attrs.field(factory=Shared)
    owner: str = "n1"
    lifetimes: Lifetimes = attrs.field(factory=lambda: Lifetimes(usual(ENDPOINTS)))
    puts: int = 0
    looks: int = 0
    invalidations: int = 0
    keeps: bool = True

    async def get(self, request: Request) -> Cached | None:
        """Return what is kept; see the port."""
        await trio.lowlevel.checkpoint()
        self.looks += 1
        cached, tags = self.shared.answers.get(request.key, (None, ()))
        if cached is None or self.clock.now() >= cached.stale_until:
            return None
        received = cached.response.received_at
        is_forgotten = any(received <= self.shared.forgotten[tag] for tag in tags if tag in self.shared.forgotten)
        return None if is_forgotten else cached

    async def look(self, request: Request, since: datetime | None = None, *, again: bool = False) -> CacheLook:
        """Return what is kept, or claim its call; see the port."""
        kept = await self.get(request)
        if kept is not None and self.clock.now() < kept.fresh_until:
            if since is None or kept.response.received_at >= since:
                return CacheLook(kept=kept)
        return CacheLook(kept=kept, claimed=await self.claim(request))

    def keeps_answers(self) -> bool:
        """Return what the test says; see `thesetd.ports.gate.JobCache`."""
        return self.keeps

    def size(self) -> dict[str, int]:
        """Count what is kept; see `thesetd.ports.gate.MeasuredCache`."""
        return {"memory_answers": len(self.shared.answers)}

    async def put(self, request: Request, response: Response) -> None:
        """Keep an answer; see the port."""
        await trio.lowlevel.checkpoint()
        lifetime = self.lifetimes.of(request)
        ages = lifetime.ages(response) if lifetime else None
        if lifetime is None or ages is None:
            return
        self.puts += 1
        refresh, fresh, stale = (response.received_at + timedelta(seconds=age) for age in ages)
        cached = Cached(response=response, refresh_after=refresh, fresh_until=fresh, stale_until=stale)
        self.shared.answers[request.key] = (cached, tags_of(lifetime.endpoint, request, response))
        await self.release(request)

    async def invalidate(self, tags: Sequence[str], before: datetime | None = None) -> int:
        """Forget by tags; see the port."""
        await trio.lowlevel.checkpoint()
        self.invalidations += 1
        moment = before or self.clock.now()
        gone = [
            key
            for key, (cached, about) in self.shared.answers.items()
            if set(about) & set(tags) and cached.response.received_at <= moment
        ]
        for key in gone:
            del self.shared.answers[key]
        self.shared.forgotten |= {tag: max(moment, self.shared.forgotten.get(tag, moment)) for tag in tags}
        return len(gone)

    async def claim(self, request: Request) -> bool:
        """Claim a call; see the port."""
        await trio.lowlevel.checkpoint()
        return self.lifetimes.of(request) is None or (
            self.shared.claims.setdefault(request.key, self.owner) == self.owner
        )

    async def release(self, request: Request) -> None:
        """Give up a claim; see the port."""
        if self.shared.claims.get(request.key) == self.owner:
            del self.shared.claims[request.key]
