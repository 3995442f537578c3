"""SIGKILL with many imports running: all of them run again as soon as the next life is ready.

Run it by `python tests/kill/restarts.py --rounds 10 --imports 100`.
"""

import random
import time
from collections.abc import Sequence

import attrs
import click
from ground import Ground, artists, grounds
from servers import wait_for
from table import milliseconds, report

LATENCY_S = 0.3


@attrs.define
class Outcome:
    """For each life: seconds from its start until it was ready, and from then until all ran again (0: before it)."""

    ready_s: list[float] = attrs.field(factory=list)
    running_s: list[float] = attrs.field(factory=list)
    faults: list[str] = attrs.field(factory=list)


def campaign(ground: Ground, names: Sequence[str], *, rounds: int, seed: int = 1) -> Outcome:
    """Kill the daemon so many times when all imports run, then let them end."""
    rng, outcome = random.Random(seed), Outcome()
    jobs = set(ground.auditor.enqueue(names))
    for number in range(rounds + 1):
        started = time.time()
        life = ground.forker.start()
        ready = life.ready()
        ended = {job for (job,) in ground.auditor.look("select id from thesetd.jobs where state = 'done'")}
        found = dict(wait_for(lambda who=life.label: _all(ground, who, jobs), f"{len(jobs)} jobs to run", 60))
        if ended:
            outcome.faults.append(f"{len(ended)} imports ended before kill {number}: they are too short for this")
        outcome.ready_s.append(ready - started)
        outcome.running_s.append(max(0.0, max(found.values()) - ready))
        if number < rounds:
            time.sleep(rng.uniform(0.0, 0.5))
            life.end()
    outcome.faults += ground.faults(jobs)
    life.end()
    return outcome


def _all(ground: Ground, who: str, jobs: set[int]) -> list[tuple[int, float]]:
    found = ground.auditor.running(who)
    return found if len(found) == len(jobs) else []


@click.command()
@click.option("--rounds", default=10)
@click.option("--imports", default=100)
@click.option("--seed", default=1)
def main(*, rounds: int, imports: int, seed: int) -> None:
    """Kill a daemon that runs many imports."""
    with grounds("--latency", str(LATENCY_S)) as fresh, fresh() as ground:
        outcome = campaign(ground, artists(imports), rounds=rounds, seed=seed)
    # The first life finds the queue full without having lost anything.
    figures = {
        "kills": rounds,
        "imports running": imports,
        "from start to ready (median / worst)": milliseconds(outcome.ready_s[1:]),
        "from ready to all running": milliseconds(outcome.running_s[1:]),
    }
    report("restart", figures, outcome.faults)


if __name__ == "__main__":
    main()
