"""The same simulation on a real PostgreSQL and a real Redis: time is virtual, what they answer is not.

Every call passes one gate. While a real call is under way the clock stands still, and its answer is delivered only
when every other task is blocked: so the order of everything is a function of the seed, whatever the kernel does.
"""

import math
import random
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import attrs
import trio
import trio.testing
import trio_asyncio

from simulation.audit import ON_EVENTS, numbers_only_grow
from simulation.host import NODE, Host
from simulation.life import Life
from simulation.whole import Outcome, Plan, Simulation
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.aio.loop import open_quick_loop
from thesetd.adapters.cache.layers import LayeredCache
from thesetd.adapters.cache.memory import Memory
from thesetd.adapters.cache.redis import SharedAnswers
from thesetd.adapters.penalty_box import SharedPenaltyBox
from thesetd.adapters.postgres import PostgresStore
from thesetd.adapters.providers.registry import ENDPOINTS
from thesetd.adapters.redis.bus import RedisBus
from thesetd.adapters.redis.link import RedisServer
from thesetd.adapters.redis.penalties import RedisPenalties
from thesetd.adapters.redis_limiter import RedisLimiter, RedisLog
from thesetd.app.wiring import Adapters
from thesetd.domain.facts import Fact, JobEnded
from thesetd.domain.gate.cache_policy import Lifetimes, usual
from thesetd.domain.gate.credentials import fingerprint
from thesetd.domain.ids import SETLISTFM, SPOTIFY, TICKETMASTER, JobId, Seq
from thesetd.domain.music.reference import ArtistRef, ReferenceKind
from thesetd.domain.work.jobs import JobState
from thesetd.ports.gate import BreakerPort
from thesetd.ports.observer import Observer

MOST = 1_000_000
ENDED = frozenset(state.value for state in JobState if state.final)


class SimBridge(AsyncioBridge):
    """The bridge of one life, which takes its turn at the gate that all lives share."""

    def __init__(self, life: Life | None, clock: trio.testing.MockClock, turn: trio.Lock) -> None:
        """Belong to a life; None is for the observer, who is never killed."""
        self.life = life
        self._clock = clock
        self._turn = turn
        self.calls = 0

    async def __call__(self, function: Callable[..., Awaitable[Any]], /, *args: Any, **kwargs: Any) -> Any:
        """Make a call to its end; a kill comes before it or after it, never in between."""
        return await self.native(partial(trio_asyncio.aio_as_trio(function), *args, **kwargs))

    async def native(self, function: Callable[[], Awaitable[Any]]) -> Any:
        """Make a call of trio's, as above."""
        async with self._turn:
            if self.life is not None:
                self.life.cross("server")
            self.calls += 1
            self._clock.autojump_threshold = math.inf
            try:
                with trio.CancelScope(shield=True):
                    try:
                        result = await function()
                    finally:
                        await trio.testing.wait_all_tasks_blocked()
            finally:
                self._clock.autojump_threshold = 0
        if self.life is not None:
            self.life.cross("server")
        await trio.lowlevel.checkpoint_if_cancelled()
        return result


@attrs.frozen
class Deaf:
    """A node that misses every hint: they come when the kernel likes. Whatever they tell is also found by looking."""

    nodes: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.nodes, name)

    async def hint(self) -> Any:
        """Wait in vain."""
        await trio.sleep_forever()


@attrs.define(kw_only=True)
class RealHost(Host):
    """Starts lives on real servers."""

    dsn: str
    url: str
    mock: trio.testing.MockClock
    turn: trio.Lock = attrs.field(factory=trio.Lock)
    shared_limits: bool = True  # the real limiter is heard of twice a second: too much for a simulated day
    calls: int = 0

    async def adapters(self, life: Life, stack: AsyncExitStack) -> Adapters:
        """Return what a life meets of the outside: the real adapters on the gated bridge."""
        bridge = SimBridge(life, self.mock, self.turn)
        closing: list[Callable[[], Awaitable[None]]] = []
        stack.push_async_callback(self._bury, bridge, closing)
        store = await stack.enter_async_context(PostgresStore.open(self.dsn, bridge))
        bus, mirror = RedisBus(RedisServer(self.url, bridge)), RedisPenalties(RedisServer(self.url, bridge))
        answers = SharedAnswers(RedisServer(self.url, bridge), owner=NODE)
        box = SharedPenaltyBox(store.penalties, mirror, self.clock)
        tasks: dict[str, Callable[[], Awaitable[None]]] = {"penalties": box.run}
        lines = {}
        for name in (SPOTIFY, TICKETMASTER, SETLISTFM):
            if not self.shared_limits:
                lines[name] = self.line(name, life, self.limiter(name, life))
                continue
            log, limiter = self._shared(name, life, bridge, store)
            closing.append(log.aclose)
            tasks[f"{name}-limits"] = limiter.run
            lines[name] = self.line(name, life, limiter)
        closing += [bus.aclose, mirror.aclose, answers.aclose]
        return Adapters(
            stores=attrs.evolve(store, nodes=Deaf(store.nodes)),
            bus=bus,
            providers=self.providers(),
            links=lines,
            box=box,
            make_cache=partial(self._cache, answers),
            tasks=tasks,
            probes=(),
            clock=self.clock,
            rng=random.Random(f"{self.seed}:daemon:{life.number}"),
        )

    def _shared(self, name: Any, life: Life, bridge: SimBridge, store: PostgresStore) -> tuple[RedisLog, RedisLimiter]:
        credential = fingerprint(self.settings[name].credential)
        log = RedisLog(RedisServer(self.url, bridge), provider=name, credential=credential, epoch_s=self._epoch_s)
        return log, RedisLimiter(
            log,
            node=NODE,
            windows=self.settings[name].limits,
            spent=partial(store.ledger.spent, name),
            clock=self.clock,
            rng=random.Random(f"{self.seed}:limiter:{life.number}:{name}"),
        )

    def _epoch_s(self) -> float:
        return self.clock.start.timestamp() + trio.current_time()

    async def _bury(self, bridge: SimBridge, closing: list[Callable[[], Awaitable[None]]]) -> None:
        """Close the sockets of a process that ended, as the kernel does."""
        self.calls += bridge.calls
        bridge.life = None
        with trio.CancelScope(shield=True):
            for close in closing:
                await close()

    def _cache(self, answers: SharedAnswers, breaker: BreakerPort, observer: Observer) -> LayeredCache:
        return LayeredCache(
            memory=Memory(32 << 20),
            shared=answers,
            breaker=breaker,
            lifetimes=Lifetimes(usual(ENDPOINTS)),
            clock=self.clock,
            observer=observer,
        )


class OnServers(Simulation):
    """One run of a plan on real servers; what it cannot see inside of them it asks them at the end."""

    on_servers = True

    def __init__(self, plan: Plan, dsn: str, url: str, **more: Any) -> None:
        """Take an empty migrated database, and a Redis without keys."""
        super().__init__(plan, **more)
        self._dsn = dsn
        self._url = url
        self.real_calls = 0
        self._catalogues: dict[str, frozenset[tuple[str, str]]] = {}

    def make_host(self, **parts: Any) -> Host:
        """Return the machine."""
        shared = not self.plan.poll_s
        return RealHost(dsn=self._dsn, url=self._url, mock=self.mock, shared_limits=shared, **parts)

    async def main(self) -> Any:
        """Be the main task of the run, with asyncio's loop beside it."""
        async with open_quick_loop():
            found = await super().main()
            host: Any = self.host
            async with PostgresStore.open(self._dsn, SimBridge(None, self.mock, host.turn)) as store:
                await self._ask(store)
            self.real_calls = host.calls
        return found

    def heard(self, life: int, fact: Fact) -> None:
        """Learn from the facts how jobs end: the store is not looked into while it runs."""
        super().heard(life, fact)
        if isinstance(fact, JobEnded) and fact.state in ENDED:
            self.audit.ended[fact.job_id] = JobState(fact.state)

    def stored(self, spotify_id: str) -> frozenset[tuple[str, str]]:
        """Name the albums and songs that were stored of an artist in the end."""
        return self._catalogues[spotify_id]

    def told(self) -> None:
        """Nobody listens."""

    def acknowledged(self, job_id: JobId, reference: str) -> None:
        """Believe it until the end."""

    def state_of(self, job_id: JobId) -> JobState | None:
        """Return how a job ended, as far as was heard."""
        return self.audit.ended.get(job_id)

    async def _ask(self, store: PostgresStore) -> None:
        for status in await store.statuses.listed(limit=MOST):
            self.audit.ended[status.job_id] = status.state
            if status.state is JobState.RUNNING:
                self.audit.violations.append(f"nothing_runs_without_a_process: job {status.job_id}")
            self.journal.note(f"in the end: job {status.job_id} {status.kind.value} {status.state.value}")
        for artist in self.cast:
            known = await store.statuses.find_artist(ArtistRef(ReferenceKind.SPOTIFY, artist.spotify_id))
            found = [await store.repertoires.catalogue(one.id) for one in known]
            albums = {("album", album.spotify_id) for one in found for album in one.albums}
            songs = {("song", song.spotify_id) for one in found for song in one.tracks}
            self._catalogues[artist.spotify_id] = frozenset(albums | songs)
        for event in await store.statuses.events(after=Seq(0), job_id=None, limit=MOST):
            self.audit.violations += numbers_only_grow(self.audit.last_seq, event)
            for look in ON_EVENTS:
                self.audit.violations += look(self.audit.last_events.get(event.job_id), event)
            self.audit.last_seq, self.audit.last_events[event.job_id] = event.seq, event
            self.journal.note(f"in the end: event {event.seq} of {event.job_id} {event.progress.percent}")


def simulate_on(plan: Plan, dsn: str, url: str, **more: Any) -> Outcome:
    """Run a plan on these servers."""
    return OnServers(plan, dsn, url, **more).run()
