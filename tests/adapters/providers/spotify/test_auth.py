import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs

import httpx2
import pytest
import trio
from trio.testing import MockClock

from patience import LONGEST_S
from thesetd.adapters.http import Credentials, HttpSession, ProviderTransport
from thesetd.adapters.providers.spotify import SpotifySettings, TokenSource
from thesetd.domain.errors import NotConfigured, ProviderError, RateLimited, Unauthorized, Unavailable
from thesetd.domain.gate.calls import Request
from thesetd.domain.ids import SPOTIFY

SETTINGS = SpotifySettings(client_id="the-id", client_secret="the-secret")
LATENCY_S = 0.5


class FixedClock:
    """A wall clock that stands still: expiry must not depend on it."""

    def now(self) -> datetime:
        """Return noon."""
        return datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Spotify:
    """Spotify's token endpoint and API in process: answers every request after `LATENCY_S`, and keeps a log."""

    def __init__(self) -> None:
        self.tokens: list[httpx2.Request] = []
        self.calls: list[httpx2.Request] = []
        self.refused: set[str] = set()
        self.token_answer: Callable[[int], httpx2.Response] = self.token

    @staticmethod
    def token(number: int) -> httpx2.Response:
        """Return the answer to the n-th request for a token."""
        return httpx2.Response(
            200, json={"access_token": f"token-{number}", "token_type": "Bearer", "expires_in": 3600}
        )

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        """Answer a request."""
        await trio.sleep(LATENCY_S)
        answer = self.answer(request)
        return httpx2.Response(answer.status_code, headers=answer.headers, stream=httpx2.ByteStream(answer.content))

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        """Return the whole answer to a request."""
        if request.url.host == "accounts.spotify.com":
            self.tokens.append(request)
            return self.token_answer(len(self.tokens))
        self.calls.append(request)
        if request.headers["authorization"] in self.refused:
            return httpx2.Response(401, json={"error": {"status": 401, "message": "The access token expired"}})
        return httpx2.Response(200, json={"ok": True})


@pytest.fixture
def spotify() -> Spotify:
    """Return a Spotify in process."""
    return Spotify()


@pytest.fixture
async def session(spotify: Spotify) -> AsyncIterator[HttpSession]:
    """Yield a session that reaches it, however slow the machine is."""
    transport = httpx2.MockTransport(spotify)
    session = HttpSession(SPOTIFY, timeout_s=LONGEST_S, connections=2, clock=FixedClock(), transport=transport)
    yield session
    await session.aclose()


@pytest.fixture
def source(session: HttpSession) -> TokenSource:
    """Return a token source with credentials."""
    return TokenSource(SETTINGS, session)


@pytest.fixture
def transport(session: HttpSession, source: TokenSource) -> ProviderTransport:
    """Return the whole way to the API."""
    return ProviderTransport(SPOTIFY, SETTINGS.base_url, session, source)


def bearer(credentials: Credentials) -> str:
    """Return the header that authorises a request."""
    return credentials.headers["authorization"]


async def outcome(function: Callable[[], Awaitable[object]]) -> object:
    """Return what a call returns, or the error that it raises."""
    try:
        return await function()
    except ProviderError as error:
        return error


async def test_the_request_for_a_token(source: TokenSource, spotify: Spotify, autojump_clock: MockClock):
    """Id and secret go as Basic credentials, the grant as a form; names are asked for in one fixed language."""
    credentials = await source.credentials()
    (request,) = spotify.tokens
    assert str(request.url) == "https://accounts.spotify.com/api/token"
    assert request.headers["authorization"] == "Basic " + base64.b64encode(b"the-id:the-secret").decode()
    assert parse_qs(request.content.decode()) == {"grant_type": ["client_credentials"]}
    assert credentials.headers == {"authorization": "Bearer token-1", "accept-language": "en"}


async def test_refreshed_a_minute_early(source: TokenSource, spotify: Spotify, autojump_clock: MockClock):
    """A token is used until 60 s before its end, reckoned from its receipt, and not a moment longer."""
    await source.credentials()
    await trio.sleep(3600 - 60 - 0.001)
    assert bearer(await source.credentials()) == "Bearer token-1"
    await trio.sleep(0.002)
    assert bearer(await source.credentials()) == "Bearer token-2"
    assert len(spotify.tokens) == 2


async def test_short_lived_tokens_are_used(source: TokenSource, spotify: Spotify, autojump_clock: MockClock):
    """A token that lives for less than the margin is used for half its life instead of never."""
    spotify.token_answer = lambda n: httpx2.Response(200, json={"access_token": f"t{n}", "expires_in": 40})
    await source.credentials()
    await trio.sleep(19)
    await source.credentials()
    assert len(spotify.tokens) == 1


async def test_one_flight_for_all(source: TokenSource, spotify: Spotify, autojump_clock: MockClock):
    """Twenty callers at once cause one request and get the same token."""
    seen: list[object] = []

    async def ask() -> None:
        seen.append(bearer(await source.credentials()))

    async with trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(ask)
    assert seen == ["Bearer token-1"] * 20
    assert len(spotify.tokens) == 1


async def test_one_failure_for_all(source: TokenSource, spotify: Spotify, autojump_clock: MockClock):
    """Twenty callers who wait for a fetch that fails all fail with it, at once; the next caller tries again."""
    spotify.token_answer = lambda _: httpx2.Response(503)
    seen: list[object] = []

    async def ask() -> None:
        seen.append(await outcome(source.credentials))

    async with trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(ask)
    assert [type(error) for error in seen] == [Unavailable] * 20
    assert len(spotify.tokens) == 1
    assert trio.current_time() < 2 * LATENCY_S
    spotify.token_answer = spotify.token
    assert bearer(await source.credentials()) == "Bearer token-2"


async def test_a_cancelled_leader_is_replaced(source: TokenSource, autojump_clock: MockClock):
    """When the task that fetches is cancelled, one that waits for it fetches instead."""
    seen: list[str] = []

    async def impatient() -> None:
        with trio.move_on_after(LATENCY_S / 2):
            await source.credentials()

    async def patient() -> None:
        seen.append(bearer(await source.credentials()))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(impatient)
        await trio.sleep(LATENCY_S / 4)
        nursery.start_soon(patient)
    assert seen == ["Bearer token-1"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx2.Response(400, json={"error": "invalid_client", "error_description": "Invalid client"}), Unauthorized),
        (httpx2.Response(401, json={"error": {"status": 401, "message": "no"}}), Unauthorized),
        (httpx2.Response(429, headers={"retry-after": "7"}, text="Too many requests"), RateLimited),
        (httpx2.Response(504), Unavailable),
        (httpx2.Response(200, text=""), Unavailable),
        (httpx2.Response(200, json=[]), Unavailable),
        (httpx2.Response(200, json={"token": "x"}), Unavailable),
        (httpx2.Response(200, json={"access_token": "a\nb: c"}), Unavailable),
        (httpx2.Response(200, text='{"access_token": "s3', headers={"content-type": "application/json"}), Unavailable),
    ],
)
async def test_refusals(
    source: TokenSource, spotify: Spotify, answer: httpx2.Response, kind: type[ProviderError], autojump_clock: MockClock
):
    """What the token endpoint answers instead of a token means one error each, and no text holds a secret."""
    spotify.token_answer = lambda _: answer
    with pytest.raises(ProviderError) as caught:
        await source.credentials()
    assert type(caught.value) is kind
    assert "s3" not in str(caught.value)
    assert "the-secret" not in str(caught.value)


async def test_a_wrong_key_tells_what_to_check(source: TokenSource, spotify: Spotify, autojump_clock: MockClock):
    """The operator reads which keys to correct."""
    spotify.token_answer = lambda _: httpx2.Response(400, json={"error": "invalid_client"})
    with pytest.raises(Unauthorized, match=r"invalid_client.*providers\.spotify\.client_id.*SPOTIFY_CLIENT_SECRET"):
        await source.credentials()


async def test_the_hint_of_a_limited_token_endpoint(source: TokenSource, spotify: Spotify, autojump_clock: MockClock):
    """429 at the token endpoint carries its Retry-After."""
    spotify.token_answer = lambda _: httpx2.Response(429, headers={"retry-after": "7"})
    with pytest.raises(RateLimited) as caught:
        await source.credentials()
    assert caught.value.retry_after_s == 7.0


async def test_nothing_configured(session: HttpSession, spotify: Spotify, autojump_clock: MockClock):
    """Without id or secret nothing is sent, and the error names the keys to set."""
    source = TokenSource(SpotifySettings(client_id="x"), session)
    with pytest.raises(NotConfigured, match=r"providers\.spotify\.client_secret \(SPOTIFY_CLIENT_SECRET\)"):
        await source.credentials()
    assert spotify.tokens == []


async def test_an_expired_token_is_replaced_once(
    transport: ProviderTransport, spotify: Spotify, autojump_clock: MockClock
):
    """401 on the API costs one new token and one more try."""
    spotify.refused = {"Bearer token-1"}
    response = await transport.send(Request(provider=SPOTIFY, endpoint="artist", path="artists/x"))
    assert response.status == 200
    assert [call.headers["authorization"] for call in spotify.calls] == ["Bearer token-1", "Bearer token-2"]
    assert {call.headers["accept-language"] for call in spotify.calls} == {"en"}


async def test_a_second_401_is_an_answer(transport: ProviderTransport, spotify: Spotify, autojump_clock: MockClock):
    """A fresh token that is refused as well is not replaced again."""
    spotify.refused = {"Bearer token-1", "Bearer token-2"}
    response = await transport.send(Request(provider=SPOTIFY, endpoint="artist", path="artists/x"))
    assert response.status == 401
    assert len(spotify.calls) == 2


async def test_only_the_refused_token_is_dropped(source: TokenSource, autojump_clock: MockClock):
    """A late 401 for an old token does not cost the new one."""
    old = await source.credentials()
    assert source.rejected(old)
    new = await source.credentials()
    assert source.rejected(old)
    assert bearer(await source.credentials()) == bearer(new) == "Bearer token-2"


async def test_twenty_expired_calls_cost_one_token(
    transport: ProviderTransport, spotify: Spotify, autojump_clock: MockClock
):
    """When a token is refused to twenty calls at once, they share one new token."""
    spotify.refused = {"Bearer token-1"}
    async with trio.open_nursery() as nursery:
        for number in range(20):
            request = Request(provider=SPOTIFY, endpoint="artist", path=f"artists/x{number}")
            nursery.start_soon(transport.send, request)
    assert len(spotify.tokens) == 2


@pytest.mark.parametrize(
    "link", ["https://evil.example/v1/x", "http://api.spotify.com/v1/x", "https://[x", "http://a:b/"]
)
async def test_the_token_goes_nowhere_else(
    transport: ProviderTransport, spotify: Spotify, link: str, autojump_clock: MockClock
):
    """A link to another origin, or to none, is not followed, and no token is fetched for it."""
    with pytest.raises(Unavailable):
        await transport.send(Request(provider=SPOTIFY, endpoint="artist-albums", path=link))
    assert spotify.calls == spotify.tokens == []


async def test_the_token_is_in_no_repr(source: TokenSource, autojump_clock: MockClock):
    """Neither credentials nor source show the token."""
    credentials = await source.credentials()
    assert "token-1" not in repr(credentials) + repr(source) + repr(vars(source))


async def test_recorded_tokens(source: TokenSource, spotify: Spotify, corpus: Path, autojump_clock: MockClock):
    """Every recorded answer of the token endpoint is understood, with and without a scope."""
    for file in sorted((corpus / "spotify" / "token").glob("*.json")):
        body = json.loads(file.read_text())
        spotify.token_answer = lambda _, body=body: httpx2.Response(200, json=body)
        credentials = await source.credentials()
        assert bearer(credentials) == f"Bearer {body['access_token']}", file.name
        source.rejected(credentials)
