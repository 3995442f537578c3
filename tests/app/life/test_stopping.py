"""The end of the daemon: in time, and never in silence."""

import subprocess
import sys

from patience import LONGEST_S
from thesetd.actors.supervision.supervisor import DRAIN_S
from thesetd.adapters.embedded.postgres import FAST_IMMEDIATE_KILL
from thesetd.adapters.embedded.redis import TERM_KILL
from thesetd.app.life.stopping import LAST_S

HANGS = """
import os, signal, trio
from thesetd.adapters.logs import LogObserver, make_logger
from thesetd.adapters.systemd import Notifier
from thesetd.app.life import stopping

stopping.LAST_S = 0.1

async def main():
    logger = make_logger(level="info", style="json", journal=False)
    async with trio.open_nursery() as nursery:
        ending = stopping.Stopping(
            nursery.cancel_scope, Notifier({}), LogObserver(logger), reload=tuple, show=print
        )
        ending.drain = lambda: None
        ending.running = lambda: ("writer",)
        await nursery.start(ending.listen)
        os.kill(os.getpid(), signal.SIGTERM)
        with trio.CancelScope(shield=True):
            await trio.sleep_forever()

trio.run(main)
"""


def test_the_budgets_of_the_parts_fit_into_the_whole() -> None:
    """Actors first, then both servers at once: even with every step at its longest the last second is not reached."""
    servers = max(sum(grace_s for _, grace_s in ladder) for ladder in (FAST_IMMEDIATE_KILL, TERM_KILL))
    assert DRAIN_S + servers < LAST_S


def test_the_hard_end_names_what_hangs() -> None:
    """A daemon that cannot stop ends with 1, after one line that names the actors that still run."""
    done = subprocess.run([sys.executable, "-c", HANGS], capture_output=True, text=True, timeout=LONGEST_S, check=False)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert '"HardDeadlineMet"' in line
    assert '"running": ["writer"]' in line
    assert '"critical"' in line
