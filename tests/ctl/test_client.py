import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from patience import LONGEST_S
from thesetd.ctl import client, doors
from thesetd.ctl.client import DaemonClient
from thesetd.ctl.doors import SocketDoor
from thesetd.ctl.failures import Broken, ProblemReply, Unreachable
from thesetd.ports.surface import routes


@contextmanager
def answering(path: Path, answer: bytes, *, reset: bool = False) -> Iterator[None]:
    """Answer one connection with these bytes, whatever it asks."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def serve() -> None:
            peer, _ = listener.accept()
            with peer:
                if not reset:
                    peer.recv(65536)
                peer.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield
        thread.join(LONGEST_S)


def ok(body: bytes, content_type: str = "application/json", status: str = "200 OK") -> bytes:
    """Make an answer."""
    head = f"HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def stream(body: bytes) -> bytes:
    """Make a chunked stream of events that ends as it should."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    return head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


@pytest.fixture
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a path short enough for a socket."""
    return tmp_path_factory.mktemp("k") / "s"


def test_absent(path: Path) -> None:
    """Where nothing is, the text says how to start a daemon or name another socket."""
    with pytest.raises(Unreachable, match=f"no daemon at {path}.*thesetd run.*--socket"):
        DaemonClient(SocketDoor(path)).ask(routes.SHOW_HEALTH)


def test_dead(path: Path) -> None:
    """A socket that nobody listens on was left by a dead daemon."""
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with pytest.raises(Unreachable, match="no daemon is listening"):
        DaemonClient(SocketDoor(path)).ask(routes.SHOW_HEALTH)


def test_no_socket(path: Path) -> None:
    """A file that is no socket refuses connections, too; no daemon has left it there."""
    path.write_text("")
    with pytest.raises(Unreachable, match=f"{path} is not a socket: name the daemon's socket with --socket"):
        DaemonClient(SocketDoor(path)).ask(routes.SHOW_HEALTH)


def test_too_long() -> None:
    """A path that no socket can have is said to be so."""
    with pytest.raises(Unreachable, match="too long"):
        DaemonClient(SocketDoor(Path("/tmp") / ("x" * 120))).ask(routes.SHOW_HEALTH)


def test_not_permitted(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without permission the text names the group that has it."""
    path.write_text("")

    def refuse(_: doors.UnixConnection) -> None:
        raise PermissionError

    monkeypatch.setattr(doors.UnixConnection, "connect", refuse)
    with pytest.raises(Unreachable, match=r"not permitted to use .*: join the group '"):
        DaemonClient(SocketDoor(path)).ask(routes.SHOW_HEALTH)


def test_full_backlog_is_tried_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full backlog is waited for; a place that becomes free is taken."""
    fillers: list[socket.socket] = []
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(0)
        while True:
            filler = socket.socket(socket.AF_UNIX)
            filler.setblocking(False)
            fillers.append(filler)
            if filler.connect_ex(str(path)):
                break

        def free_one(_: float) -> None:
            listener.accept()[0].close()

        monkeypatch.setattr(doors.time, "sleep", free_one)
        connection = doors.UnixConnection(path, 5)
        connection.connect()
        connection.close()
    for filler in fillers:
        filler.close()


def test_full_backlog_for_too_long(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After two seconds a full backlog is said to be one."""
    clock = iter(range(100))
    slept: list[float] = []

    def full(self: socket.socket, _: str) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(doors.time, "monotonic", lambda: next(clock) / 2)
    monkeypatch.setattr(doors.time, "sleep", slept.append)
    monkeypatch.setattr(doors.socket, "socket", type("Full", (socket.socket,), {"connect": full}))
    with pytest.raises(Unreachable, match="too busy"):
        DaemonClient(SocketDoor(path)).ask(routes.SHOW_HEALTH)
    assert len(slept) == 3


def test_not_http(path: Path) -> None:
    """Somebody else's socket is recognised."""
    with answering(path, b"220 mail ready\r\n"), pytest.raises(Unreachable, match="does not speak HTTP"):
        DaemonClient(SocketDoor(path)).ask(routes.SHOW_HEALTH)


@pytest.mark.parametrize(
    "answer",
    [b"", ok(b'{"a": 1}')[:-3], ok(b"{"), ok(b"\xff"), b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200 + b"\r\n"],
)
def test_broken(path: Path, answer: bytes) -> None:
    """An answer that is cut off, or makes no sense, is a broken connection."""
    with answering(path, answer), pytest.raises(Broken):
        DaemonClient(SocketDoor(path)).ask(routes.SHOW_HEALTH)


def test_silent(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon that says nothing is not waited for for ever."""
    monkeypatch.setattr(client, "ANSWER_TIMEOUT_S", 0.05)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        with pytest.raises(Broken, match="no response"):
            DaemonClient(SocketDoor(path)).ask(routes.SHOW_HEALTH)


def test_refusal(path: Path) -> None:
    """A problem document becomes a refusal that carries it."""
    body = b'{"status": 409, "detail": "two artists", "candidates": []}'
    with answering(path, ok(body, "application/problem+json", "409 Conflict")), pytest.raises(ProblemReply) as caught:
        DaemonClient(SocketDoor(path)).ask(routes.SUBMIT_IMPORT, {"artist": "x"})
    assert (str(caught.value), caught.value.status) == ("two artists", 409)
    assert caught.value.document["candidates"] == []


@pytest.mark.parametrize("body", [b"", b"oops", b"[]"])
def test_refusal_without_document(path: Path, body: bytes) -> None:
    """An error status without a problem document is still told."""
    with answering(path, ok(body, "text/plain", "502 Bad Gateway")), pytest.raises(ProblemReply, match="status 502"):
        DaemonClient(SocketDoor(path)).ask(routes.SHOW_HEALTH)


def test_early_refusal(path: Path) -> None:
    """A refusal that comes before the body was read, with the connection closed, is read nevertheless."""
    answer = ok(b'{"detail": "too large"}', "application/problem+json", "413 Content Too Large")
    with answering(path, answer, reset=True), pytest.raises(ProblemReply, match="too large"):
        DaemonClient(SocketDoor(path)).ask(routes.SUBMIT_IMPORT, {"artist": "x" * (4 << 20)})


def test_health_with_faults_is_an_answer(path: Path) -> None:
    """The checks that come with a 503 are read as any answer."""
    with answering(
        path, ok(b'{"ready": false, "version": "1", "checks": {}, "new": 1}', status="503 Service Unavailable")
    ):
        found = DaemonClient(SocketDoor(path)).ask(routes.SHOW_HEALTH)
    assert found == {"ready": False, "version": "1", "checks": {}}
    assert found.raw == {**found, "new": 1}  # as --json prints it, whatever a newer daemon adds


def test_an_answer_of_another_form_is_told(path: Path) -> None:
    """A document without a member that its class has is not drawn with holes."""
    with answering(path, ok(b'{"ready": true}')), pytest.raises(Broken, match=r"unexpected response.*'version'"):
        DaemonClient(SocketDoor(path)).ask(routes.SHOW_HEALTH)


@pytest.mark.parametrize(
    ("body", "items"),
    [
        (b"", []),
        (b"retry: 1000\n\n", []),
        (b":\n\n", [None]),
        (b'id: 1\nevent: progress\ndata: {"seq":1}\n\n', [{"seq": 1}]),
        (b'data: {"seq":\ndata: 1}\n\n:\n\ndata:{"seq":2}\n\n', [{"seq": 1}, None, {"seq": 2}]),
        (b'data: {"seq":1}\r\n\r\n', [{"seq": 1}]),
        (b'data: {"seq":1}\n\ndata: {"seq":2}\n', [{"seq": 1}]),
    ],
)
def test_stream(path: Path, body: bytes, items: list[Any]) -> None:
    """Events, comments and empty blocks are read as the standard says; an event that is not complete is none."""
    with answering(path, stream(body)), DaemonClient(SocketDoor(path)).stream("/events", 7) as events:
        assert list(events) == items


def test_stream_tells_where_it_continues(server: Any) -> None:
    """The last event that was seen goes with the request."""
    job_id = server.add_job("Gorillaz")
    server.finish(job_id)
    with DaemonClient(SocketDoor(server.path)).stream(f"/imports/{job_id}/events", 4) as events:
        assert [event["seq"] for event in events if event] == [5, 6]


def test_stream_cut_off(path: Path) -> None:
    """A stream that is cut within an event ends without it, or is broken; it never gives half an event."""
    whole = stream(b'data: {"seq":1}\n\ndata: {"seq":2}\n\n')
    for length in range(len(whole)):
        path.unlink(missing_ok=True)
        with answering(path, whole[:length]):
            seen: list[Any] = []
            try:
                with DaemonClient(SocketDoor(path)).stream("/events", None) as events:
                    seen.extend(events)
            except (Broken, Unreachable):
                pass
            assert seen in ([], [{"seq": 1}], [{"seq": 1}, {"seq": 2}])
