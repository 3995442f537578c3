"""The sandbox as one application and one server: three providers under their prefixes, and the controls beside them.

Layout: /spotify/api/token, /spotify/v1, /ticketmaster/discovery/v2, /setlistfm/rest/1.0, /_sandbox.
"""

import logging
import socket
from collections.abc import Callable
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
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import SETLISTFM, SPOTIFY, TICKETMASTER, ProviderName
from thesetd.ports.clock import Clock
from thesetd.sandbox import setlistfm, spotify, ticketmaster
from thesetd.sandbox.controls import Controls
from thesetd.sandbox.corpus import recorded_world
from thesetd.sandbox.gateway import Gateway, Weather
from thesetd.sandbox.log import RequestLog
from thesetd.sandbox.sources import World
from thesetd.sandbox.synthetic.chance import stream
from thesetd.sandbox.trouble.behaviour import Behaviour
from thesetd.sandbox.trouble.faults import Faults
from thesetd.sandbox.trouble.limits import Meter, Refusal
from thesetd.sandbox.trouble.stage import Stage
from thesetd.sandbox.trouble.wire import RAW
from thesetd.sandbox.world import synthetic_world

SANDBOX_CLIENT_ID = "sandbox"
SANDBOX_CLIENT_SECRET = "sandbox-secret"  # noqa: S105 - opens nothing but the sandbox
SANDBOX_KEY = "sandbox-key"

# Spotify publishes no number: 135 to 212 requests in 30 s were measured without a 429 in 2024 and 2025.
SPOTIFY_LIMITS = (Window(150, 30.0),)
# developer.ticketmaster.com, Discovery API, rate limit: 5 requests per second and 5000 per day.
TICKETMASTER_LIMITS = (Window(5, 1.0), Window(5000, 86400.0))
# setlist.fm's forum on the API rate limit, standard key: 2 requests per second and 1440 per day.
SETLISTFM_LIMITS = (Window(2, 1.0), Window(1440, 86400.0))

_log = logging.getLogger("thesetd.sandbox")
_UNREAD_MS = 3000  # a connection that takes no bytes for so long is cut


@attrs.frozen(kw_only=True)
class SandboxOptions:
    """What to emulate and how. Times in seconds, `error_rate` from 0 to 1; `()` is no limit, port 0 a free one."""

    host: str = "127.0.0.1"
    port: int = 0
    seed: int = 1
    artists: int = 300
    corpus: Path | None = None
    spotify_mode: str = spotify.EXTENDED
    spotify_limits: tuple[Window, ...] = SPOTIFY_LIMITS
    ticketmaster_limits: tuple[Window, ...] = TICKETMASTER_LIMITS
    setlistfm_limits: tuple[Window, ...] = SETLISTFM_LIMITS
    token_lifetime_s: float = spotify.TOKEN_LIFETIME_S
    latency_s: float = 0.0
    jitter_s: float = 0.0
    error_rate: float = 0.0
    client_id: str = SANDBOX_CLIENT_ID
    client_secret: str = attrs.field(default=SANDBOX_CLIENT_SECRET, repr=False)
    ticketmaster_key: str = attrs.field(default=SANDBOX_KEY, repr=False)
    setlistfm_key: str = attrs.field(default=SANDBOX_KEY, repr=False)

    def world(self) -> World:
        """Make or read the world.

        Raises:
            NoCorpus, ValueError: see `recorded_world` and `synthetic_world`.
        """
        return synthetic_world(self.seed, self.artists) if self.corpus is None else recorded_world(self.corpus)


def addresses(base: str) -> dict[str, str]:
    """Give the addresses that a daemon needs, by configuration key, for a sandbox at `base` (http://host:port)."""
    return {
        "providers.spotify.base_url": f"{base}/spotify/v1",
        "providers.spotify.token_url": f"{base}/spotify/api/token",
        "providers.ticketmaster.base_url": f"{base}/ticketmaster/discovery/v2",
        "providers.setlistfm.base_url": f"{base}/setlistfm/rest/1.0",
    }


def build(options: SandboxOptions, clock: Clock, world: World | None = None) -> Starlette:
    """Give the application. Its state holds its `controls`, for tests in the same process."""
    world = world or options.world()
    tokens = spotify.Tokens(stream(options.seed, "tokens"), options.token_lifetime_s)
    behaviours = {
        SPOTIFY: Behaviour(
            meter=Meter(options.spotify_limits),
            modes=(spotify.EXTENDED, spotify.DEVELOPMENT),
            mode=options.spotify_mode,
            expire_tokens=tokens.expire,
        ),
        TICKETMASTER: Behaviour(meter=Meter(options.ticketmaster_limits)),
        SETLISTFM: Behaviour(meter=Meter(options.setlistfm_limits)),
    }
    faults = Faults()
    stage = Stage(behaviours, faults)
    controls = Controls(log=RequestLog(clock), faults=faults, behaviours=behaviours, stage=stage)
    app = Starlette(
        routes=[
            Mount("/spotify", _spotify(options, controls, world, tokens)),
            Mount("/ticketmaster", _ticketmaster(options, controls, world, clock)),
            Mount("/setlistfm", _setlistfm(options, controls, world, clock)),
            Mount("/_sandbox", controls.build()),
        ]
    )
    app.state.controls = controls
    return app


def _spotify(options: SandboxOptions, controls: Controls, world: World, tokens: spotify.Tokens) -> Starlette:
    app = spotify.SpotifyApp(
        source=world.spotify,
        behaviour=controls.behaviours[SPOTIFY],
        tokens=tokens,
        client_id=options.client_id,
        client_secret=options.client_secret,
    )
    return app.build(_gateway(options, controls, SPOTIFY, tokens.authorize, spotify.over_limit))


def _ticketmaster(options: SandboxOptions, controls: Controls, world: World, clock: Clock) -> Starlette:
    meter = controls.behaviours[TICKETMASTER].meter
    app = ticketmaster.TicketmasterApp(
        source=world.ticketmaster, clock=clock, meter=meter, apikey=options.ticketmaster_key
    )
    return app.build(_gateway(options, controls, TICKETMASTER, app.authorize, ticketmaster.over_limit))


def _setlistfm(options: SandboxOptions, controls: Controls, world: World, clock: Clock) -> Starlette:
    app = setlistfm.SetlistfmApp(source=world.setlistfm, clock=clock, api_key=options.setlistfm_key)
    return app.build(_gateway(options, controls, SETLISTFM, app.authorize, setlistfm.over_limit))


def _gateway(
    options: SandboxOptions,
    controls: Controls,
    provider: ProviderName,
    authorize: Callable[[Request], None],
    over_limit: Callable[[Refusal, Request], Response],
) -> Gateway:
    return Gateway(
        provider,
        log=controls.log,
        behaviour=controls.behaviours[provider],
        stage=controls.stage,
        faults=controls.faults,
        weather=Weather(options.latency_s, options.jitter_s, options.error_rate),
        dice=stream(options.seed, "weather", provider),
        authorize=authorize,
        over_limit=over_limit,
    )


def listen(options: SandboxOptions) -> socket.socket:
    """Bind and listen.

    Linux cuts a connection whose peer takes no bytes for TCP_USER_TIMEOUT; accepted sockets inherit it. hypercorn
    shields its sends from cancellation, so one client that stops reading would else keep the server from stopping.

    Raises:
        OSError: the address is taken or is none of this host's.
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
    """Serves connections one by one. hypercorn's own loop hides the stream and ends with the first that fails."""

    def __init__(self, app: Starlette) -> None:
        self._app = app
        self._config = Config()
        self._config.accesslog = self._config.errorlog = None
        self._config.include_server_header = False
        self._context = WorkerContext(None)

    async def admit(self, stream: trio.SocketStream) -> None:
        """Serve one connection; its stream is in the scope of each request, for answers that are no HTTP."""

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope["extensions"] = {**scope.get("extensions", {}), RAW: stream}
            await self._app(scope, receive, send)

        wrapped = ASGIWrapper(cast("ASGIFramework", app))
        try:
            await TCPServer(wrapped, self._config, self._context, ConnectionState({}), cast("Any", stream))
        except Exception:  # noqa: BLE001 - a connection is on its own: its fault must not end the others
            _log.exception("a connection ended with an error")
