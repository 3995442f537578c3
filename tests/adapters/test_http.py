"""Redirects and credentials at the session's edge; what hostile servers do is in test_hostile.py."""

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import attrs
import httpx2
import pytest

from patience import LONGEST_S
from thesetd.adapters.http import BLANK, MAX_HOPS, Credentials, HttpSession, ProviderTransport
from thesetd.domain.errors import BadPayload, Unavailable
from thesetd.domain.gate.calls import Request
from thesetd.domain.ids import SPOTIFY

BASE = "https://provider.test/v1"
SECRET = "s3cr3t-value"
Answer = Callable[[httpx2.Request], httpx2.Response]


class FixedClock:
    """A clock that stands."""

    def now(self) -> datetime:
        """Return noon."""
        return datetime(2026, 11, 22, 12, tzinfo=UTC)


@attrs.frozen
class FixedAuth:
    """Credentials that never change."""

    held: Credentials

    async def credentials(self) -> Credentials:
        """Return them."""
        return self.held

    def rejected(self, _credentials: Credentials) -> bool:
        """Say that there are no others."""
        return False


class Chunks(httpx2.AsyncByteStream):
    """A body that comes in pieces."""

    def __init__(self, pieces: list[bytes]) -> None:
        """Take the pieces."""
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the pieces."""
        for piece in self._pieces:
            yield piece


@asynccontextmanager
async def transport(answer: Answer, credentials: Credentials | None = None) -> AsyncIterator[ProviderTransport]:
    """Connect a transport to a function that answers."""

    def respond(request: httpx2.Request) -> httpx2.Response:
        made = answer(request)
        return httpx2.Response(made.status_code, headers=made.headers, stream=httpx2.ByteStream(made.content))

    session = HttpSession(
        SPOTIFY, timeout_s=LONGEST_S, connections=1, clock=FixedClock(), transport=httpx2.MockTransport(respond)
    )
    try:
        yield ProviderTransport(SPOTIFY, BASE, session, FixedAuth(credentials or Credentials()))
    finally:
        await session.aclose()


def ask(path: str = "x") -> Request:
    """Make a request."""
    return Request(provider=SPOTIFY, endpoint="e", path=path)


async def test_an_endless_body_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading ends at the bound, and what reads it is closed in order."""
    monkeypatch.setattr("thesetd.adapters.bounded_body.MAX_WIRE_BYTES", 1000)
    stream = Chunks([b" " * 400] * 10)
    session = HttpSession(
        SPOTIFY,
        timeout_s=LONGEST_S,
        connections=1,
        clock=FixedClock(),
        transport=httpx2.MockTransport(lambda _: httpx2.Response(200, stream=stream)),
    )
    with pytest.raises(Unavailable, match="bytes on the wire"):
        await session.exchange("GET", BASE)
    await session.aclose()


@pytest.mark.parametrize(
    "credentials",
    [Credentials(params={"apikey": SECRET}), Credentials(headers={"authorization": f"Bearer {SECRET}"})],
)
async def test_repeated_credentials_are_blanked(credentials: Credentials) -> None:
    """Body, headers, text and sample show no key, whatever a provider repeats; what only negotiates stays."""
    credentials = attrs.evolve(credentials, headers={**credentials.headers, "accept-language": "en"})
    body = {"Identifier": SECRET, "greeting": "hello en route"}
    async with transport(lambda _: httpx2.Response(429, json=body, headers={"x-key": SECRET}), credentials) as wire:
        response = await wire.send(ask())
    assert response.json == {"Identifier": BLANK, "greeting": "hello en route"}
    assert response.headers["x-key"] == BLANK
    for status in (200, 500):
        answer = httpx2.Response(status, text=f'[NaN, "{SECRET}"]', headers={"content-type": "application/json"})
        async with transport(lambda _, answer=answer: answer, credentials) as wire:
            try:
                told = repr(await wire.send(ask()))
            except BadPayload as error:
                told = error.sample
        assert SECRET not in told


@pytest.mark.parametrize(
    ("own", "sent"), [({}, "Basic dXNlcjpwQHNz"), ({"authorization": "Bearer token"}, "Bearer token")]
)
async def test_a_user_in_the_address_is_sent_where_no_credentials_are(own: dict[str, str], sent: str) -> None:
    """A private copy may stand behind a server that asks for one; a redirect gets neither."""
    seen: list[str | None] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.headers.get("authorization"))
        status = 302 if len(seen) == 1 else 200
        return httpx2.Response(status, headers={"location": "/y"}, stream=httpx2.ByteStream(b"{}"))

    session = HttpSession(
        SPOTIFY, timeout_s=LONGEST_S, connections=1, clock=FixedClock(), transport=httpx2.MockTransport(answer)
    )
    await session.exchange("GET", "https://user:p%40ss@copy.test/x", credentials=Credentials(headers=own))
    await session.reach("https://user:p%40ss@copy.test/x")
    await session.aclose()
    assert seen == [sent, None, "Basic dXNlcjpwQHNz"]


async def test_a_user_agent_is_no_secret() -> None:
    """What the program calls itself replaces the default, and is not blanked out of what comes back."""
    seen: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.headers["user-agent"])
        return httpx2.Response(200, json={"name": "Songs (Live)"})

    async with transport(answer, Credentials(headers={"user-agent": "thesetd/1 ( a@example.org )"})) as wire:
        assert (await wire.send(ask())).json == {"name": "Songs (Live)"}
    assert seen == ["thesetd/1 ( a@example.org )"]


async def test_a_parameter_may_repeat() -> None:
    """All values of a name arrive, beside what a handed-out link holds; a name that is given again is replaced."""
    seen: list[list[tuple[str, str]]] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.url.params.multi_items())
        return httpx2.Response(200, json={})

    async with transport(answer, Credentials(params={"key": "k"})) as wire:
        await wire.send(attrs.evolve(ask("x?page=2&a=old"), params=(("a", "1"), ("a", "2"))))
    assert seen == [[("page", "2"), ("a", "1"), ("a", "2"), ("key", "k")]]


async def test_a_redirect_may_be_an_answer() -> None:
    """Where redirects are not followed, the client reads them, body and all, and no second request is made."""
    headers = {"location": f"{BASE}/new", "content-type": "application/json"}
    moved = httpx2.Response(301, headers=headers, stream=httpx2.ByteStream(b'{"id": "new"}'))
    wire = httpx2.MockTransport(lambda _: moved)
    session = HttpSession(
        SPOTIFY, timeout_s=LONGEST_S, connections=1, clock=FixedClock(), transport=wire, follows=False
    )
    answer = await ProviderTransport(SPOTIFY, BASE, session, FixedAuth(Credentials())).send(ask())
    await session.aclose()
    assert (answer.status, answer.json) == (301, {"id": "new"})


async def test_a_redirect_within_the_origin_is_followed() -> None:
    """Relative or absolute, a few times; the answer at its end counts."""
    steps = {"/v1/x": "/v1/y", "/v1/y": f"{BASE}/z"}

    def answer(request: httpx2.Request) -> httpx2.Response:
        onward = steps.get(request.url.path)
        return httpx2.Response(302, headers={"location": onward}) if onward else httpx2.Response(200, json={"ok": 1})

    async with transport(answer) as wire:
        assert (await wire.send(ask())).json == {"ok": 1}


@attrs.define
class Arrivals:
    """What a server on loopback heard: the request lines and the headers; `base` is its address."""

    base: str
    steps: dict[str, tuple[int, str]]
    heard: list[tuple[str, str]] = attrs.field(factory=list)


@pytest.fixture
def server() -> Iterator[Arrivals]:
    """Yield a server whose answers a test lays down by path: a status, and where it leads."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            arrivals.heard.append((self.path, str(self.headers).lower()))
            status, location = arrivals.steps.get(self.path.partition("?")[0], (200, ""))
            self.send_response(status)
            self.send_header("content-length", "2")
            self.send_header("content-type", "application/json")
            if location:
                self.send_header("location", location)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        arrivals = Arrivals(f"http://127.0.0.1:{listening.server_port}", {})
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        yield arrivals
        listening.shutdown()
        thread.join()


ALL = Credentials(
    headers={"authorization": f"Bearer {SECRET}", "x-api-key": SECRET, "accept-language": "en"},
    params={"apikey": SECRET},
)


@asynccontextmanager
async def session_to(server: Arrivals) -> AsyncIterator[tuple[HttpSession, ProviderTransport]]:
    """Connect a transport with all kinds of credentials to a real server."""
    session = HttpSession(SPOTIFY, timeout_s=LONGEST_S, connections=1, clock=FixedClock())
    try:
        yield session, ProviderTransport(SPOTIFY, server.base, session, FixedAuth(ALL))
    finally:
        await session.aclose()


@pytest.mark.parametrize(
    "location",
    ["/y?q=a%20b&page=2", f"/y?apikey={SECRET}&q=a%20b&page=2", f"//u:{SECRET}@{{host}}/y?q=a%20b&page=2&k={SECRET}"],
)
async def test_a_redirect_is_followed_without_credentials(server: Arrivals, location: str) -> None:
    """No header and no parameter that authorises goes along, not even one that the provider wrote into the address."""
    server.steps["/x"] = (302, location.format(host=server.base.partition("//")[2]))
    async with session_to(server) as (_, wire):
        assert (await wire.send(ask("x"))).status == 200
    (first, shown), (onward, told) = server.heard
    assert SECRET in first
    assert SECRET in shown
    assert onward == "/y?q=a+b&page=2"
    assert [part for part in (SECRET, "authorization", "x-api-key") if part in told] == []
    assert "accept-language: en" in told


async def test_it_is_told_when_a_request_has_left(server: Arrivals) -> None:
    """Once for each, before its answer is here; where no connection can be made, never."""
    left: list[int] = []
    async with session_to(server) as (_, wire):
        for number in range(3):
            await wire.send(ask("x"), lambda number=number: left.append(number))
            assert left == list(range(number + 1))
        async with session_to(Arrivals("http://127.0.0.1:1", {})) as (_, nobody):
            with pytest.raises(Unavailable):
                await nobody.send(ask("x"), lambda: left.append(-1))
    assert left == [0, 1, 2]


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refusal_behind_a_redirect_says_nothing_of_the_credentials(server: Arrivals, status: int) -> None:
    """They were not shown there: the provider is unwell, and the operator's key is not to be doubted."""
    server.steps |= {"/x": (307, "/y"), "/y": (status, "")}
    async with session_to(server) as (_, wire):
        with pytest.raises(Unavailable, match="redirected"):
            await wire.send(ask("x"))


async def test_only_a_get_is_sent_on(server: Arrivals) -> None:
    """What a POST carries, such as a request for a token, goes nowhere else."""
    server.steps["/token"] = (307, "/other")
    async with session_to(server) as (session, _):
        with pytest.raises(Unavailable, match="redirected a POST"):
            await session.exchange("POST", f"{server.base}/token", credentials=ALL, form={"grant_type": "x"})
    assert len(server.heard) == 1


@pytest.mark.parametrize(
    "location",
    ["https://evil.test/", "//evil.test/x", "http://provider.test/v1/x", "https://provider.test:8443/v1/x", "http://["],
)
async def test_a_redirect_leads_nowhere_else(location: str) -> None:
    """Another host, scheme or port is not asked."""
    asked = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(str(request.url))
        return httpx2.Response(302, headers={"location": location})

    async with transport(answer) as wire:
        with pytest.raises(Unavailable):
            await wire.send(ask())
    assert len(asked) == 1


async def test_a_circle_is_left() -> None:
    """After a few redirects it is over."""
    asked = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return httpx2.Response(302, headers={"location": "/v1/x"})

    async with transport(answer) as wire:
        with pytest.raises(Unavailable, match="redirects"):
            await wire.send(ask())
    assert len(asked) == MAX_HOPS + 1


async def test_a_link_to_another_origin_is_not_followed() -> None:
    """A next link that a provider handed out must be its own."""
    async with transport(lambda _: httpx2.Response(200, json={})) as wire:
        assert (await wire.send(ask(f"{BASE}/y"))).json == {}
        for link in ("https://evil.test/v1/y", "http://["):
            with pytest.raises(Unavailable):
                await wire.send(ask(link))
