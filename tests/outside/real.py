"""What tests of the real commands share: reading output, waiting."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

from patience import LONGEST_S


def events(output: str) -> list[dict[str, Any]]:
    """Read JSON lines."""
    return [json.loads(line) for line in output.splitlines()]


def until(condition: Callable[[], bool], patience_s: float = LONGEST_S) -> None:
    """Look again, soon and then less often, until a condition holds in the database, which has no event to wait for."""
    deadline = time.monotonic() + patience_s
    pause, wait_s = threading.Event(), 0.02
    while not condition():
        assert time.monotonic() < deadline
        pause.wait(wait_s)
        wait_s = min(1.5 * wait_s, 0.25)
