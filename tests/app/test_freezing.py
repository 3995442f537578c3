"""Each actor of the daemon is frozen in turn; the service manager's socket is real, time is virtual.

A frozen actor waits for something that never comes: that is what a deadlock, a thread that never returns and a
connection without an end look like from the loop. Loops that hang themselves are in `test_hanging.py`.
"""

import random
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
import trio.testing

from fake_cache import FakeCache
from fake_gate import FakeLimiter
from fake_providers import FakeCatalog, FakeSetlists, FakeShows, World, artist
from fakes import FakeCapabilityMemory, FakeClock, FakePenaltyBox, FakePublisher, FakeStore
from recorder import Recorder
from thesetd.actors.control.daemon import Daemon
from thesetd.actors.supervision.proving import Proof
from thesetd.actors.supervision.watchdog import Watchdog
from thesetd.adapters.penalty_box import SharedPenaltyBox
from thesetd.adapters.providers.spec import ProviderSettings
from thesetd.adapters.redis_limiter import RedisLimiter
from thesetd.adapters.redis_limiter.log import LogLost
from thesetd.adapters.systemd import Notifier
from thesetd.adapters.web.listener.connection import Bounded
from thesetd.app.wiring import ActorSettings, Adapters, ProviderLink, wire
from thesetd.domain.errors import BusUnavailable, RateLimited, StoreUnavailable, Unauthorized
from thesetd.domain.facts import ActorFroze, CallFinished
from thesetd.domain.gate.credentials import fingerprint
from thesetd.domain.gate.penalties import Penalty
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import SETLISTFM, SPOTIFY, TICKETMASTER, Epoch
from thesetd.domain.work.jobs import Owner
from thesetd.domain.work.schedules import DEFAULTS
from thesetd.ports.gate import Cached
from thesetd.ports.providers import Providers

PATIENCE_S = 30.0
SPOTIFY_KEY = fingerprint(SPOTIFY)


async def hang(*_: Any, **__: Any) -> Any:
    """Never answer."""
    await trio.sleep_forever()


class Hanging:
    """Anything, of which each method may hang."""

    def __init__(self, error: Exception) -> None:
        """Answer with an error until it `hangs`."""
        self.hangs = False
        self._error = error

    def __getattr__(self, _: str) -> Callable[..., Awaitable[Any]]:
        """Return a method."""

        async def method(*_: Any, **__: Any) -> Any:
            await trio.lowlevel.checkpoint()
            if self.hangs:
                await hang()
            raise self._error

        return method


class PliableWorld(World):
    """A world whose methods can be replaced."""


class PliableStore(FakeStore):
    """A store whose methods can be replaced."""


class PliableCache(FakeCache):
    """A cache whose methods can be replaced."""


class Learning(FakeCatalog):
    """A client that learns."""

    provider = SPOTIFY
    gone: tuple[str, ...] = ()

    def restore(self, gone: Any) -> None:
        """Take what was learned earlier."""

    def remember(self) -> tuple[str, ...]:
        """Return what was learned."""
        return self.gone

    def probe(self, capability: str) -> Any:
        """Ask for nothing: what is learned here is too young."""


class Tokens:
    """A provider whose tokens prove nothing new."""

    async def prove(self) -> bool:
        """Do so."""
        return False


@attrs.define
class Scene:
    """A daemon over fakes, each of which can be replaced while it runs."""

    clock: FakeClock = attrs.field(factory=FakeClock)
    world: Any = attrs.field(factory=lambda: PliableWorld(artists=[artist("Anna", "0" * 22, followers=1)]))
    store: Any = attrs.field(factory=PliableStore)
    nodes: Any = attrs.field(init=False)
    bus: Any = attrs.field(factory=FakePublisher)
    box: Any = attrs.field(factory=FakePenaltyBox)
    memory: Any = attrs.field(factory=FakeCapabilityMemory)
    limiter: Any = attrs.field(factory=FakeLimiter)
    log: Hanging = attrs.field(factory=lambda: Hanging(LogLost("away")))
    recorder: Recorder = attrs.field(factory=Recorder)
    app: Callable[..., Awaitable[None]] = hang
    cache: Any = None
    catalog: Any = None
    shared_box: Any = None
    auth: Any = attrs.field(factory=Tokens)
    daemon: Daemon = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.nodes = self.store.another_node()
        self.cache, self.catalog = PliableCache(self.clock), Learning(self.world)
        self.shared_box = SharedPenaltyBox(self.box, Hanging(BusUnavailable("away")), self.clock)  # type: ignore[arg-type]
        rng, nobody = random.Random(1), Hanging(StoreUnavailable("away"))
        alone = RedisLimiter(self.log, node="n", windows=(), spent=nobody.spent, clock=self.clock, rng=rng)  # type: ignore[arg-type]
        links = {
            name: ProviderLink(transport=self.world, limiter=self.limiter, credential=fingerprint(name))
            for name in (SPOTIFY, TICKETMASTER, SETLISTFM)
        }
        adapters = Adapters(
            stores=attrs.evolve(self.store.stores(self.nodes), capabilities=self.memory),
            bus=self.bus,
            links=links,
            box=self.box,
            make_cache=lambda _, __: self.cache,
            tasks={"penalties": self.shared_box.run, "spotify-limits": alone.run},
            probes=(),
            credentials={SETLISTFM: Proof(call=self.catalog.artist("1"), beside=self._prove)},
            providers=Providers(
                catalog=(self.catalog,), shows=(FakeShows(self.world),), setlists=(FakeSetlists(self.world),)
            ),
            clock=self.clock,
            rng=rng,
        )
        settings = ProviderSettings(base_url="http://x", limits=(), concurrency=2)
        actor_settings = ActorSettings(
            owner=Owner("n", Epoch(1)),
            providers=dict.fromkeys(links, settings),
            schedules=dict(DEFAULTS),
            import_age_s=3600.0,
        )
        self.daemon = wire(actor_settings, adapters, self.recorder, {"http": self._serve})

    async def _prove(self) -> bool:
        found: bool = await self.auth.prove()
        return found

    async def _serve(self, _: Daemon) -> None:
        """Answer a request each second with whatever `app` is then."""

        async def receive() -> Any:
            await trio.sleep_forever()

        async def send(_: Any) -> None:
            await trio.lowlevel.checkpoint()

        async with trio.open_nursery() as nursery:
            while True:
                await trio.sleep(1)
                if self.app is not hang:
                    nursery.start_soon(
                        Bounded(self.app, hang), {"type": "http", "extensions": {}, "headers": []}, receive, send
                    )

    async def import_anna(self) -> None:
        """Ask for something to do; it may be refused, where the database hangs."""
        with suppress(StoreUnavailable):
            await self.daemon.submit("Anna")


class Blind:
    """A witness that tells nothing."""

    def expect(self, within_s: float) -> None:
        """Expect nothing."""

    def tell(self) -> None:
        """Tell nothing."""


@attrs.define
class Manager:
    """The service manager's end of the notification socket."""

    sock: socket.socket
    notifier: Notifier
    pings: int = 0

    async def listen(self) -> None:
        """Count pings; the kernel keeps only a few datagrams."""
        while True:
            self.pings += self.heard()
            await trio.sleep(PATIENCE_S)

    def heard(self) -> int:
        """Take the pings that nobody took yet."""
        count = 0
        while True:
            try:
                count += self.sock.recv(4096) == b"WATCHDOG=1"
            except BlockingIOError:
                return count


@pytest.fixture
def manager(tmp_path: Path) -> Any:
    """Yield a manager that wants to hear each `PATIENCE_S`."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "notify"))
        sock.setblocking(False)
        environ = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": str(int(PATIENCE_S * 1e6))}
        yield Manager(sock, Notifier(environ))


@asynccontextmanager
async def running(scene: Scene, manager: Manager) -> AsyncIterator[trio.Nursery]:
    """Run the daemon with its watchdog; whatever still hangs at the end is cancelled."""
    interval_s = manager.notifier.watchdog_interval_s
    assert interval_s == PATIENCE_S / 2
    watchdog = Watchdog(
        scene.daemon.actors,
        ping=manager.notifier.watchdog,
        interval_s=interval_s,
        witness=Blind(),
        observer=scene.recorder,
    )
    await scene.nodes.join("n", now=scene.clock.now())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(scene.daemon.supervisor.run)
        nursery.start_soon(watchdog.run)
        nursery.start_soon(manager.listen)
        await trio.sleep(20)
        yield nursery
        nursery.cancel_scope.cancel()


def hanging(path: str) -> Callable[[Scene], None]:
    """Have one method of what the actors meet outside hang."""

    def freeze(scene: Scene) -> None:
        owner, _, method = path.partition(".")
        setattr(getattr(scene, owner), method, hang)

    return freeze


def learning(scene: Scene) -> None:
    """Have a client learn something that cannot be saved."""
    scene.memory.save = hang
    scene.catalog.gone = ("batch",)


def refusing(scene: Scene) -> None:
    """Have setlist.fm refuse us, and the proof that it does no longer hang."""
    scene.auth.prove = hang
    scene.daemon.gatekeeper.gates[SETLISTFM].hold.record(Unauthorized(SETLISTFM, "wrong key"))  # type: ignore[attr-defined]


def losing_contact(scene: Scene) -> None:
    """Have the shared log of reservations hang."""
    scene.log.hangs = True


def renewing(scene: Scene) -> None:
    """Have every answer in the cache ask to be renewed, and the claim to do so hang."""

    async def get(request: Any) -> Cached:
        response, now, hour = await scene.world.send(request), scene.clock.now(), timedelta(hours=1)
        return Cached(response=response, refresh_after=now - hour, fresh_until=now + hour, stale_until=now + hour)

    scene.cache.get, scene.cache.claim = get, hang


def answering(scene: Scene) -> None:
    """Have the listener's application hang."""

    async def app(*_: Any) -> None:
        await hang()

    scene.app = app


CASES = [
    ("broadcaster", "publishes events", hanging("bus.publish")),
    ("changes", "numbers changes", hanging("store.publish_changes")),
    ("node", "sends a heartbeat", hanging("nodes.beat")),
    ("writer", "writes a group of batches", hanging("store.write_all")),
    ("call-log", "records calls", hanging("store.record")),
    ("capabilities", "saves learned capabilities", learning),
    ("credentials", "proves credentials", refusing),
    ("spotify-limits", "contacts Redis", losing_contact),
    ("spotify", "requests", hanging("world.send")),
    ("spotify", "passes a call through the gate", hanging("box.current")),
    ("spotify", "passes a call through the gate", hanging("limiter.reserve")),
    ("refresher", "refreshes a response", renewing),
    ("importer", "claims jobs", hanging("store.claim")),
    ("importer", "runs job 1 (import_artist) for ", hanging("store.repertoire")),
    ("importer", "accepts an import", hanging("store.find_artist")),
    ("scheduler", "polls the schedules", hanging("store.rows")),
    ("pauser", "polls the pauses", hanging("store.in_force")),
    ("http", "answers a request", answering),
]


async def frozen(scene: Scene, manager: Manager, name: str, what: str) -> None:
    """Wait for the freeze and see what the manager hears after it."""
    with trio.fail_after(600):
        await scene.recorder.until(lambda r: bool(r.of(ActorFroze)))
    assert {fact.actor for fact in scene.recorder.of(ActorFroze)} == {name}
    await trio.sleep(PATIENCE_S)
    before = manager.pings
    await trio.sleep(10 * PATIENCE_S)
    assert manager.pings == before > 0
    checks = scene.daemon.readiness()
    assert checks[f"actor {name}"].startswith(what)


@pytest.mark.parametrize(("name", "what", "freeze"), CASES)
async def test_a_frozen_actor_stops_the_pings_and_is_named(
    autojump_clock: trio.testing.MockClock, manager: Manager, name: str, what: str, freeze: Callable[[Scene], None]
) -> None:
    """No ping follows the look that finds it; readiness names that actor, and no other."""
    scene = Scene()
    async with running(scene, manager) as nursery:
        freeze(scene)
        nursery.start_soon(scene.import_anna)
        await frozen(scene, manager, name, what)


async def test_the_penalties_can_freeze_too(autojump_clock: trio.testing.MockClock, manager: Manager) -> None:
    """What the database did not take is written down later; when that hangs it is told."""
    scene = Scene()
    async with running(scene, manager) as nursery:
        scene.box.down = True
        penalty = Penalty(
            until=scene.clock.now() + timedelta(hours=1), since=scene.clock.now(), strikes=1, reason="429"
        )
        nursery.start_soon(scene.shared_box.block, SPOTIFY, SPOTIFY_KEY, penalty)
        await trio.sleep(1)
        scene.box.block = hang
        await frozen(scene, manager, "penalties", "records a penalty")


async def test_every_actor_is_among_the_cases() -> None:
    """A new actor needs a case: which piece of its work has a bound?"""
    pools = {TICKETMASTER, SETLISTFM}  # as Spotify's
    actors = {view.name for view in Scene().daemon.actors()}
    bounded = {"prober"}  # which gives up each proof itself and says so in readiness
    assert actors - pools - bounded == {name for name, _, _ in CASES} | {"penalties"}


async def test_long_waits_are_no_freeze(autojump_clock: trio.testing.MockClock, manager: Manager) -> None:
    """Ten minutes without a database, slots a minute apart and an idle hour: the manager hears every ping."""
    scene = Scene(limiter=FakeLimiter([Window(count=1, seconds=59.0)]))

    async def away(*_: Any, **__: Any) -> Any:
        await trio.lowlevel.checkpoint()
        raise StoreUnavailable("away")

    async with running(scene, manager) as nursery:
        nursery.start_soon(scene.import_anna)
        await scene.recorder.until(lambda r: len(r.of(CallFinished)) >= 5)
        there = scene.store.write_all, scene.store.claim
        scene.store.write_all = scene.store.claim = away
        nursery.start_soon(scene.import_anna)
        await trio.sleep(600)
        scene.store.write_all, scene.store.claim = there
        await trio.sleep(3600)
    assert scene.recorder.of(ActorFroze) == []
    assert manager.pings >= 4200 / (PATIENCE_S / 2)


async def test_an_order_to_stay_away_is_no_freeze(autojump_clock: trio.testing.MockClock, manager: Manager) -> None:
    """Workers that wait out a penalty are healthy."""
    scene = Scene()
    scene.world.errors = {"": [RateLimited(SPOTIFY, "slow down", 50.0) for _ in range(3)]}
    async with running(scene, manager) as nursery:
        nursery.start_soon(scene.import_anna)
        await trio.sleep(300)
    assert scene.recorder.of(ActorFroze) == []
