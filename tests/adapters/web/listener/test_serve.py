import errno
import gc
import inspect
import os
import socket
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.trio.tcp_server import TCPServer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from patience import LONGEST_S
from thesetd.adapters.web.listener.connection import HttpConnection
from thesetd.adapters.web.listener.serve import ListenerLimits, serve_tcp, serve_unix, tls_context
from thesetd.domain.errors import ConfigError, ListenerUnavailable

BIG = b"x" * (4 << 20)  # more than a socket's buffers hold


async def small(_: Request) -> PlainTextResponse:
    """Answer without reading the body."""
    return PlainTextResponse("small")


async def big(_: Request) -> PlainTextResponse:
    """Answer with more than a socket's buffers hold."""
    return PlainTextResponse(BIG)


async def patient(_: Request) -> PlainTextResponse:
    """Answer without reading the body, when as much of it as may has come."""
    await trio.testing.wait_all_tasks_blocked(0.05)
    return PlainTextResponse("patient")


class Forever:
    """Pieces without end; no generator, so that nothing of the test's own is left to the garbage collector."""

    def __aiter__(self) -> "Forever":
        return self

    async def __anext__(self) -> bytes:
        return BIG


async def endless(_: Request) -> StreamingResponse:
    """Answer without end."""
    return StreamingResponse(Forever())


class Silent:
    """No piece, and no end."""

    def __aiter__(self) -> "Silent":
        return self

    async def __anext__(self) -> bytes:
        await trio.sleep_forever()
        raise AssertionError


async def silent(_: Request) -> StreamingResponse:
    """Answer with nothing but a head."""
    return StreamingResponse(Silent())


async def echo(request: Request) -> PlainTextResponse:
    """Tell how much of the body was seen."""
    return PlainTextResponse(str(len(await request.body())))


APP = Starlette(
    routes=[
        Route("/small", small, methods=["GET", "POST"]),
        Route("/patient", patient, methods=["POST"]),
        Route("/big", big),
        Route("/endless", endless),
        Route("/silent", silent),
        Route("/echo", echo, methods=["POST"]),
    ]
)


class Running:
    """A listener on a Unix socket that can be ended, and says when it has."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.scope = trio.CancelScope()
        self.ended = trio.Event()

    async def run(self, limits: ListenerLimits, *, task_status: Any) -> None:
        """Serve until ended."""
        with self.scope:
            await serve_unix(APP, self.path, limits=limits, task_status=task_status)
        self.ended.set()


@pytest.fixture
def start(sockets: Path, nursery: trio.Nursery):
    """Give the way to start serving APP within some limits."""

    async def started(**limits: float) -> Running:
        running = Running(sockets / "s")
        await nursery.start(running.run, ListenerLimits(**limits))
        return running

    return started


@pytest.fixture
def serve(start: Any):
    """Give the way to serve APP when only the path matters."""

    async def started(**limits: float) -> Path:
        return (await start(**limits)).path

    return started


async def test_tcp(connect: Any, nursery: trio.Nursery):
    """On TCP port 0 a free port is taken and reported, and answers."""
    address = await nursery.start(serve_tcp, APP, "127.0.0.1", 0)
    async with connect(address) as client:
        assert (await client.ask("GET", "/small")).body == b"small"


async def test_tcp_ipv6(connect: Any, nursery: trio.Nursery):
    """An IPv6 address is reported in brackets."""
    with socket.socket(socket.AF_INET6) as probe:
        if probe.connect_ex(("::1", 9)) == errno.EADDRNOTAVAIL:
            pytest.skip("this machine has no IPv6")
    address = await nursery.start(serve_tcp, APP, "::1", 0)
    assert address.startswith("[::1]:")


async def test_tcp_taken(nursery: trio.Nursery):
    """An address that is taken is refused with one clear line."""
    address = await nursery.start(serve_tcp, APP, "127.0.0.1", 0)
    port = int(address.rsplit(":", 1)[1])
    with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1:{port} .*in use.*choose another"):
        await serve_tcp(APP, "127.0.0.1", port)


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "fe80::1%late0", "late.invalid"])
async def test_an_address_that_may_come(host: str):
    """An address or name that is not this machine's now is no fault: its interface may come up later."""
    with pytest.raises(ListenerUnavailable, match=r"cannot listen on .*:1 \(.*not on this machine yet"):
        await serve_tcp(APP, host, 1)


async def test_a_key_that_is_a_pipe(tmp_path: Path):
    """A certificate or key is not opened if it is no regular file."""
    os.mkfifo(tmp_path / "key.pem")
    with pytest.raises(ConfigError, match=r"http.tls_certificate: .* \(it is a pipe, not a regular file"):
        tls_context(tmp_path / "none.pem", tmp_path / "key.pem")


@pytest.mark.parametrize("route", ["/big", "/endless"])
async def test_stuck_reader_does_not_block_the_end(start: Any, connect: Any, route: str):
    """A client that asks and never reads does not keep the listener from ending at once."""
    running = await start(write_timeout_s=10 * LONGEST_S)
    async with connect(running.path) as client:
        await client.send("GET", route)
        await trio.testing.wait_all_tasks_blocked(0.05)
        running.scope.cancel()
        with trio.fail_after(LONGEST_S):
            await running.ended.wait()


@pytest.mark.parametrize("route", ["/big", "/endless"])
async def test_stuck_reader_is_cut_off(serve: Any, connect: Any, route: str):
    """A client that does not read is gone after the write deadline, and its place is free again."""
    path = await serve(write_timeout_s=0.3, connections=1)
    async with connect(path) as stuck:
        await stuck.send("GET", route)
        await trio.testing.wait_all_tasks_blocked(0.05)
        with trio.fail_after(LONGEST_S):
            while await small_status(path, connect) != 200:
                pass
            received = 0
            while piece := await stuck.stream.receive_some(1 << 20):
                received += len(piece)
        assert received < len(BIG)


async def test_stuck_reader_does_not_disturb_others(serve: Any, connect: Any):
    """While clients do not read, others are served."""
    path = await serve(write_timeout_s=60)
    async with connect(path) as first, connect(path) as second:
        await first.send("GET", "/big")
        await second.send("GET", "/endless")
        await trio.testing.wait_all_tasks_blocked()
        assert await small_status(path, connect) == 200


@pytest.mark.parametrize(
    ("request_line", "length"), [("GET /small", 5), ("HEAD /small", 0), ("GET /missing", 9), ("POST /echo", 1)]
)
async def test_a_reply_is_one_write(
    serve: Any, connect: Any, monkeypatch: pytest.MonkeyPatch, request_line: str, length: int
):
    """Its head waits for its body, so that it costs one turn, and wakes the client once."""
    writes, write = [], HttpConnection.write

    async def counted(self: HttpConnection, data: bytes) -> None:
        writes.append(data)
        await write(self, data)

    monkeypatch.setattr(HttpConnection, "write", counted)
    async with connect(await serve()) as client:
        for served in (1, 2):
            await client.stream.send_all(f"{request_line} HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n".encode())
            reply = await client.stream.receive_some()
            assert len(reply.partition(b"\r\n\r\n")[2]) == length
            assert len(writes) == served


async def test_the_head_of_a_stream_waits_for_nothing(serve: Any, connect: Any):
    """It may be silent for long, and its client learns at once that it has begun."""
    async with connect(await serve()) as client:
        await client.stream.send_all(b"GET /silent HTTP/1.1\r\nhost: a\r\n\r\n")
        with trio.fail_after(LONGEST_S):
            assert (await client.stream.receive_some()).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("target", ["/small", "/patient", "/nowhere"])
async def test_flood_of_a_body_nobody_reads(serve: Any, connect: Any, nursery: trio.Nursery, target: str):
    """An answer comes though the application reads none of the 10 GB that come, and the place is free again."""
    path = await serve(connections=1)
    head = f"POST {target} HTTP/1.1\r\nhost: x\r\ncontent-length: 10000000000\r\n\r\n"
    async with connect(path) as client, trio.open_nursery() as flood:
        await client.stream.send_all(head.encode())
        flood.start_soon(send_until_cut, client.stream)
        with trio.fail_after(LONGEST_S):
            assert (await client.stream.receive_some(12)) in {b"HTTP/1.1 200", b"HTTP/1.1 404"}
            while await small_status(path, connect) != 200:
                pass
        flood.cancel_scope.cancel()


async def send_until_cut(stream: trio.SocketStream) -> None:
    """Send a body for as long as the other side takes it."""
    try:
        for _ in range(100):
            await stream.send_all(b"x" * 100_000)
    except trio.BrokenResourceError:
        return


async def test_body_is_bounded(serve: Any, connect: Any):
    """The application sees one byte more than the bound at most, however much is sent."""
    path = await serve()
    for size, seen in ((0, 0), (1, 1), (65_536, 65_536), (65_537, 65_537), (300_000, 65_537)):
        async with connect(path) as client:
            assert (await client.ask("POST", "/echo", b"x" * size)).body == str(seen).encode()


async def test_cap_on_connections(serve: Any, connect: Any):
    """Beyond the cap a client is told that the daemon is busy; a place that becomes free is given again."""
    path = await serve(connections=2)
    async with connect(path) as first, connect(path) as second:
        for client in (first, second):
            await client.send("GET", "/endless")
        await trio.testing.wait_all_tasks_blocked(0.05)
        async with connect(path) as third:
            answer = await third.ask("GET", "/small")
            assert (answer.status, answer.json["status"], answer.headers["retry-after"]) == (503, 503, "2")
    with trio.fail_after(LONGEST_S):
        while (status := await small_status(path, connect)) != 200:
            assert status == 503


@pytest.mark.parametrize("sent", [b"", b"GET /small HTT", b"GET /small HTTP/1.1\r\nhost: x\r\n\r\n"])
async def test_idle_connections_make_room(serve: Any, connect: Any, sent: bytes):
    """At the cap the connection that has been idle longest is closed for a new one: silent, half a head, or kept."""
    path = await serve(connections=8)
    async with AsyncExitStack() as stack:
        silent = []
        for _ in range(8):
            client = await stack.enter_async_context(connect(path))
            await client.stream.send_all(sent or b"")
            silent.append(client)
            await trio.testing.wait_all_tasks_blocked(0.01)
        assert [await small_status(path, connect) for _ in range(4)] == [200] * 4
        with trio.fail_after(LONGEST_S):
            while await silent[0].stream.receive_some(1000):
                pass
        await silent[-1].stream.send_all(b"GET /small HTTP/1.1\r\nhost: x\r\n\r\n"[len(sent) % 38 :])
        with trio.fail_after(LONGEST_S):
            assert (await silent[-1].stream.receive_some(12)) == b"HTTP/1.1 200"


@pytest.mark.parametrize("sent", [b"", b"GET /small HTTP/1.1\r\nhost:"])
async def test_half_a_head_costs_one_task(serve: Any, connect: Any, sent: bytes):
    """A client that has not sent a whole head costs one task, so that a flood of them keeps nobody waiting."""
    path = await serve()
    before = trio.lowlevel.current_statistics().tasks_living
    async with AsyncExitStack() as stack:
        for _ in range(20):
            client = await stack.enter_async_context(connect(path))
            await client.stream.send_all(sent)
        await trio.testing.wait_all_tasks_blocked(0.05)
        assert trio.lowlevel.current_statistics().tasks_living == before + 20
        await client.stream.send_all(b"GET /small HTTP/1.1\r\nhost: x\r\n\r\n"[len(sent) :])
        with trio.fail_after(LONGEST_S):
            assert (await client.stream.receive_some(12)) == b"HTTP/1.1 200"


async def test_a_head_in_single_bytes(serve: Any, connect: Any):
    """A head may come byte by byte, whichever line ends it has; the next on the same connection as well."""
    path = await serve()
    async with connect(path) as client:
        for head in (b"GET /small HTTP/1.1\r\nhost: x\r\n\r\n", b"GET /small HTTP/1.1\nhost: x\n\n"):
            for byte in head:
                await client.stream.send_all(bytes([byte]))
                await trio.testing.wait_all_tasks_blocked()
            with trio.fail_after(LONGEST_S):
                assert (await client.stream.receive_some(4096)).startswith(b"HTTP/1.1 200")


HEADERS = b"".join(b"h%d: %b\r\n" % (number, b"x" * 90) for number in range(250))


@pytest.mark.parametrize(
    "head",
    [
        b"GET /small HTTP/1.1\r\nhost: x\r\n%b\r\n" % HEADERS,
        b"HEAD /small HTTP/1.1\r\nhost: x\r\n%b\r\n" % HEADERS,
        b"GET /small?%b HTTP/1.1\r\nhost: x\r\n\r\n" % (b"x" * 20_000),
        b"GET /small HTTP/1.1\r\nhost: x\r\n\r\nGET /small HTTP/1.1\r\nhost: x\r\n%b\r\n" % HEADERS,
    ],
)
@pytest.mark.parametrize("pieces", [1, 7])
async def test_large_head(serve: Any, connect: Any, head: bytes, pieces: int):
    """A head beyond the bound is refused with a problem document, also one that arrives in a single read."""
    path = await serve()
    size = len(head) // pieces + 1
    async with connect(path) as client:
        with suppress(trio.BrokenResourceError):  # the rest is not wanted
            for start in range(0, len(head), size):
                await client.stream.send_all(head[start : start + size])
                await trio.testing.wait_all_tasks_blocked()
        answer = b""
        with trio.fail_after(LONGEST_S):
            while piece := await client.stream.receive_some(65536):
                answer += piece
    assert b"HTTP/1.1 431 " in answer
    assert b"urn:thesetd:problem:" in answer or head.startswith(b"HEAD")


async def small_status(path: Path, connect: Any) -> int:
    """Ask on a connection of its own."""
    async with connect(path) as client:
        return (await client.ask("GET", "/small")).status


@pytest.mark.parametrize("sent", [b"", b"GET /small HTTP/1.1\r\nhost", b"POST /echo HTTP/1.1\r\n"])
async def test_slow_head_is_cut_off(serve: Any, connect: Any, sent: bytes):
    """A connection on which no request becomes complete ends after the idle time."""
    path = await serve(idle_timeout_s=0.2)
    async with connect(path) as client:
        with trio.fail_after(LONGEST_S), suppress(trio.BrokenResourceError):  # it may end before we have sent
            if sent:
                await client.stream.send_all(sent)
            assert await client.stream.receive_some(100) == b""


UPGRADE_TO_HTTP2 = b"""\
GET /small HTTP/1.1\r
host: x\r
upgrade: h2c\r
connection: upgrade, http2-settings\r
http2-settings: \r
\r
"""
UPGRADE_TO_WEBSOCKET = b"""\
GET /small HTTP/1.1\r
host: x\r
upgrade: websocket\r
connection: upgrade\r
sec-websocket-version: 13\r
sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r
\r
"""
TWO_LENGTHS = b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: x\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"GET /small HTTP/1.1\r\nhost: x\r\na: " + b"x" * 200_000 + b"\r\n\r\n", b"HTTP/1.1 431"),
        (b"GET /" + b"x" * 200_000, b"HTTP/1.1 431"),
        (b"\x00\xff\r\n\r\n", b"HTTP/1.1 400"),
        (b"GET /small HTTP/1.1\r\n\r\n", b"HTTP/1.1 400"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"HTTP/1.1 4"),
        (TWO_LENGTHS, b"HTTP/1.1 501"),
        (UPGRADE_TO_HTTP2, b"HTTP/1.1 200"),
        (UPGRADE_TO_WEBSOCKET, b"HTTP/1.1 4"),
    ],
)
async def test_odd_requests(serve: Any, connect: Any, caplog: pytest.LogCaptureFixture, sent: bytes, answer: bytes):
    """What is no good HTTP/1.1 request is answered in HTTP/1.1, and the listener goes on without a word in the log."""
    path = await serve()
    async with connect(path) as client:
        with trio.fail_after(LONGEST_S):
            await client.stream.send_all(sent)
            assert (await client.stream.receive_some(1000)).startswith(answer)
    async with connect(path) as client:
        assert (await client.ask("GET", "/small")).status == 200
    assert caplog.text == ""


async def test_clients_that_vanish(serve: Any, connect: Any, caplog: pytest.LogCaptureFixture):
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


async def test_fault_of_a_connection(
    serve: Any, connect: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    """An error in one connection's own code is logged, and the next connection is served."""
    path = await serve()
    run = HttpConnection.run

    async def fail(_: HttpConnection) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(HttpConnection, "run", fail)
    async with connect(path) as client:
        await client.send("GET", "/small")
        assert await client.stream.receive_some(10) == b""
    assert "a connection ended with an error" in caplog.text
    monkeypatch.setattr(HttpConnection, "run", run)
    async with connect(path) as client:
        assert (await client.ask("GET", "/small")).status == 200


async def test_an_ended_connection_is_freed_at_once(serve: Any, connect: Any):
    """Nothing of it is left to the garbage collector."""

    def connections() -> list[HttpConnection]:
        return [one for one in gc.get_objects() if type(one) is HttpConnection]

    def alive() -> int:
        return sum(id(one) not in others for one in connections())

    path = await serve()
    earlier = connections()  # of other tests; kept, or the garbage collector might free them in between
    others = {id(one) for one in earlier}
    for target in ("/small", "/big", "/endless"):
        async with connect(path) as client:
            await client.send("GET", target)
            await client.stream.receive_some(1)
            assert alive() == 1
        with trio.fail_after(LONGEST_S):
            while alive():
                await trio.lowlevel.checkpoint()


def test_what_is_overridden_still_exists():
    """What is overridden in hypercorn is still there, data still goes out in one place, and still under a shield."""
    assert list(inspect.signature(TCPServer.protocol_send).parameters) == ["self", "event"]
    assert list(inspect.signature(H11Protocol._check_protocol).parameters) == ["self", "event"]
    assert {"_read_data", "_idle_timeout", "_close", "run"} <= vars(TCPServer).keys()
    source = inspect.getsource(TCPServer)
    assert source.count("send_all") == 1
    assert "shield = True" in inspect.getsource(TCPServer.protocol_send), (
        "the cure may be dropped: hypercorn has its own"
    )
