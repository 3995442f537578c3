"""SIGKILL between the commit of events and their publication: the next life tells them.

Run it by `python tests/kill/silences.py --rounds 50`.
"""

from collections.abc import Sequence

import attrs
import click
from ground import Ground, artists, grounds
from table import report

SIGKILLED = -9
BATCHES = 8  # with events: an import has about a dozen


@attrs.define
class Outcome:
    """Events in all, those that were told twice, and what was wrong."""

    events: int = 0
    told_twice: int = 0
    faults: list[str] = attrs.field(factory=list)


def campaign(ground: Ground, names: Sequence[str], deaths: Sequence[int]) -> Outcome:
    """Import artists; each time the daemon dies after the commit of this number, before a word of it is told."""
    outcome = Outcome()
    for name, number in zip(names, deaths, strict=True):
        silent = ground.forker.start(plants={"die_after_commit": {"number": number}})
        silent.ready()
        silent.accept(name)
        if (code := silent.wait()) != SIGKILLED:
            outcome.faults.append(f"{name}: ended with {code}, not by its own hand")
        (last,) = ground.auditor.look("select max(seq) from thesetd.events")[0]
        if last in ground.listener.heard:
            outcome.faults.append(f"{name}: event {last} was told before the death that was to prevent it")
        heir = ground.forker.start()
        heir.ready()
        outcome.faults += ground.faults([])
        heir.end()
    outcome.events, outcome.told_twice = len(ground.listener.heard), ground.repeated()
    return outcome


@click.command()
@click.option("--rounds", default=50)
def main(*, rounds: int) -> None:
    """Kill daemons that have something to tell."""
    with grounds() as fresh, fresh() as ground:
        outcome = campaign(ground, artists(rounds), [1 + number % BATCHES for number in range(rounds)])
    report("silences", {"kills": rounds, "events": outcome.events, "told twice": outcome.told_twice}, outcome.faults)


if __name__ == "__main__":
    main()
