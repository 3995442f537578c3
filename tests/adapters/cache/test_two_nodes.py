"""Two nodes' fetchers over one real Redis: equal calls are one call, and a Redis that hangs delays nobody for long."""

import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest
import redis
import trio

from patience import LONGEST_S
from recorder import Recorder
from thesetd.actors.asking import PooledCallExecutor
from thesetd.actors.gate.caching import PAUSES_S, CachingFetcher
from thesetd.actors.gate.lanes import LaneMailbox
from thesetd.actors.messages import Answer, Refresh, parsed, respond
from thesetd.actors.supervision.guard import BreakerGuard
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.cache.layers import LayeredCache
from thesetd.adapters.cache.memory import Memory
from thesetd.adapters.cache.redis import SharedAnswers
from thesetd.adapters.clock import SystemClock
from thesetd.adapters.embedded.redis import EmbeddedRedis
from thesetd.adapters.providers.registry import ENDPOINTS
from thesetd.adapters.redis.link import RedisServer
from thesetd.app.wiring import CACHE_PATIENCE, own_server
from thesetd.domain.errors import BusUnavailable
from thesetd.domain.facts import BreakerMoved, CacheLooked
from thesetd.domain.gate.cache_policy import Lifetimes, usual
from thesetd.domain.gate.calls import Call, Request, Response
from thesetd.domain.ids import SPOTIFY
from thesetd.domain.work.jobs import Lane

pytestmark = pytest.mark.real
NODES, EQUAL = 2, 50


@attrs.define
class Scene:
    """Nodes before one provider that answers each call with its number, once it may."""

    fetchers: list[CachingFetcher]
    recorder: Recorder
    mailbox: LaneMailbox
    may_answer: trio.Event = attrs.field(factory=trio.Event)
    calls: int = 0

    async def provide(self) -> None:
        """Answer for ever."""
        while True:
            fetch = await self.mailbox.receive()
            self.calls += 1
            await self.may_answer.wait()
            response = Response(status=200, headers={}, received_at=datetime.now(UTC), json={"n": self.calls})
            with fetch.reply:
                respond(fetch.reply, Answer(parsed(fetch.call, response)))


def call(path: str = "artists/A") -> Call[Any]:
    """Make a call."""
    return Call(request=Request(provider=SPOTIFY, endpoint="artist", path=path), parse=lambda answer: answer.json["n"])


@asynccontextmanager
async def nodes(url: str, bridge: AsyncioBridge, count: int) -> AsyncIterator[Scene]:
    """Run nodes over a Redis."""
    scene = Scene([], Recorder(), LaneMailbox())
    async with AsyncExitStack() as stack, trio.open_nursery() as nursery:
        nursery.start_soon(scene.provide)
        for number in range(count):
            shared = SharedAnswers(RedisServer(url, bridge), owner=f"n{number}")
            stack.push_async_callback(shared.aclose)
            cache = LayeredCache(
                memory=Memory(1 << 20),
                shared=shared,
                breaker=BreakerGuard(own_server("cache", CACHE_PATIENCE), BusUnavailable, scene.recorder),
                lifetimes=Lifetimes(usual(ENDPOINTS)),
                clock=SystemClock(),
                observer=scene.recorder,
            )
            refreshes, _ = trio.open_memory_channel[Refresh](1)
            scene.fetchers.append(
                CachingFetcher(
                    PooledCallExecutor({SPOTIFY: scene.mailbox}),
                    cache=cache,
                    refreshes=refreshes,
                    clock=SystemClock(),
                    observer=scene.recorder,
                )
            )
        yield scene
        nursery.cancel_scope.cancel()


async def test_equal_calls_of_two_nodes_are_one_call(empty_redis: str, bridge: AsyncioBridge) -> None:
    """A hundred at once, on either node: the provider is asked once, and all have its answer."""
    results: list[int] = []

    async def ask(fetcher: CachingFetcher) -> None:
        results.append(await fetcher.fetch(call(), Lane.HIGH))

    async with nodes(empty_redis, bridge, NODES) as scene, trio.open_nursery() as nursery:
        for fetcher in scene.fetchers * EQUAL:
            nursery.start_soon(ask, fetcher)
        while not scene.calls:
            await trio.sleep(0.001)
        scene.may_answer.set()
    assert results == [1] * NODES * EQUAL


async def test_the_other_node_is_given_what_one_was_answered(empty_redis: str, bridge: AsyncioBridge) -> None:
    """Long after the call: from Redis, with no call of its own."""
    async with nodes(empty_redis, bridge, NODES) as scene:
        scene.may_answer.set()
        assert [await fetcher.fetch(call(), Lane.HIGH) for fetcher in scene.fetchers] == [1, 1]


async def test_a_node_that_waits_for_another_has_missed_once(empty_redis: str, bridge: AsyncioBridge) -> None:
    """However often it looks until the answer is there, which it uses: a miss on each node, and a hit."""
    async with nodes(empty_redis, bridge, NODES) as scene:
        async with trio.open_nursery() as nursery:
            for fetcher in scene.fetchers:
                nursery.start_soon(fetcher.fetch, call(), Lane.HIGH)
            while len(scene.recorder.of(CacheLooked)) < NODES:
                await trio.sleep(0.001)
            await trio.sleep(sum(PAUSES_S[:2]) + 0.05)
            scene.may_answer.set()
        assert scene.calls == 1
        looks = [fact.outcome for fact in scene.recorder.of(CacheLooked)]
        assert sorted(looks) == ["hit", "miss", "miss"]


@pytest.fixture
async def private_redis(tmp_path: Path) -> AsyncIterator[tuple[str, Callable[[signal.Signals], None]]]:
    """Yield a Redis of the test's own, and the way to send it signals."""
    async with EmbeddedRedis.run(tmp_path) as url:
        with redis.Redis.from_url(url) as client:
            pid = int(client.info("server")["process_id"])
        try:
            yield url, lambda how: os.kill(pid, how)
        finally:
            os.kill(pid, signal.SIGCONT)


@pytest.mark.usefixtures("redis_program")
async def test_a_redis_that_hangs_is_left_alone(
    private_redis: tuple[str, Callable[[signal.Signals], None]], bridge: AsyncioBridge
) -> None:
    """Who calls first waits for two answers that do not come; then the breaker is open, until Redis is back."""
    url, send = private_redis
    async with nodes(url, bridge, 1) as scene:
        (fetcher,) = scene.fetchers
        scene.may_answer.set()
        assert await fetcher.fetch(call("artists/kept"), Lane.HIGH) == 1
        send(signal.SIGSTOP)
        with trio.fail_after(LONGEST_S):
            assert await fetcher.fetch(call(), Lane.HIGH) == 2
        assert [moved.state for moved in scene.recorder.of(BreakerMoved)] == ["open"]
        assert await fetcher.fetch(call("artists/kept"), Lane.HIGH) == 1
        send(signal.SIGCONT)
        with trio.fail_after(LONGEST_S):
            while scene.recorder.of(BreakerMoved)[-1].state != "closed":
                await fetcher.fetch(call(f"artists/{scene.calls}"), Lane.HIGH)
                await trio.sleep(0.05)
