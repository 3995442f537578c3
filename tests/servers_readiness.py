"""How tests on real servers wait for readiness to tell something."""

import json
import time

from programs import Daemon

KNOWN_WITHIN_S = 10.0


def becomes(daemon: Daemon, code: int, check: str, words: str) -> float:
    """Wait until readiness has this code and a check has these words; give the seconds that it took."""
    began = time.monotonic()
    while True:
        found, text = daemon.get("/readyz")
        told = json.loads(text)["checks"].get(check, "")
        took = time.monotonic() - began
        if found == code and words in told:
            return took
        assert took < KNOWN_WITHIN_S, text
        time.sleep(0.1)
