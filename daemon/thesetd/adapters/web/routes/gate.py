"""The routes about the gate: limits, lanes, penalties, calls, cache, and changes to them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from starlette.requests import Request

from thesetd.adapters.web.problems import RequestProblem, bad_request, not_found
from thesetd.adapters.web.requests import sent
from thesetd.adapters.web.table import Handlers
from thesetd.domain.durations import parse_duration
from thesetd.ports.clock import Clock
from thesetd.ports.control import CacheKeeper, Gatekeeper, Overview
from thesetd.ports.surface import routes
from thesetd.ports.surface.daemon import Breakers
from thesetd.ports.surface.gate import AllLimits, CallCounts, Invalidated, NewLimits, Stale

LONGEST_S = 31 * 86400.0  # longest time of a changed limit, and of a query of the ledger


class GateRoutes:
    """The routes about the gate."""

    def __init__(self, gatekeeper: Gatekeeper, cache: CacheKeeper, overview: Overview, clock: Clock) -> None:
        """Take the parts of the daemon that they show."""
        self._gatekeeper = gatekeeper
        self._cache = cache
        self._overview = overview
        self._clock = clock

    def handlers(self) -> Handlers:
        """Return them."""
        return {
            routes.LIST_LIMITS: self._list_limits,
            routes.SET_LIMITS: self._set_limits,
            routes.COUNT_CALLS: self._count_calls,
            routes.LIST_BREAKERS: self._list_breakers,
            routes.RESET_BREAKER: self._reset_breaker,
            routes.SHOW_CACHE: self._show_cache,
            routes.INVALIDATE: self._invalidate,
        }

    async def _list_limits(self, _: Request) -> AllLimits:
        return AllLimits(limits=await self._gatekeeper.limits())

    async def _set_limits(self, request: Request) -> AllLimits:
        wish = await sent(request, NewLimits)
        provider = request.path_params["provider"]
        for_s = None if wish.for_ is None else duration(wish.for_)
        try:
            await self._gatekeeper.set_limits(provider, wish.limits, for_s)
        except KeyError:
            raise await self._unknown_provider(provider) from None
        except ValueError as error:
            raise bad_request("bad-limits", str(error)) from None
        return await self._list_limits(request)

    async def _unknown_provider(self, provider: str) -> RequestProblem:
        names = [view.provider for view in await self._gatekeeper.limits()]
        detail = f"no provider is called {provider[:40]!r}: expected one of {', '.join(names)}"
        return not_found("unknown-provider", detail, providers=names)

    async def _count_calls(self, request: Request) -> CallCounts:
        by = request.query_params.get("by", "endpoint")
        back = duration(request.query_params.get("since", "24h"))
        try:
            rows = await self._gatekeeper.calls(by=by, since=self._clock.now() - timedelta(seconds=back))
        except ValueError as error:
            raise bad_request("bad-grouping", str(error)) from None
        return CallCounts(by=by, calls=rows)

    async def _list_breakers(self, _: Request) -> Breakers:
        return Breakers(breakers=self._overview.breakers())

    async def _reset_breaker(self, request: Request) -> Breakers:
        name = request.path_params["name"]
        try:
            await self._gatekeeper.reset_breaker(name)
        except KeyError:
            names = [view.name for view in self._overview.breakers()]
            detail = f"no breaker is called {name[:40]!r}: expected one of {', '.join(names)}"
            raise not_found("unknown-breaker", detail, breakers=names) from None
        return await self._list_breakers(request)

    async def _show_cache(self, _: Request) -> Mapping[str, Any]:
        return await self._cache.cache()

    async def _invalidate(self, request: Request) -> Invalidated:
        return Invalidated(invalidated=await self._cache.invalidate((await sent(request, Stale)).artist))


def duration(text: str) -> float:
    """Read "90s", "15m", "1h" or "7d" as seconds.

    Raises:
        RequestProblem: it is malformed, zero, or more than a month.
    """
    found = parse_duration(text)
    if found is None or found.total_seconds() > LONGEST_S:
        raise bad_request(
            "bad-duration", f"invalid duration {text[:40]!r}: expected for example 90s, 15m, 1h or 7d, at most 31d"
        )
    return found.total_seconds()
