"""The measured situation: 2,003 artists, 300 calls of Ticketmaster and 200 of setlist.fm a day, and people who import.

The daemon's actors on a PostgreSQL and a Redis of their own, with the emulated providers in process, in virtual time:
no answer of a server takes time, those of providers do. All schedules run. Prints how long people waited for shows and
setlists, what imports ended without, what each quota was used for, and whose copies were looked at; returns 1 if a
target is missed.

    python tests/bench/freshness_daemon.py [--artists 2003] [--days 3] [--people 40] [--shows 6] [--part 1] [--month]

`--month` is for 30 days: only the schedules that spend the two quotas run, since nothing else competes for these, and
shows and setlists of every artist have to have been looked at. `--part 5` is a fifth of the artists and of the quotas.
"""

import random
import sys
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial

import attrs
import trio
import trio.testing

from bench.freshness_frame import DAY_S, RARELY, SELDOM, Facts, Report, Scene, host_with, scene_of, serve, sizes
from simulation.on_servers import SimBridge
from thesetd.adapters.aio.loop import open_quick_loop
from thesetd.adapters.postgres import PostgresStore
from thesetd.app.wiring import wire
from thesetd.domain.freshness.copies import Aspect
from thesetd.domain.work.jobs import JobKind
from thesetd.domain.work.schedules import Schedule

FLOOR_D = 30  # days from which on everybody has to have been looked at


def of_quotas(schedules: Mapping[str, Schedule]) -> Mapping[str, Schedule]:
    """Let only the schedules run that spend the quotas."""
    spending = {JobKind.REFRESH_SHOWS, JobKind.REFRESH_SETLISTS}
    return {
        name: attrs.evolve(one, profiles=False, enabled=one.enabled and one.work in spending)
        for name, one in schedules.items()
    }


async def live(scene: Scene, dsn: str, url: str, mock: trio.testing.MockClock) -> dict[str, tuple[int, int]]:
    """Let the days pass on these servers; return by aspect how many artists were looked at, of how many."""
    size = scene.size
    rng = random.Random(f"{size.seed}:people")
    async with open_quick_loop(), trio.open_nursery() as everything:
        polls = RARELY if size.month else SELDOM
        host = host_with(scene.quotas, scene.world, everything, size.seed, polls, dsn=dsn, url=url, mock=mock)
        scene.traffic = host.traffic
        async with AsyncExitStack() as stack:
            scene.store = await stack.enter_async_context(PostgresStore.open(dsn, SimBridge(None, mock, host.turn)))
            await scene.known(host.clock)
            actor_settings, adapters = await host.begin(host.life(), stack)
            if size.month:
                actor_settings = attrs.evolve(actor_settings, schedules=of_quotas(actor_settings.schedules))
            scene.daemon = wire(actor_settings, adapters, Facts(host.journal), {})
            everything.start_soon(scene.daemon.supervisor.run)
            moments = sorted(rng.random() * size.days * DAY_S for _ in range(size.people))
            for at in moments:
                everything.start_soon(scene.come, at, rng.choice(scene.universe.roster))
            for day in range(size.days):
                await trio.sleep_until((day + 1) * DAY_S)
                used = ", ".join(f"{name} {scene.within(name, day * DAY_S)}" for name in scene.quotas)
                print(f"day {day + 1}: {used}", flush=True)
            rows = await scene.store.database.read(
                lambda connection: connection.fetch(
                    """select aspect, count(*) as n, count(looked_at) as seen from thesetd.refresh
                    where askable and aspect = any($1) group by 1""",
                    ["shows", "setlists"] if size.month else [aspect.value for aspect in Aspect],
                )
            )
            everything.cancel_scope.cancel()
    return {row["aspect"]: (row["seen"], row["n"]) for row in rows}


def report(scene: Scene, looked: Mapping[str, tuple[int, int]], took_s: float) -> int:
    """Print the figures; return 1 if a target is missed."""
    told = Report()
    told.waits(scene)
    told.days(scene, [day * DAY_S for day in range(scene.size.days)])
    told.violations(scene)
    for aspect, (seen, of) in sorted(looked.items()):
        text = f"{aspect} of {seen} of {of} artists looked at"
        if scene.size.days < FLOOR_D:
            told.plain(text)
        else:
            told.told(text, ok=seen == of)
    print(f"{took_s:.0f} s")
    return int(told.missed > 0)


def main() -> int:
    """Run it."""
    parser = sizes(__doc__, artists=2_003, days=3, people=40, shows=0, part=1, seed=1)
    parser.add_argument("--month", action="store_true")
    size, began = parser.parse_args(), time.monotonic()
    size.days, size.artists = FLOOR_D if size.month else size.days, size.artists // size.part
    scene = scene_of(size)
    looked = trio.run(serve, size.seed, partial(live, scene))
    return report(scene, looked, time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
