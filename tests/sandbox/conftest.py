"""The sandbox in process: requests go through the applications without a socket."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import httpx2
import pytest

from thesetd.sandbox.controls import Controls
from thesetd.sandbox.server import SandboxOptions, build
from thesetd.sandbox.twins.registry import TWINS
from thesetd.sandbox.twins.spotify.app import CLIENT_ID, CLIENT_SECRET
from thesetd.sandbox.twins.ticketmaster.app import KEY
from thesetd.sandbox.world import World, recorded_world, synthetic_world

ARTISTS = 60
FREE: dict[str, Any] = {twin.name: () for twin in TWINS}


@attrs.define
class SettableClock:
    """Stands until it is set."""

    moment: datetime = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def now(self) -> datetime:
        """Return the moment."""
        return self.moment


class Sandbox:
    """An application, and how a client with the right credentials talks to it."""

    def __init__(self, world: World, clock: SettableClock, **wishes: Any) -> None:
        self.world = world
        self.clock = clock
        self.app = build(
            SandboxOptions(artists=ARTISTS, limits={**FREE, **wishes.pop("limits", {})}, **wishes), clock, world
        )
        self.controls: Controls = self.app.state.controls
        self.token = ""

    async def send(self, method: str, path: str, **more: Any) -> httpx2.Response:
        """Send a request as it stands."""
        transport = httpx2.ASGITransport(self.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox", trust_env=False) as client:
            return await client.request(method, path, **more)

    async def authorize(self) -> str:
        """Fetch a token."""
        answer = await self.send(
            "POST",
            "/spotify/api/token",
            data={"grant_type": "client_credentials"},
            auth=(CLIENT_ID, CLIENT_SECRET),
        )
        self.token = answer.json()["access_token"]
        return self.token

    async def spotify(self, path: str, headers: dict[str, str] | None = None, **params: Any) -> httpx2.Response:
        """Ask Spotify; `path` may be an absolute link."""
        token = self.token or await self.authorize()
        where = path if "://" in path else f"/spotify/v1/{path}"
        return await self.send(
            "GET", where, params=params or None, headers={"authorization": f"Bearer {token}", **(headers or {})}
        )

    async def ticketmaster(self, path: str, **params: Any) -> httpx2.Response:
        """Ask Ticketmaster."""
        return await self.send("GET", f"/ticketmaster/discovery/v2/{path}", params={"apikey": KEY, **params})

    async def setlistfm(self, path: str, headers: dict[str, str] | None = None, **params: Any) -> httpx2.Response:
        """Ask setlist.fm."""
        sent = {"x-api-key": KEY, "accept": "application/json", **(headers or {})}
        return await self.send("GET", f"/setlistfm/rest/1.0/{path}", params=params, headers=sent)


@pytest.fixture(scope="session")
def made_up() -> World:
    """Return a synthetic world; it only ever grows by what is looked at."""
    return synthetic_world(1, ARTISTS)


@pytest.fixture(scope="session")
def recorded(corpus: Path) -> World:
    """Return the recorded world."""
    return recorded_world(corpus)


@pytest.fixture
def clock() -> SettableClock:
    """Return a clock that stands in November 2026."""
    return SettableClock()


@pytest.fixture
def open_sandbox(made_up: World, clock: SettableClock) -> Callable[..., Sandbox]:
    """Return the maker of sandboxes over the synthetic world, without limits unless they are wished for."""
    return lambda **wishes: Sandbox(made_up, clock, **wishes)


@pytest.fixture
def replay(recorded: World, clock: SettableClock) -> Sandbox:
    """Return a sandbox over the recorded world."""
    return Sandbox(recorded, clock)
