"""Ports that tests give to servers."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

import loopback

CLAIM = "import sys, loopback; print(loopback._claim(int(sys.argv[1])))"


def claimed_elsewhere(port: int) -> bool:
    """Return whether another process gets it."""
    command = [sys.executable, "-c", CLAIM, str(port)]
    done = subprocess.run(command, cwd=Path(loopback.__file__).parent, capture_output=True, text=True, check=True)
    return done.stdout == "True\n"


def test_a_port_is_given_once() -> None:
    """Neither here nor in another process is it given again, although nobody listens yet."""
    first, second = loopback.free_port(), loopback.free_port()
    assert first != second
    assert not loopback._claim(first)
    assert not claimed_elsewhere(first)


def test_a_port_is_free_again_when_its_process_has_ended() -> None:
    """However that ended."""
    port = loopback.free_port() + 1
    assert claimed_elsewhere(port)
    assert claimed_elsewhere(port)


def test_no_connection_that_goes_out_takes_it() -> None:
    """The kernel chooses others for those."""
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert {loopback.free_port() < lowest for _ in range(20)} == {True}


def test_a_port_that_somebody_listens_on_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if no test has it."""
    with socket.create_server(("127.0.0.1", port := loopback.free_port())):
        loopback._taken.pop().close()
        monkeypatch.setattr(loopback, "_order", Always((port, port + 1)))
        assert loopback.free_port() == port + 1


class Always:
    """A random choice that is none."""

    def __init__(self, chosen: tuple[int, ...]) -> None:
        """Choose these."""
        self.chosen = chosen

    def sample(self, *_: object) -> tuple[int, ...]:
        """Choose."""
        return self.chosen
