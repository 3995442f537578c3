"""The route of the tap.

Tested in tests/adapters/web/streams/test_tap.py
"""

import math
from collections.abc import Sequence
from typing import get_args

from starlette.requests import Request
from starlette.responses import Response

from thesetd.adapters.web.problems import bad_request
from thesetd.adapters.web.requests import number
from thesetd.adapters.web.streams.tap import Tap
from thesetd.adapters.web.table import Handlers
from thesetd.domain.facts import Fact
from thesetd.ports.control import Gatekeeper
from thesetd.ports.surface import routes
from thesetd.ports.surface.daemon import MOST_SAMPLE, TapFilter

EVENTS = sorted(fact.__name__ for fact in get_args(Fact))


class TapRoutes:
    """Follow facts."""

    def __init__(self, tap: Tap, gatekeeper: Gatekeeper) -> None:
        """Take the tap, and who knows the providers."""
        self._tap = tap
        self._gatekeeper = gatekeeper

    def handlers(self) -> Handlers:
        """Return them."""
        return {routes.FOLLOW_FACTS: self._follow}

    async def _follow(self, request: Request) -> Response:
        query = request.query_params
        events = tuple(name for value in query.getlist("event") for name in value.split(","))
        for event in events:
            _check("event", event, EVENTS)
        provider = query.get("provider")
        if provider is not None:
            _check("provider", provider, [one.provider for one in await self._gatekeeper.limits()])
        return self._tap.stream(
            TapFilter(
                event=events,
                provider=provider,
                job=_number(request, "job"),
                request=query.get("request"),
                sample=_number(request, "sample", least=1, most=MOST_SAMPLE) or 1,
            )
        )


def _check(name: str, value: str, known: Sequence[str]) -> None:
    """Refuse a value with which the tap would be silent for ever."""
    if value not in known:
        raise bad_request(f"bad-{name}", f"unknown {name} {value[:40]!r}: expected one of {', '.join(known)}")


def _number(request: Request, name: str, *, least: int = 0, most: float = math.inf) -> int | None:
    typed = request.query_params.get(name)
    if typed is None:
        return None
    value = number(typed)
    if value is None or not least <= value <= most:
        bounds = f" from {least} to {most:,}" if most < math.inf else ""
        raise bad_request(f"bad-{name}", f"invalid {name} {typed[:40]!r}: expected a whole number{bounds}")
    return value
