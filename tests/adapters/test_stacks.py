"""The stacks of a process that ends by a fault."""

import signal
import subprocess
import sys

from patience import LONGEST_S

STORM = """
import os, signal, sys

from thesetd.adapters.logs import make_logger
from thesetd.adapters.stacks import Stacks

for number in (storm := range(signal.SIGRTMIN, signal.SIGRTMAX)):
    signal.signal(number, lambda *_: None)
with Stacks(make_logger(level="info", style="text", journal=False)).watching():
    signal.pthread_sigmask(signal.SIG_BLOCK, storm)
    for number in storm:
        os.kill(os.getpid(), number)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, storm)
    print("alive", flush=True)
    os.kill(os.getpid(), signal.SIGABRT)
"""


def test_many_signals_at_once_are_survived_and_an_abort_is_told() -> None:
    """Thirty handlers on top of each other do not overflow the stack that they have; SIGABRT leaves the stacks."""
    done = subprocess.run([sys.executable, "-c", STORM], capture_output=True, text=True, timeout=LONGEST_S, check=False)
    assert (done.stdout, done.returncode) == ("alive\n", -signal.SIGABRT)
    assert "Fatal Python error: Aborted" in done.stderr
    assert 'File "<string>", line' in done.stderr
