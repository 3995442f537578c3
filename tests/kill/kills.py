"""SIGKILL at random moments while artists are imported; then everything is as if nobody had died.

Run it by `python tests/kill/kills.py --kills 200 --imports 100 --seed 1`.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, Self

import attrs
import click
from ground import Ground, artists, grounds
from table import report
from victims import LONGEST_S, wait_for

LATENCY_S = 0.05
FLAP_S = 0.7  # between a Redis that refuses and one that does not
BUSY = 0.75  # of the lives have an import to do before they are killed; the others are killed at their start
LIFE_S = (0.1, 1.0)
_RUNNING = "select 1 from thesetd.jobs where state = 'running' and kind = 'import_artist' limit 1"
CONNECTIONS = 12  # to all providers together: as many calls can be in flight when a daemon dies


@attrs.frozen(kw_only=True)
class Undisturbed:
    """What a run without a kill leaves: its rows and its calls."""

    rows: dict[str, list[str]]
    calls: Counter[tuple[Any, ...]]


@attrs.frozen(kw_only=True)
class Outcome:
    """What a campaign came to; `repeated` calls were made before, `rescues` are jobs taken from the dead."""

    kills: int
    jobs: int
    events: int
    repeated: int
    told_twice: int
    rescues: int
    seconds: float
    faults: Sequence[str]


def undisturbed(ground: Ground, names: Sequence[str]) -> Undisturbed:
    """Import artists and let nobody die."""
    life = ground.forker.start()
    life.ready()
    promised = [job for name in names if (job := life.accept(name)) is not None]
    assert len(promised) == len(names)
    faults = ground.faults(promised)
    assert not faults, faults
    life.end()
    return Undisturbed(rows=ground.auditor.rows(), calls=Counter(ground.sandbox.arrivals()))


def campaign(
    ground: Ground,
    names: Sequence[str],
    wanted: Undisturbed,
    *,
    kills: int,
    seed: int,
    real: bool = False,
    flap: bool = False,
) -> Outcome:
    """Import artists, in any order, while daemons are killed so many times; the imports are spread over the kills.

    With `flap` Redis refuses scripts and publishing now and then meanwhile.
    """
    rng, died, started = random.Random(seed), [0], time.monotonic()
    with (
        ground.redis.refusing(FLAP_S) if flap else nullcontext(),
        _Visitor(ground, rng.sample(names, len(names)), lambda: died[0] / max(kills, 1)) as visitor,
    ):
        for number in range(kills):
            life = ground.forker.start(real=real)
            visitor.life = life
            if rng.random() < BUSY:
                life.ready()
                wait_for(lambda: ground.unfinished() or visitor.rests(), "an import to do")
            if number == 0:  # one of them dies while it works, however slow it is
                life.ready()
                wait_for(lambda: ground.auditor.look(_RUNNING), "an import to run")
            time.sleep(rng.uniform(*LIFE_S))
            life.end()
            died[0] = number + 1
        visitor.life = ground.forker.start(real=real)
        promised = visitor.promised()
    faults = ground.faults(promised)
    repeated = sum((Counter(ground.sandbox.arrivals()) - wanted.calls).values())
    if repeated > kills * CONNECTIONS:
        faults.append(f"{repeated} calls were repeated, {kills * CONNECTIONS} at most were in flight")
    faults += ground.auditor.different(wanted.rows)
    (figures,) = ground.auditor.look(
        "select (select count(*) from thesetd.events), "
        "(select count(*) from audit.moves where before = 'running' and after = 'ready' and rescues > old_rescues)"
    )
    visitor.life.end()
    return Outcome(
        kills=kills,
        jobs=len(promised),
        events=figures[0],
        repeated=repeated,
        told_twice=ground.repeated(),
        rescues=figures[1],
        seconds=time.monotonic() - started,
        faults=faults,
    )


class _Visitor:
    """Asks for each artist until somebody promises the import, as fast as the campaign goes on."""

    def __init__(self, ground: Ground, names: Sequence[str], progress: Callable[[], float]) -> None:
        self.life: Any = None
        self._names = names
        self._progress = progress
        self._jobs: list[int] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def promised(self) -> Sequence[int]:
        """Wait until all are promised."""
        self._thread.join(2 * LONGEST_S)
        assert len(self._jobs) == len(self._names), "nobody promises the last imports"
        return self._jobs

    def rests(self) -> bool:
        """Return whether nothing is asked for now: all are promised, or the next is for after another death."""
        return len(self._jobs) == len(self._names) or not self._is_due(len(self._jobs))

    def _is_due(self, number: int) -> bool:
        return number <= self._progress() * len(self._names)

    def _ask(self) -> None:
        for number, name in enumerate(self._names):
            while not self._over.is_set():
                if self._is_due(number) and self.life is not None and (job := self.life.accept(name)) is not None:
                    self._jobs.append(job)
                    break
                time.sleep(0.02)


def figures(outcome: Outcome) -> Mapping[str, object]:
    """Return what a line of the table says."""
    return {
        "kills": outcome.kills,
        "imports": outcome.jobs,
        "rescues": outcome.rescues,
        "events": outcome.events,
        "told twice": outcome.told_twice,
        "calls repeated": outcome.repeated,
        "s": f"{outcome.seconds:.0f}",
    }


@click.command()
@click.option("--kills", default=200)
@click.option("--imports", default=100)
@click.option("--seed", default=1)
@click.option("--real", is_flag=True, help="Execute the program for each life.")
@click.option("--flap", is_flag=True, help="Let Redis refuse scripts and publishing now and then.")
def main(*, kills: int, imports: int, seed: int, real: bool, flap: bool) -> None:
    """Kill daemons while artists are imported."""
    names = artists(imports)
    with grounds("--latency", str(LATENCY_S)) as fresh:
        with fresh() as ground:
            wanted = undisturbed(ground, names)
        with fresh() as ground:
            outcome = campaign(ground, names, wanted, kills=kills, seed=seed, real=real, flap=flap)
    kind = "SIGKILL exec" if real else "SIGKILL fork"
    report(f"{kind}, Redis refuses" if flap else kind, figures(outcome), outcome.faults)


if __name__ == "__main__":
    main()
