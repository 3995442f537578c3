import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.adapters.systemd import Notifier
from thesetd.app.cli import EX_CONFIG

NEWER_KEY = re.compile(r"Unknown key( name)? '(RestartSteps|RestartMaxDelaySec)'")
UNIT = Path(__file__).parents[2] / "systemd" / "thesetd.service"


class Manager:
    """A service manager's socket, as a service sees it."""

    def __init__(self, address: str) -> None:
        self.environ = {"NOTIFY_SOCKET": address.replace("\0", "@")}
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address)
        self._socket.setblocking(False)

    def heard(self) -> list[str]:
        """Return the lines of the next datagram."""
        return self._socket.recv(65536).decode().split("\n")

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    """Yield a manager that listens on a path, and one in the abstract namespace."""
    listening = Manager(str(tmp_path / "notify") if request.param == "path" else f"\0thesetd-test-{os.getpid()}")
    yield listening
    listening.close()


def test_each_call_is_one_datagram_of_the_protocol(manager: Manager):
    """Ready, stopping and watchdog send exactly the assignments of sd_notify(3)."""
    notifier = Notifier(manager.environ)
    assert notifier.ready("serving on a.sock")
    assert manager.heard() == ["READY=1", "STATUS=serving on a.sock", f"MAINPID={os.getpid()}"]
    assert notifier.stopping("draining")
    assert manager.heard() == ["STOPPING=1", "STATUS=draining"]
    assert notifier.watchdog()
    assert manager.heard() == ["WATCHDOG=1"]


def test_a_line_end_in_a_status_starts_no_assignment(manager: Manager):
    """A text from outside cannot declare the service ready."""
    Notifier(manager.environ).stopping("artist\nREADY=1\r\nWATCHDOG=1")
    assert manager.heard() == ["STOPPING=1", "STATUS=artist READY=1 WATCHDOG=1"]


@given(st.text())
def test_any_status_is_one_line(text: str):
    """Whatever a status holds, lone surrogates included, it goes out as a single line and raises nothing."""
    manager = Manager(f"\0thesetd-property-{os.getpid()}")
    try:
        assert Notifier(manager.environ).stopping(text)
        assert len(manager.heard()) == 2
    finally:
        manager.close()


def test_without_a_manager_nothing_happens():
    """No NOTIFY_SOCKET, or one of an unknown kind, makes every call a no-op."""
    assert not Notifier({}).ready("serving")
    assert not Notifier({"NOTIFY_SOCKET": "vsock:2:1234"}).watchdog()


def test_a_manager_that_is_gone_is_no_error(tmp_path: Path):
    """A socket without a listener, or a path too long for one, only makes the call say no."""
    assert not Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready("serving")
    assert not Notifier({"NOTIFY_SOCKET": "/" + "x" * 200}).ready("serving")


def test_a_manager_that_does_not_read_blocks_nobody(manager: Manager):
    """When the queue is full a datagram is dropped instead of waited for."""
    notifier = Notifier(manager.environ)
    assert not all(notifier.watchdog() for _ in range(3000))


def test_the_watchdog_interval_is_half_of_the_managers_patience():
    """WATCHDOG_USEC counts when it is meant for this process, and only as a positive number."""
    here = str(os.getpid())
    assert Notifier({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": here}).watchdog_interval_s == 1.5
    assert Notifier({"WATCHDOG_USEC": "3000000"}).watchdog_interval_s == 1.5
    assert Notifier({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}).watchdog_interval_s is None
    for nonsense in ("", "0", "-5", "soon"):
        assert Notifier({"WATCHDOG_USEC": nonsense}).watchdog_interval_s is None


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run systemd-analyze, or skip."""
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("systemd-analyze is not installed (Debian package systemd)")
    return subprocess.run([tool, *arguments], capture_output=True, text=True, check=False)


def test_systemd_understands_every_line_of_the_unit(tmp_path: Path):
    """`systemd-analyze verify` names nothing but what came with systemd 254, once the programs' paths exist."""
    unit = tmp_path / UNIT.name
    unit.write_text(re.sub(r"/opt/thesetd/bin/\w+", "/bin/true", UNIT.read_text()))
    result = analyze("verify", "--man=no", str(unit))
    unknown = [line for line in (result.stdout + result.stderr).splitlines() if not NEWER_KEY.search(line)]
    assert (result.returncode, unknown) == (0, [])


def test_the_unit_watches_and_restarts_but_never_loops_on_a_wrong_configuration():
    """What the daemon's exit codes and pings rest on stands in the unit."""
    lines = UNIT.read_text().splitlines()
    for wanted in (
        "Type=notify",
        "WatchdogSec=30",
        "WatchdogSignal=SIGABRT",
        "Restart=always",
        f"RestartPreventExitStatus={EX_CONFIG}",
        "StartLimitIntervalSec=0",
        "TimeoutStopSec=45",
    ):
        assert wanted in lines


def test_the_unit_is_hardened():
    """The unit's exposure is at most 1.2 of 10 by systemd's own count."""
    result = analyze("security", "--offline=true", "--threshold=12", str(UNIT))
    assert result.returncode == 0, result.stdout[-300:]
