"""Failures on request: each provider's bad answers by name, in the shapes that were seen in the wild."""

import json
import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import attrs
from starlette.responses import Response

from thesetd.domain.ids import SETLISTFM, SPOTIFY, TICKETMASTER, ProviderName
from thesetd.sandbox.listing import Json
from thesetd.sandbox.trouble.hostile import HOSTILE

HANG, SLOW = "hang", "slow"
SLOW_S = 30.0  # Spotify's 504s take 30 to 45 s
_JSON = "application/json"


@attrs.frozen
class Shape:
    """A whole answer: what a fault named after it sends. `retry_after` None sends no such header."""

    status: int
    body: bytes
    media_type: str | None = _JSON
    retry_after: str | None = None

    def response(self, retry_after: str | None = None, apikey: str = "") -> Response:
        """Make the answer, with another Retry-After where one is given, and the key where the provider repeats it."""
        return self.told(self.retry_after if retry_after is None else retry_after, apikey)

    def told(self, hint: str | None, apikey: str = "") -> Response:
        """Make the answer with exactly this Retry-After, None for none."""
        headers = {} if hint is None else {"retry-after": hint}
        return Response(self.body.replace(b"{apikey}", apikey.encode()), self.status, headers, self.media_type)


def _json(status: int, body: Json, retry_after: str | None = None) -> Shape:
    return Shape(status, json.dumps(body).encode(), retry_after=retry_after)


def _text(status: int, text: str, media_type: str | None = None, retry_after: str | None = None) -> Shape:
    return Shape(status, text.encode(), media_type, retry_after)


def spotify_error(status: int, message: str, **more: str) -> Json:
    """Give the error object of api.spotify.com (the token endpoint has another)."""
    return {"error": {"status": status, "message": message, **more}}


def ticketmaster_fault(text: str, code: str) -> Json:
    """Give the error object of the gateway before Ticketmaster's API."""
    return {"fault": {"faultstring": text, "detail": {"errorcode": code}}}


PREMIUM = (
    "Active premium subscription required for the owner of the app. When the subscription status changes, "
    "it can take a few hours before requests are allowed again."
)

SHAPES: Mapping[ProviderName, Mapping[str, Shape]] = {
    SPOTIFY: {
        "429": _json(429, spotify_error(429, "API rate limit exceeded"), "5"),
        "429-quota": _json(429, spotify_error(429, "Too many requests", reason="QUOTA_EXCEEDED"), "48925"),
        "429-text": _text(429, "Too many requests", None, "19056"),
        "429-no-header": _json(429, spotify_error(429, "API rate limit exceeded")),
        "429-zero": _json(429, spotify_error(429, "API rate limit exceeded"), "0"),
        "400-limit": _json(400, spotify_error(400, "Invalid limit")),
        "400-limit-empty": _text(400, ""),
        "400-token": _json(400, {"error": "invalid_client", "error_description": "Invalid client"}),
        "401-expired": _json(401, spotify_error(401, "The access token expired")),
        "401-missing": _json(401, spotify_error(401, "Access token missing")),
        "403-forbidden": _json(403, spotify_error(403, "Forbidden")),
        "403-premium": _text(403, PREMIUM),
        "404": _json(404, spotify_error(404, "Resource not found")),
        "500": _json(500, spotify_error(500, "Server error.")),
        "502": _json(502, spotify_error(502, "Bad gateway.")),
        "502-empty": _text(502, ""),
        "503": _json(503, spotify_error(503, "Service unavailable")),
        "504": _text(504, "upstream request timeout", "text/plain"),
        "200-empty": _text(200, ""),
        "200-html": _text(200, "<html><body>hello</body></html>", "text/html"),
    },
    TICKETMASTER: {
        "429-quota": _json(
            429,
            ticketmaster_fault(
                "Rate limit quota violation. Quota limit  exceeded. Identifier : {apikey}",
                "policies.ratelimit.QuotaViolation",
            ),
        ),
        "429-spike": _json(
            429,
            ticketmaster_fault(
                "Spike arrest violation. Allowed rate : MessageRate{messagesPerPeriod=5, periodInMicroseconds=1000000}",
                "policies.ratelimit.SpikeArrestViolation",
            ),
        ),
        "401-key": _json(401, ticketmaster_fault("Invalid ApiKey", "oauth.v2.InvalidApiKey")),
        "401-quota": _json(401, ticketmaster_fault("Rate limit quota violation.", "policies.ratelimit.QuotaViolation")),
        "500": _text(500, "", _JSON),
        "502": _text(502, "<html><body>Bad Gateway</body></html>", "text/html"),
        "503": _text(503, "<html><body>Service Unavailable</body></html>", "text/html"),
        "504": _text(504, "<html><body>Gateway Time-out</body></html>", "text/html"),
        "200-html": _text(200, "<html><body>hello</body></html>", "text/html"),
        "200-no-page": _json(200, {"_links": {"self": {"href": "/discovery/v2/events"}}}),
    },
    SETLISTFM: {
        "429": _json(429, {"message": "Too Many Requests"}),
        "429-quota": _json(429, {"message": "Limit Exceeded"}),
        "403-forbidden": _json(403, {"message": "Forbidden"}),
        "404-2017": _json(
            404,
            {
                "timestamp": 1507422307666,
                "status": 404,
                "error": "Not Found",
                "message": "Not Found",
                "path": "/1.0/search/artists",
            },
        ),
        "500": _json(500, {"message": "Internal server error"}),
        "502": _json(502, {"message": "Bad Gateway"}),
        "503": _text(503, "<html><body>setlist.fm is down for maintenance</body></html>", "text/html"),
        "504": _json(504, {"message": "Endpoint request timed out"}),
    },
}


def shapes_of(provider: ProviderName) -> tuple[str, ...]:
    """Name every shape that a provider's answers can take."""
    return (*SHAPES[provider], HANG, SLOW, *HOSTILE)


@attrs.frozen(kw_only=True)
class Fault:
    """A provider's next answers fail: `count` of them, for `for_s` seconds, or whichever ends first.

    `shape` is a name in SHAPES or HOSTILE, HANG or SLOW; `status` alone, without a shape, answers that status with an
    empty body. HANG never answers; SLOW gives the right answer after `delay_s`. `endpoint` None means any. Without
    `for_s`, `count` None is one.
    """

    provider: ProviderName
    shape: str = ""
    status: int = HTTPStatus.BAD_GATEWAY
    count: int | None = None
    for_s: float | None = None
    endpoint: str | None = None
    retry_after: str | None = None
    delay_s: float = SLOW_S

    def response(self, apikey: str) -> Response:
        """Make the failing answer; for those of SHAPES and for a status."""
        shape = SHAPES[self.provider][self.shape] if self.shape else Shape(self.status, b"", None)
        return shape.response(self.retry_after, apikey)


class BadFault(ValueError):
    """A request for a fault that cannot be had; the text says what can."""


def read_fault(wish: Any) -> Fault:
    """Read a fault from JSON.

    Raises:
        BadFault: another shape, provider, type or key than there are.
    """
    known = {field.name: field for field in attrs.fields(Fault)}
    if not isinstance(wish, dict) or not wish.keys() <= known.keys() or wish.get("provider") not in SHAPES:
        raise BadFault(f"a fault has a provider ({', '.join(SHAPES)}) and of the rest only {', '.join(known)}")
    fields = {name: value for name, value in wish.items() if value is not None}
    shapes = shapes_of(fields["provider"])
    if ("shape" in fields) == ("status" in fields) or fields.get("shape", HANG) not in shapes:
        raise BadFault(f"a fault of {fields['provider']} has either a status or a shape out of {', '.join(shapes)}")
    if "retry_after" in fields:
        fields["retry_after"] = str(fields["retry_after"])
    whole = all(isinstance(fields.get(name, 1), int) for name in ("status", "count"))
    times = all(isinstance(fields.get(name, 1.0), int | float) for name in ("delay_s", "for_s"))
    if not whole or not times or min(fields.get(name, 1) for name in ("count", "delay_s", "for_s")) <= 0:
        raise BadFault("status and count are whole numbers from 1, delay_s and for_s are numbers of seconds")
    return Fault(**fields)


@attrs.define(eq=False)
class _Pending:
    fault: Fault
    left: int | None
    until: float


class Faults:
    """The failures that are still to come. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._pending: list[_Pending] = []

    def inject(self, fault: Fault, at: float) -> None:
        """Add failures from `at` on, after those that are already to come."""
        if fault.for_s is None:
            self._pending.append(_Pending(fault, fault.count or 1, math.inf))
        else:
            self._pending.append(_Pending(fault, fault.count, at + fault.for_s))

    def take(self, provider: ProviderName, endpoint: str, now: float) -> Fault | None:
        """Give the failure for this arrival, if any, and count it down."""
        self._pending = [pending for pending in self._pending if now < pending.until]
        for pending in self._pending:
            if pending.fault.provider == provider and pending.fault.endpoint in {None, endpoint}:
                if pending.left is not None:
                    pending.left -= 1
                    if pending.left == 0:
                        self._pending.remove(pending)
                return pending.fault
        return None

    def clear(self) -> None:
        """Call off every failure."""
        self._pending.clear()
