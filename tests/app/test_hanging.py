"""A process whose actor hangs, in each of the ways that there are; the manager's socket, loop and clock are real."""

import json
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from patience import LONGEST_S
from real import until

PROGRAM = """
import os, random, sys, threading, time
from pathlib import Path
import trio
from thesetd.actors.supervision.children import ChildSpec
from thesetd.actors.supervision.supervisor import Supervisor
from thesetd.actors.supervision.watchdog import Watchdog
from thesetd.adapters.clock import SystemClock
from thesetd.adapters.logs import LogObserver, make_logger
from thesetd.adapters.stacks import Stacks
from thesetd.adapters.systemd import Notifier
from thesetd.ports.pulse import busy

async def spins_here():
    while True:
        pass

async def sleeps_in_the_loop_here():
    time.sleep(3600)

async def deadlocks_here():
    lock = trio.Lock()
    await lock.acquire()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lock.acquire)

async def blocks_a_thread_here():
    await trio.to_thread.run_sync(threading.Event().wait, abandon_on_cancel=True)

async def run():
    await trio.sleep(1)
    with busy("handles a message", 0.2):
        await globals()[sys.argv[1]]()

async def main():
    log = make_logger(level="info", style=sys.argv[2], journal=False)
    notifier, stacks, told = Notifier(os.environ), Stacks(log, Path(sys.argv[3])), LogObserver(log)
    children = (ChildSpec(name="calm", run=trio.sleep_forever), ChildSpec(name="hanging", run=run))
    supervisor = Supervisor(children, observer=told, clock=SystemClock(), rng=random.Random(1))
    watchdog = Watchdog(supervisor.views, ping=notifier.watchdog, interval_s=notifier.watchdog_interval_s,
                        witness=stacks, observer=told)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(supervisor.run)
        with stacks.watching():
            await watchdog.run()

trio.run(main)
"""
AGAIN = """
import sys
from pathlib import Path
from thesetd.adapters.logs import make_logger
from thesetd.adapters.stacks import Stacks
with Stacks(make_logger(level="info", style="json", journal=False), Path(sys.argv[1])).watching():
    pass
"""
PATIENCE_S = 1.0


@pytest.mark.parametrize("style", ["text", "json"])
@pytest.mark.parametrize("how", ["spins_here", "sleeps_in_the_loop_here", "deadlocks_here", "blocks_a_thread_here"])
def test_a_process_that_hangs_is_silent_and_shows_where(tmp_path: Path, how: str, style: str) -> None:
    """Pings stop for longer than the manager's patience, the place is in the log, and SIGABRT ends it with all stacks.

    A log of JSON has no other line: what the fault left is told when the process runs again.
    """
    errors, stacks = tmp_path / "errors", tmp_path / "stacks"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager, errors.open("w") as stderr:
        manager.bind(str(tmp_path / "notify"))
        environ = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": str(int(PATIENCE_S * 1e6))}
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, how, style, stacks], env=environ, stderr=stderr)
        try:
            manager.settimeout(LONGEST_S)
            assert manager.recv(4096) == b"WATCHDOG=1"
            until(lambda: how in errors.read_text())
            manager.settimeout(2 * PATIENCE_S)
            with suppress(TimeoutError):
                while manager.recv(4096):
                    continue
            before = len(errors.read_text())
            process.send_signal(signal.SIGABRT)
            assert process.wait(LONGEST_S) == -signal.SIGABRT
        finally:
            process.kill()
            process.wait()
        if style == "json":
            assert len(errors.read_text()) == before
            subprocess.run([sys.executable, "-c", AGAIN, stacks], stderr=stderr, check=True)
            assert {json.loads(line)["level"] for line in errors.read_text().splitlines()} == {"critical"}
            assert stacks.read_text() == ""
    told = errors.read_text()
    assert "Fatal Python error: Aborted" in told[before:]
    if how in {"deadlocks_here", "blocks_a_thread_here"}:
        assert "handles a message for" in told
        assert told.count("ActorFroze") == 1
