"""Where log lines go, and what becomes of them where that is broken."""

import os
import select
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from thesetd.adapters.log_sinks import PATIENCE_S, Journal, StreamSink, is_journal

LINE = "x" * 1000


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Yield both ends of a pipe."""
    reading, writing = os.pipe()
    yield reading, writing
    for end in (reading, writing):
        try:
            os.close(end)
        except OSError:
            continue


def test_a_full_pipe_loses_lines_and_gets_them_again(pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing blocks for longer than the patience, once; when there is room lines come again, whole."""
    reading, writing = pipe
    sink, waits = StreamSink(writing), list[float]()
    make = select.poll

    class Poll:
        """Keeps how long it was to wait."""

        def __init__(self) -> None:
            self._poll = make()
            self.register = self._poll.register

        def poll(self, timeout_ms: float) -> object:
            """Wait."""
            waits.append(timeout_ms / 1000)
            return self._poll.poll(timeout_ms)

    monkeypatch.setattr(select, "poll", Poll)
    while sink.write(LINE):
        continue
    assert set(waits) == {PATIENCE_S}
    waits.clear()
    assert [sink.write("lost") for _ in range(50)] == [False] * 50
    assert set(waits) == {0}
    assert sink.lost == 51
    before = os.read(reading, 1 << 20)
    assert sink.write("again")
    assert sink.write("and again")
    *_, torn, again, last, end = (before + os.read(reading, 1 << 20)).decode().split("\n")
    assert set(torn) <= {"x"}
    assert (again, last, end) == ("again", "and again", "")


def test_half_a_line_is_ended_before_the_next(pipe: tuple[int, int]) -> None:
    """Where a part of a line was written the next one does not continue it."""
    reading, writing = pipe
    sink = StreamSink(writing)
    assert not sink.write("y" * (1 << 20))
    torn = os.read(reading, 1 << 20)
    assert 0 < len(torn) < 1 << 20
    assert sink.write("next")
    assert os.read(reading, 1 << 20) == b"\nnext\n"


@pytest.mark.parametrize("kind", ["no reader", "closed", "full", "read only"])
def test_a_broken_descriptor_is_counted(pipe: tuple[int, int], kind: str) -> None:
    """Whatever is wrong with it, nothing is raised."""
    reading, writing = pipe
    if kind == "no reader":
        os.close(reading)
    elif kind == "closed":
        os.close(writing)
    elif kind == "full":
        writing = os.open("/dev/full", os.O_WRONLY)
    else:
        writing = os.open(os.devnull, os.O_RDONLY)
    sink = StreamSink(writing)
    assert [sink.write(LINE), sink.write(LINE)] == [False, False]
    assert sink.lost == 2


def test_a_socket_that_nobody_reads_does_not_block() -> None:
    """A stream socket, which is what the journal gives, takes what fits."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sink = StreamSink(ours.fileno())
        while sink.write(LINE):
            continue
        assert sink.lost == 1
        assert theirs.recv(1 << 20)
        assert sink.write("again")


def test_the_journal_gets_fields(tmp_path: Path) -> None:
    """Each field is a line; a value of several lines has its length before it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journald:
        journald.bind(str(tmp_path / "journal"))
        assert Journal(tmp_path / "journal").send({"MESSAGE": "a\nb", "PRIORITY": "4"})
        assert journald.recv(4096) == b"MESSAGE\n" + struct.pack("<Q", 3) + b"a\nb\nPRIORITY=4\n"
    assert not Journal(tmp_path / "journal").send({"MESSAGE": "x"})


def test_the_journal_is_known_by_its_file(tmp_path: Path) -> None:
    """The variable alone does not count: who redirects standard error inherits it."""
    with (tmp_path / "log").open("w") as log:
        found = os.fstat(log.fileno())
        assert is_journal({"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}, log.fileno())
        assert not is_journal({"JOURNAL_STREAM": "1:2"}, log.fileno())
        assert not is_journal({}, log.fileno())
