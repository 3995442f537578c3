"""Memory over Redis: what is lost with Redis, what is heard of other nodes, and what is told."""

import itertools
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from fakes import FakeClock
from recorder import Recorder
from thesetd.actors.supervision.guard import BreakerGuard
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.cache.layers import BACK_S, HEAR_EVERY_S, LayeredCache, cache_key
from thesetd.adapters.cache.memory import Kept, Memory
from thesetd.adapters.cache.redis import PREFIX, SharedAnswers, SharedLook
from thesetd.adapters.providers.registry import ENDPOINTS
from thesetd.adapters.redis.link import RedisServer
from thesetd.domain.errors import BusUnavailable, ConfigError
from thesetd.domain.facts import BreakerMoved, CacheLooked
from thesetd.domain.gate.breaker import FAILURES_TO_OPEN, Breaker
from thesetd.domain.gate.cache_policy import Lifetimes, configured, usual
from thesetd.domain.gate.cache_tags import artist_tags
from thesetd.domain.gate.calls import Request, Response
from thesetd.domain.ids import SPOTIFY, TICKETMASTER
from thesetd.ports.gate import CacheLook

SECRET = "hunter2"
ARTIST = Request(provider=SPOTIFY, endpoint="artist", path="artists/A1")
TAGS = artist_tags([(SPOTIFY, "A1")])
_prefixes = itertools.count(1)


@attrs.define
class Shelf:
    """Redis in memory, as `SharedAnswers` shows it; `down` makes it fail, `asked` counts."""

    answers: dict[str, Kept] = attrs.field(factory=dict)
    forgotten: dict[str, float] = attrs.field(factory=dict)
    claims: set[str] = attrs.field(factory=set)
    down: bool = False
    asked: int = 0

    async def _ask(self) -> None:
        self.asked += 1
        await trio.lowlevel.checkpoint()
        if self.down:
            raise BusUnavailable("down")

    async def get(self, key: str) -> Kept | None:
        """Return an answer that is not forgotten."""
        await self._ask()
        kept = self.answers.get(key)
        return kept if kept and not kept.is_forgotten(self.forgotten) else None

    async def look(self, key: str, since: float, for_s: float) -> SharedLook:
        """Return an answer that is young enough, or grant the claim."""
        kept = await self.get(key)
        if kept and kept.received_at >= since:
            return SharedLook(kept=kept)
        self.claims.add(key)
        return SharedLook(claimed=True, older=kept and kept.received_at)

    async def put(self, key: str, kept: Kept, for_s: float) -> None:
        """Keep an answer."""
        await self._ask()
        self.answers[key] = kept
        self.claims.discard(key)

    async def forget(self, marks: Mapping[str, float]) -> None:
        """Forget by tags."""
        await self._ask()
        self.forgotten |= marks

    async def forgotten_since(self, moment: float) -> dict[str, float]:
        """Return what was forgotten."""
        await self._ask()
        return {tag: at for tag, at in self.forgotten.items() if at >= moment}

    async def claim(self, key: str, for_s: float) -> bool:
        """Return every claim."""
        await self._ask()
        self.claims.add(key)
        return True

    async def release(self, key: str) -> None:
        """Take a claim back."""
        await self._ask()
        self.claims.discard(key)


def layers(shelf: Shelf, recorder: Recorder | None = None, clock: FakeClock | None = None) -> LayeredCache:
    """Make a node's cache over a shelf."""
    recorder = recorder or Recorder()
    return LayeredCache(
        memory=Memory(1 << 20),
        shared=shelf,
        breaker=BreakerGuard(Breaker(name="cache", rest_s=1.0), BusUnavailable, recorder),
        lifetimes=Lifetimes(usual(ENDPOINTS)),
        clock=clock or FakeClock(),
        observer=recorder,
    )


def answer(clock: FakeClock, json: object = None) -> Response:
    """Make an answer that is received now."""
    return Response(status=200, headers={}, received_at=clock.now(), json=json)


async def test_a_hit_in_memory_asks_redis_for_nothing_but_news(autojump_clock: trio.testing.MockClock):
    """A thousand looks within two seconds ask Redis once, for what other nodes forgot."""
    shelf, clock = Shelf(), FakeClock()
    cache = layers(shelf, clock=clock)
    await cache.put(ARTIST, answer(clock))
    before = shelf.asked
    for _ in range(1000):
        await trio.sleep(HEAR_EVERY_S / 2000)
        assert await cache.get(ARTIST) is not None
    assert shelf.asked == before + 1


async def test_a_look_that_finds_nothing_has_claimed_the_call(autojump_clock: trio.testing.MockClock):
    """One question to Redis, where a look and a claim were two; a stale answer is left there until it is needed."""
    shelf, clock = Shelf(), FakeClock()
    await layers(shelf, clock=clock).put(ARTIST, answer(clock, "old"))
    cache = layers(shelf, clock=clock)
    await trio.sleep(3601)
    await cache.get(attrs.evolve(ARTIST, path="artists/hears-the-news"))
    before = shelf.asked
    assert await cache.look(ARTIST) == CacheLook(claimed=True)
    assert shelf.asked == before + 1
    kept = await cache.get(ARTIST)
    assert kept is not None
    assert kept.response.json == "old"


async def test_what_another_node_forgot_is_heard_within_two_seconds(autojump_clock: trio.testing.MockClock):
    """Memory is trusted no longer than that."""
    shelf, clock = Shelf(), FakeClock()
    one, two = layers(shelf, clock=clock), layers(shelf, clock=clock)
    await one.put(ARTIST, answer(clock))
    assert await two.get(ARTIST) is not None
    await trio.sleep(0.5)
    await one.invalidate(TAGS)
    assert await one.get(ARTIST) is None
    await trio.sleep(HEAR_EVERY_S)
    assert await two.get(ARTIST) is None


async def test_news_of_long_ago_are_heard_as_well(autojump_clock: trio.testing.MockClock):
    """What is forgotten as of an hour ago goes on every node, with a minute more of what came since."""
    shelf, clock = Shelf(), FakeClock()
    one, two = layers(shelf, clock=clock), layers(shelf, clock=clock)
    began = clock.now()
    await trio.sleep(1700 - BACK_S)
    await one.put(ARTIST, answer(clock))
    assert await two.get(ARTIST) is not None
    await trio.sleep(BACK_S + 1)
    await two.get(ARTIST)
    await one.invalidate(TAGS, began)
    await trio.sleep(HEAR_EVERY_S)
    assert [await cache.get(ARTIST) for cache in (one, two)] == [None, None]


async def test_an_answer_of_a_time_to_come_is_none(autojump_clock: trio.testing.MockClock):
    """After the clock was set back by an hour what was received before cannot be forgotten by its age: it is not given.

    What is received from then on takes its place, in memory and in Redis.
    """
    shelf, clock = Shelf(), FakeClock()
    one, two = layers(shelf, clock=clock), layers(shelf, clock=clock)
    await one.put(ARTIST, answer(clock, "ahead"))
    clock._start -= timedelta(hours=1)
    assert await one.get(ARTIST) is None
    assert await two.get(ARTIST) is None
    await one.put(ARTIST, answer(clock, "now"))
    for cache in (one, two):
        cached = await cache.get(ARTIST)
        assert cached is not None
        assert cached.response.json == "now"


async def test_an_answer_that_is_not_kept_gives_the_claim_up(autojump_clock: trio.testing.MockClock):
    """Nobody waits for it on another node."""
    shelf, clock = Shelf(), FakeClock()
    cache = layers(shelf, clock=clock)
    cache._lifetimes = Lifetimes(configured(ENDPOINTS, {}, negative_s=0.0))
    assert await cache.claim(ARTIST)
    await cache.put(ARTIST, attrs.evolve(answer(clock), status=404))
    assert shelf.claims == set()


async def test_a_lost_redis_costs_nothing(autojump_clock: trio.testing.MockClock):
    """Nothing is raised, memory serves on, every claim is granted, and the breaker keeps further calls away."""
    shelf, clock, recorder = Shelf(down=True), FakeClock(), Recorder()
    cache = layers(shelf, recorder, clock)
    for n in range(50):
        request = attrs.evolve(ARTIST, path=f"artists/{n}")
        assert await cache.look(request) == CacheLook(claimed=True)
        assert await cache.get(request) is None
        assert await cache.claim(request)
        await cache.put(request, answer(clock))
        assert await cache.get(request) is not None
        await cache.release(request)
    assert await cache.invalidate(artist_tags([(SPOTIFY, "7")])) == 1
    assert shelf.asked == FAILURES_TO_OPEN
    assert [fact.state for fact in recorder.of(BreakerMoved)] == ["open"]


async def test_answers_outlive_the_process_while_redis_takes_them(autojump_clock: trio.testing.MockClock):
    """By the last answer or look-up; invalidations, which a Redis without scripts takes, tell nothing."""
    shelf, clock = Shelf(), FakeClock()
    cache = layers(shelf, clock=clock)
    assert not cache.keeps_answers()
    for down in (False, True, False):
        shelf.down = down
        await cache.look(ARTIST)
        assert cache.keeps_answers() is not down
        await cache.put(ARTIST, answer(clock))
        assert cache.keeps_answers() is not down
        await cache.invalidate(TAGS)
        assert cache.keeps_answers() is not down
    shelf.down = True
    await cache.invalidate(TAGS)
    assert cache.keeps_answers()


async def test_what_was_forgotten_while_redis_was_lost_stays_forgotten(autojump_clock: trio.testing.MockClock):
    """The old answer that Redis brings back is not given, here or elsewhere, once Redis has been told."""
    shelf, clock = Shelf(), FakeClock()
    one, two = layers(shelf, clock=clock), layers(shelf, clock=clock)
    await one.put(ARTIST, answer(clock))
    await trio.sleep(1)
    assert await one.get(ARTIST) is not None  # and news are heard just now: not again within the next two seconds
    shelf.down = True
    await one.invalidate(TAGS)
    shelf.down = False
    assert await one.get(ARTIST) is None
    await trio.sleep(HEAR_EVERY_S)
    assert await one.get(ARTIST) is None
    assert await two.get(ARTIST) is None


async def test_one_fact_tells_that_nothing_fresh_is_kept(autojump_clock: trio.testing.MockClock):
    """Nobody has it, or it is stale; of a fresh entry the layer is known, and whether it is a hit its user tells."""
    shelf, clock, recorder = Shelf(), FakeClock(), Recorder()
    one, two = layers(shelf, recorder, clock), layers(shelf, recorder, clock)
    three = layers(shelf, recorder, clock)
    await one.look(ARTIST)
    await one.put(ARTIST, answer(clock))
    found = [(await one.look(ARTIST)).kept, (await two.look(ARTIST)).kept]
    assert [kept and kept.layer for kept in found] == ["memory", "redis"]
    await three.look(ARTIST, clock.now() + timedelta(seconds=1))
    await trio.sleep(3601)
    await two.look(ARTIST)
    await three.look(ARTIST)
    facts = [(f.layer, f.endpoint, f.outcome) for f in recorder.of(CacheLooked)]
    expected = [("none", "miss"), ("none", "miss"), ("memory", "stale"), ("redis", "stale")]
    assert facts == [(layer, "artist", outcome) for layer, outcome in expected]


async def test_bytes_that_are_none_of_ours_are_a_miss(autojump_clock: trio.testing.MockClock):
    """Neither layer lets them through, and memory does not hold on to them."""
    shelf, clock = Shelf(), FakeClock()
    cache = layers(shelf, clock=clock)
    shelf.answers[cache_key(ARTIST)] = Kept(stored=b"junk", tags=(), received_at=clock.now().timestamp())
    assert await cache.get(ARTIST) is None
    assert cache.size()["memory_answers"] == 0


def test_keys_show_nothing_of_the_request():
    """A key is a digest of fixed length, however long the request."""
    request = attrs.evolve(ARTIST, params=(("q", SECRET * 1000),))
    assert len(cache_key(request)) == 32
    assert SECRET not in cache_key(request)
    assert cache_key(request) != cache_key(ARTIST)


@given(st.lists(st.tuples(st.sampled_from(["put", "put2", "get", "forget", "lose"]), st.floats(0, 30_000))))
def test_nothing_is_given_beyond_its_use_or_after_it_was_forgotten(steps: list[tuple[str, float]]):
    """Whatever happens in whatever order: an answer given is usable, marked rightly, and not forgotten."""
    request = Request(provider=TICKETMASTER, endpoint="events", path="events.json", params=(("attractionId", "K"),))

    async def live() -> None:
        shelf, clock, forgotten = Shelf(), FakeClock(), datetime(2000, 1, 1, tzinfo=UTC)
        nodes = [layers(shelf, clock=clock) for _ in range(2)]
        for action, pause in steps:
            await trio.sleep(pause + 0.001)
            match action:
                case "put" | "put2":
                    await nodes[action == "put2"].put(request, answer(clock))
                case "forget":
                    forgotten = clock.now()
                    await nodes[0].invalidate(artist_tags([(TICKETMASTER, "K")]))
                case "lose":
                    shelf.down = not shelf.down
                case "get":
                    cached = await nodes[0].get(request)
                    if cached is not None:
                        assert forgotten < cached.response.received_at
                        assert clock.now() < cached.stale_until
                        assert cached.stale_until - cached.response.received_at == timedelta(hours=6)
                        assert cached.fresh_until - cached.response.received_at == timedelta(minutes=15)

    trio.run(live, clock=trio.testing.MockClock(autojump_threshold=0))


# -- on a real server --------------------------------------------------------------------------------------------------


@pytest.fixture
async def shared(redis_server: str, bridge: AsyncioBridge) -> AsyncIterator[SharedAnswers]:
    """Yield answers in a real Redis under keys of their own."""
    answers = SharedAnswers(RedisServer(redis_server, bridge), owner="n1", prefix=f"layers:{next(_prefixes)}")
    yield answers
    await answers.aclose()


@pytest.mark.real
async def test_everything_in_redis_ends_by_itself(shared: SharedAnswers, redis_server: str):
    """Answers and claims have an end; marks of what was forgotten are cleared when no answer can be as old."""
    await shared.put("k", Kept(stored=b"x", tags=("t",), received_at=1.0), 7.0)
    await shared.claim("c", 5.0)
    await shared.forget({"old": 1_000_000.0})
    await shared.forget({"new": 2_000_000.0})
    with Redis.from_url(redis_server) as client:
        prefix = shared._prefix
        assert 6000 < client.pttl(f"{prefix}:answer:k") <= 7000
        assert 4000 < client.pttl(f"{prefix}:claim:c") <= 5000
        assert client.zrange(f"{prefix}:forgotten", 0, -1) == [b"new"]


@pytest.mark.real
async def test_an_older_mark_does_not_undo_a_newer_one(shared: SharedAnswers):
    """A node that tells late what it forgot earlier brings nothing back."""
    await shared.put("k", Kept(stored=b"x", tags=("t",), received_at=15.0), 60.0)
    await shared.forget({"t": 20.0})
    await shared.forget({"t": 10.0})
    assert await shared.forgotten_since(0.0) == {"t": 20.0}
    assert await shared.get("k") is None


@pytest.mark.real
async def test_a_key_of_another_form_is_a_miss_or_a_failure_of_redis(shared: SharedAnswers, redis_server: str):
    """Fields that are not ours are no answer; a key of another type is told like a lost Redis."""
    with Redis.from_url(redis_server) as client:
        client.hset(f"{shared._prefix}:answer:odd", mapping={"tags": "t", "received_at": "1", "other": "x"})
        client.set(f"{shared._prefix}:answer:wrong", "x")
    assert await shared.get("odd") is None
    with pytest.raises(BusUnavailable):
        await shared.get("wrong")


@pytest.mark.real
async def test_a_missing_server_is_told_without_its_address(tmp_path: Path, bridge: AsyncioBridge):
    """No text holds the password or the path."""
    answers = SharedAnswers(RedisServer(f"unix://user:{SECRET}@{tmp_path}/none.sock", bridge), owner="n1")
    with pytest.raises(BusUnavailable) as caught:
        await answers.get("k")
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    await answers.aclose()


def test_an_address_that_is_none_is_refused():
    """The error names the key of the configuration, not the value."""
    with pytest.raises(ConfigError) as caught:
        SharedAnswers(RedisServer(f"http://{SECRET}", AsyncioBridge()), owner="n1")
    assert SECRET not in str(caught.value)
    assert PREFIX == "theset:cache"
