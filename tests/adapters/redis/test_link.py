import pytest
import trio

from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.redis.link import RedisServer


@pytest.mark.real
async def test_who_finds_no_connection_free_waits_for_one(redis_server: str, bridge: AsyncioBridge) -> None:
    """More questions at once than connections are all answered; redis-py alone refuses those that are too many."""
    link = RedisServer(redis_server, bridge).link(timeout_s=2.0, connections=2)
    answers: list[bool] = []

    async def ask() -> None:
        answers.append(await link.ask(link.client.ping))

    async with trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(ask)
    await link.aclose()
    assert answers == [True] * 10
