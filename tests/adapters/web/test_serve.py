import errno
import inspect
import socket
from pathlib import Path

import pytest
import trio
import trio.testing
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.trio.tcp_server import TCPServer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from thesetd.adapters.web.connection import Connection
from thesetd.adapters.web.serve import Limits, serve_tcp, serve_unix
from thesetd.domain.errors import ConfigError

BIG = b"x" * (4 << 20)  # more than a socket's buffers hold


async def small(_: Request) -> PlainTextResponse:
    return PlainTextResponse("small")


async def big(_: Request) -> PlainTextResponse:
    return PlainTextResponse(BIG)


class Endless(Response):
    """A response that never ends; no generator, so that nothing of the test's own is left to the garbage collector."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": BIG, "more_body": True})


async def endless(_: Request) -> Response:
    return Endless()


async def echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


APP = Starlette(
    routes=[
        Route("/small", small, methods=["GET", "POST"]),
        Route("/big", big),
        Route("/endless", endless),
        Route("/echo", echo, methods=["POST"]),
    ]
)


class Running:
    """A listener on a Unix socket that can be ended, and says when it has."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.scope = trio.CancelScope()
        self.ended = trio.Event()

    async def run(self, limits: Limits, *, task_status) -> None:
        with self.scope:
            await serve_unix(APP, self.path, limits=limits, task_status=task_status)
        self.ended.set()


@pytest.fixture
def start(sockets: Path, nursery):
    """Give the way to start serving APP within some limits."""

    async def started(**limits: float) -> Running:
        running = Running(sockets / "s")
        await nursery.start(running.run, Limits(**limits))
        return running

    return started


@pytest.fixture
def serve(start):
    """Give the way to serve APP when only the path matters."""

    async def started(**limits: float) -> Path:
        return (await start(**limits)).path

    return started


async def test_tcp(connect, nursery):
    """On TCP port 0 a free port is taken and reported, and answers."""
    address = await nursery.start(serve_tcp, APP, "127.0.0.1", 0)
    async with connect(address) as client:
        assert (await client.ask("GET", "/small")).body == b"small"


async def test_tcp_ipv6(connect, nursery):
    """An IPv6 address is reported in brackets."""
    with socket.socket(socket.AF_INET6) as probe:
        if probe.connect_ex(("::1", 9)) == errno.EADDRNOTAVAIL:
            pytest.skip("this machine has no IPv6")
    address = await nursery.start(serve_tcp, APP, "::1", 0)
    assert address.startswith("[::1]:")


async def test_tcp_taken(nursery):
    """An address that is taken, or is not this machine's, is refused with one clear line."""
    address = await nursery.start(serve_tcp, APP, "127.0.0.1", 0)
    port = int(address.rsplit(":", 1)[1])
    with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1:{port} .*in use.*choose another"):
        await serve_tcp(APP, "127.0.0.1", port)
    with pytest.raises(ConfigError, match=r"cannot listen on 192\.0\.2\.1:1 "):
        await serve_tcp(APP, "192.0.2.1", 1)


@pytest.mark.parametrize("route", ["/big", "/endless"])
async def test_stuck_reader_does_not_block_the_end(start, connect, route: str):
    """A client that asks and never reads does not keep the listener from ending at once."""
    running = await start(write_timeout_s=60)
    async with connect(running.path) as client:
        await client.send("GET", route)
        await trio.testing.wait_all_tasks_blocked(0.05)
        running.scope.cancel()
        with trio.fail_after(2):
            await running.ended.wait()


@pytest.mark.parametrize("route", ["/big", "/endless"])
async def test_stuck_reader_is_cut_off(serve, connect, nursery, route: str):
    """A client that does not read is gone after the write deadline, and others are served meanwhile."""
    path = await serve(write_timeout_s=0.3, connections=2)
    async with connect(path) as stuck:
        await stuck.send("GET", route)
        async with connect(path) as other:
            assert (await other.ask("GET", "/small")).status == 200
        with trio.fail_after(3):
            received = 0
            await trio.sleep(0.4)
            while piece := await stuck.stream.receive_some(1 << 20):
                received += len(piece)
        assert received < len(BIG)


@pytest.mark.parametrize("target", ["/small", "/nowhere"])
async def test_flood_of_a_body_nobody_reads(serve, connect, nursery, target: str):
    """An answer comes although the application reads none of the 10 MB that the client sends, and the place is free again."""
    path = await serve(connections=1)
    for _ in range(3):
        async with connect(path) as client, trio.open_nursery() as flood:
            await client.stream.send_all(
                f"POST {target} HTTP/1.1\r\nhost: x\r\ncontent-length: 10000000\r\n\r\n".encode()
            )
            flood.start_soon(send_until_cut, client.stream)
            with trio.fail_after(5):
                assert (await client.stream.receive_some(12)) in {b"HTTP/1.1 200", b"HTTP/1.1 404"}
            flood.cancel_scope.cancel()
        with trio.fail_after(3):
            while await small_status(path, connect) != 200:
                pass


async def send_until_cut(stream: trio.SocketStream) -> None:
    """Send a body for as long as the other side takes it."""
    try:
        for _ in range(100):
            await stream.send_all(b"x" * 100_000)
    except trio.BrokenResourceError:
        return


async def test_body_is_bounded(serve, connect, nursery):
    """The application sees one byte more than the bound at most, however much is sent."""
    path = await serve()
    for size, seen in ((0, 0), (1, 1), (65_536, 65_536), (65_537, 65_537), (300_000, 65_537)):
        async with connect(path) as client:
            assert (await client.ask("POST", "/echo", b"x" * size)).body == str(seen).encode()


async def test_cap_on_connections(serve, connect, nursery):
    """Beyond the cap a client is told that the daemon is busy; a place that becomes free is given again."""
    path = await serve(connections=2)
    async with connect(path) as first, connect(path) as second:
        assert (await first.ask("GET", "/small")).status == 200
        assert (await second.ask("GET", "/small")).status == 200
        async with connect(path) as third:
            answer = await third.ask("GET", "/small")
            assert (answer.status, answer.json["status"], answer.headers["retry-after"]) == (503, 503, "2")
    with trio.fail_after(3):
        while (status := await small_status(path, connect)) != 200:
            assert status == 503


async def small_status(path: Path, connect) -> int:
    """Ask on a connection of its own."""
    async with connect(path) as client:
        return (await client.ask("GET", "/small")).status


@pytest.mark.parametrize("sent", [b"", b"GET /small HTTP/1.1\r\nhost", b"POST /echo HTTP/1.1\r\n"])
async def test_slow_head_is_cut_off(serve, connect, nursery, sent: bytes):
    """A connection on which no request becomes complete ends after the idle time."""
    path = await serve(idle_timeout_s=0.2)
    async with connect(path) as client:
        if sent:
            await client.stream.send_all(sent)
        with trio.fail_after(3):
            assert await client.stream.receive_some(100) == b""


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"GET /small HTTP/1.1\r\nhost: x\r\na: " + b"x" * 200_000 + b"\r\n\r\n", b"HTTP/1.1 431"),
        (b"GET /" + b"x" * 40_000, b"HTTP/1.1 431"),
        (b"\x00\xff\r\n\r\n", b"HTTP/1.1 400"),
        (b"GET /small HTTP/1.1\r\n\r\n", b"HTTP/1.1 400"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"HTTP/1.1 4"),
        (b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: x\r\n\r\n", b"HTTP/1.1 501"),
        (
            b"GET /small HTTP/1.1\r\nhost: x\r\nupgrade: h2c\r\nconnection: upgrade, http2-settings\r\n"
            b"http2-settings: \r\n\r\n",
            b"HTTP/1.1 200",
        ),
        (
            b"GET /small HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n"
            b"sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
            b"HTTP/1.1 4",
        ),
    ],
)
async def test_odd_requests(serve, connect, nursery, caplog, sent: bytes, answer: bytes):
    """What is no good HTTP/1.1 request gets an answer in HTTP/1.1, and the listener goes on without a word in the log."""
    path = await serve()
    async with connect(path) as client:
        with trio.fail_after(3):
            await client.stream.send_all(sent)
            assert (await client.stream.receive_some(1000)).startswith(answer)
    async with connect(path) as client:
        assert (await client.ask("GET", "/small")).status == 200
    assert caplog.text == ""


async def test_clients_that_vanish(serve, connect, nursery, caplog):
    """Clients that leave at any moment leave nothing behind: no task, no log line, no place taken."""
    path = await serve(connections=4)
    before = trio.lowlevel.current_statistics().tasks_living
    for route in ("/small", "/big", "/endless"):
        for _ in range(10):
            async with connect(path) as client:
                await client.send("GET", route)
            await trio.testing.wait_all_tasks_blocked()
    assert trio.lowlevel.current_statistics().tasks_living == before
    assert caplog.text == ""


async def test_fault_of_a_connection(serve, connect, nursery, caplog, monkeypatch):
    """An error in one connection's own code is logged, and the next connection is served."""
    path = await serve()
    run = Connection.run

    async def fail(_: Connection) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Connection, "run", fail)
    async with connect(path) as client:
        assert await client.stream.receive_some(10) == b""
    assert "a connection ended with an error" in caplog.text
    monkeypatch.setattr(Connection, "run", run)
    async with connect(path) as client:
        assert (await client.ask("GET", "/small")).status == 200


def test_what_is_overridden_still_exists():
    """hypercorn still has the methods that are overridden, still with one way in for data, and still shields its writes."""
    assert list(inspect.signature(TCPServer.protocol_send).parameters) == ["self", "event"]
    assert list(inspect.signature(H11Protocol._check_protocol).parameters) == ["self", "event"]
    assert {"_read_data", "_idle_timeout", "_close", "run"} <= vars(TCPServer).keys()
    source = inspect.getsource(TCPServer)
    assert source.count("send_all") == 1
    assert "shield = True" in inspect.getsource(TCPServer.protocol_send), (
        "the cure may be dropped: hypercorn has its own"
    )
