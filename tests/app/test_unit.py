"""The shipped unit and the real daemon together: whatever the unit forbids, the daemon lives without."""

import json
import os
import shutil
import subprocess
import sys
from ctypes.util import find_library
from pathlib import Path
from typing import Any

import pytest

from exploring import sample
from thesetd.adapters.embedded import launch

TOP = Path(__file__).parents[2]
UNITS = sorted((TOP / "systemd").glob("*.service"))
CONFINE = TOP / "tests" / "service" / "confine.py"
HIGHEST_SCORE = 1.2
ANALYZE = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
SECCOMP = pytest.mark.skipif(find_library("seccomp") is None, reason="libseccomp is not installed")


def as_service(folder: Path) -> dict[str, str]:
    """Make the folders that the manager would make, and give the variables that it would set."""
    made = {"STATE_DIRECTORY": folder / "state", "RUNTIME_DIRECTORY": folder / "run"}
    folder.chmod(0o755)
    for path in made.values():
        path.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(path, *launch.stand_in())
    return {name: str(path) for name, path in made.items()}


@ANALYZE
@SECCOMP
@pytest.mark.real
@pytest.mark.case(33)
@pytest.mark.parametrize("unit", sample(UNITS, every=2), ids=lambda unit: unit.name)
def test_the_daemon_lives_under_its_unit(
    start_confined: Any, synthetic_sandbox: Any, synthetic_artist: str, folder: Path, unit: Path, seen: Any
) -> None:
    """Under the unit's filters it starts private servers, opens its socket, imports, reloads, and stops with 0."""
    variables = as_service(folder)
    daemon = start_confined(CONFINE, unit, synthetic_sandbox, **variables)
    assert daemon.socket == folder / "run" / "thesetd.sock"
    done = daemon.ctl("--json", "import", synthetic_artist, "--follow")
    assert done.returncode == 0, done.stderr + daemon.running.log()
    assert json.loads(done.stdout.splitlines()[-1])["status"] == "completed"
    assert daemon.running.stop() == 0
    seen(f"{unit.name}: private servers, an import and exit 0 under its filters")


@ANALYZE
@SECCOMP
def test_a_forbidden_call_is_refused() -> None:
    """The filter is in force: chown, which the unit forbids, answers with an error, and so do its other bars."""
    program = """
import mmap, os, socket
def refused(call, *arguments, **named):
    try:
        call(*arguments, **named)
    except OSError as error:
        return error.errno
print([
    refused(os.chown, "/proc/self", -1, -1),
    refused(mmap.mmap, -1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC),
    refused(socket.socket, socket.AF_NETLINK, socket.SOCK_RAW),
    refused(os.chmod, "/proc/self/fd", 0o4755),
    refused(os.listdir, "/"),
])
"""
    command = [sys.executable, CONFINE, UNITS[0], sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.replace("None", "null")) == [1, 1, 97, 1, None]


@ANALYZE
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_the_unit_is_hardened(unit: Path, tmp_path: Path) -> None:
    """The exposure is 1.2 at most."""
    shown = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={HIGHEST_SCORE * 10:.0f}", unit],
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.returncode == 0, shown.stdout.splitlines()[-1]
