"""The measured situation: 2,003 artists, 300 calls of Ticketmaster and 200 of setlist.fm a day, and people who import.

The daemon's actors on a PostgreSQL and a Redis of their own, with the emulated providers in process, in virtual time:
no answer of a server takes time, those of providers do. All schedules run. Prints how long people waited for shows and
setlists, what imports ended without, what each quota was used for, and whose copies were looked at; returns 1 if a
target is missed.

    python tests/bench/freshness_daemon.py [--artists 2003] [--days 3] [--people 40] [--shows 6] [--part 1] [--month]

`--month` is for 30 days: only the schedules that spend the two quotas run, since nothing else competes for these, and
shows and setlists of every artist have to have been looked at. `--part 5` is a fifth of the artists and of the quotas.
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import attrs
import trio
import trio.testing

from simulation.audit import Audit
from simulation.host import Servers, default_settings
from simulation.journal import Journal
from simulation.on_servers import RealHost, SimBridge
from simulation.scheduling import deterministic
from simulation.small_world import shortened
from simulation.traffic import Traffic
from simulation.weather import SkewedClock, Weather
from thesetd.actors.control.daemon import Daemon
from thesetd.actors.supervision.polls import Polls
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.aio.loop import open_quick_loop
from thesetd.adapters.clock import SystemClock
from thesetd.adapters.embedded.postgres import EmbeddedPostgres
from thesetd.adapters.embedded.redis import EmbeddedRedis
from thesetd.adapters.postgres import PostgresStore, migrate
from thesetd.app.wiring import wire
from thesetd.domain.freshness.copies import Aspect
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import SETLISTFM, TICKETMASTER, ProviderName
from thesetd.domain.music.names import slugify
from thesetd.domain.music.records import Artist, Rows
from thesetd.domain.work.batches import Batch
from thesetd.domain.work.jobs import JobKind
from thesetd.domain.work.progress import Stage
from thesetd.domain.work.schedules import Schedule
from thesetd.sandbox.server import SandboxOptions, build
from thesetd.sandbox.synthetic.universe import Universe
from thesetd.sandbox.twins.registry import TWINS
from thesetd.sandbox.world import World

T = TypeVar("T")

DAY_S = 86_400.0
QUOTAS: Mapping[ProviderName, int] = {TICKETMASTER: 300, SETLISTFM: 200}
MOST_WAIT_S, LEAST_USED = 15.0, 0.97
PATIENCE_S = 6 * 3_600.0  # of a person, who then counts as one whose import did not end
PIECE = 200  # artists of one transaction
FLOOR_D = 30  # days from which on everybody has to have been looked at
SELDOM = Polls(
    beat_s=60.0, probe_s=600.0, jobs_s=60.0, pauses_s=600.0, changes_s=600.0, capabilities_s=60.0, credentials_s=600.0
)  # idle looks would be most of the work
RARELY = attrs.evolve(SELDOM, beat_s=600.0, jobs_s=300.0, changes_s=3_600.0, capabilities_s=600.0)  # in many days


@attrs.frozen(kw_only=True)
class DeferReason:
    """What one person saw: seconds until the shows were there, the last words, and what is stored then."""

    shows_s: float
    words: str
    coming: int
    stored: int


@attrs.define(kw_only=True)
class Scene:
    """The daemon, the world, and what was seen of both."""

    size: argparse.Namespace
    universe: Universe
    world: World
    quotas: Mapping[ProviderName, int] = QUOTAS
    store: Any = None
    daemon: Daemon | None = None
    traffic: Any = None
    waits: list[DeferReason] = attrs.field(factory=list)
    calls: dict[str, list[float]] = attrs.field(factory=dict)

    async def known(self, clock: SkewedClock) -> None:
        """Put all artists into the database with their ids, as in one that is in use, and never looked at."""
        artists = [
            Artist(
                name=one.name,
                slug=slugify(one.name, one.spotify_id),
                fetched_at=clock.now(),
                spotify_id=one.spotify_id,
                ticketmaster_id=one.attraction_id,
                mbid=one.mbid,
                popularity=one.popularity,
            )
            for one in self.universe.roster
        ]
        for first in range(0, len(artists), PIECE):
            rows = Rows(artists=tuple(artists[first : first + PIECE]))
            await self.store.batches.write(Batch(at=clock.now(), rows=rows))

    async def come(self, at: float, artist: Any) -> None:
        """Import an artist at that moment, and wait."""
        await trio.sleep_until(at)
        assert self.daemon is not None
        began, shows_s, words = trio.current_time(), float("inf"), "did not end"
        with trio.move_on_after(PATIENCE_S):
            async with self.daemon.subscribers.subscribe() as listener:
                accepted = await self.daemon.submit(artist.spotify_id)
                while True:
                    event = await listener.receive()
                    if event.job_id != accepted.job_id:
                        continue
                    if event.progress.stage is Stage.SHOWS_COMPLETE:
                        shows_s = min(shows_s, trio.current_time() - began)
                    if event.progress.stage.final:
                        words = event.progress.message
                        break
        self.waits.append(
            DeferReason(shows_s=shows_s, words=words, coming=self._coming(artist), stored=await self._stored(artist))
        )

    def _coming(self, artist: Any) -> int:
        """Return how many events the provider lists of an artist."""
        if artist.attraction_id is None:
            return 0
        now = SkewedClock().now()
        return len(self.world.sources[TICKETMASTER].events(frozenset({artist.attraction_id}), now))

    async def _stored(self, artist: Any) -> int:
        """Return how many shows to come are stored of an artist."""
        return int(
            await self.store.database.read(
                lambda connection: connection.fetchval(
                    """select count(*) from artist_shows l join artists a on a.id = l.artist_id
                    join shows s on s.id = l.show_id where a.spotify_id = $1 and s.ticketmaster_id is not null""",
                    artist.spotify_id,
                )
            )
        )


class Counted(Traffic):
    """Traffic that remembers when each call arrived."""

    def __init__(self, *args: Any) -> None:
        """Start with none."""
        super().__init__(*args)
        self.at: dict[str, list[float]] = {}

    def arrives(self, provider: str) -> None:
        """Count a call; see `Traffic`."""
        super().arrives(provider)
        self.at.setdefault(provider, []).append(trio.current_time())


def host_with(
    quotas: Mapping[ProviderName, int],
    world: World,
    everything: trio.Nursery,
    seed: int,
    polls: Polls = SELDOM,
    **servers: Any,
) -> RealHost:
    """Return a machine on which the daemon lives among providers of this world, with so many calls a day."""
    clock, journal = SkewedClock(), Journal()
    options = SandboxOptions(seed=seed, latency_s=0.15, jitter_s=0.3, limits={"spotify": ()})
    settings = {
        name: attrs.evolve(one, limits=(*one.limits[:1], Window(quotas[ProviderName(name)], DAY_S)))
        if name in quotas
        else one
        for name, one in default_settings().items()
    }
    return RealHost(
        shared_limits=False,
        seed=seed,
        servers=Servers(),
        app=build(options, SkewedClock(), world),
        clock=clock,
        weather=Weather(random.Random(1), latency_rate=0.0),
        journal=journal,
        traffic=Counted(journal, clock, {ProviderName(name): one.limits for name, one in settings.items()}),
        audit=Audit(journal),
        later=everything.start_soon,
        tell=journal.fact,
        settings=settings,
        polls=polls,
        **servers,
    )


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
                used = ", ".join(
                    f"{name} {sum(day * DAY_S < at for at in scene.traffic.at.get(name, ()))}" for name in scene.quotas
                )
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


@attrs.frozen
class Facts:
    """Hears what actors tell."""

    journal: Journal

    def notify(self, fact: Any) -> None:
        """Note it."""
        self.journal.fact(1, fact)


def report(scene: Scene, looked: Mapping[str, tuple[int, int]], took_s: float) -> int:
    """Print the figures; return 1 if a target is missed."""
    size, missed = scene.size, 0

    def told(text: str, *, ok: bool) -> None:
        nonlocal missed
        missed += not ok
        print(f"{'ok    ' if ok else 'MISSED'} {text}")

    def plain(text: str) -> None:
        print(f"       {text}")

    waits = sorted(wait.shows_s for wait in scene.waits)
    p95 = waits[int(0.95 * (len(waits) - 1))]
    told(
        f"shows and setlists of {len(waits)} imports within {waits[len(waits) // 2]:.1f} s (median), {p95:.1f} s (p95),"
        f" {waits[-1]:.1f} s (worst)",
        ok=p95 < MOST_WAIT_S,
    )
    complete = [wait for wait in scene.waits if wait.words.startswith("Import complete!")]
    without = [wait for wait in complete if wait.coming and not wait.stored]
    told(f"{len(without)} imports 'complete' without their shows", ok=not without)
    words = Counter(wait.words for wait in scene.waits if not wait.words.startswith("Import complete!"))
    plain(f"{len(complete)} of {len(scene.waits)} imports complete")
    for text, count in words.most_common(5):
        plain(f"  {count} x {text}")
    for provider, quota in scene.quotas.items():
        moments = scene.traffic.at.get(provider, [])
        days = [sum(day * DAY_S <= at < (day + 1) * DAY_S for at in moments) for day in range(size.days)]
        told(f"{provider}: {', '.join(map(str, days))} of {quota} calls a day", ok=min(days) >= LEAST_USED * quota)
    told(f"{len(scene.traffic.violations)} violations {scene.traffic.violations[:2]}", ok=not scene.traffic.violations)
    for aspect, (seen, of) in sorted(looked.items()):
        text = f"{aspect} of {seen} of {of} artists looked at"
        if size.days < FLOOR_D:
            plain(text)
        else:
            told(text, ok=seen == of)
    print(f"{took_s:.0f} s")
    return int(missed > 0)


def world_of(size: argparse.Namespace, universe: Universe) -> World:
    """Make the world of all artists, each with so many shows at most."""
    whole = World("measured", {twin.name: twin.synthetic(universe) for twin in TWINS})
    return shortened(whole, size.shows) if size.shows else whole


async def serve(seed: int, live: Callable[[str, str, trio.testing.MockClock], Awaitable[T]]) -> T:
    """Start servers in real time, and let days pass in a thread beside them, in virtual time."""
    with TemporaryDirectory() as folder:
        async with (
            EmbeddedPostgres.run(Path(folder) / "postgres", settings={"fsync": "off"}) as dsn,
            EmbeddedRedis.run(Path(folder) / "redis") as url,
        ):
            async with open_quick_loop():
                await migrate(dsn, AsyncioBridge(), at=SystemClock().now())

            def run() -> T:
                mock = trio.testing.MockClock(autojump_threshold=0)
                with deterministic(seed):
                    return trio.run(live, dsn, url, mock, clock=mock)

            return await trio.to_thread.run_sync(run)


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option, default in (("artists", 2_003), ("days", 3), ("people", 40), ("shows", 0), ("part", 1), ("seed", 1)):
        parser.add_argument(f"--{option}", type=int, default=default)
    parser.add_argument("--month", action="store_true")
    size, began = parser.parse_args(), time.monotonic()
    size.days, size.artists = FLOOR_D if size.month else size.days, size.artists // size.part
    universe = Universe(size.seed, size.artists)
    quotas = {name: quota // size.part for name, quota in QUOTAS.items()}
    scene = Scene(size=size, universe=universe, world=world_of(size, universe), quotas=quotas)
    looked = trio.run(serve, size.seed, partial(live, scene))
    return report(scene, looked, time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
