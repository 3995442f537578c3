"""Worlds of copies that change: how often each does, how much each matters, and when it did.

No provider tells how often its answers change. What is recorded is how old a setlist's last edit is: of 1,278 shows
22 % at most a day, 14 % two to seven days, 13 % up to 30, 20 % up to a year, 26 % more (fact sheet of setlist.fm,
section 6). On a logarithmic scale that is a normal distribution with a median of 25 days and a deviation of 4.4. A
single interval at a known rate has a deviation of 1.3 by itself, which leaves 4.2 for the rates. The world "edits" has
these rates, with at most four changes a day, since several within some hours are one to whoever looks. An artist is no
setlist, so two more worlds have less spread: most artists change a few times a year, some daily.

Importance falls with the rank (Zipf's law). Popularity at a provider, which tiers go by, is a view of importance to the
people of one application, e**view up or down: the closer it is, the better are tiers. In the bursty kind of each world
nine tenths of the time are quiet; a burst lasts eight days on average, as the announcement of a tour does, and four
fifths of all changes fall into bursts.
"""

import math
import random
from array import array
from collections.abc import Mapping, Sequence

import attrs

BURSTS, SHARE_IN_BURSTS, BURST_DAYS = 0.1, 0.8, 8.0


@attrs.frozen(kw_only=True)
class Numbers:
    """What a world is made with: rates per day are lognormal, with this median and spread, and at most `most`."""

    median: float
    spread: float
    most: float = math.inf
    zipf: float = 1.0
    view: float = 1.0


WORLDS: Mapping[str, Numbers] = {
    "edits": Numbers(median=1 / 25, spread=4.2, most=4.0),
    "spread out": Numbers(median=1 / 20, spread=2.3, view=2.0),
    "close": Numbers(median=1 / 20, spread=2.3, zipf=0.8),
}


@attrs.frozen
class World:
    """Copies by number: importance (sums to one), popularity, mean rate per day, the moments of changes in days.

    `phases` are the moments from which another rate holds, each with that rate.
    """

    importance: Sequence[float]
    popularity: Sequence[float]
    rates: Sequence[float]
    changes: Sequence[Sequence[float]]
    phases: Sequence[Sequence[tuple[float, float]]]


def make_world(name: str, kind: str, seed: int, copies: int, days: float) -> World:
    """Make one of the WORLDS, of a kind: `poisson` or `bursty`."""
    numbers, rng = WORLDS[name], random.Random(f"{name} {kind} {seed}")
    weights = [1.0 / (rank + 1) ** numbers.zipf for rank in range(copies)]
    total = sum(weights)
    drawn = (math.exp(rng.gauss(math.log(numbers.median), numbers.spread)) for _ in range(copies))
    rates = [min(rate, numbers.most) for rate in drawn]
    phases = [_bursts(rng, rate, days) if kind == "bursty" else [(0.0, rate)] for rate in rates]
    return World(
        importance=[weight / total for weight in weights],
        popularity=[math.log(weight) + rng.gauss(0.0, numbers.view) for weight in weights],
        rates=rates,
        changes=[_changes(rng, each, days) for each in phases],
        phases=phases,
    )


def _bursts(rng: random.Random, rate: float, days: float) -> list[tuple[float, float]]:
    high, low = rate * SHARE_IN_BURSTS / BURSTS, rate * (1.0 - SHARE_IN_BURSTS) / (1.0 - BURSTS)
    bursting, at = rng.random() < BURSTS, 0.0
    phases = []
    while at < days:
        phases.append((at, high if bursting else low))
        at += rng.expovariate(1.0 / (BURST_DAYS if bursting else BURST_DAYS * (1.0 - BURSTS) / BURSTS))
        bursting = not bursting
    return phases


def _changes(rng: random.Random, phases: Sequence[tuple[float, float]], days: float) -> Sequence[float]:
    found = array("d")
    for (begin, rate), end in zip(phases, [*(begin for begin, _ in phases[1:]), days], strict=True):
        at = begin + rng.expovariate(rate)
        while at < end:
            found.append(at)
            at += rng.expovariate(rate)
    return found
