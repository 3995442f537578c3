"""The sandbox as one application and one server: each provider under its name, and the controls under /_sandbox."""

import logging
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import attrs
import trio
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ASGIFramework, ConnectionState
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from thesetd.domain.gate.windows import Window
from thesetd.ports.clock import Clock
from thesetd.sandbox.controls import Controls
from thesetd.sandbox.gateway import Gateway, Weather
from thesetd.sandbox.log import RequestLog
from thesetd.sandbox.synthetic.chance import stream
from thesetd.sandbox.trouble.behaviour import Behaviour
from thesetd.sandbox.trouble.faults import Faults
from thesetd.sandbox.trouble.limits import Meter
from thesetd.sandbox.trouble.stage import TroubleStage
from thesetd.sandbox.trouble.wire import RAW
from thesetd.sandbox.twins.registry import TWINS
from thesetd.sandbox.twins.twin import TOKEN_LIFETIME_S, Twin, TwinServices
from thesetd.sandbox.world import World, recorded_world, synthetic_world

_log = logging.getLogger("thesetd.sandbox")
_UNREAD_MS = 3000  # a connection whose client reads nothing for this long is closed


@attrs.frozen(kw_only=True)
class SandboxOptions:
    """What to emulate and how. Times in seconds, `error_rate` from 0 to 1; port 0 is a free one.

    `limits` and `modes`, by provider, replace those of the twin; `()` is not a limit.
    """

    host: str = "127.0.0.1"
    port: int = 0
    seed: int = 1
    artists: int = 300
    corpus: Path | None = None
    limits: Mapping[str, tuple[Window, ...]] = attrs.field(factory=dict)
    modes: Mapping[str, str] = attrs.field(factory=dict)
    token_lifetime_s: float = TOKEN_LIFETIME_S
    latency_s: float = 0.0
    jitter_s: float = 0.0
    error_rate: float = 0.0

    def world(self) -> World:
        """Make or read the world.

        Raises:
            NoCorpus, ValueError: see `recorded_world` and `synthetic_world`.
        """
        return synthetic_world(self.seed, self.artists) if self.corpus is None else recorded_world(self.corpus)


def addresses(base: str) -> dict[str, str]:
    """Return the settings that a daemon needs, by configuration key, for a sandbox at `base` (http://host:port)."""
    return {key: value for twin in TWINS for key, value in twin.addressed(base).items()}


def build(options: SandboxOptions, clock: Clock, world: World | None = None) -> Starlette:
    """Return the application. Its state holds its `controls`, for tests in the same process."""
    world = world or options.world()
    behaviours = {twin.name: _behaviour(twin, options) for twin in TWINS}
    faults = Faults()
    controls = Controls(
        log=RequestLog(clock), faults=faults, behaviours=behaviours, stage=TroubleStage(behaviours, faults)
    )
    twins = [Mount(f"/{twin.name}", _emulated(twin, options, controls, world, clock)) for twin in TWINS]
    app = Starlette(routes=[*twins, Mount("/_sandbox", controls.build())])
    app.state.controls = controls
    return app


def _behaviour(twin: Twin, options: SandboxOptions) -> Behaviour:
    return Behaviour(
        meter=Meter(options.limits.get(twin.name, twin.limits)),
        shapes=twin.shapes,
        modes=twin.modes,
        mode=options.modes.get(twin.name, next(iter(twin.modes), "")),
    )


def _emulated(twin: Twin, options: SandboxOptions, controls: Controls, world: World, clock: Clock) -> Starlette:
    behaviour = controls.behaviours[twin.name]
    around = TwinServices(
        source=world.sources[twin.name],
        behaviour=behaviour,
        clock=clock,
        dice=stream(options.seed, "tokens"),
        token_lifetime_s=options.token_lifetime_s,
    )
    emulation = twin.make(around)
    gateway = Gateway(
        twin.name,
        log=controls.log,
        behaviour=behaviour,
        stage=controls.stage,
        faults=controls.faults,
        weather=Weather(options.latency_s, options.jitter_s, options.error_rate),
        dice=stream(options.seed, "weather", twin.name),
        authorize=emulation.authorize,
        over_limit=emulation.over_limit,
    )
    return emulation.build(gateway)


def listen(options: SandboxOptions) -> socket.socket:
    """Bind and listen.

    Linux closes a connection whose peer reads nothing for TCP_USER_TIMEOUT; accepted sockets inherit it. hypercorn
    shields its sends from cancellation, so otherwise one client that stops reading would keep the server from stopping.

    Raises:
        OSError: the address is in use or not on this host.
    """
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNREAD_MS)
        listener.bind((options.host, options.port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


async def serve(
    options: SandboxOptions, clock: Clock, *, task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED
) -> None:
    """Serve until cancelled; reports the base address (http://host:port) once connections are accepted.

    Raises:
        OSError: see `listen`.
        NoCorpus, ValueError: see `SandboxOptions.world`.
    """
    app = build(options, clock)
    await serve_on(listen(options), app, task_status=task_status)


async def serve_on(
    listener: socket.socket, app: Starlette, *, task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED
) -> None:
    """Serve an application on a listening socket until cancelled, which closes it; reports as `serve` does."""
    host, port = listener.getsockname()[:2]
    listener.setblocking(False)
    async with trio.open_nursery() as nursery:
        accepting = trio.SocketListener(trio.socket.from_stdlib_socket(listener))
        await nursery.start(trio.serve_listeners, _Door(app).admit, [accepting])
        task_status.started(f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")


class _Door:
    """Serves connections separately: hypercorn's own loop hides the stream and ends with the first failure."""

    def __init__(self, app: Starlette) -> None:
        self._app = app
        self._config = Config()
        self._config.accesslog = self._config.errorlog = None
        self._config.include_server_header = False
        self._context = WorkerContext(None)

    async def admit(self, stream: trio.SocketStream) -> None:
        """Serve one connection; its stream is in the scope of each request, for answers that are not HTTP."""

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope["extensions"] = {**scope.get("extensions", {}), RAW: stream}
            await self._app(scope, receive, send)

        wrapped = ASGIWrapper(cast("ASGIFramework", app))
        try:
            await TCPServer(wrapped, self._config, self._context, ConnectionState({}), cast("Any", stream))
        except Exception:  # noqa: BLE001 - a connection is on its own: its fault must not end the others
            _log.exception("a connection ended with an error")
