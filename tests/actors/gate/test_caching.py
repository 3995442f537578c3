"""The cache before the pools: what needs no call, what is refreshed, what serves in need, and single flight."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import attrs
import pytest
import trio

from fake_cache import FakeCache, Shared
from fakes import FakeClock
from recorder import Recorder
from thesetd.actors.asking import PooledCallExecutor
from thesetd.actors.gate.caching import PAUSES_S, CacheRefresher, CachingFetcher
from thesetd.actors.gate.lanes import LaneMailbox
from thesetd.actors.messages import Answer, Refresh, Refusal, parsed, respond
from thesetd.domain.errors import (
    BadPayload,
    BreakerOpen,
    CapabilityGone,
    NotFound,
    ProviderError,
    RateLimited,
    Unavailable,
)
from thesetd.domain.facts import CacheLooked, StaleServed
from thesetd.domain.gate.calls import Call, Request, Response
from thesetd.domain.ids import SPOTIFY
from thesetd.domain.work.jobs import Lane
from thesetd.ports.gate import Cached

REFRESHES = 2  # the mailbox of a test is small, so that it can be filled
LATENCY_S = 0.1


@attrs.define
class Provider:
    """What stands behind the mailbox: answers each call after a while, by a script of errors and then with numbers."""

    clock: FakeClock
    mailbox: LaneMailbox = attrs.field(factory=LaneMailbox)
    errors: list[ProviderError] = attrs.field(factory=list)
    status: int = 200
    calls: list[tuple[str, Lane]] = attrs.field(factory=list)
    latency_s: float = LATENCY_S

    async def run(self) -> None:
        """Answer for ever, all at the same time."""
        async with trio.open_nursery() as nursery:
            while True:
                nursery.start_soon(self._answer, await self.mailbox.receive())

    async def _answer(self, fetch: Any) -> None:
        self.calls.append((fetch.call.request.path, fetch.lane))
        number = len(self.calls)
        await trio.sleep(self.latency_s)
        with fetch.reply:
            if self.errors:
                respond(fetch.reply, Refusal(self.errors.pop(0)))
                return
            response = Response(status=self.status, headers={}, received_at=self.clock.now(), json=number)
            respond(fetch.reply, Answer(parsed(fetch.call, response)))


def number(response: Response) -> int:
    """Parse an answer: its number; 404 is NotFound."""
    if response.status == 404:
        raise NotFound(SPOTIFY, "there is none")
    return int(response.json)


def call(path: str = "artists/A", parse: Callable[[Response], Any] = number, endpoint: str = "artist") -> Call[Any]:
    """Make a call whose answer is fresh for an hour, to be refreshed after 48 minutes, usable for a day."""
    return Call(request=Request(provider=SPOTIFY, endpoint=endpoint, path=path), parse=parse)


@attrs.define
class Node:
    """One node's cache and fetcher at work."""

    provider: Provider
    cache: FakeCache
    fetcher: CachingFetcher
    recorder: Recorder
    refreshes: trio.MemorySendChannel[Refresh]

    async def fetch(self, made: Call[Any] | None = None, lane: Lane = Lane.HIGH) -> Any:
        """Fetch."""
        return await self.fetcher.fetch(made or call(), lane)

    def looked(self) -> list[tuple[str, str]]:
        """Return what the fetcher told of answers that were used, or not."""
        return [(fact.layer, fact.outcome) for fact in self.recorder.of(CacheLooked)]


@asynccontextmanager
async def at_work(*names: str, refresher: bool = True) -> AsyncIterator[list[Node]]:
    """Run nodes before one provider that they share."""
    clock, shared, nodes = FakeClock(), Shared(), []
    provider = Provider(clock)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(provider.run)
        for name in names or ("n1",):
            cache, recorder = FakeCache(clock, shared, name), Recorder()
            send, receive = trio.open_memory_channel[Refresh](REFRESHES)
            fetcher = CachingFetcher(
                PooledCallExecutor({SPOTIFY: provider.mailbox}),
                cache=cache,
                refreshes=send,
                clock=clock,
                observer=recorder,
            )
            nodes.append(Node(provider, cache, fetcher, recorder, send))
            if refresher:
                nursery.start_soon(CacheRefresher(receive, fetcher=fetcher).run)
        yield nodes
        nursery.cancel_scope.cancel()


async def test_a_fresh_answer_needs_no_call(autojump_clock: trio.testing.MockClock):
    """The second fetch takes no time, makes no call, and is parsed with the true moment of receipt."""
    async with at_work() as [node]:
        received = await node.fetch(call(parse=lambda response: response.received_at))
        await trio.sleep(1000)
        at = trio.current_time()
        assert await node.fetch(call(parse=lambda response: response.received_at)) == received
        assert trio.current_time() == at
        assert node.cache.clock.now() - received == timedelta(seconds=1000)
        assert len(node.provider.calls) == 1


async def test_a_hit_is_an_answer_that_was_used(autojump_clock: trio.testing.MockClock):
    """A fresh entry that is too old for a call is a miss: the provider is called."""
    async with at_work() as [node]:
        await node.fetch()
        await node.fetch()
        assert node.looked() == [("memory", "hit")]
        await trio.sleep(10)
        await node.fetch(attrs.evolve(call(), since=node.cache.clock.now()))
        assert node.looked() == [("memory", "hit"), ("none", "miss")]
        assert len(node.provider.calls) == 2


async def test_a_call_may_want_a_younger_answer(autojump_clock: trio.testing.MockClock):
    """What was received before its moment is asked for anew, once for all, and serves only in need."""
    async with at_work() as [node]:
        await node.fetch()
        await trio.sleep(100)
        young = attrs.evolve(call(), since=node.cache.clock.now())
        node.provider.errors.append(Unavailable(SPOTIFY, "away"))
        assert await node.fetch(young) == 1
        assert await node.fetch(young) == 3
        assert await node.fetch(young) == await node.fetch() == 3
        assert len(node.provider.calls) == 3


async def test_a_younger_answer_is_wanted_while_an_older_one_is_shared(autojump_clock: trio.testing.MockClock):
    """Calls that are content with different ages do not share a flight; those that want the same do."""
    async with at_work() as [node]:
        await node.fetch()
        await trio.sleep(100)
        young = attrs.evolve(call(), since=node.cache.clock.now())
        results: list[int] = []

        async def ask(made: Call[int]) -> None:
            results.append(await node.fetch(made))

        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(ask, young)
            await ask(call())
        assert sorted(results) == [1, 2, 2, 2]


async def test_one_request_may_be_read_in_two_ways(autojump_clock: trio.testing.MockClock):
    """Whoever asks reads the answer in its own way, be it kept or shared in flight."""
    async with at_work() as [node]:
        results: list[Any] = []

        async def ask(parse: Callable[[Response], Any]) -> None:
            results.append(await node.fetch(call(parse=parse)))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask, lambda response: ("one", response.json))
            nursery.start_soon(ask, lambda response: ("two", response.json))
        await ask(lambda response: ("three", response.json))
        assert sorted(results) == [("one", 1), ("three", 1), ("two", 1)]


async def test_below_the_threshold_the_answer_is_given_and_fetched_anew(autojump_clock: trio.testing.MockClock):
    """It comes at once; one call in the lowest lane, however many ask, brings the next answer."""
    async with at_work() as [node]:
        await node.fetch()
        await trio.sleep(3000)
        at = trio.current_time()
        assert [await node.fetch(lane=Lane.INTERACTIVE) for _ in range(20)] == [1] * 20
        assert trio.current_time() == at
        await trio.sleep(1)
        assert await node.fetch() == 2
        assert node.provider.calls == [("artists/A", Lane.HIGH), ("artists/A", Lane.LOW)]


async def test_a_refresh_that_fails_leaves_what_is_kept(autojump_clock: trio.testing.MockClock):
    """The kept answer is given as before, and the next who asks has it tried again."""
    async with at_work() as [node]:
        await node.fetch()
        await trio.sleep(3000)
        node.provider.errors = [Unavailable(SPOTIFY, "502")]
        assert await node.fetch() == 1
        await trio.sleep(1)
        assert await node.fetch() == 1
        await trio.sleep(1)
        assert await node.fetch() == 3


async def test_a_full_mailbox_leaves_refreshes_out(autojump_clock: trio.testing.MockClock):
    """Without anybody who refreshes, answers are given until they are no longer fresh, and nobody waits."""
    async with at_work(refresher=False) as [node]:
        calls = [call(f"artists/{n}") for n in range(5)]
        for one in calls:
            await node.fetch(one)
        await trio.sleep(3000)
        assert [await node.fetch(one) for one in calls] == [1, 2, 3, 4, 5]
        assert node.refreshes.statistics().current_buffer_used == REFRESHES


async def test_a_person_s_own_call_makes_the_refresh_needless(autojump_clock: trio.testing.MockClock):
    """A refresh that still waits when the answer has expired is given up for the call that brought it."""
    async with at_work(refresher=False) as [node]:
        await node.fetch()
        await trio.sleep(3000)
        await node.fetch()
        await trio.sleep(1000)
        assert await node.fetch(lane=Lane.INTERACTIVE) == 2
        await node.fetcher.renew(call())
        assert len(node.provider.calls) == 2


async def test_a_refresher_that_crashed_is_not_missed_for_long(autojump_clock: trio.testing.MockClock):
    """The refresh in hand is lost, what waits is done in the next life, and the answer can be refreshed again."""
    async with at_work(refresher=False) as [node]:
        await node.fetch()
        await trio.sleep(3000)
        await node.fetch()
        with trio.move_on_after(LATENCY_S / 2):
            await node.fetcher.renew(call())
        await node.fetch()
        assert node.refreshes.statistics().current_buffer_used == 2


@pytest.mark.parametrize(
    "error", [Unavailable(SPOTIFY, "502"), RateLimited(SPOTIFY, "quota", 9e4), BreakerOpen(SPOTIFY, 90.0)]
)
async def test_an_old_answer_serves_in_need(autojump_clock: trio.testing.MockClock, error: ProviderError):
    """While the provider cannot be asked, a stale answer is given, and said to be; as soon as it can, it is asked."""
    async with at_work() as [node]:
        await node.fetch()
        await trio.sleep(10_000)
        node.provider.errors = [error]
        assert await node.fetch() == 1
        (fact,) = node.recorder.of(StaleServed)
        assert (fact.endpoint, round(fact.age_s), fact.error) == ("artist", 10_000, str(error))
        assert await node.fetch() == 3


async def test_what_is_beyond_use_does_not_serve_in_need(autojump_clock: trio.testing.MockClock):
    """Then the error is the answer."""
    async with at_work() as [node]:
        await node.fetch()
        await trio.sleep(86_400)
        node.provider.errors = [Unavailable(SPOTIFY, "502")]
        with pytest.raises(Unavailable):
            await node.fetch()


async def test_what_went_beyond_use_while_its_call_waited_does_not_serve(autojump_clock: trio.testing.MockClock):
    """Its age counts when it would be given, not when it was looked up."""
    async with at_work() as [node]:
        await node.fetch()
        await trio.sleep(86_390)
        node.provider.errors, node.provider.latency_s = [Unavailable(SPOTIFY, "502")], 20.0
        with pytest.raises(Unavailable):
            await node.fetch()


async def test_errors_that_are_about_the_request_are_not_covered_up(autojump_clock: trio.testing.MockClock):
    """CapabilityGone with a stale answer at hand is raised: the planner has to hear of it."""
    async with at_work() as [node]:
        await node.fetch()
        await trio.sleep(10_000)
        node.provider.errors = [CapabilityGone(SPOTIFY, "batch", "gone")]
        with pytest.raises(CapabilityGone):
            await node.fetch()


async def test_that_there_is_none_is_kept_for_two_minutes(autojump_clock: trio.testing.MockClock):
    """NotFound is raised again without a call, then asked anew; and what was found meanwhile replaces it."""
    async with at_work() as [node]:
        node.provider.status = 404
        for _ in range(3):
            with pytest.raises(NotFound):
                await node.fetch()
        assert len(node.provider.calls) == 1
        await trio.sleep(120)
        node.provider.status = 200
        assert await node.fetch() == 2


async def test_endpoints_without_a_lifetime_are_asked_each_time(autojump_clock: trio.testing.MockClock):
    """Nothing is kept of them."""
    async with at_work() as [node]:
        assert [await node.fetch(call(endpoint="token")) for _ in range(3)] == [1, 2, 3]
        assert node.cache.puts == 0


async def test_a_kept_answer_that_cannot_be_read_is_fetched_anew(autojump_clock: trio.testing.MockClock):
    """A parser that refuses the kept body does not condemn the request for an hour."""

    def picky(response: Response) -> int:
        if response.json == 1:
            raise BadPayload(SPOTIFY, "the first one is bad")
        return int(response.json)

    async with at_work() as [node]:
        assert await node.fetch() == 1
        assert await node.fetch(call(parse=picky)) == 2
        await trio.sleep(10_000)
        node.provider.errors = [Unavailable(SPOTIFY, "502")]
        assert await node.fetch(call(parse=picky)) == 2


async def test_a_stampede_makes_one_call(autojump_clock: trio.testing.MockClock):
    """Five hundred equal fetches at once: one call, one look, and the others are told as shared."""
    async with at_work() as [node]:
        async with trio.open_nursery() as nursery:
            for _ in range(500):
                nursery.start_soon(node.fetch)
        assert (len(node.provider.calls), node.cache.looks, node.cache.puts) == (1, 1, 1)
        assert node.looked() == [("flight", "hit")] * 499


async def test_a_stampede_on_four_nodes_makes_one_call(autojump_clock: trio.testing.MockClock):
    """Among nodes the claim holder calls, and the others find its answer."""
    async with at_work("n1", "n2", "n3", "n4") as nodes:
        async with trio.open_nursery() as nursery:
            for node in nodes:
                for _ in range(125):
                    nursery.start_soon(node.fetch)
        assert len(nodes[0].provider.calls) == 1


async def test_a_node_that_died_in_mid_call_holds_nobody_up(autojump_clock: trio.testing.MockClock):
    """Its claim is waited for a little, then the call is made."""
    async with at_work("n1", "n2") as [_, two]:
        two.cache.shared.claims[call().request.key] = "n1"
        assert await two.fetch() == 1
        assert trio.current_time() <= sum(PAUSES_S) + LATENCY_S + 1e-9


async def test_a_call_that_failed_gives_its_claim_up(autojump_clock: trio.testing.MockClock):
    """Another node may call at once."""
    async with at_work("n1", "n2") as [one, two]:
        one.provider.errors = [Unavailable(SPOTIFY, "502")]
        with pytest.raises(Unavailable):
            await one.fetch()
        at = trio.current_time()
        await two.fetch()
        assert trio.current_time() - at == pytest.approx(LATENCY_S)


async def test_a_cancelled_fetch_fails_nobody_and_leaves_no_call_waiting(autojump_clock: trio.testing.MockClock):
    """Those who wait for the same call are answered; a call that nobody waits for any more is dropped from its lane."""
    async with at_work() as [node]:
        with trio.move_on_after(LATENCY_S / 2):
            await node.fetch(call("given/up"))
        results: list[Any] = []

        async def one() -> None:
            results.append(await node.fetch())

        async with trio.open_nursery() as nursery, trio.open_nursery() as leading:
            leading.start_soon(one)
            await trio.testing.wait_all_tasks_blocked()
            for _ in range(3):
                nursery.start_soon(one)
            await trio.testing.wait_all_tasks_blocked()
            leading.cancel_scope.cancel()
        assert results == [3, 3, 3]


async def test_only_the_answer_of_a_call_is_kept(autojump_clock: trio.testing.MockClock):
    """Errors are not: after one, the next fetch calls."""
    async with at_work() as [node]:
        node.provider.errors = [Unavailable(SPOTIFY, "502"), RateLimited(SPOTIFY, "x"), BadPayload(SPOTIFY, "x")]
        for kind in (Unavailable, RateLimited, BadPayload):
            with pytest.raises(kind):
                await node.fetch()
        assert node.cache.puts == 0
        cached: Cached | None = await node.cache.get(call().request)
        assert cached is None
