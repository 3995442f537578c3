"""Runs the listeners: as actors of a running daemon, and alone while it waits for its database."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import trio
from prometheus_client import CollectorRegistry

from thesetd.actors.control.daemon import Daemon
from thesetd.actors.control.surveyor import Surveyor
from thesetd.adapters.clock import SystemClock
from thesetd.adapters.web.access.names import look_up
from thesetd.adapters.web.access.peers import PeerAccess
from thesetd.adapters.web.access.policy import Everybody
from thesetd.adapters.web.access.tokens import TokenAccess, parse_tokens
from thesetd.adapters.web.control import Surface, control_app
from thesetd.adapters.web.listener.doors import LISTENERS, Doors
from thesetd.adapters.web.listener.serve import ListenerLimits, serve_tcp, serve_unix, tls_context
from thesetd.adapters.web.observe import observe_app
from thesetd.adapters.web.page.glance import Glances
from thesetd.adapters.web.standby import StandbyView, standby_app
from thesetd.adapters.web.streams.replays import Replays
from thesetd.adapters.web.streams.tap import Tap
from thesetd.app.configuration.config import Config
from thesetd.app.life.open_files import connections_that_fit, streams_within
from thesetd.domain.errors import ListenerUnavailable
from thesetd.domain.facts import RequestRefused
from thesetd.ports.control import Reloader
from thesetd.ports.observer import Observer
from thesetd.ports.probes import Probe
from thesetd.ports.store import StatusStore
from thesetd.ports.surface.endpoints import PlaceKind, Scope

RETRY_S = 2.0  # between attempts to listen on an address that is not available yet


async def serve_standby(config: Config, path: Path, registry: CollectorRegistry, view: StandbyView) -> None:
    """Answer on both addresses that the daemon is starting, until cancelled.

    Raises:
        ConfigError: an address cannot be used.
    """
    app, control = standby_app(registry, view), config.control
    host, port = host_and_port(config.http.listen)
    http, socket = _Address("http.listen"), _Address("control.socket")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(http.serve, partial(serve_tcp, app, host, port))
        await socket.serve(partial(serve_unix, app, path, mode=int(control.mode, 8), group=control.group))


def host_and_port(address: str) -> tuple[str, int]:
    """Split "host:port"."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


class Listeners:
    """The listeners as actors, and the moment when all of them listen."""

    def __init__(
        self,
        config: Config,
        path: Path,
        registry: CollectorRegistry,
        statuses: StatusStore,
        observer: Observer,
        *,
        reloader: Reloader,
        surveyor: Surveyor,
        tap: Tap,
    ) -> None:
        """Take the sources that the applications serve."""
        self._tap = tap
        self._reloader = reloader
        self._surveyor = surveyor
        self._seen: tuple[Daemon, Glances] | None = None
        self._config = config
        self._path = path
        self._registry = registry
        self._statuses = statuses
        self._control, self._http = _Address("control.socket"), _Address("http.listen")
        self._api = _Address("http.api")
        self._replays = Replays(statuses)
        self._limits = ListenerLimits(connections=connections_that_fit(len(self.table())))
        streams = streams_within(self._limits.connections)
        self._doors = {name: _doors(name, streams, observer) for name in LISTENERS}

    def stream_readers(self) -> Mapping[str, int]:
        """Count the readers of streams by listener."""
        return {name: doors.taken[PlaceKind.STREAM] for name, doors in self._doors.items()}

    def table(self) -> Mapping[str, Callable[[Daemon], Awaitable[None]]]:
        """Return the listeners in start order."""
        table = {"http": self._serve_http, "control": self._serve_control}
        return table | ({"api": self._serve_api} if self._config.http.api else {})

    def probes(self) -> Sequence[Probe]:
        """Return probes that show whether each listener has its address."""
        found = [self._http, self._control, *([self._api] if self._config.http.api else [])]
        return [Probe(address.key, address.prove) for address in found]

    async def when_listening(self, then: Callable[[str, str, str | None], None]) -> None:
        """Wait until all listen, and pass their addresses on; the third is that of the API, if it is served."""
        keys = self._config.http
        api = f"{'https' if keys.tls_key else 'http'}://{await self._api.known()}" if keys.api else None
        then(await self._control.known(), await self._http.known(), api)

    async def _serve_http(self, daemon: Daemon) -> None:
        host, port = host_and_port(self._config.http.listen)
        app = observe_app(
            self._registry,
            daemon.subscribers,
            self._statuses,
            daemon,
            self._glances(daemon),
            replays=self._replays,
            doors=self._doors["http"],
        )
        await self._http.serve(partial(serve_tcp, app, host, port, limits=self._limits))

    async def _serve_control(self, daemon: Daemon) -> None:
        keys, replays, doors = self._config.control, self._replays, self._doors["control"]

        async def serve(task_status: trio.TaskStatus[str]) -> None:
            access = await look_up(partial(PeerAccess.named, keys.scopes())) if keys.is_narrowed else Everybody()
            app = control_app(self._surface(daemon), access=access, replays=replays, doors=doors)
            mode = int(keys.mode, 8)
            await serve_unix(app, self._path, mode=mode, group=keys.group, limits=self._limits, task_status=task_status)

        await self._control.serve(serve)

    async def _serve_api(self, daemon: Daemon) -> None:
        keys = self._config.http
        host, port = host_and_port(keys.api or "")
        app = control_app(
            self._surface(daemon),
            access=TokenAccess(parse_tokens(keys.tokens)) if keys.tokens else Everybody(frozenset({Scope.READ})),
            origins=keys.origins,
            replays=self._replays,
            doors=self._doors["api"],
        )
        tls = tls_context(keys.tls_certificate, keys.tls_key) if keys.tls_certificate and keys.tls_key else None
        await self._api.serve(partial(serve_tcp, app, host, port, key="http.api", tls=tls, limits=self._limits))

    def _surface(self, daemon: Daemon) -> Surface:
        return Surface(
            intake=daemon,
            live=daemon.subscribers,
            overview=daemon,
            statuses=self._statuses,
            gatekeeper=daemon.gatekeeper,
            cache=daemon.cache,
            operator=daemon.operator,
            curator=daemon.curator,
            songs=daemon.songs,
            venues=daemon.venues,
            freshness=daemon.freshness,
            refresher=daemon.refresher,
            advisor=daemon.advisor,
            planner=daemon.planner,
            schedule_desk=daemon.schedule_desk,
            feed=daemon.feed,
            webhooks=daemon.webhooks,
            tap=self._tap,
            reloader=self._reloader,
            clock=SystemClock(),
            glances=self._glances(daemon),
        )

    def _glances(self, daemon: Daemon) -> Glances:
        """Return the source of the daemon's overview, one for all listeners."""
        if self._seen is None or self._seen[0] is not daemon:
            self._seen = (
                daemon,
                Glances(
                    daemon,
                    self._surveyor,
                    self._statuses,
                    daemon.operator,
                    SystemClock(),
                    page=self._page,
                ),
            )
        return self._seen[1]

    def _page(self) -> str | None:
        """Return the address of the status page."""
        return f"http://{self._http.address}" if self._http.address else None


def _doors(listener: str, streams: int, observer: Observer) -> Doors:
    def refused(kind: PlaceKind) -> None:
        observer.notify(RequestRefused(listener=listener, kind=kind.value))

    return Doors(streams=streams, on_refusal=refused)


class _Address(trio.TaskStatus[str]):
    """The address of a listener or, until it has one, the reason why not."""

    def __init__(self, key: str) -> None:
        self.key = key
        self._event, self._tried = trio.Event(), trio.Event()
        self._address = self._lacks = ""

    async def serve(self, listen: Callable[..., Awaitable[None]]) -> None:
        """Serve until cancelled, as soon as the address is available.

        Raises:
            ConfigError: it is impossible.
        """
        while True:
            try:
                return await listen(task_status=self)
            except ListenerUnavailable as error:
                self._lacks = str(error)
                self._tried.set()
                await trio.sleep(RETRY_S)

    async def prove(self) -> None:
        """Check that the listener listens; see `thesetd.ports.probes.Probe`."""
        await self._tried.wait()
        if self._lacks:
            raise ListenerUnavailable(self._lacks)

    def started(self, value: str = "") -> None:
        """Record the address; a restarted listener reports it again."""
        self._address, self._lacks = value, ""
        self._event.set()
        self._tried.set()

    @property
    def address(self) -> str | None:
        """Return the address, None until it is known."""
        return self._address or None

    async def known(self) -> str:
        """Wait for the address."""
        await self._event.wait()
        return self._address
