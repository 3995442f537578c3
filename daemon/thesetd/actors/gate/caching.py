"""The first step of the gate: a cached answer needs no call.

    cached answer  what happens
    fresh          served; in the last part of its time it is refreshed in the background
    stale          the provider is called; served only while it is unavailable; so is every answer that is older than
                   the call accepts, as for a user's import
    none           the provider is called

Identical calls are coalesced: within the process by `Flights`, among nodes by a claim in the shared cache, for which
the other nodes wait briefly. A cached answer is parsed again for each caller, so its records carry the moment at which
it was actually received, and two parsers of one request cannot be mixed up.
"""

from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

import trio

from thesetd.actors.asking import PooledCallExecutor
from thesetd.actors.gate.flights import Flights
from thesetd.actors.messages import Fetched, Refresh, parsed
from thesetd.domain.errors import ProviderError, RateLimited, ThesetdError, Unavailable
from thesetd.domain.facts import CacheLooked, StaleServed
from thesetd.domain.gate.calls import Call, Purpose, Request, Response
from thesetd.domain.work.jobs import Lane
from thesetd.ports.clock import Clock
from thesetd.ports.gate import Cached, ResponseCache
from thesetd.ports.observer import Observer
from thesetd.ports.pulse import busy

PAUSES_S = (0.05, 0.1, 0.2, 0.4)  # between polls for another node's answer: together less than a user notices
REFRESH = Purpose("refresh")
RENEW_S = 60.0  # without the wait for the pool: Redis, whose calls have far shorter timeouts
REFRESHERS = 4  # concurrent refreshes: they only queue in the lowest lane

T = TypeVar("T")


class CachingFetcher:
    """Performs calls through the cache; see `thesetd.actors.asking.CallExecutor`."""

    def __init__(
        self,
        fetcher: PooledCallExecutor,
        *,
        cache: ResponseCache,
        refreshes: trio.MemorySendChannel[Refresh],
        clock: Clock,
        observer: Observer,
    ) -> None:
        """Take the fetcher of the pools, and the mailbox of the refresher.

        While that is full, refreshes are skipped.
        """
        self._fetcher = fetcher
        self._cache = cache
        self._refreshes = refreshes
        self._clock = clock
        self._observer = observer
        self._flights: Flights[Fetched[Any]] = Flights()
        self._renewing: dict[str, trio.CancelScope] = {}

    async def fetch(self, call: Call[T], lane: Lane) -> T:
        """Perform a call, or return its cached answer; see `CallExecutor`.

        Cancellation: other callers that wait for the same call are not affected.
        """
        flight = call.request.key if call.since is None else f"{call.request.key} since {call.since}"
        fetched, shared = await self._flights.join(flight, lane, partial(self._obtain, call, lane))
        if shared:
            self._tell(call.request, "flight", "hit")
            fetched = parsed(call, fetched.response)
        value: T = fetched.outcome.take()
        return value

    async def renew(self, call: Call[Any]) -> None:
        """Refresh an entry in the lowest lane; a failure is silent, because the entry is still valid.

        It is given up if another call of this node brings the answer first.
        """
        request = call.request
        try:
            with self._renewing.setdefault(request.key, trio.CancelScope()), suppress(ThesetdError):
                if await self._cache.claim(request):
                    await self._call(call, Lane.LOW)
        finally:
            self._renewing.pop(request.key, None)

    async def _obtain(self, call: Call[T], lane: Lane) -> Fetched[T]:
        look = await self._cache.look(call.request, call.since)
        if (fetched := self._fresh(call, look.kept)) is not None:
            return fetched
        claimed = look.claimed or (look.kept is not None and await self._cache.claim(call.request))
        if not claimed and (fetched := await self._from_another_node(call)) is not None:
            return fetched
        try:
            fetched = await self._call(call, lane)
        except (RateLimited, Unavailable) as error:
            kept = look.kept or await self._cache.get(call.request)
            if (fetched := self._in_need(call, kept, error)) is None:
                raise
            return fetched
        if (renewal := self._renewing.get(call.request.key)) is not None:
            renewal.cancel()
        return fetched

    async def _call(self, call: Call[T], lane: Lane) -> Fetched[T]:
        try:
            fetched = await self._fetcher.perform(call, lane)
        except ThesetdError:
            await self._cache.release(call.request)
            raise
        await self._cache.put(call.request, fetched.response)
        return fetched

    async def _from_another_node(self, call: Call[T]) -> Fetched[T] | None:
        """Wait briefly while another node makes the same call; return None if this node has to make it."""
        for pause in PAUSES_S:
            await trio.sleep(pause)
            look = await self._cache.look(call.request, call.since, again=True)
            if (fetched := self._fresh(call, look.kept)) is not None:
                return fetched
            if look.claimed:
                return None
        return None

    def _fresh(self, call: Call[T], kept: Cached | None) -> Fetched[T] | None:
        now = self._clock.now()
        if kept is None or now >= kept.fresh_until:
            return None
        fetched = _readable(call, kept.response) if call.is_met_by(kept.response) else None
        self._tell(call.request, *((kept.layer, "hit") if fetched else ("none", "miss")))
        if fetched is not None and now >= kept.refresh_after:
            self._refresh(call)
        return fetched

    def _in_need(self, call: Call[T], kept: Cached | None, error: ProviderError) -> Fetched[T] | None:
        now = self._clock.now()
        if kept is None or now >= kept.stale_until:
            return None
        fetched = _readable(call, kept.response)
        if fetched is not None:
            age_s = (now - kept.response.received_at).total_seconds()
            request = call.request
            self._observer.notify(
                StaleServed(provider=request.provider, endpoint=request.endpoint, age_s=age_s, error=str(error))
            )
        return fetched

    def _refresh(self, call: Call[Any]) -> None:
        """Queue the refresh of a call, once at a time."""
        if call.request.key in self._renewing:
            return
        with suppress(trio.WouldBlock):
            self._refreshes.send_nowait(Refresh(call=call.on_behalf_of(REFRESH)))
            self._renewing[call.request.key] = trio.CancelScope()

    def _tell(self, request: Request, layer: str, outcome: str) -> None:
        """Report where an answer came from; an entry that is cached but unused, or unreadable, is a miss."""
        self._observer.notify(
            CacheLooked(layer=layer, provider=request.provider, endpoint=request.endpoint, outcome=outcome)
        )


class CacheRefresher:
    """Refreshes entries close to expiry in the background."""

    def __init__(self, mailbox: trio.MemoryReceiveChannel[Refresh], *, fetcher: CachingFetcher) -> None:
        """Take the receiving end of the mailbox; the refresher works on clones of it."""
        self._mailbox = mailbox
        self._fetcher = fetcher

    async def run(self) -> None:
        """Work until cancelled."""
        async with trio.open_nursery() as nursery:
            for _ in range(REFRESHERS):
                nursery.start_soon(self._work)

    async def _work(self) -> None:
        async with self._mailbox.clone() as mailbox:
            async for message in mailbox:
                with busy("refreshes a response", RENEW_S):
                    await self._fetcher.renew(message.call)


def _readable(call: Call[T], response: Response) -> Fetched[T] | None:
    """Parse a cached answer; return None if the parser rejects it, so that the provider is called."""
    try:
        return parsed(call, response)
    except ProviderError:
        return None
