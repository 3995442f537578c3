"""Determines the id of a request: one given by the client or a proxy, else a new one.

It is taken from `X-Request-Id`, or is the trace id of a W3C `traceparent`, and every answer returns it as
`X-Request-Id`. A job keeps the id of the request that created it, and passes it on to its calls.

Source: https://www.w3.org/TR/trace-context/#traceparent-header (version-traceid-parentid-flags), read 2026-11-29.

Tested in tests/adapters/web/listener/test_request_ids.py
"""

import re
from collections.abc import Callable, Iterable
from secrets import token_hex

from starlette.types import Message, Scope, Send

HEADER = b"x-request-id"
_PLAIN = re.compile(rb"([A-Za-z0-9][A-Za-z0-9._:/+=-]{0,63})")
_TRACEPARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")
_BYTES = 16
_STATE = "request_id"


def identify(scope: Scope, new_id: Callable[[], str] = lambda: token_hex(_BYTES)) -> str:
    """Return the id of a request; `request_id_of` returns it from then on."""
    found = _named(scope["headers"]) or new_id()
    scope.setdefault("state", {})[_STATE] = found
    return found


def request_id_of(scope: Scope) -> str | None:
    """Return the id of a request, None if no listener has assigned one."""
    found: str | None = scope.get("state", {}).get(_STATE)
    return found


def returning(send: Send, request_id: str) -> Send:
    """Return a `send` function that adds the id to the answer."""

    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), (HEADER, request_id.encode())]}
        await send(message)

    return answer


def _named(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    for name, pattern in ((HEADER, _PLAIN), (b"traceparent", _TRACEPARENT)):
        values = [value for key, value in headers if key == name]
        if len(values) == 1 and (match := pattern.fullmatch(values[0])):
            return match[1].decode()
    return None
