from pathlib import Path
from typing import Any

import pytest
import trio
from prometheus_client import CollectorRegistry

from patience import LONGEST_S
from thesetd.adapters.web.listener.serve import serve_unix
from thesetd.adapters.web.standby import standby_app


class Deferral:
    """A daemon that waits for its database."""

    def readiness(self) -> dict[str, str]:
        """Name what is missing."""
        return {"database": "refused"}


@pytest.fixture
async def path(sockets: Path, nursery: trio.Nursery) -> Path:
    """Return the path of the socket of a daemon that waits."""
    await nursery.start(serve_unix, standby_app(CollectorRegistry(), Deferral()), sockets / "s")
    return sockets / "s"


@pytest.mark.parametrize("target", ["/events", "/imports/7/events"])
async def test_streams_begin(path: Path, connect: Any, target: str):
    """A stream begins and says what is waited for, since a browser never comes back from a 503."""
    async with connect(path) as client:
        await client.stream.send_all(f"GET {target} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
        text = b""
        with trio.fail_after(LONGEST_S):
            while b"\n: the daemon is starting and waits for database\n\n" not in text:
                text += await client.stream.receive_some(4096)
    assert text.startswith(b"HTTP/1.1 200")
    assert b"content-type: text/event-stream" in text
    async with connect(path) as client:
        assert (await client.ask("HEAD", target)).status == 200


@pytest.mark.parametrize("target", ["/imports", "/nothing"])
async def test_everything_else_is_told_to_come_back(path: Path, connect: Any, target: str):
    """Other requests are refused with what is waited for, and when to come back."""
    async with connect(path) as client:
        answer = await client.ask("GET", target)
        assert (answer.status, answer.headers["retry-after"]) == (503, "5")
        assert "database: refused" in answer.json["detail"]
