"""The control socket's view of the gate: limits, lanes, penalties, calls, cache, and what may be changed of them."""

from collections.abc import Sequence
from datetime import timedelta

import attrs
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from thesetd.adapters.web.problems import RequestProblem, bad_request, not_found
from thesetd.adapters.web.requests import ARTIST, members
from thesetd.domain.durations import parse_duration
from thesetd.ports.clock import Clock
from thesetd.ports.control import CacheKeeper, Gatekeeper, Overview

LONGEST_S = 31 * 86400.0  # of a changed limit, and of a look back into the ledger
LIMITS = '{"limits": "50/60s", "for": "1h"}'


class GateRoutes:
    """The routes about the gate."""

    def __init__(self, gatekeeper: Gatekeeper, cache: CacheKeeper, overview: Overview, clock: Clock) -> None:
        """Take what they show."""
        self._gatekeeper = gatekeeper
        self._cache = cache
        self._overview = overview
        self._clock = clock

    def routes(self) -> Sequence[Route]:
        """Return them."""
        return [
            Route("/limits", self._list_limits),
            Route("/limits/{provider:path}", self._set_limits, methods=["POST"]),
            Route("/calls", self._count_calls),
            Route("/breakers/{name:path}/reset", self._reset_breaker, methods=["POST"]),
            Route("/cache", self._show_cache),
            Route("/cache/invalidate", self._invalidate, methods=["POST"]),
        ]

    async def _list_limits(self, _: Request) -> Response:
        return JSONResponse({"limits": [attrs.asdict(view) for view in await self._gatekeeper.limits()]})

    async def _set_limits(self, request: Request) -> Response:
        wish = await members(request, LIMITS, {"limits"}, frozenset({"for"}))
        provider = request.path_params["provider"]
        for_s = duration(wish["for"]) if "for" in wish else None
        try:
            await self._gatekeeper.set_limits(provider, wish["limits"], for_s)
        except KeyError:
            raise await self._unknown_provider(provider) from None
        except ValueError as error:
            raise bad_request("bad-limits", str(error)) from None
        return await self._list_limits(request)

    async def _unknown_provider(self, provider: str) -> RequestProblem:
        names = [view.provider for view in await self._gatekeeper.limits()]
        detail = f"no provider is called {provider[:40]!r}: there are {', '.join(names)}"
        return not_found("unknown-provider", detail, providers=names)

    async def _count_calls(self, request: Request) -> Response:
        by = request.query_params.get("by", "endpoint")
        back = duration(request.query_params.get("since", "24h"))
        try:
            rows = await self._gatekeeper.calls(by=by, since=self._clock.now() - timedelta(seconds=back))
        except ValueError as error:
            raise bad_request("bad-grouping", str(error)) from None
        return JSONResponse({"by": by, "calls": list(rows)})

    async def _reset_breaker(self, request: Request) -> Response:
        name = request.path_params["name"]
        try:
            await self._gatekeeper.reset_breaker(name)
        except KeyError:
            names = [view.name for view in self._overview.breakers()]
            detail = f"no breaker is called {name[:40]!r}: there are {', '.join(names)}"
            raise not_found("unknown-breaker", detail, breakers=names) from None
        return JSONResponse({"breakers": [attrs.asdict(view) for view in self._overview.breakers()]})

    async def _show_cache(self, _: Request) -> Response:
        return JSONResponse(await self._cache.cache())

    async def _invalidate(self, request: Request) -> Response:
        artist = (await members(request, ARTIST, {"artist"}))["artist"]
        return JSONResponse({"invalidated": await self._cache.invalidate(artist)})


def duration(text: str) -> float:
    """Read "90s", "15m", "1h" or "7d" as seconds.

    Raises:
        RequestProblem: it is another form, nothing, or more than a month.
    """
    found = parse_duration(text)
    if found is None or found.total_seconds() > LONGEST_S:
        raise bad_request(
            "bad-duration", f"invalid duration {text[:40]!r}: expected for example 90s, 15m, 1h or 7d, at most 31d"
        )
    return found.total_seconds()
