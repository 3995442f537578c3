from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
from redis import Redis

from patience import LONGEST_S
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.redis.link import RedisServer
from thesetd.adapters.redis.wire import RedisScript
from thesetd.domain.errors import BusUnavailable


@pytest.mark.real
async def test_who_finds_no_connection_free_waits_for_one(redis_server: str, bridge: AsyncioBridge) -> None:
    """More questions at once than connections are all answered; redis-py alone refuses those that are too many."""
    link = RedisServer(redis_server, bridge).link(timeout_s=LONGEST_S, connections=2)
    answers: list[bool] = []

    async def ask() -> None:
        answers.append(await link.ask(link.client.ping))

    async with trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(ask)
    await link.aclose()
    assert answers == [True] * 10


@attrs.define
class Counting(AsyncioBridge):
    """Counts the round trips; the first one waits until it is let go."""

    trips: int = 0
    go: trio.Event = attrs.field(factory=trio.Event)

    async def __call__(self, function: Callable[..., Awaitable[Any]], /, *args: Any, **kwargs: Any) -> Any:
        """Ask, and count."""
        self.trips += 1
        return await super().__call__(function, *args, **kwargs)

    async def native(self, function: Callable[[], Awaitable[Any]]) -> Any:
        """Ask, and count."""
        self.trips += 1
        if self.trips == 1:
            await self.go.wait()
        return await function()


ECHO = "if ARGV[1] == 'bad' then return redis.error_reply('ERR bad') end return ARGV[1]"


@pytest.mark.real
async def test_scripts_that_are_wanted_meanwhile_share_a_round_trip(redis_server: str, bridge: AsyncioBridge) -> None:
    """Each caller gets its own answer or refusal, and a server that was told to forget scripts learns them again."""
    bridge = Counting()
    link = RedisServer(redis_server, bridge).link(timeout_s=LONGEST_S, connections=2)
    script = RedisScript(ECHO)
    found: dict[str, object] = {}

    async def run(word: str) -> None:
        try:
            found[word] = await link.run(script, [], [word])
        except BusUnavailable as error:
            found[word] = str(error)

    words = ["first", "bad", *map(str, range(8))]
    async with trio.open_nursery() as nursery:
        for word in words:
            nursery.start_soon(run, word)
            await trio.testing.wait_all_tasks_blocked()
        with Redis.from_url(redis_server) as client:
            client.script_flush()
        bridge.go.set()
    assert bridge.trips == 1 + 2  # the first one connects
    assert "bad" in str(found.pop("bad"))
    assert found == {word: word.encode() for word in words if word != "bad"}
    await link.aclose()


@pytest.mark.real
@pytest.mark.parametrize("gone", ["first", "second"])
async def test_a_cancelled_caller_takes_nobody_with_it(redis_server: str, bridge: AsyncioBridge, gone: str) -> None:
    """Whoever sends for others, before or while the round trip lasts: the others send again."""
    bridge = Counting()
    link = RedisServer(redis_server, bridge).link(timeout_s=LONGEST_S, connections=2)
    script, found, scopes = RedisScript(ECHO), list[bytes](), dict[str, trio.CancelScope]()

    async def run(word: str) -> None:
        with scopes.setdefault(word, trio.CancelScope()):
            found.append(await link.run(script, [], [word]))

    async with trio.open_nursery() as nursery:
        for word in ("first", "second", "third"):
            nursery.start_soon(run, word)
            await trio.testing.wait_all_tasks_blocked()
        scopes[gone].cancel()
        await trio.testing.wait_all_tasks_blocked()
        bridge.go.set()
    assert sorted(found) == sorted({b"first", b"second", b"third"} - {gone.encode()})
    await link.aclose()


@pytest.mark.real
async def test_a_lost_server_is_told_to_everyone_of_a_round_trip(tmp_path: Path, bridge: AsyncioBridge) -> None:
    """Nobody waits for ever, and the next who asks tries again."""
    link = RedisServer(f"unix://{tmp_path}/none.sock", bridge).link(timeout_s=LONGEST_S, connections=2)
    script, refused = RedisScript(ECHO), list[str]()

    async def run() -> None:
        with pytest.raises(BusUnavailable) as error:
            await link.run(script, [], ["x"])
        refused.append(str(error.value))

    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(run)
    assert len(refused) == 5
    await link.aclose()
