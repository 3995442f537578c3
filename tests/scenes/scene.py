"""A whole daemon over fakes: everything outside in memory, for tests with time that jumps."""

import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import attrs
import trio

from fake_cache import FakeCache
from fake_gate import FakeLimiter
from fake_providers import ACT, MBID, FakeCatalog, FakeIdentities, FakeSetlists, FakeShows, World, artist
from fakes import FakeCapabilityMemory, FakeClock, FakeNodes, FakePenaltyBox, FakePublisher, FakeStore
from recorder import Recorder
from thesetd.actors.control.daemon import Daemon
from thesetd.actors.supervision.polls import POLLS, Polls
from thesetd.adapters.providers.spec import ProviderSettings
from thesetd.app.wiring import ActorSettings, Adapters, ProviderLink, wire
from thesetd.domain.facts import JobEnded
from thesetd.domain.gate.credentials import fingerprint
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import SETLISTFM, SPOTIFY, TICKETMASTER, Epoch, JobId, ProviderName
from thesetd.domain.work.accepted import Accepted
from thesetd.domain.work.jobs import JobKind, Owner
from thesetd.domain.work.progress import CommittedEvent
from thesetd.domain.work.schedules import DEFAULTS
from thesetd.ports.probes import Probe
from thesetd.ports.providers import Providers
from thesetd.ports.surface.jobs import ImportStatus

PROVIDERS = (SPOTIFY, TICKETMASTER, SETLISTFM)

ANNA_ID, HANNA_ID = "0" * 22, "1" * 22
ANNA = artist("Anna", ANNA_ID, followers=100, ticketmaster_id=ACT, mbid=MBID)
HANNA = artist("Hanna", HANNA_ID, followers=9_000_000)


# for hours and days of virtual time, in which idle looks would be most of the work
SELDOM = Polls(
    beat_s=300.0,
    probe_s=300.0,
    jobs_s=300.0,
    pauses_s=300.0,
    changes_s=300.0,
    capabilities_s=300.0,
    credentials_s=300.0,
)


def spotify_only(known: Any) -> Any:
    """Return what Spotify itself would say of an artist: no ids of others."""
    return attrs.evolve(known, ticketmaster_id=None, mbid=None)


@attrs.define
class Scene:
    """A daemon over fakes."""

    world: World
    store: FakeStore
    bus: FakePublisher
    clock: FakeClock
    recorder: Recorder
    catalog: FakeCatalog
    node: FakeNodes = attrs.field(init=False)
    daemon: Daemon = attrs.field(init=False)
    box: FakePenaltyBox = attrs.field(factory=FakePenaltyBox)
    limiters: dict[ProviderName, FakeLimiter] = attrs.field(factory=dict)

    async def imported(self, reference: str) -> tuple[Accepted, list[CommittedEvent]]:
        """Import an artist and give the events up to the final one."""
        events: list[CommittedEvent] = []
        async with self.daemon.subscribers.subscribe() as listener:
            accepted = await self.daemon.submit(reference)
            while not events or not events[-1].progress.stage.final:
                event = await listener.receive()
                if event.job_id == accepted.job_id:
                    events.append(event)
        return accepted, events

    async def status(self, job_id: JobId) -> ImportStatus:
        """Look a job up."""
        found = await self.store.statuses.status(job_id)
        assert found is not None
        return found

    async def ended(self, kind: JobKind) -> ImportStatus:
        """Wait until a job of a kind has ended one of its runs."""
        await self.recorder.until(lambda r: any(fact.kind == kind.value for fact in r.of(JobEnded)))
        job_id = next(fact.job_id for fact in self.recorder.of(JobEnded) if fact.kind == kind.value)
        return await self.status(job_id)


@attrs.frozen(kw_only=True)
class Keeping(ProviderSettings):
    """Settings of a provider whose content may be kept for some time."""

    kept: timedelta | None

    @property
    def retention(self) -> timedelta | None:
        """Return that time."""
        return self.kept


def scene(
    world: World | None = None,
    store: FakeStore | None = None,
    *,
    name: str = "n",
    windows: Mapping[ProviderName, tuple[Window, ...]] | None = None,
    polls: Polls = POLLS,
    also: Sequence[FakeShows] = (),
    workers: int = 2,
    keeps: bool = True,
    kept: timedelta | None = None,
) -> Scene:
    """Make a daemon that is not running yet; without `windows` its providers allow everything.

    `also` are further providers of shows, `workers` how many calls each provider carries out at a time, `keeps` whether
    its cache keeps answers over a crash, `kept` how long content of providers may be kept.
    """
    world = world or World(artists=[ANNA, HANNA])
    made = Scene(world, store or FakeStore(), FakePublisher(), FakeClock(), Recorder(), FakeCatalog(world))
    made.node = made.store.another_node()
    world.now = made.clock.now
    made.limiters = {
        provider: FakeLimiter((windows or {}).get(provider, ()))
        for provider in (*PROVIDERS, *(one.provider for one in also))
    }
    adapters = Adapters(
        stores=attrs.evolve(made.store.stores(made.node), capabilities=FakeCapabilityMemory()),
        bus=made.bus,
        links={
            provider: ProviderLink(transport=world, limiter=limiter, credential=fingerprint(provider))
            for provider, limiter in made.limiters.items()
        },
        box=made.box,
        make_cache=lambda _, __: FakeCache(made.clock, keeps=keeps),
        tasks={},
        probes=(Probe("database", made.store.ping), Probe("redis publishing", made.bus.ping)),
        providers=Providers(
            catalog=(made.catalog,),
            shows=(FakeShows(world), *also),
            setlists=(FakeSetlists(world),),
            identity=(FakeIdentities(world),) if world.identities else (),
        ),
        clock=made.clock,
        rng=random.Random(1),
    )
    settings = Keeping(kept=kept, base_url="http://x", limits=(), concurrency=workers)
    owner = Owner(name, Epoch(made.store.world.epochs.get(name, 0) + 1))
    actor_settings = ActorSettings(
        owner=owner,
        providers=dict.fromkeys(adapters.links, settings),
        schedules=dict(DEFAULTS),
        pauses=tuple(made.store.world.pauses.values()),
        polls=polls,
    )
    made.daemon = wire(actor_settings, adapters, made.recorder, {})
    return made


@asynccontextmanager
async def running(
    world: World | None = None,
    store: FakeStore | None = None,
    *,
    name: str = "n",
    windows: Mapping[ProviderName, tuple[Window, ...]] | None = None,
    polls: Polls = POLLS,
    also: Sequence[FakeShows] = (),
    workers: int = 2,
    keeps: bool = True,
    kept: timedelta | None = None,
) -> AsyncIterator[Scene]:
    """Run a daemon, and stop it in order; see `scene`."""
    made = scene(
        world, store, name=name, windows=windows, polls=polls, also=also, workers=workers, keeps=keeps, kept=kept
    )
    await made.node.join(name, now=made.clock.now())
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(made.daemon.supervisor.run)
            yield made
            made.daemon.stop()
    finally:
        made.node.leave()
