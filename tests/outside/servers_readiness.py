"""How tests on real servers wait for readiness to tell something."""

import json
import time

from patience import LONGEST_S, promised
from programs import Daemon

KNOWN_WITHIN_S = 10.0  # shown in virtual time by the tests of the prober, measured here where a machine is idle


def becomes(daemon: Daemon, code: int, check: str, words: str) -> float:
    """Wait until readiness has this code and a check has these words; give the seconds that it took."""
    began = time.monotonic()
    while True:
        found, text = daemon.get("/readyz")
        told = json.loads(text)["checks"].get(check, "")
        took = time.monotonic() - began
        if found == code and words in told:
            assert promised(took, KNOWN_WITHIN_S), text
            return took
        assert took < LONGEST_S, text
        time.sleep(0.1)
