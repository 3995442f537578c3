"""What every cache of answers does: one suite over the fake and over memory with Redis."""

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from fake_cache import FakeCache, Shared
from recorder import Recorder
from thesetd.actors.supervision.guard import BreakerGuard
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.aio.loop import open_quick_loop
from thesetd.adapters.cache.layers import LayeredCache
from thesetd.adapters.cache.memory import Memory
from thesetd.adapters.cache.redis import SharedAnswers
from thesetd.adapters.providers.registry import ENDPOINTS
from thesetd.adapters.redis.link import RedisServer
from thesetd.domain.errors import BusUnavailable
from thesetd.domain.gate.breaker import Breaker
from thesetd.domain.gate.cache_policy import Lifetimes, Topic, usual
from thesetd.domain.gate.cache_tags import artist_tags
from thesetd.domain.gate.calls import Request, Response
from thesetd.domain.ids import SETLISTFM, SPOTIFY, TICKETMASTER, ProviderName
from thesetd.ports.gate import CacheLook, MeasuredCache

START = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
_prefixes = itertools.count(1)


@attrs.define
class HandClock:
    """A clock that a test moves by hand."""

    moment: datetime = START

    def now(self) -> datetime:
        """Return the present moment."""
        return self.moment

    def after(self, seconds: float) -> None:
        """Let time pass."""
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> HandClock:
    """Return the clock of all nodes."""
    return HandClock()


Nodes = Callable[[str], MeasuredCache]


@pytest.fixture(params=["fake", pytest.param("layers", marks=pytest.mark.real)])
async def node(request: pytest.FixtureRequest, clock: HandClock) -> AsyncIterator[Nodes]:
    """Yield the maker of a node's cache; all nodes of a test share what nodes share."""
    if request.param == "fake":
        shared = Shared()
        yield lambda name: FakeCache(clock, shared, name)
        return
    url, bridge, prefix = request.getfixturevalue("redis_server"), AsyncioBridge(), f"contract:{next(_prefixes)}"
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(open_quick_loop())

        def make(name: str) -> MeasuredCache:
            answers = SharedAnswers(RedisServer(url, bridge), owner=name, prefix=prefix)
            stack.push_async_callback(answers.aclose)
            recorder = Recorder()
            return LayeredCache(
                memory=Memory(1 << 20),
                shared=answers,
                breaker=BreakerGuard(Breaker(name="cache"), BusUnavailable, recorder),
                lifetimes=Lifetimes(usual(ENDPOINTS)),
                clock=clock,
                observer=recorder,
                hear_every_s=0.0,
            )

        yield make


def asking(provider: ProviderName, endpoint: str, path: str, **params: str) -> Request:
    """Make a request."""
    return Request(provider=provider, endpoint=endpoint, path=path, params=tuple(params.items()))


ARTIST = asking(SPOTIFY, "artist", "artists/A1")
ALBUMS = asking(SPOTIFY, "artist-albums", "artists/A1/albums", limit="50")
OTHER = asking(SPOTIFY, "artist", "artists/A2")
SHOWS = asking(TICKETMASTER, "events", "events.json", attractionId="K1")
SETLIST = asking(SETLISTFM, "setlist", "setlist/5bd6b3f8")


def answer(clock: HandClock, json: Any = None, status: int = 200) -> Response:
    """Make an answer that is received now."""
    body = {"name": "Björk", "n": [1, None, True]} if json is None else json
    return Response(status=status, headers={"set-cookie": "a"}, received_at=clock.now(), json=body, text="")


async def test_what_was_put_is_given_as_it_was_received(node: Nodes, clock: HandClock):
    """Status, body and the exact moment of receipt come back, and the ages follow from the endpoint's lifetime."""
    cache = node("n1")
    assert await cache.get(ARTIST) is None
    await cache.put(ARTIST, answer(clock))
    clock.after(10)
    cached = await cache.get(ARTIST)
    assert cached is not None
    assert attrs.evolve(cached.response, headers={}) == Response(
        status=200, headers={}, received_at=START, json={"name": "Björk", "n": [1, None, True]}
    )
    ages = [(at - START).total_seconds() for at in (cached.refresh_after, cached.fresh_until, cached.stale_until)]
    assert ages == [2880.0, 3600.0, 86400.0]


async def test_parameters_tell_requests_apart_and_their_order_does_not(node: Nodes, clock: HandClock):
    """Another value is another request; the same ones in another order are the same request."""
    cache = node("n1")
    one = asking(SPOTIFY, "search-artists", "search", q="a", type="artist")
    await cache.put(one, answer(clock))
    assert await cache.get(attrs.evolve(one, params=tuple(reversed(one.params)))) is not None
    assert await cache.get(asking(SPOTIFY, "search-artists", "search", q="b", type="artist")) is None


async def test_an_answer_is_stale_and_then_gone(node: Nodes, clock: HandClock):
    """Past its fresh time it is still given, marked so; at the end of its use it is not given any more."""
    cache = node("n1")
    await cache.put(SHOWS, answer(clock))
    clock.after(6 * 3600 - 1)
    cached = await cache.get(SHOWS)
    assert cached is not None
    assert cached.fresh_until < clock.now() < cached.stale_until
    clock.after(1)
    assert await cache.get(SHOWS) is None


async def test_that_there_is_nothing_is_kept_for_two_minutes(node: Nodes, clock: HandClock):
    """A 404 is an answer with a short life and no use in need."""
    cache = node("n1")
    await cache.put(ARTIST, answer(clock, {"error": 404}, status=404))
    clock.after(119)
    cached = await cache.get(ARTIST)
    assert cached is not None
    assert cached.response.status == 404
    assert cached.fresh_until == cached.stale_until == START + timedelta(seconds=120)
    clock.after(1)
    assert await cache.get(ARTIST) is None


@pytest.mark.parametrize("status", [301, 401, 403, 429, 500, 503])
async def test_failures_are_not_kept(node: Nodes, clock: HandClock, status: int):
    """What is no answer is ignored."""
    cache = node("n1")
    await cache.put(ARTIST, answer(clock, status=status))
    assert await cache.get(ARTIST) is None


async def test_what_has_no_lifetime_is_not_kept(node: Nodes, clock: HandClock):
    """An endpoint outside the table passes by, and anybody may call it."""
    request = asking(SPOTIFY, "something-new", "new")
    cache = node("n1")
    await cache.put(request, answer(clock))
    assert await cache.get(request) is None
    assert await cache.claim(request)
    assert await node("n2").claim(request)


async def test_nodes_share_answers(node: Nodes, clock: HandClock):
    """What one node was answered another is given, with the same ages; the younger answer replaces the older."""
    one, two = node("n1"), node("n2")
    await one.put(ALBUMS, answer(clock, {"items": [1]}))
    assert await two.get(ALBUMS) == await one.get(ALBUMS)
    clock.after(1600)  # to be refreshed: memory alone is not trusted any more
    await two.put(ALBUMS, answer(clock, {"items": [2]}))
    cached = await one.get(ALBUMS)
    assert cached is not None
    assert cached.response.json == {"items": [2]}


async def test_an_artist_is_forgotten_with_all_its_answers_and_nothing_else(node: Nodes, clock: HandClock):
    """The artist's tag covers what the request or the answer names; a topic's tag covers that topic."""
    cache = node("n1")
    album = asking(SPOTIFY, "album", "albums/X")
    for request in (ARTIST, ALBUMS, OTHER):
        await cache.put(request, answer(clock))
    await cache.put(album, answer(clock, {"artists": [{"id": "A1"}, {"id": "A3"}]}))
    clock.after(1)
    assert await cache.invalidate(artist_tags([(SPOTIFY, "A1")], Topic.CATALOG)) == 2
    assert [await cache.get(r) is not None for r in (ARTIST, ALBUMS, album, OTHER)] == [True, False, False, True]
    assert await cache.invalidate(artist_tags([(SPOTIFY, "A1"), (TICKETMASTER, "K1")])) == 1
    assert [await cache.get(r) is not None for r in (ARTIST, OTHER)] == [False, True]
    assert await cache.invalidate([]) == 0


async def test_all_nodes_forget(node: Nodes, clock: HandClock):
    """What a node forgot is not given by another, also where that has it in memory; what comes later is kept."""
    one, two = node("n1"), node("n2")
    await one.put(SETLIST, answer(clock, {"artist": {"mbid": "m-1"}}))
    assert await two.get(SETLIST) is not None
    clock.after(1)
    await one.invalidate(artist_tags([("musicbrainz", "m-1")], Topic.SETLISTS))
    assert [await n.get(SETLIST) for n in (one, two, node("n3"))] == [None, None, None]
    clock.after(1)
    await two.put(SETLIST, answer(clock, {"artist": {"mbid": "m-1"}}))
    assert await one.get(SETLIST) is not None


async def test_what_is_newer_than_the_news_stays(node: Nodes, clock: HandClock):
    """Forgetting as of a moment takes what was received until then, on every node, and spares what came after it."""
    one, two = node("n1"), node("n2")
    await one.put(ARTIST, answer(clock))
    assert await two.get(ARTIST) is not None
    clock.after(20)
    moment = clock.now()
    clock.after(10)
    await one.put(ALBUMS, answer(clock))
    clock.after(20)
    assert await one.invalidate(artist_tags([(SPOTIFY, "A1")]), moment) == 1
    for cache in (one, two, node("n3")):
        assert [await cache.get(request) is not None for request in (ARTIST, ALBUMS)] == [False, True]


async def test_a_look_gives_what_is_fresh_and_claims_the_call_else(node: Nodes, clock: HandClock):
    """An answer that is stale, or older than the caller wants, is no reason not to call; a fresh one is."""
    one, two = node("n1"), node("n2")
    assert await one.look(ARTIST) == CacheLook(claimed=True)
    assert await two.look(ARTIST) == CacheLook()
    await one.put(ARTIST, answer(clock))
    for cache in (one, two):
        look = await cache.look(ARTIST, clock.now())
        assert not look.claimed
        assert look.kept is not None
    clock.after(10)
    assert (await two.look(ARTIST, clock.now())).claimed
    assert not (await one.look(ARTIST, clock.now())).claimed
    await two.release(ARTIST)
    clock.after(3600)
    assert (await one.look(ARTIST)).claimed
    assert await node("n3").get(ARTIST) is not None


async def test_one_node_claims_a_call(node: Nodes, clock: HandClock):
    """A claim keeps others away, not its owner; releasing or putting gives it up, another's release does not."""
    one, two = node("n1"), node("n2")
    assert [await one.claim(ARTIST), await two.claim(ARTIST), await one.claim(ARTIST)] == [True, False, True]
    assert await two.claim(OTHER)
    await two.release(ARTIST)
    assert not await two.claim(ARTIST)
    await one.release(ARTIST)
    assert await two.claim(ARTIST)
    await two.put(ARTIST, answer(clock))
    assert await one.claim(ARTIST)
