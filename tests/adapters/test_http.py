"""Bodies, redirects and credentials at the session's edge; what hostile servers do is in test_hostile.py."""

import gzip
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import pairwise

import attrs
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.adapters.http import BLANK, MAX_BODY_BYTES, MAX_HOPS, Credentials, HttpSession, ProviderTransport, _Body
from thesetd.domain.calls import Request
from thesetd.domain.errors import BadPayload, Unavailable
from thesetd.domain.ids import SPOTIFY

BASE = "https://provider.test/v1"
SECRET = "s3cr3t-value"
Answer = Callable[[httpx.Request], httpx.Response]


class FixedClock:
    """A clock that stands."""

    def now(self) -> datetime:
        """Give noon."""
        return datetime(2026, 11, 22, 12, tzinfo=UTC)


@attrs.frozen
class FixedAuth:
    """Credentials that never change."""

    held: Credentials

    async def credentials(self) -> Credentials:
        """Give them."""
        return self.held

    def rejected(self, _credentials: Credentials) -> bool:
        """Say that there are no others."""
        return False


class Chunks(httpx.AsyncByteStream):
    """A body that comes in pieces."""

    def __init__(self, pieces: list[bytes]) -> None:
        """Take the pieces."""
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give the pieces."""
        for piece in self._pieces:
            yield piece


@asynccontextmanager
async def transport(answer: Answer, credentials: Credentials | None = None) -> AsyncIterator[ProviderTransport]:
    """Connect a transport to a function that answers."""

    def respond(request: httpx.Request) -> httpx.Response:
        made = answer(request)
        return httpx.Response(made.status_code, headers=made.headers, stream=httpx.ByteStream(made.content))

    session = HttpSession(
        SPOTIFY, timeout_s=5, connections=1, clock=FixedClock(), transport=httpx.MockTransport(respond)
    )
    try:
        yield ProviderTransport(SPOTIFY, BASE, session, FixedAuth(credentials or Credentials()))
    finally:
        await session.aclose()


def ask(path: str = "x") -> Request:
    """Make a request."""
    return Request(provider=SPOTIFY, endpoint="e", path=path)


def pieces(data: bytes, cuts: list[int]) -> Iterator[bytes]:
    """Cut bytes into pieces."""
    places = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
    for start, end in pairwise(places):
        yield data[start:end]


@given(
    seed=st.binary(max_size=100),
    times=st.integers(1, 3_000),
    cuts=st.lists(st.integers(0, 300_000), max_size=10),
    packed=st.booleans(),
)
def test_a_body_is_the_same_however_it_is_cut(*, seed: bytes, times: int, cuts: list[int], packed: bool) -> None:
    """Packed or plain, in any pieces, what was sent is what is read."""
    data = seed * times
    body = _Body(SPOTIFY, "gzip" if packed else "identity")
    for piece in pieces(gzip.compress(data) if packed else data, cuts):
        body.add(piece)
    assert body.whole() == data


@pytest.mark.parametrize("size", [MAX_BODY_BYTES, MAX_BODY_BYTES + 1])
def test_the_bound_of_a_body_is_exact(size: int) -> None:
    """The largest body is read, packed too; one byte more is refused."""
    body = _Body(SPOTIFY, "gzip")
    packed = gzip.compress(b" " * size)
    if size == MAX_BODY_BYTES:
        body.add(packed)
        assert len(body.whole()) == size
    else:
        with pytest.raises(Unavailable, match="bytes of body"):
            body.add(packed)


def test_a_gzip_stream_is_whole_and_alone() -> None:
    """A stream that has not ended, or with something behind it, is no answer."""
    for data in (gzip.compress(b"{}")[:-1], gzip.compress(b"{}") + b"x"):
        body = _Body(SPOTIFY, "gzip")
        body.add(data)
        with pytest.raises(Unavailable, match="incomplete"):
            body.whole()


async def test_an_endless_body_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading ends at the bound, and what reads it is closed in order."""
    monkeypatch.setattr("thesetd.adapters.http.MAX_WIRE_BYTES", 1000)
    stream = Chunks([b" " * 400] * 10)
    session = HttpSession(
        SPOTIFY,
        timeout_s=5,
        connections=1,
        clock=FixedClock(),
        transport=httpx.MockTransport(lambda _: httpx.Response(200, stream=stream)),
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
    async with transport(lambda _: httpx.Response(429, json=body, headers={"x-key": SECRET}), credentials) as wire:
        response = await wire.send(ask())
    assert response.json == {"Identifier": BLANK, "greeting": "hello en route"}
    assert response.headers["x-key"] == BLANK
    for status in (200, 500):
        answer = httpx.Response(status, text=f"{{{SECRET}", headers={"content-type": "application/json"})
        async with transport(lambda _, answer=answer: answer, credentials) as wire:
            try:
                told = repr(await wire.send(ask()))
            except BadPayload as error:
                told = error.sample
        assert SECRET not in told


async def test_a_redirect_within_the_origin_is_followed() -> None:
    """Relative or absolute, a few times; the answer at its end counts."""
    steps = {"/v1/x": "/v1/y", "/v1/y": f"{BASE}/z"}

    def answer(request: httpx.Request) -> httpx.Response:
        onward = steps.get(request.url.path)
        return httpx.Response(302, headers={"location": onward}) if onward else httpx.Response(200, json={"ok": 1})

    async with transport(answer) as wire:
        assert (await wire.send(ask())).json == {"ok": 1}


@pytest.mark.parametrize(
    "location",
    ["https://evil.test/", "//evil.test/x", "http://provider.test/v1/x", "https://provider.test:8443/v1/x", "http://["],
)
async def test_a_redirect_leads_nowhere_else(location: str) -> None:
    """Another host, scheme or port is not asked."""
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(302, headers={"location": location})

    async with transport(answer) as wire:
        with pytest.raises(Unavailable):
            await wire.send(ask())
    assert len(asked) == 1


async def test_a_circle_is_left() -> None:
    """After a few redirects it is over."""
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(302, headers={"location": "/v1/x"})

    async with transport(answer) as wire:
        with pytest.raises(Unavailable, match="redirects"):
            await wire.send(ask())
    assert len(asked) == MAX_HOPS + 1


async def test_a_link_to_another_origin_is_not_followed() -> None:
    """A next link that a provider handed out must be its own."""
    async with transport(lambda _: httpx.Response(200, json={})) as wire:
        assert (await wire.send(ask(f"{BASE}/y"))).json == {}
        for link in ("https://evil.test/v1/y", "http://["):
            with pytest.raises(Unavailable):
                await wire.send(ask(link))
