"""Freshness at equal calls: the refresh index beside cron plans, Nutch's rule and an oracle, over simulated months.

Prints the share of importance-weighted time in which copies differ from their originals, mean over the seeds with its
range, and the age of the oldest copy. Every policy makes the same number of calls each day. In the Poisson worlds the
least share of any policy without hints is known, see `least_stale`: a target below it cannot be met, and its line says
so.

    python tests/bench/freshness.py [--copies 20000] [--days 150] [--seeds 5] [--calls 5000] [--jobs 2]
"""

import argparse
import heapq
import math
import os
import platform
import random
import statistics
import sys
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from itertools import product

import attrs

from bench.freshness_policies import (
    Adaptive,
    Fixed,
    Index,
    Oracle,
    OracleOfPhases,
    Policy,
    documents_plan,
    known,
    tiers,
)
from bench.freshness_worlds import WORLDS, World, make_world
from thesetd.domain.freshness.copies import OLDEST_DAYS
from thesetd.domain.freshness.worth import due_age_days

WARM_UP_DAYS = 30.0  # in which rates are learned; not counted
TRIFLE = 1e-300  # of time: says that a copy was stale, and adds nothing
KINDS = ("poisson", "bursty")
LEAST = "least of any policy"  # without hints
PRICES, LONGEST_DAYS = 40, 1e5  # steps of the search for the price of a call; the interval of a copy not worth one
RECORDED = "edits"  # the world whose numbers are recorded ones
HINTED = 0.5  # of the changes, where there are hints
POLICIES: Mapping[str, Callable[[World, float], Policy]] = {
    "documents' cron plan": documents_plan,
    "tiers by popularity": tiers,
    "all alike": lambda world, per_day: Fixed([len(world.rates) / per_day] * len(world.rates)),
    "Nutch, adaptive": lambda world, per_day: Adaptive([len(world.rates) / per_day] * len(world.rates)),
    "index": Index,
    "index, hints for half": Index,
    "oracle, mean rates": Oracle,
    "oracle, rates of the moment": OracleOfPhases,
}
TARGETS = (  # policy, world, compared with, at most
    ("index", "poisson", "tiers by popularity", 0.5),
    ("index", "poisson", "oracle, mean rates", 1.10),
    ("index", "bursty", "tiers by popularity", 0.65),
    ("index", "bursty", "oracle, mean rates", 1.25),
    ("index", "bursty", "oracle, rates of the moment", 1.25),
    ("index, hints for half", "poisson", "oracle, mean rates", 1.0),
    ("index, hints for half", "bursty", "oracle, mean rates", 1.0),
)


@attrs.frozen
class Outcome:
    """Share of weighted time that copies were stale, and the age in days of the oldest."""

    stale: float
    oldest: float


@attrs.define
class Run:
    """One policy in one world. Its inner loop is written for speed: each look is made some hundred million times."""

    world: World
    policy: Policy
    per_day: int
    days: int
    rng: random.Random
    hints: bool = False
    _looked: list[float] = attrs.field(init=False)
    _next_change: list[int] = attrs.field(init=False)
    _version: list[int] = attrs.field(init=False)
    _due: list[tuple[float, int, int]] = attrs.field(init=False)
    _due_at: list[float] = attrs.field(init=False)
    _by_age: deque[tuple[float, int]] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        copies = len(self.world.rates)
        self._looked = [-self.rng.random() * copies / self.per_day for _ in range(copies)]
        self._next_change, self._version = [0] * copies, [0] * copies
        self._due = [(self.policy.due(copy, 0.0, 0.0) * self.rng.random(), copy, 0) for copy in range(copies)]
        heapq.heapify(self._due)
        self._by_age = deque(sorted((looked, copy) for copy, looked in enumerate(self._looked)))
        self._due_at = [due for due, *_ in sorted(self._due, key=lambda one: one[1])]

    def outcome(self) -> Outcome:
        """Spend each day's calls, one after the other."""
        news, heard = self._news(), 0
        stale, oldest = 0.0, 0.0
        looked, version, heap, policy = self._looked, self._version, self._due, self.policy
        spent, seen, due_of, stale_since = policy.spent, policy.seen, policy.due, self._stale_since
        by_age, due_at, floor = self._by_age, self._due_at, policy.floor
        for call in range(self.days * self.per_day):
            now = call / self.per_day
            while heard < len(news) and news[heard][0] <= now:
                self._hear(*news[heard])
                heard += 1
            while looked[by_age[0][1]] != by_age[0][0]:  # it was looked at since
                by_age.popleft()
            if by_age[0][0] + floor <= now:
                copy = by_age[0][1]
            else:
                _, copy, number = heap[0]
                while number != version[copy]:
                    heapq.heappop(heap)
                    _, copy, number = heap[0]
            age = now - looked[copy]
            spent(now - due_at[copy], age)
            oldest = max(oldest, age)
            found = stale_since(copy, now)
            stale += found
            seen(copy, age, changed=found > 0.0)
            looked[copy] = now
            by_age.append((now, copy))
            version[copy] += 1
            due_at[copy] = due_of(copy, now, now)
            heapq.heappush(heap, (due_at[copy], copy, version[copy]))
        end = float(self.days)
        stale += sum(self._stale_since(copy, end) for copy in range(len(looked)))
        return Outcome(stale / (self.days - WARM_UP_DAYS), max(oldest, end - min(looked)))

    def _news(self) -> list[tuple[float, int, bool]]:
        """List what policies are told beside their own looks: hints, and to an oracle the phases; (day, copy, hint)."""
        news = []
        if self.hints:
            news += [(at, copy, True) for copy, each in enumerate(self.world.changes) for at in each if self._told()]
        if isinstance(self.policy, OracleOfPhases):
            news += [(at, copy, False) for copy, each in enumerate(self.world.phases) for at, _ in each[1:]]
        return sorted(news)

    def _told(self) -> bool:
        return self.rng.random() < HINTED

    def _hear(self, now: float, copy: int, hint: bool) -> None:  # noqa: FBT001 - one of a tuple
        due = self.policy.hinted(copy, now) if hint else self.policy.due(copy, self._looked[copy], now)
        if due is not None:
            self._version[copy] += 1
            self._due_at[copy] = due
            heapq.heappush(self._due, (due, copy, self._version[copy]))

    def _stale_since(self, copy: int, now: float) -> float:
        """Return the weighted time since the first change that was not seen; a trifle if it is not to be counted."""
        changes, first = self.world.changes[copy], self._next_change[copy]
        if first == len(changes) or changes[first] > now:
            return 0.0
        self._next_change[copy] = bisect_right(changes, now, first)
        if now <= WARM_UP_DAYS:
            return TRIFLE
        return self.world.importance[copy] * (now - max(changes[first], WARM_UP_DAYS))


def least_stale(world: World, per_day: float) -> float:
    """Return a share below which no policy can stay, if changes are Poisson events of which nothing else tells.

    Looks say nothing of changes to come, so that at a copy's number of looks equal intervals are best (Cho and
    Garcia-Molina, "Effective page refresh policies for web crawlers", TODS 2003, theorem 4.2). What remains is to share
    the calls out at known rates. For any price of a call, the least sum of staleness and price, minus the price of the
    day's calls, is a lower bound (weak duality); the best price is where the calls fit. No copy has a floor here.
    """
    low, high = 1e-12, 1e3
    for _ in range(PRICES):
        price = math.sqrt(low * high)
        intervals = [
            due_age_days(known(rate), weight, price, oldest_days=LONGEST_DAYS)
            for rate, weight in zip(world.rates, world.importance, strict=True)
        ]
        calls = sum(1.0 / days for days in intervals)
        low, high = (price, high) if calls > per_day else (low, price)
    stale = sum(
        weight * (1.0 + math.expm1(-rate * days) / (rate * days))
        for rate, weight, days in zip(world.rates, world.importance, intervals, strict=True)
    )
    return stale + price * (calls - per_day)


def run_world(name: str, kind: str, seed: int, size: argparse.Namespace) -> dict[str, Outcome]:
    """Make a world and let one policy after the other live in it."""
    world = make_world(name, kind, seed, size.copies, size.days)
    found = {LEAST: Outcome(least_stale(world, size.calls), 0.0)} if kind == "poisson" else {}
    for each, make in POLICIES.items():
        policy = make(world, size.calls)
        found[each] = Run(world, policy, size.calls, size.days, random.Random(seed), hints="hints" in each).outcome()
    return found


def main() -> int:
    """Print the tables; return 1 if a target is missed in the world whose numbers are recorded ones."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option, default in (("copies", 20_000), ("days", 150), ("seeds", 5), ("calls", 5_000), ("jobs", 2)):
        parser.add_argument(f"--{option}", type=int, default=default)
    parser.add_argument("--worlds", nargs="+", default=list(WORLDS), choices=list(WORLDS))
    size = parser.parse_args()
    print(f"{platform.machine()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print(f"{size.copies} copies, {size.calls} calls a day, {size.days} days (30 of them to learn), {size.seeds} seeds")
    began, missed = time.monotonic(), 0
    with ProcessPoolExecutor(size.jobs) as pool:
        for world in size.worlds:
            tasks = list(product([world], KINDS, range(size.seeds)))
            outcomes = list(pool.map(run_world, *zip(*tasks, strict=True), [size] * len(tasks)))
            told = {
                (kind, seed, name): one
                for (_, kind, seed), each in zip(tasks, outcomes, strict=True)
                for name, one in each.items()
            }
            misses = report(world, told, size.seeds)
            missed += misses if world == RECORDED else 0
    print(f"\n{time.monotonic() - began:.0f} s")
    return int(missed > 0)


def report(world: str, found: Mapping[tuple[str, int, str], Outcome], seeds: int) -> int:
    """Print what came of one world, and how it stands to the targets; return how many it misses."""
    print(f"\nworld {world!r}: {WORLDS[world]}\n")
    print(f"{'stale share of weighted time':30} {'Poisson':>24} {'bursty':>24}   oldest copy")
    mean: dict[tuple[str, str], float] = {}
    missed = []
    for name in POLICIES:
        cells = []
        for kind in KINDS:
            shares = [found[kind, seed, name].stale for seed in range(seeds)]
            mean[kind, name] = statistics.fmean(shares)
            cells.append(f"{mean[kind, name]:8.2%} ({min(shares):.2%} to {max(shares):.2%})")
        oldest = max(found[kind, seed, name].oldest for kind in KINDS for seed in range(seeds))
        print(f"{name:30} {cells[0]:>24} {cells[1]:>24}   {oldest:.1f} d")
        if POLICIES[name] is Index and oldest > OLDEST_DAYS:
            missed.append(f"{name}: the oldest copy is {oldest:.1f} days old, at most {OLDEST_DAYS:.0f}")
    least = statistics.fmean(found["poisson", seed, LEAST].stale for seed in range(seeds))
    print(f"{LEAST:30} {least:8.2%}\n")
    for name, kind, other, most in TARGETS:
        ratio = mean[kind, name] / mean[kind, other]
        best = min(mean[kind, oracle] for oracle in POLICIES if oracle.startswith("oracle")) / mean[kind, other]
        text = f"{name}, {kind}: {ratio:.2f} of {other!r}, at most {most:.2f} (the best oracle: {best:.2f})"
        if kind == "poisson" and "hints" not in name and least > most * mean[kind, other]:
            text = f"{text}; no policy without hints stays below {least / mean[kind, other]:.2f}"
        missed += [text] if ratio > most else []
        print(f"{'ok    ' if ratio <= most else 'MISSED'} {text}")
    for text in missed:
        print(f"missed: {text}")
    return len(missed)


if __name__ == "__main__":
    sys.exit(main())
