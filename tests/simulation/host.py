"""The machine on which lives of the daemon follow one another, with servers in memory that outlive each of them."""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

import attrs
import httpx2
import trio

from fake_cache import FakeCache, Shared
from fake_gate import FakeLimiter
from fakes import FakePublisher, FakeStore
from simulation.audit import Audit
from simulation.journal import Journal
from simulation.life import Border, Life
from simulation.traffic import Network, Traffic
from simulation.weather import SkewedClock, Weather
from thesetd.actors.supervision.polls import POLLS, Polls
from thesetd.adapters.http import HttpSession, ProviderTransport
from thesetd.adapters.penalty_box import SharedPenaltyBox
from thesetd.adapters.providers.registry import PROVIDERS, wanted
from thesetd.adapters.providers.spec import ProviderSettings
from thesetd.adapters.redis.penalties import Mirrored
from thesetd.app.wiring import ActorSettings, Adapters, ProviderLink
from thesetd.domain.facts import Fact
from thesetd.domain.gate.calls import Request, Response
from thesetd.domain.gate.credentials import Fingerprint, fingerprint
from thesetd.domain.gate.limiter import SlidingLog
from thesetd.domain.gate.penalties import Penalty
from thesetd.domain.ids import SETLISTFM, SPOTIFY, TICKETMASTER, ProviderName
from thesetd.domain.work.schedules import DEFAULTS, Schedule
from thesetd.ports.gate import Limiter
from thesetd.ports.providers import Providers
from thesetd.ports.store import Stores
from thesetd.sandbox.server import addresses
from thesetd.sandbox.synthetic.universe import Universe

NODE = "n1"
RESERVING = frozenset({"reserve", "peek", "usage"})  # the real limiter corrects for the time that this takes
SWEEP = 500  # answers put into the cache between two looks for stale ones


class Mirror:
    """The penalties in Redis, in memory."""

    def __init__(self) -> None:
        """Start with nothing known."""
        self.orders: dict[tuple[ProviderName, Fingerprint], Mirrored] = {}

    async def get(self, provider: ProviderName, credential: Fingerprint) -> Mirrored | None:
        """Return what is mirrored, None where Redis does not know."""
        await trio.lowlevel.checkpoint()
        return self.orders.get((provider, credential))

    async def put(
        self, provider: ProviderName, credential: Fingerprint, penalty: Penalty | None, *, now: object
    ) -> None:
        """Mirror an order."""
        await trio.lowlevel.checkpoint()
        self.orders[provider, credential] = Mirrored(penalty)

    async def forget(self, provider: ProviderName, credential: Fingerprint) -> None:
        """Let the database be asked next time."""
        await trio.lowlevel.checkpoint()
        self.orders.pop((provider, credential), None)


class Answers(FakeCache):
    """The cache in memory, which lets go of what nobody could use any more."""

    async def put(self, request: Request, response: Response) -> None:
        """Keep an answer; see `ResponseCache`."""
        await super().put(request, response)
        if self.puts % SWEEP == 0:
            now, kept = self.clock.now(), self.shared.answers
            for key in [key for key, (cached, _) in kept.items() if cached.stale_until <= now]:
                del kept[key]


@attrs.frozen
class Swept:
    """Schedules that are about so many artists at most."""

    store: Any
    most: int

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    async def artists_for(self, schedule: str, *, limit: int, **wanted: Any) -> Any:
        """List the artists of a schedule; see `ScheduleStore`."""
        return await self.store.artists_for(schedule, limit=min(limit, self.most), **wanted)


@attrs.define(kw_only=True)
class Servers:
    """What outlives a process: PostgreSQL and Redis, in memory."""

    store: FakeStore = attrs.field(factory=FakeStore)
    bus: FakePublisher = attrs.field(factory=FakePublisher)
    mirror: Mirror = attrs.field(factory=Mirror)
    answers: Shared = attrs.field(factory=Shared)
    limits: dict[ProviderName, SlidingLog] = attrs.field(factory=dict)
    swept: int = 500

    def limiter(self, provider: ProviderName, settings: ProviderSettings) -> FakeLimiter:
        """Return a limiter over the reservations that are kept here."""
        limiter = FakeLimiter(settings.limits)
        limiter._log = self.limits.setdefault(provider, limiter._log)
        return limiter

    def box(self, durable: Any, mirror: Any, clock: SkewedClock) -> Any:
        """Return what a life keeps orders to stay away in."""
        return SharedPenaltyBox(durable, mirror, clock)


def default_settings() -> dict[str, ProviderSettings]:
    """Return the providers' settings with their default limits, pointed at the sandbox."""
    where = addresses("http://sandbox")
    made: dict[str, ProviderSettings] = {}
    for spec in PROVIDERS:
        prefix = f"providers.{spec.name}."
        own = {key.removeprefix(prefix): value for key, value in where.items() if key.startswith(prefix)}
        made[spec.name] = spec.settings(**own)
    return made


@attrs.define(kw_only=True)
class Host:
    """Starts lives of the daemon on the same servers."""

    seed: int
    servers: Servers
    app: Any
    clock: SkewedClock
    weather: Weather
    journal: Journal
    traffic: Traffic
    audit: Audit
    later: Callable[[Callable[[], Any]], None]
    tell: Callable[[int, Fact], None]
    settings: Mapping[str, ProviderSettings] = attrs.field(factory=default_settings)
    polls: Polls = POLLS
    schedules: Mapping[str, Schedule] = attrs.field(factory=lambda: DEFAULTS)
    lives: int = 0

    def life(self) -> Life:
        """Return the next life."""
        self.lives += 1
        return Life(self.lives, self.tell)

    async def begin(self, life: Life, stack: AsyncExitStack) -> tuple[ActorSettings, Adapters]:
        """Become the node, and give what a life's actors need; `stack` ends with the life.

        Raises:
            StoreUnavailable: the database does not answer now.
        """
        adapters = await self.adapters(life, stack)
        owner = await adapters.stores.nodes.join(NODE, now=self.clock.now())
        settings = ActorSettings(owner=owner, providers=self.settings, schedules=self.schedules, polls=self.polls)
        return settings, adapters

    async def adapters(self, life: Life, stack: AsyncExitStack) -> Adapters:
        """Return what a life meets of the outside, with a border around each part."""
        dice = random.Random(f"{self.seed}:daemon:{life.number}")
        store = self.servers.store

        nodes = store.another_node()
        stack.callback(nodes.leave)

        def border(target: Any, kind: str) -> Any:
            seen = self._seen if kind == "store" else _unseen
            return Border(target, kind, life, self.weather, seen=seen, later=self.later)

        box = self.servers.box(border(store.penalties, "store"), border(self.servers.mirror, "bus"), self.clock)
        return Adapters(
            stores=self._stores(border, life, nodes),
            bus=border(self.servers.bus, "bus"),
            providers=self.providers(),
            links={
                name: self.line(name, life, self.limiter(name, life)) for name in (SPOTIFY, TICKETMASTER, SETLISTFM)
            },
            box=box,
            make_cache=lambda _fuse, _observer: border(
                Answers(self.clock, shared=self.servers.answers, owner=NODE), "cache"
            ),
            tasks={"penalties": box.run},
            probes=(),  # they would ask every few seconds of simulated days
            clock=self.clock,
            rng=dice,
        )

    def _stores(self, border: Callable[[Any, str], Any], life: Life, nodes: Any) -> Stores:
        """Put a border around each port of the store."""
        ports = attrs.asdict(self.servers.store.stores(nodes), recurse=False)
        ports |= {"schedules": Swept(ports["schedules"], self.servers.swept)}
        bordered = {name: border(port, "store") for name, port in ports.items()}
        ledger: Any = Border(ports["ledger"], "store", life, self.weather, seen=self._seen, instant=RESERVING)
        return Stores(**bordered | {"ledger": ledger})

    def providers(self) -> Providers:
        """Return fresh clients: what one learned is in the database, or lost."""
        return Providers.in_roles(
            (spec.client(self.settings[spec.name]), spec.brings) for spec in wanted(self.settings)
        )

    def limiter(self, name: ProviderName, life: Life) -> Limiter:
        """Return a limiter whose reservations outlive the process."""
        limiter: Any = Border(
            self.servers.limiter(name, self.settings[name]), "limiter", life, self.weather, instant=RESERVING
        )
        return limiter

    def line(self, name: ProviderName, life: Life, limiter: Limiter) -> ProviderLink:
        """Return the line to a provider, over the network of this simulation."""
        spec = next(spec for spec in PROVIDERS if spec.name == name)
        settings = self.settings[name]
        network = Network(
            httpx2.ASGITransport(self.app),
            life=life,
            traffic=self.traffic,
            dice=random.Random(f"{self.seed}:network:{life.number}:{name}"),
        )
        session = HttpSession(
            name, timeout_s=settings.timeout_s, connections=settings.concurrency, clock=self.clock, transport=network
        )
        return ProviderLink(
            transport=ProviderTransport(name, settings.base_url, session, spec.auth(settings, session, self.clock)),
            limiter=limiter,
            credential=fingerprint(settings.credential),
        )

    def _seen(self, name: str, args: tuple[Any, ...], result: Any) -> None:
        self.audit.store_changed(self.servers.store.world, name, args, result)


def _unseen(*_: Any) -> None:
    """The invariants look at the store alone."""


def cast_of(universe: Universe, count: int) -> list[Any]:
    """Choose artists that people import: known by one name only, those with little to fetch first."""
    names = Counter(artist.name for artist in universe.roster)
    alone = [artist for artist in universe.roster if names[artist.name] == 1]
    return sorted(alone, key=lambda artist: (_size(universe, artist), artist.index))[:count]


def _size(universe: Universe, artist: Any) -> int:
    catalogue = universe.catalogue(artist)
    return len(catalogue.albums) * 5 + sum(len(universe.gigs(artist, year)) for year in (2024, 2025, 2026))
