"""What a command loads before it does anything: a person types it, and a script calls it a hundred times."""

import subprocess
import sys

HEAVY = ("asyncpg", "click.shell_completion", "croniter", "httpx", "redis", "rich", "starlette", "trio")


def test_a_command_loads_nothing_heavy() -> None:
    """Libraries of the daemon are never loaded, those for terminals and shells where they are needed."""
    code = f"import sys, thesetd.ctl.cli; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
