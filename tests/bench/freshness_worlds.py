"""Worlds of copies that change: how often each does, how much each matters, and when it did.

Rates are lognormal over three orders of magnitude: most artists announce something a few times a year, some every few
days, a few several times a day. Importance falls with the rank (Zipf's law). In the bursty world nine tenths of the
time are quiet; a burst lasts eight days on average, as the announcement of a tour does, and four fifths of all changes
fall into bursts. Popularity at a provider, which tiers go by, is a loose view of importance to the people of one
application: e**2 up or down. ZIPF and VIEW are chosen: the closer the view, or the less steeply importance falls, the
less the index gains over tiers (at 3,000 copies up to two thirds of their stale time is left instead of half), and the
oracle with it.
"""

import math
import random
from array import array
from collections.abc import Sequence

import attrs

MEDIAN_PER_DAY, SPREAD, ZIPF, VIEW = 1 / 20, 2.3, 1.0, 2.0
BURSTS, SHARE_IN_BURSTS, BURST_DAYS = 0.1, 0.8, 8.0


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


def make_world(kind: str, seed: int, copies: int, days: float) -> World:
    """Make a world of a kind, `poisson` or `bursty`."""
    rng = random.Random(f"{kind} {seed}")
    weights = [1.0 / (rank + 1) ** ZIPF for rank in range(copies)]
    total = sum(weights)
    rates = [math.exp(rng.gauss(math.log(MEDIAN_PER_DAY), SPREAD)) for _ in range(copies)]
    phases = [_bursts(rng, rate, days) if kind == "bursty" else [(0.0, rate)] for rate in rates]
    return World(
        importance=[weight / total for weight in weights],
        popularity=[math.log(weight) + rng.gauss(0.0, VIEW) for weight in weights],
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
