"""How soon a crashed actor works again: a table of the first restart, real clock, beside a hundred idle actors.

Run it with `python tests/bench/restarts.py`.
"""

import platform
import random
import statistics
import time
from typing import Any

import click
import trio
import trio.lowlevel

from thesetd.actors.supervision.children import ChildSpec
from thesetd.actors.supervision.supervisor import Supervisor
from thesetd.adapters.clock import SystemClock

ROUNDS = 200
NEIGHBOURS = 100


class Deaf:
    """An observer that hears nothing."""

    def notify(self, fact: Any) -> None:
        """Hear nothing."""


async def measure() -> float:
    """Crash one actor once; give the seconds until it runs again."""
    crashed: list[float] = []
    again: list[float] = []

    async def run() -> None:
        if crashed:
            again.append(time.perf_counter())
            supervisor.stop()
            return
        await trio.lowlevel.checkpoint()
        crashed.append(time.perf_counter())
        raise ValueError("a defect")

    idle = (ChildSpec(name=f"idle {number}", run=trio.sleep_forever) for number in range(NEIGHBOURS))
    children = (*idle, ChildSpec(name="crashing", run=run))
    supervisor = Supervisor(children, observer=Deaf(), clock=SystemClock(), rng=random.Random(1))
    await supervisor.run()
    return again[0] - crashed[0]


def main() -> None:
    """Measure and print."""
    times = sorted(1e3 * trio.run(measure) for _ in range(ROUNDS))
    click.echo(f"Python {platform.python_version()}, trio {trio.__version__}, {ROUNDS} rounds, {NEIGHBOURS} neighbours")
    click.echo(f"first restart: p50 {statistics.median(times):.2f} ms, max {times[-1]:.2f} ms")


if __name__ == "__main__":
    main()
