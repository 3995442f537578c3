"""Several nodes on one database, one of them killed every few seconds, with limits that the providers count.

Run it by `python tests/kill/nodes.py --seconds 60 --every 10`.
"""

import random
import time
from collections.abc import Sequence

import attrs
import click
from ground import Ground, artists, grounds
from lives import Life
from table import milliseconds, report
from victims import wait_for

NODES = ("one", "two", "three")
TAKEN_S = 20.0  # until the jobs of a dead node run elsewhere, at most
LIMITS = {"spotify": "20/1s", "ticketmaster": "10/1s", "setlistfm": "5/1s"}
OPTIONS = tuple(part for name, limit in LIMITS.items() for part in (f"--{name}-limits", limit))
_ENVIRON = {f"THESETD_PROVIDERS__{name.upper()}__LIMITS": limit for name, limit in LIMITS.items()}
_TAKEN = """
select distinct on (m.job_id) extract(epoch from m.at)::float from audit.moves m
where m.job_id = any($1::bigint[]) and m.who <> $2 and (m.before, m.after) = ('ready', 'running')
    and m.at > to_timestamp($3)
order by m.job_id, m.id
"""


@attrs.define
class Outcome:
    """Jobs, seconds after a death until each of its jobs ran elsewhere, calls over a limit, and what was wrong."""

    kills: int = 0
    jobs: int = 0
    taken_s: list[float] = attrs.field(factory=list)
    calls: int = 0
    over: int = 0
    faults: list[str] = attrs.field(factory=list)


def campaign(ground: Ground, names: Sequence[str], *, kills: int, every_s: float, seed: int = 1) -> Outcome:
    """Import artists on all nodes; kill one each `every_s` seconds, which comes back half of that later."""
    rng, outcome = random.Random(seed), Outcome(kills=kills, jobs=len(names))
    nodes = {name: ground.forker.start(name, **_ENVIRON) for name in NODES}
    for life in nodes.values():
        life.ready()
    jobs = ground.auditor.enqueue(names)
    ground.auditor.look("select pg_notify('thesetd', 'jobs')")
    for _ in range(kills):
        time.sleep(every_s / 2)
        name = rng.choice(NODES)
        outcome.faults += _take_over(ground, nodes[name], outcome)
        time.sleep(every_s / 2)
        nodes[name] = ground.forker.start(name, **_ENVIRON)
    outcome.faults += ground.faults(jobs)
    stats = ground.sandbox.ask("stats")
    outcome.over = sum(sum(windows.values()) for windows in stats["violations"].values())
    outcome.calls = len(ground.sandbox.arrivals())
    outcome.faults += [f"{outcome.over} calls were over a limit"] if outcome.over else []
    for life in nodes.values():
        life.end()
    return outcome


def _take_over(ground: Ground, life: Life, outcome: Outcome) -> list[str]:
    """Kill a node and wait until somebody else runs what it ran."""
    killed_at = time.time()
    life.end()
    orphans = [job for job, _ in ground.auditor.running(life.label)]

    def taken() -> list[float]:
        found = [at for (at,) in ground.auditor.look(_TAKEN, orphans, life.label, killed_at)]
        return found if len(found) == len(orphans) else []

    if orphans:
        try:
            outcome.taken_s += [at - killed_at for at in wait_for(taken, "the take-over")]
        except TimeoutError:
            return [f"of {len(orphans)} jobs of {life.label} not all ran elsewhere"]
    return []


@click.command()
@click.option("--seconds", default=60)
@click.option("--every", default=10)
@click.option("--imports", default=200)
@click.option("--seed", default=1)
def main(*, seconds: int, every: int, imports: int, seed: int) -> None:
    """Kill nodes."""
    with grounds("--latency", "0.05", *OPTIONS) as fresh, fresh() as ground:
        outcome = campaign(ground, artists(imports), kills=seconds // every, every_s=every, seed=seed)
    outcome.faults += [
        f"a job ran elsewhere only after {taken_s:.1f} s" for taken_s in outcome.taken_s if taken_s > TAKEN_S
    ]
    figures = {
        "nodes": len(NODES),
        "kills": outcome.kills,
        "imports": outcome.jobs,
        "orphans": len(outcome.taken_s),
        "until each ran elsewhere": milliseconds(outcome.taken_s) if outcome.taken_s else "-",
        "calls": outcome.calls,
        "over a limit": outcome.over,
    }
    report("nodes", figures, outcome.faults)


if __name__ == "__main__":
    main()
