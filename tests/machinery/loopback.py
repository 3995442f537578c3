"""Ports for servers that cannot be given a bound socket: each is this process's own for as long as it lives.

A port that the kernel chose for a moment is anybody's again until the server binds it: another worker's, another run's,
or that of any connection that goes out. These are below the range from which the kernel chooses, and a name in Linux's
abstract namespace says whose each is.
"""

import os
import random
import socket
from contextlib import suppress
from pathlib import Path

LOWEST = 10_000
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_taken: list[socket.socket] = []  # the names go with the process
_order = random.Random(os.getpid())


def free_port() -> int:
    """Return a loopback port that nobody listens on, and that is given to nobody else."""
    above = max(int(_RANGE.read_text().split()[0]), LOWEST + 1_000)
    for port in _order.sample(range(LOWEST, above), 1_000):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            if _claim(port):
                return port
    raise LookupError(f"a thousand ports from {LOWEST} to {above} are in use")


def _claim(port: int) -> bool:
    name = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        name.bind(f"\0thesetd-tests-port-{port}")
    except OSError:
        name.close()
        return False
    _taken.append(name)
    return True
