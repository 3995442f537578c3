"""The first thing that the command `thesetd` does: a daemon that is told to stop while it still loads ends at once.

Loading takes most of a second, in which a SIGTERM would kill the process as a signal, not end it. Nothing is open then.
Once the daemon listens to signals itself, this is over.
"""

import os
import signal
import sys


def main() -> None:
    """Run the command."""
    if "run" in sys.argv[1:]:
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    from thesetd.app.cli import main as command  # noqa: PLC0415 - this is what takes the time

    command()
