"""Plans beside what came of them: `plan import` is asked before each of 200 imports.

The daemon's actors on servers of their own in virtual time, as in `freshness_frame`; no artist is known at first. What
was imported before those that count is what their plans are told from. Prints how far the calls of each provider and
the time of all imports are from what was planned, and of single ones; returns 1 if a target is missed.

    python tests/bench/plans.py [--artists 120] [--people 260] [--days 1] [--shows 6] [--seed 1]
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import attrs
import trio

from bench.freshness_daemon import live
from bench.freshness_frame import PATIENCE_S, Scene, serve, world_of
from simulation.weather import SkewedClock
from thesetd.domain.freshness.plans import Plan, Range
from thesetd.domain.ids import SETLISTFM, SPOTIFY, TICKETMASTER
from thesetd.sandbox.synthetic.universe import Universe

COUNTED = 200  # imports that are compared: the last ones
CALLS_WITHIN, SECONDS_WITHIN = 0.10, 0.20
LEDGER_S = 90.0  # until the calls of an import are in the ledger
_CALLS = "select provider, sum(cost)::int as calls from thesetd.api_calls where job_id = $1 group by 1"


@attrs.frozen(kw_only=True)
class Compared:
    """An import with what was planned of it."""

    plan: Plan
    seconds: float
    calls: Mapping[str, int]

    def planned(self, provider: str) -> float:
        """Return the calls that were planned."""
        return sum(one.calls.middle for one in self.plan.providers if one.provider == provider)


@attrs.define(kw_only=True)
class PlannedScene(Scene):
    """People ask what an import will take before they ask for it."""

    compared: list[Compared] = attrs.field(factory=list)

    async def known(self, clock: SkewedClock) -> None:
        """Begin with an empty database."""

    async def come(self, at: float, artist: Any) -> None:
        """Plan an import at that moment, import, and wait for its end."""
        await trio.sleep_until(at)
        assert self.daemon is not None
        plan, began = await self.daemon.planner.plan_import(artist.spotify_id), trio.current_time()
        with trio.move_on_after(PATIENCE_S):
            async with self.daemon.subscribers.subscribe() as listener:
                accepted = await self.daemon.submit(artist.spotify_id)
                while True:
                    event = await listener.receive()
                    if event.job_id == accepted.job_id and event.progress.stage.final:
                        break
            seconds = trio.current_time() - began
            await trio.sleep(LEDGER_S)
            rows = await self.store.database.read(lambda connection: connection.fetch(_CALLS, accepted.job_id))
            calls = {row["provider"]: row["calls"] for row in rows}
            if not accepted.joined:
                self.compared.append(Compared(plan=plan, seconds=seconds, calls=calls))


def report(compared: Sequence[Compared]) -> int:
    """Print how plans and imports differ; return 1 if a target is missed."""
    missed = 0

    def told(what: str, plan: Callable[[Compared], float], found: Callable[[Compared], float], within: float) -> None:
        nonlocal missed
        planned, made = sum(map(plan, compared)), sum(map(found, compared))
        off = planned / made - 1.0
        each = statistics.median(abs(plan(one) - found(one)) / max(found(one), 1.0) for one in compared)
        ok = abs(off) <= within
        missed += not ok
        text = f"{what}: {planned:.0f} planned, {made:.0f} found, {off:+.1%} (single imports: {each:.1%} in the median)"
        print(f"{'ok    ' if ok else 'MISSED'} {text}")

    print(f"       {len(compared)} imports compared")
    for provider in (SPOTIFY, TICKETMASTER, SETLISTFM):
        told(
            f"calls of {provider}",
            lambda one, provider=provider: one.planned(provider),  # type: ignore[misc]
            lambda one, provider=provider: one.calls.get(provider, 0),  # type: ignore[misc]
            CALLS_WITHIN,
        )
    told("seconds", lambda one: one.plan.duration.middle, lambda one: one.seconds, SECONDS_WITHIN)
    held = statistics.fmean(_holds(one.plan.duration, one.seconds) for one in compared)
    print(f"       {held:.0%} ended within the bounds of their plan")
    return int(missed > 0)


def _holds(bounds: Range, found: float) -> bool:
    return bounds.low <= found <= bounds.high


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option, default in (("artists", 120), ("days", 1), ("people", 260), ("shows", 6), ("seed", 1)):
        parser.add_argument(f"--{option}", type=int, default=default)
    parser.set_defaults(month=False)
    size, began = parser.parse_args(), time.monotonic()
    universe = Universe(size.seed, size.artists)
    scene = PlannedScene(size=size, universe=universe, world=world_of(size, universe), quotas={})
    trio.run(serve, size.seed, partial(live, scene))
    missed = report(scene.compared[-COUNTED:])
    print(f"{time.monotonic() - began:.0f} s")
    return missed


if __name__ == "__main__":
    sys.exit(main())
