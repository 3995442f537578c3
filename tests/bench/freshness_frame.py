"""The frame of simulated days: the daemon's actors on servers of their own, emulated providers, people who import.

The daemon runs on a PostgreSQL and a Redis of its own, with the emulated providers in process, in virtual time: no
answer of a server takes time, those of providers do. `bench.freshness_daemon` and `bench.freshness_away` let days pass
in it.
"""

import argparse
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import attrs
import trio
import trio.testing

from simulation.audit import Audit
from simulation.host import Servers, default_settings
from simulation.journal import Journal
from simulation.on_servers import RealHost
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
from thesetd.adapters.postgres import migrate
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import SETLISTFM, TICKETMASTER, ProviderName
from thesetd.domain.music.names import slugify
from thesetd.domain.music.records import Artist, Rows
from thesetd.domain.work.batches import Batch
from thesetd.domain.work.progress import Stage
from thesetd.sandbox.server import SandboxOptions, build
from thesetd.sandbox.synthetic.universe import Universe
from thesetd.sandbox.twins.registry import TWINS
from thesetd.sandbox.world import World

T = TypeVar("T")

DAY_S, HOUR_S = 86_400.0, 3_600.0
QUOTAS: Mapping[ProviderName, int] = {TICKETMASTER: 300, SETLISTFM: 200}
MOST_WAIT_S, LEAST_USED = 15.0, 0.97
COMPLETE = "Import complete!"
PATIENCE_S = 6 * 3_600.0  # of a person, who then counts as one whose import did not end
PIECE = 200  # artists of one transaction
SELDOM = Polls(
    beat_s=60.0, probe_s=600.0, jobs_s=60.0, pauses_s=600.0, changes_s=600.0, capabilities_s=60.0, credentials_s=600.0
)  # idle looks would be most of the work
RARELY = attrs.evolve(SELDOM, beat_s=600.0, jobs_s=300.0, changes_s=3_600.0, capabilities_s=600.0)  # in many days


@attrs.frozen(kw_only=True)
class Waited:
    """What one person saw: when it came, seconds until the shows were there, the last words, what is stored then."""

    at: float
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
    waits: list[Waited] = attrs.field(factory=list)
    calls: dict[str, list[float]] = attrs.field(factory=dict)

    def within(self, provider: str, begin: float) -> int:
        """Return how many calls a provider received within a day."""
        return sum(begin <= at < begin + DAY_S for at in self.traffic.at.get(provider, ()))

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
            Waited(at=at, shows_s=shows_s, words=words, coming=self._coming(artist), stored=await self._stored(artist))
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


@attrs.frozen
class Facts:
    """Hears what actors tell."""

    journal: Journal

    def notify(self, fact: Any) -> None:
        """Note it."""
        self.journal.fact(1, fact)


@attrs.define
class Report:
    """Prints figures, and counts those that miss their target."""

    missed: int = 0

    def told(self, text: str, *, ok: bool) -> None:
        """Print a figure that has a target."""
        self.missed += not ok
        print(f"{'ok    ' if ok else 'MISSED'} {text}")

    def plain(self, text: str) -> None:
        """Print another."""
        print(f"       {text}")

    def waits(self, scene: Scene) -> None:
        """Tell how long people waited for shows and setlists, and what imports ended without."""
        waits = sorted(wait.shows_s for wait in scene.waits)
        p95 = waits[int(0.95 * (len(waits) - 1))]
        self.told(
            f"shows and setlists of {len(waits)} imports within {waits[len(waits) // 2]:.1f} s (median), {p95:.1f} s"
            f" (p95), {waits[-1]:.1f} s (worst)",
            ok=p95 < MOST_WAIT_S,
        )
        complete = [wait for wait in scene.waits if wait.words.startswith(COMPLETE)]
        without = [wait for wait in complete if wait.coming and not wait.stored]
        self.told(f"{len(without)} imports 'complete' without their shows", ok=not without)
        self.plain(f"{len(complete)} of {len(scene.waits)} imports complete")
        for wait in scene.waits:
            if not wait.words.startswith(COMPLETE):
                self.plain(f"  after {wait.at / HOUR_S:.1f} h: {wait.words}")

    def days(self, scene: Scene, begins: Sequence[float]) -> None:
        """Tell how many calls were made in the day after each of these moments, and in the least of any day between."""
        for provider, quota in scene.quotas.items():
            days = [scene.within(provider, begin) for begin in begins]
            hours = range(int((begins[-1] - begins[0]) // HOUR_S) + 1)
            least = min(scene.within(provider, begins[0] + hour * HOUR_S) for hour in hours)
            self.told(
                f"{provider}: {', '.join(map(str, days))} of {quota} calls a day", ok=min(days) >= LEAST_USED * quota
            )
            if len(begins) == (begins[-1] - begins[0]) // DAY_S + 1:
                self.plain(f"  {least} in the least of all days, whenever they begin")

    def violations(self, scene: Scene) -> None:
        """Tell which limits were exceeded."""
        violations = scene.traffic.violations
        self.told(f"{len(violations)} violations {violations[:2]}", ok=not violations)


def scene_of(size: argparse.Namespace) -> Scene:
    """Return the daemon's surroundings in a size: a part of the artists' and of the quotas' measured numbers."""
    universe = Universe(size.seed, size.artists)
    quotas = {name: quota // size.part for name, quota in QUOTAS.items()}
    return Scene(size=size, universe=universe, world=world_of(size, universe), quotas=quotas)


def sizes(about: str | None, **defaults: int) -> argparse.ArgumentParser:
    """Return a parser with an option for each of these numbers."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option, default in defaults.items():
        parser.add_argument(f"--{option}", type=int, default=default)
    return parser


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
