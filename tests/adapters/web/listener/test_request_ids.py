"""The id that every answer returns: the client's, a proxy's, or one of the daemon's."""

from pathlib import Path
from typing import Any

import pytest
import trio

from thesetd.adapters.web.control import control_app
from thesetd.adapters.web.listener.request_ids import identify, request_id_of
from thesetd.adapters.web.listener.serve import serve_unix

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([("x-request-id", "a.B-1:2/3=")], "a.B-1:2/3="),
        ([("traceparent", PARENT)], TRACE),
        ([("traceparent", PARENT.replace("00-", "01-", 1) + "-more")], TRACE),
        ([("x-request-id", "mine"), ("traceparent", PARENT)], "mine"),
        ([("x-request-id", "two words"), ("traceparent", PARENT)], TRACE),
        ([("x-request-id", "a"), ("x-request-id", "b")], "new"),
        ([("x-request-id", "")], "new"),
        ([("x-request-id", "x" * 65)], "new"),
        ([("x-request-id", "a\x1b[31m")], "new"),
        ([("traceparent", f"ff-{TRACE}-b7ad6b7169203331-01")], "new"),
        ([("traceparent", f"00-{'0' * 32}-b7ad6b7169203331-01")], "new"),
        ([("traceparent", f"00-{TRACE}-{'0' * 16}-01")], "new"),
        ([("traceparent", TRACE)], "new"),
        ([], "new"),
    ],
)
def test_what_a_request_is_called(headers: list[tuple[str, str]], expected: str) -> None:
    """Its own name first, then the trace it belongs to; what cannot stand in a log line is replaced."""
    scope: dict[str, Any] = {"headers": [(name.encode(), value.encode()) for name, value in headers]}
    assert identify(scope, lambda: "new") == expected
    assert request_id_of(scope) == expected


async def test_every_answer_returns_it(daemon: Any, connect: Any, sockets: Path, nursery: trio.Nursery) -> None:
    """Also that to a path that is none; an import passes it on."""
    await nursery.start(serve_unix, control_app(daemon.surface), sockets / "c")
    async with connect(sockets / "c") as client:
        body = b'{"artist": "Gorillaz"}'
        named = await client.ask("POST", "/imports", body, [("x-request-id", "r-1")])
        lost = await client.ask("GET", "/nothing")
    assert named.headers["x-request-id"] == "r-1"
    assert daemon.request_ids == ["r-1"]
    assert len(lost.headers["x-request-id"]) == 32
