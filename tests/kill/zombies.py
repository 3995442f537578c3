"""A daemon is stopped, its connections are cut, a successor takes over; then it wakes up and must store nothing.

Run it by `python tests/kill/zombies.py --rounds 15`.
"""

import signal
from collections.abc import Sequence

import attrs
import click
from ground import Ground, artists, grounds
from lives import Life, Plants
from table import report
from victims import wait_for

LATENCY_S = 0.1
EX_CONFIG = 78
_CUT = "select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = $1"
_CLAIMED = "select 1 from audit.moves where who = $1 and (before, after) = ('ready', 'running') limit 1"
_STORED = "select 1 from audit.moves where who = $1 and (before, after) = ('running', 'running') limit 1"


@attrs.define
class Outcome:
    """Jobs in all, those that a woken daemon found to be lost, and what was wrong."""

    jobs: int = 0
    given_up: int = 0
    faults: list[str] = attrs.field(factory=list)


def campaign(ground: Ground, names: Sequence[str], *, rounds: int, each: int, plants: Plants | None = None) -> Outcome:
    """Let a daemon become a zombie so many times, over `each` imports; `plants` are the zombie's.

    Every second successor takes the zombie's name, which then ends by itself; else both go on as nodes of their own.
    """
    outcome, promised = Outcome(), []
    for number in range(rounds):
        zombie = ground.forker.start("one", place=f"zombie-{number}", plants=plants)
        zombie.ready()
        promised += [
            job for name in names[number * each : (number + 1) * each] if (job := zombie.accept(name)) is not None
        ]
        wait_for(lambda who=zombie.label: ground.auditor.look(_STORED, who), "the first checkpoint")
        zombie.send(signal.SIGSTOP)
        ground.auditor.look(_CUT, zombie.label)
        heir = ground.forker.start("one" if number % 2 else "two", place=f"heir-{number}")
        heir.ready()
        wait_for(lambda who=heir.label: ground.auditor.look(_CLAIMED, who), "the successor to take over")
        zombie.send(signal.SIGCONT)
        outcome.faults += ground.faults(promised)
        if number % 2 and (code := zombie.wait()) != EX_CONFIG:
            outcome.faults.append(f"round {number}: the zombie ended with {code}")
        wait_for(lambda one=zombie: one.ended() or _lost(one) or ground.auditor.moves(), "the zombie to notice")
        outcome.given_up += _lost(zombie)
        zombie.end()
        heir.end()
        if outcome.faults:
            break
    outcome.faults += [*ground.auditor.moves(), *ground.auditor.events()]
    outcome.jobs = len(promised)
    return outcome


def _lost(zombie: Life) -> int:
    """Return how many jobs it said not to be its own any more."""
    return sum(entry.get("state") == "lost" for entry in zombie.log())


@click.command()
@click.option("--rounds", default=15)
@click.option("--each", default=6)
def main(*, rounds: int, each: int) -> None:
    """Wake zombies."""
    with grounds("--latency", str(LATENCY_S)) as fresh, fresh() as ground:
        outcome = campaign(ground, artists(rounds * each), rounds=rounds, each=each)
    figures = {"zombies": rounds, "imports": outcome.jobs, "given up by zombies": outcome.given_up}
    report("zombies", figures, outcome.faults)


if __name__ == "__main__":
    main()
