"""The route of the tap.

Tested in tests/adapters/web/streams/test_tap.py
"""

import math

from starlette.requests import Request
from starlette.responses import Response

from thesetd.adapters.web.problems import bad_request
from thesetd.adapters.web.requests import number
from thesetd.adapters.web.streams.tap import Tap
from thesetd.adapters.web.table import Handlers
from thesetd.ports.surface import routes
from thesetd.ports.surface.daemon import MOST_SAMPLE, TapFilter


class TapRoutes:
    """Follow facts."""

    def __init__(self, tap: Tap) -> None:
        """Take the tap."""
        self._tap = tap

    def handlers(self) -> Handlers:
        """Return them."""
        return {routes.FOLLOW_FACTS: self._follow}

    async def _follow(self, request: Request) -> Response:
        query = request.query_params
        return self._tap.stream(
            TapFilter(
                event=tuple(name for value in query.getlist("event") for name in value.split(",")),
                provider=query.get("provider"),
                job=_number(request, "job"),
                request=query.get("request"),
                sample=_number(request, "sample", least=1, most=MOST_SAMPLE) or 1,
            )
        )


def _number(request: Request, name: str, *, least: int = 0, most: float = math.inf) -> int | None:
    typed = request.query_params.get(name)
    if typed is None:
        return None
    value = number(typed)
    if value is None or not least <= value <= most:
        bounds = f" from {least} to {most:,}" if most < math.inf else ""
        raise bad_request(f"bad-{name}", f"invalid {name} {typed[:40]!r}: expected a whole number{bounds}")
    return value
