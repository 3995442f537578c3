"""SIGKILL with many imports running: all of them run again as soon as the next life is ready.

Run it by `python tests/kill/restarts.py --rounds 10 --imports 100`.
"""

import random
import time
from collections.abc import Sequence

import attrs
import click
from ground import Ground, artists, grounds
from table import milliseconds, report
from victims import wait_for

LATENCY_S = 0.3


@attrs.define
class Outcome:
    """For each life: seconds from its start until it was ready, and from then until all ran again (0: before it)."""

    ready_s: list[float] = attrs.field(factory=list)
    running_s: list[float] = attrs.field(factory=list)
    faults: list[str] = attrs.field(factory=list)


def campaign(ground: Ground, names: Sequence[str], outcome: Outcome, *, after_s: float, finish: bool = True) -> None:
    """Kill the daemon `after_s` seconds after all imports run; the next life is to run them all, and finish them."""
    jobs = set(ground.auditor.enqueue(names))
    first = ground.forker.start()
    first.ready()
    wait_for(lambda: _all(ground, first.label, jobs), f"{len(jobs)} jobs to run")
    time.sleep(after_s)
    first.end()
    ended = ground.auditor.look("select count(*) from thesetd.jobs where state = 'done'")[0][0]
    if ended:
        outcome.faults.append(f"{ended} imports ended before the kill: they are too short for this")
    started = time.time()
    heir = ground.forker.start()
    ready = heir.ready()
    found = dict(wait_for(lambda: _all(ground, heir.label, jobs), f"{len(jobs)} jobs to run"))
    outcome.ready_s.append(ready - started)
    outcome.running_s.append(max(0.0, max(found.values()) - ready))
    if finish:
        outcome.faults += ground.faults(jobs)
    heir.end()


def _all(ground: Ground, who: str, jobs: set[int]) -> list[tuple[int, float]]:
    found = ground.auditor.running(who)
    return found if len(found) == len(jobs) else []


@click.command()
@click.option("--rounds", default=10)
@click.option("--imports", default=100)
@click.option("--seed", default=1)
def main(*, rounds: int, imports: int, seed: int) -> None:
    """Kill a daemon that runs many imports."""
    rng, outcome = random.Random(seed), Outcome()
    with grounds("--latency", str(LATENCY_S)) as fresh:
        for number in range(rounds):
            with fresh() as ground:
                finish = number == rounds - 1
                campaign(ground, artists(imports), outcome, after_s=rng.uniform(0.0, 1.0), finish=finish)
    figures = {
        "kills": rounds,
        "imports running": imports,
        "from start to ready (median / worst)": milliseconds(outcome.ready_s),
        "from ready to all running": milliseconds(outcome.running_s),
    }
    report("restart", figures, outcome.faults)


if __name__ == "__main__":
    main()
