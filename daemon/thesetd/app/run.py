"""`thesetd run`: starts the servers, runs the daemon, and stops everything in order.

The shutdown is in `stopping`.
"""

import random
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from functools import cache, partial
from typing import Any

import attrs
import trio

from thesetd.actors.control.daemon import Daemon
from thesetd.actors.control.surveyor import Surveyor
from thesetd.actors.pool import URGENT_WORKERS
from thesetd.actors.supervision.proving import Proof
from thesetd.actors.supervision.watchdog import Watchdog
from thesetd.adapters.aio import AsyncioBridge, open_loop
from thesetd.adapters.cache.layers import LayeredCache
from thesetd.adapters.cache.memory import Memory
from thesetd.adapters.cache.redis import SharedAnswers
from thesetd.adapters.certificates import trust
from thesetd.adapters.clock import SystemClock
from thesetd.adapters.embedded.lock import state_lock
from thesetd.adapters.http import Auth, HttpSession, ProviderTransport, by_token
from thesetd.adapters.logs import Log, LogObserver
from thesetd.adapters.penalty_box import SharedPenaltyBox
from thesetd.adapters.postgres import PostgresStore, migrate
from thesetd.adapters.postgres.connection.address import parse as parse_database
from thesetd.adapters.providers.registry import PROVIDERS, wanted
from thesetd.adapters.providers.spec import ProviderSpec
from thesetd.adapters.redis.address import parse
from thesetd.adapters.redis.bus import RedisBus
from thesetd.adapters.redis.link import RedisServer
from thesetd.adapters.redis.penalties import RedisPenalties
from thesetd.adapters.redis.probes import RedisProbes
from thesetd.adapters.redis_limiter import LimitsProbe, RedisLimiter, RedisLog
from thesetd.adapters.retention import daily
from thesetd.adapters.stacks import STACKS, Stacks
from thesetd.adapters.systemd import Notifier
from thesetd.adapters.web.streams.tap import Tap
from thesetd.app.configuration.config import Config
from thesetd.app.life.gc_tuning import spare_collections
from thesetd.app.life.reloading import Reloading
from thesetd.app.life.remarks import ignored_words, remarks
from thesetd.app.life.reporting import Reporter
from thesetd.app.life.servers import servers
from thesetd.app.life.starting import WaitForServers, keep_starting
from thesetd.app.life.stopping import Stopping
from thesetd.app.listeners import Listeners, serve_standby
from thesetd.app.measuring import Measuring
from thesetd.app.observers import Observers
from thesetd.app.spans import span_observers
from thesetd.app.webhook_outlet import webhook_outlet
from thesetd.app.wiring import ActorSettings, Adapters, ProviderLink, wire
from thesetd.domain.errors import BusUnavailable, ConfigError, NameTaken
from thesetd.domain.facts import ServerAwaited, SettingIgnored
from thesetd.domain.gate.cache_policy import Lifetimes
from thesetd.domain.gate.credentials import fingerprint
from thesetd.domain.ids import ProviderName
from thesetd.domain.work.deferrals import Deferred
from thesetd.domain.work.jobs import Owner
from thesetd.domain.work.live_nodes import LiveNodes
from thesetd.ports.clock import Clock
from thesetd.ports.observer import Observer
from thesetd.ports.providers import Providers
from thesetd.ports.store import Pause

LOOK_S = 15.0  # between checks of the actors if no service manager sets the interval


@attrs.frozen(kw_only=True)
class Addresses:
    """The addresses of a running daemon and of its servers, without passwords."""

    control: str
    http: str
    database: str
    redis: str
    api: str | None = None


async def run(
    config: Config,
    environ: Mapping[str, str],
    log: Log,
    announce: Callable[[Addresses], None],
    reread: Callable[[], Config],
) -> None:
    """Run the daemon until a signal ends it.

    Args:
        config: the checked configuration.
        environ: for systemd's variables only.
        log: the process's log.
        announce: called once, when everything answers.
        reread: returns the present configuration, for a reload; may raise ConfigError.

    Raises:
        ConfigError: something in the configuration cannot be used: a socket path that is taken, a group, an address.
        EmbeddedServerFailed, StateLocked: the private servers cannot be started here.
        GaveUp: an actor keeps crashing.
    """
    notifier, measuring = Notifier(environ), Measuring.of(log)
    notifier.status("starting: configuration is read, database and Redis come next")
    reporter = Reporter(notifier)
    tap, spans = Tap(SystemClock().now), span_observers(config)
    observer = Observers([LogObserver(log), measuring.observer, reporter, tap, *spans])
    reloading = Reloading(config, reread, log=log, notifier=notifier, observer=observer)
    with trio.CancelScope() as everything:
        async with trio.open_nursery() as nursery:
            stacks = Stacks(log, config.state_dir / STACKS)
            stopping = Stopping(everything, notifier, observer, reload=reloading.on_signal, show=stacks.tell)
            await nursery.start(stopping.listen)
            life = _Life(
                environ=environ,
                measuring=measuring,
                observer=observer,
                tap=tap,
                reporter=reporter,
                reloading=reloading,
                stopping=stopping,
                stacks=stacks,
                announce=announce,
            )
            nursery.start_soon(keep_starting, notifier, life.ready)
            with state_lock(config.state_dir):
                async with (
                    open_loop(),
                    servers(config, observer) as (dsn, url),
                    trio.open_nursery() as lives,
                ):
                    lives.start_soon(reloading.run)
                    while await life.live(dsn, url):
                        continue
                    lives.cancel_scope.cancel()
            nursery.cancel_scope.cancel()


@attrs.frozen(kw_only=True)
class _Life:
    """The runs of the actors, each from a reachable database to stopped actors; a reload may request another."""

    environ: Mapping[str, str]
    measuring: Measuring
    observer: Observer
    tap: Tap
    reporter: Reporter
    reloading: Reloading
    stopping: Stopping
    stacks: Stacks
    announce: Callable[[Addresses], None]
    ready: trio.Event = attrs.field(factory=trio.Event)

    async def live(self, dsn: str, url: str) -> bool:
        """Run the actors once; return whether another run is needed, with the configuration of that time."""
        clock, bridge = SystemClock(), AsyncioBridge()
        async with AsyncExitStack() as stack:
            store, owner, mark, pauses = await self._connected(dsn, bridge, clock, stack)
            config = self.reloading.begin()  # after the wait, during which it may have been reloaded
            adapters = await outside_of(
                config,
                clock,
                bridge,
                url,
                stack,
                store=store,
                mark=mark,
                observer=self.observer,
                lifetimes=self.reloading.lifetimes,
            )
            surveyor = Surveyor(store.surveys, clock=clock, observer=self.observer)
            listeners = Listeners(
                config,
                config.socket_path(self.environ),
                self.measuring.registry,
                store.statuses,
                self.observer,
                reloader=self.reloading,
                surveyor=surveyor,
                tap=self.tap,
            )
            actor_settings = ActorSettings(
                owner=owner,
                providers=config.providers,
                schedules=config.schedules,
                import_age_s=config.cache.import_age_s,
                pauses=pauses,
            )
            adapters = attrs.evolve(adapters, probes=(*adapters.probes, *listeners.probes()))
            daemon = wire(actor_settings, adapters, self.observer, listeners.table())
            with self._in_charge(daemon), self.measuring.state(daemon, store, surveyor, listeners):
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(
                        self._watch,
                        daemon,
                        listeners,
                        partial(self._announce, parse_database(dsn).url, str(parse(url))),
                        lambda: store.snapshots.deferred(clock.now()),
                    )
                    nursery.start_soon(self._begin_to_stop, daemon)
                    nursery.start_soon(self.measuring.lag.run)
                    nursery.start_soon(surveyor.run, daemon)
                    await daemon.supervisor.run()
                    nursery.cancel_scope.cancel()
        return self.reloading.renewing and not self.stopping.begun

    async def _connected(
        self, dsn: str, bridge: AsyncioBridge, clock: Clock, stack: AsyncExitStack
    ) -> tuple[PostgresStore, Owner, str, tuple[Pause, ...]]:
        """Wait for a database with this version's schema, register as this node, and read what a start needs."""
        config, keys = self.reloading.config, self.reloading.config.database
        for fact in ignored_words(config, dsn):
            self.observer.notify(fact)
        waiting = WaitForServers(notifier=self.stopping.notifier, observer=self.observer, clock=clock)

        async def attempt() -> tuple[PostgresStore, Owner, str, tuple[Pause, ...]]:
            await migrate(dsn, bridge, at=clock.now(), schema=keys.schema)
            async with AsyncExitStack() as attempted:
                opened = partial(PostgresStore.open, session_dsn=keys.session_dsn, schema=keys.schema)
                store = await attempted.enter_async_context(opened(dsn, bridge, connections=keys.connections))
                store.schedules.retentions = {name: one.retention for name, one in config.providers.items()}
                owner = await this_node(store, config.node.name, clock)
                mark, pauses = await store.outbox.identity(), await store.pauses.in_force()
                stack.push_async_exit(attempted.pop_all())
            return store, owner, mark, pauses

        path = config.socket_path(self.environ)
        return await waiting.until(attempt, partial(serve_standby, config, path, self.measuring.registry, waiting))

    @contextmanager
    def _in_charge(self, daemon: Daemon) -> Iterator[None]:
        """Let signals and reloads reach the actors of this run."""
        self.reloading.daemon = daemon
        self.stopping.drain = daemon.stop
        self.stopping.running = lambda: tuple(a.name for a in daemon.actors() if a.state != "stopped")
        try:
            yield
        finally:
            self.reloading.daemon = self.stopping.drain = None

    async def _watch(
        self,
        daemon: Daemon,
        listeners: Listeners,
        announce: Callable[[str, str, str | None], None],
        deferred: Callable[[], Awaitable[Sequence[Deferred]]],
    ) -> None:
        """Report when everything answers, and from then on whether it still does."""
        await daemon.prober.first_verdicts()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.reporter.run, daemon.readiness, deferred)
            await listeners.when_listening(announce)
            await self._ping(daemon)

    async def _ping(self, daemon: Daemon) -> None:
        notifier = self.stopping.notifier
        watchdog = Watchdog(
            daemon.actors,
            ping=notifier.watchdog,
            interval_s=notifier.watchdog_interval_s or LOOK_S,
            witness=self.stacks,
            observer=self.observer,
        )
        with self.stacks.watching():
            await watchdog.run()

    async def _begin_to_stop(self, daemon: Daemon) -> None:
        """Apply the shutdown deadline also to a daemon that gives up by itself."""
        await daemon.supervisor.stopping.wait()
        self.tap.close()
        if not self.reloading.renewing:
            self.stopping.begin()

    def _announce(self, database: str, redis: str, control: str, http: str, api: str | None) -> None:
        for fact in remarks(self.reloading.config):
            self.observer.notify(fact)
        if not self.ready.is_set():
            spare_collections()
            self.announce(Addresses(control=control, http=f"http://{http}", database=database, redis=redis, api=api))
            self.ready.set()
        self.stopping.notifier.ready(f"control {control}, http {http}")
        self.reloading.renew()


async def this_node(store: PostgresStore, name: str, clock: Clock) -> Owner:
    """Register as the node with this name.

    Raises:
        ConfigError: another process is that node.
    """
    try:
        return await store.nodes.join(name, now=clock.now())
    except NameTaken as error:
        raise ConfigError([f"node.name: {error}"]) from error


async def outside_of(
    config: Config,
    clock: Clock,
    bridge: AsyncioBridge,
    url: str,
    stack: AsyncExitStack,
    *,
    store: PostgresStore,
    mark: str,
    observer: Observer,
    lifetimes: Lifetimes,
) -> Adapters:
    """Make everything that the actors use from outside; connections are closed with the stack."""
    rng = random.Random()  # noqa: S311  # jitter, no secret
    server = RedisServer(parse(url, ca_file=config.redis.ca_file), bridge, mark=mark)
    if server.address.left_out:
        observer.notify(SettingIgnored(key="redis.url", words=server.address.left_out))
    bus = RedisBus(server, channel=config.redis.channel)
    answers = SharedAnswers(server, owner=config.node.name)
    mirror = RedisPenalties(server)
    for closing in (server.aclose, bus.aclose, answers.aclose, mirror.aclose):
        stack.push_async_callback(closing)
    try:
        await server.check()
    except BusUnavailable as error:  # limits are enforced without it, and events wait for it
        observer.notify(ServerAwaited(server="redis", error=f"no connection to Redis ({server.address}): {error}"))
    box = SharedPenaltyBox(store.penalties, mirror, clock)
    node = f"{config.node.name}@{mark}"
    tasks: dict[str, Callable[[], Awaitable[None]]] = {
        "penalties": box.run,
        "retention": daily(store.schedules.cleanup, clock, rng),
    }
    clients: dict[ProviderName, Any] = {}
    links: dict[ProviderName, ProviderLink] = {}
    credentials: dict[ProviderName, Proof] = {}
    live, limiters, trusted = LiveNodes(), dict[str, RedisLimiter](), cache(trust)  # one reading takes 20 ms
    for spec in PROVIDERS:
        settings = config.providers[spec.name]
        clients[spec.name] = spec.client(settings)
        credential = fingerprint(settings.credential)
        limiter = RedisLimiter(
            RedisLog(server, provider=spec.name, credential=credential),
            node=node,
            windows=() if settings.missing() else settings.limits,  # no calls are sent, so none waits for a slot
            spent=partial(store.ledger.spent, spec.name),
            clock=clock,
            rng=rng,
            live=live,
        )
        limiters[spec.name] = limiter
        stack.push_async_callback(limiter.aclose)
        tasks[f"{spec.name}-limits"] = limiter.run
        transport, auth = _transport(spec, settings, clock, stack, trusted)
        if not settings.missing():
            call = clients[spec.name].artist(spec.known_artist)
            credentials[spec.name] = Proof(call=call, beside=by_token(auth) if spec.proves_credentials else None)
        links[spec.name] = ProviderLink(transport=transport, limiter=limiter, credential=credential)
    scratch = RedisLog(server, provider=ProviderName("probe"), credential=fingerprint(node))
    limits = LimitsProbe(scratch, clock=clock, rng=rng, limiters=limiters)
    proofs = RedisProbes(server, bus, node=config.node.name, channel=config.redis.channel, limits=limits.prove)
    for closing in (limits.aclose, proofs.aclose):
        stack.push_async_callback(closing)
    return Adapters(
        stores=store,
        bus=bus,
        providers=Providers.in_roles((clients[spec.name], spec.brings) for spec in wanted(config.providers)),
        links=links,
        box=box,
        make_cache=lambda breaker, observer: LayeredCache(
            memory=Memory(config.cache.memory_bytes),
            shared=answers,
            breaker=breaker,
            lifetimes=lifetimes,
            clock=clock,
            observer=observer,
        ),
        tasks=tasks,
        probes=(*store.probes(node=config.node.name), *proofs.table()),
        credentials=credentials,
        clock=clock,
        rng=rng,
        webhooks=webhook_outlet(config, mark, stack),
        on_live=lambda names, now: live.heard({f"{name}@{mark}" for name in names}, now),
    )


def _transport(
    spec: ProviderSpec[Any], settings: Any, clock: Clock, stack: AsyncExitStack, trusted: Any
) -> tuple[ProviderTransport, Auth]:
    session = HttpSession(
        spec.name,
        timeout_s=settings.timeout_s,
        connections=settings.concurrency + URGENT_WORKERS,
        clock=clock,
        route=settings.route,
        follows=spec.follows_redirects,
        trusted=trusted,
    )
    stack.push_async_callback(session.aclose)
    auth = spec.auth(settings, session, clock)
    return ProviderTransport(spec.name, settings.base_url, session, auth), auth
