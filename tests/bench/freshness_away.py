"""Three weeks without the daemon: what it does when it is back, in virtual time.

The situation of `bench.freshness_daemon`, smaller: all schedules run for some days, then no daemon for three weeks,
then some days again, while people import. Prints how often each due time was answered, how the catching up is spread
over the hours, how much of each day's quota was used, and how long people waited; returns 1 if a target is missed.

    python tests/bench/freshness_away.py [--artists 400] [--days 2] [--away 21] [--people 12] [--part 1]
"""

import random
import sys
import time
from collections import Counter
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import attrs
import trio
import trio.testing

from bench.freshness_frame import DAY_S, HOUR_S, RARELY, Facts, Report, Scene, host_with, scene_of, serve, sizes
from simulation.on_servers import SimBridge
from simulation.weather import SkewedClock
from thesetd.adapters.aio.loop import open_quick_loop
from thesetd.adapters.postgres import PostgresStore
from thesetd.app.wiring import wire
from thesetd.domain.cron import next_due
from thesetd.domain.freshness.budget import FASTEST
from thesetd.domain.work.schedules import DEFAULTS

UNEVEN = 2.0  # times the pace of orders: calls of an hour, beside those of people's imports
BURST = 20  # of calls that an import makes within its hour, at most


@attrs.frozen(kw_only=True)
class Seen:
    """The due times for which jobs were enqueued by schedule, and when the daemon was stopped and came back."""

    fired: list[str]
    stopped_s: float
    back_s: float
    imports: list[float]


async def live(scene: Scene, dsn: str, url: str, mock: trio.testing.MockClock) -> Seen:
    """Let the daemon run, be away, and run again."""
    size, rng = scene.size, random.Random(f"{scene.size.seed}:people")
    running_s, away_s = size.days * DAY_S, size.away * DAY_S
    async with open_quick_loop(), trio.open_nursery() as everything, AsyncExitStack() as stack:
        host = host_with(scene.quotas, scene.world, everything, size.seed, RARELY, dsn=dsn, url=url, mock=mock)
        scene.traffic = host.traffic
        scene.store = await stack.enter_async_context(PostgresStore.open(dsn, SimBridge(None, mock, host.turn)))
        await scene.known(host.clock)
        imports = [
            begin + rng.random() * (running_s - HOUR_S)
            for begin in (0.0, running_s + away_s)
            for _ in range(max(1, size.people // 2))
        ]
        imports.append(running_s + away_s + HOUR_S / 6)  # ten minutes after its return
        for at in imports:
            everything.start_soon(scene.come, at, rng.choice(scene.universe.roster))
        for begin in (0.0, running_s + away_s):
            await trio.sleep_until(begin)
            await _run(scene, host, running_s)
        rows = await scene.store.database.read(
            lambda connection: connection.fetch(
                "select unique_key from thesetd.jobs where unique_key like 'schedule:%'"
            )
        )
        everything.cancel_scope.cancel()
    return Seen(
        fired=[row["unique_key"].removeprefix("schedule:") for row in rows],
        stopped_s=running_s,
        back_s=running_s + away_s,
        imports=imports,
    )


async def _run(scene: Scene, host: Any, seconds: float) -> None:
    """Be one life of the daemon."""
    async with AsyncExitStack() as life, trio.open_nursery() as nursery:
        settings, adapters = await host.begin(host.life(), life)
        scene.daemon = wire(settings, adapters, Facts(host.journal), {})
        nursery.start_soon(scene.daemon.supervisor.run)
        await trio.sleep(seconds)
        nursery.cancel_scope.cancel()


def report(scene: Scene, seen: Seen, took_s: float) -> int:
    """Print the figures; return 1 if a target is missed."""
    told, fired, due = Report(), Counter(seen.fired), _due(scene, seen)
    twice = [key for key, count in fired.items() if count > 1]
    left = [key for key in due if key not in fired]
    told.told(
        f"{len(fired)} due times answered, {len(twice)} twice, {len(left)} left out {left[:3]}", ok=not twice + left
    )
    people = Counter(int((at - seen.back_s) // HOUR_S) for at in seen.imports)
    for provider, quota in scene.quotas.items():
        calls = scene.traffic.at.get(provider, [])
        hours = [
            sum(seen.back_s + n * HOUR_S <= at < seen.back_s + (n + 1) * HOUR_S for at in calls) for n in range(48)
        ]
        most = [UNEVEN * FASTEST * quota / 24 + BURST * (people[n] + people[n - 1]) for n in range(48)]
        over = [n for n in range(48) if hours[n] > most[n]]
        told.told(f"{provider}: {', '.join(map(str, hours))} calls an hour after the return", ok=not over)
    told.days(scene, [begin + n * DAY_S for begin in (0.0, seen.back_s) for n in range(scene.size.days)])
    told.waits(scene)
    told.violations(scene)
    print(f"{took_s:.0f} s")
    return int(told.missed > 0)


def _due(scene: Scene, seen: Seen) -> list[str]:
    """Return the due times that have to be answered: each while the daemon ran, and the first that it missed."""
    start = SkewedClock().start
    found = []
    for name, schedule in DEFAULTS.items():
        at, missed = start, False
        while True:
            at = next_due(schedule.cron, at, schedule.zone)
            seconds = (at - start).total_seconds()
            if seconds >= seen.back_s + scene.size.days * DAY_S:
                break
            away = seen.stopped_s <= seconds < seen.back_s
            if not (away and missed):
                found.append(f"{name}:{at.isoformat()}")
            missed = away
    return found


def main() -> int:
    """Run it."""
    parser = sizes(__doc__, artists=400, days=2, away=21, people=12, part=1, shows=6, seed=1)
    size, began = parser.parse_args(), time.monotonic()
    scene = scene_of(size)
    seen = trio.run(serve, size.seed, partial(live, scene))
    return report(scene, seen, time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
