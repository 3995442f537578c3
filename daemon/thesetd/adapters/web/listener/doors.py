"""Limits how many requests of each kind a listener serves at once, so that no kind can lock out another.

A stream lasts for hours, an import waits for a provider, a command is answered at once, and a probe has to be answered
in any case. Each kind has its own capacity; a request beyond it is refused at once, with a problem document that says
when to retry. Malformed requests, and those for unknown paths, do not count.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus

import attrs
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from thesetd.adapters.web.problems import Problem, reply
from thesetd.ports.surface.endpoints import PlaceKind
from thesetd.ports.surface.routes import ROUTES

LISTENERS = ("http", "control", "api")

# Imports: one place for each user in a burst. Commands: each holds a database connection for milliseconds.
PLACES: Mapping[PlaceKind, int] = {
    PlaceKind.STREAM: 1000,
    PlaceKind.IMPORT: 256,
    PlaceKind.COMMAND: 128,
    PlaceKind.PROBE: 32,
}
# Requests that are not listed are commands.
KINDS: Mapping[tuple[str, str], PlaceKind] = {(row.method, row.path): row.kind for row in ROUTES}
_RETRY_AFTER_S: Mapping[PlaceKind, float] = {
    PlaceKind.STREAM: 10.0,
    PlaceKind.IMPORT: 5.0,
    PlaceKind.COMMAND: 2.0,
    PlaceKind.PROBE: 1.0,
}


def _nothing(_: PlaceKind) -> None:
    pass


class Doors:
    """Counts the requests of one listener by kind."""

    def __init__(
        self, *, streams: int = PLACES[PlaceKind.STREAM], on_refusal: Callable[[PlaceKind], None] = _nothing
    ) -> None:
        """Open the doors.

        Args:
            streams: the number of streams served at once; the other kinds have the capacities of `PLACES`.
            on_refusal: called for each refused request.
        """
        self.places = dict(PLACES) | {PlaceKind.STREAM: streams}
        self.taken: Counter[PlaceKind] = Counter()
        self._on_refusal = on_refusal

    def guard(self, routes: Iterable[Route]) -> list[Route]:
        """Return the routes, each with the limit of its kind."""
        guarded = list(routes)
        for route in guarded:
            route.app = _Guarded(route.app, route.path_format, self)
        return guarded

    def take(self, kind: PlaceKind) -> bool:
        """Take a place if one is free."""
        if self.taken[kind] >= self.places[kind]:
            self._on_refusal(kind)
            return False
        self.taken[kind] += 1
        return True

    def release(self, kind: PlaceKind) -> None:
        """Release a place."""
        self.taken[kind] -= 1

    def refusal(self, kind: PlaceKind) -> Problem:
        """Return the answer to a refused client."""
        detail = f"{self.places[kind]} {kind.value} requests are being served, which is the limit: try again later"
        return Problem(
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            kind=f"too-many-{kind.value}s",
            detail=detail,
            retry_after_s=_RETRY_AFTER_S[kind],
        )


@attrs.frozen
class _Guarded:
    app: ASGIApp
    path: str
    doors: Doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = KINDS.get((scope["method"], self.path), PlaceKind.COMMAND)
        if not self.doors.take(kind):
            await reply(Request(scope), self.doors.refusal(kind))(scope, receive, send)
            return
        try:
            await self.app(scope, receive, send)
        finally:
            self.doors.release(kind)
