from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

import pytest
import trio
import trio.testing
from redis import Redis
from redis.exceptions import TimeoutError as NoAnswer

from patience import LONGEST_S
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.redis.link import RedisLink, RedisServer
from thesetd.adapters.redis.wire import RedisScript, RedisWire
from thesetd.domain.errors import BusUnavailable

SET = RedisScript("return redis.call('SET', KEYS[1], ARGV[1])")
GET = RedisScript("return redis.call('GET', KEYS[1])")


@pytest.fixture
def guarded(empty_redis: str) -> Iterator[Callable[..., str]]:
    """Give addresses of a Redis that lets in a user with a password, and nobody else."""
    with Redis.from_url(empty_redis) as client:
        client.acl_setuser("daemon", enabled=True, passwords=["+pass"], keys=["*"], commands=["+@all"], reset=True)
        yield (
            lambda password="pass", name="": (
                empty_redis.replace("unix://", f"unix://daemon:{password}@") + f"?db=3&client_name={name}"
            )
        )
        client.acl_deluser("daemon")


def linked(url: str, bridge: AsyncioBridge, *, timeout_s: float = LONGEST_S, text: bool = False) -> RedisLink:
    """Return a link."""
    return RedisServer(url, bridge).link(timeout_s=timeout_s, connections=1, text=text)


@pytest.mark.real
async def test_a_wire_introduces_itself_as_the_address_says(
    guarded: Callable[..., str], empty_redis: str, bridge: AsyncioBridge
) -> None:
    """Scripts run as that user, in that database, under that name."""
    link = linked(guarded(name="tester"), bridge, text=True)
    assert await link.run(SET, ["where"], ["here"]) == "OK"
    assert await link.run(GET, ["where"]) == "here"
    with Redis.from_url(empty_redis, db=3) as client:
        (ours,) = (one for one in client.client_list() if one["name"] == "tester")
        assert (ours["user"], ours["db"], client.get("where")) == ("daemon", "3", b"here")
    await link.aclose()


@pytest.mark.real
async def test_a_refused_password_is_told_without_it(guarded: Callable[..., str], bridge: AsyncioBridge) -> None:
    """In the words of the server; and nothing is left open."""
    link = linked(guarded(password="s3cret"), bridge)
    with pytest.raises(BusUnavailable, match="WRONGPASS") as error:
        await link.run(GET, ["k"])
    assert "s3cret" not in str(error.value)
    await link.aclose()


@pytest.mark.real
@pytest.mark.parametrize("ends", ["killed", "renewed"])
async def test_a_wire_that_ended_meanwhile_is_replaced(empty_redis: str, bridge: AsyncioBridge, ends: str) -> None:
    """Whoever asks next notices nothing of a server that closed the connection, or of a renewal."""
    server = RedisServer(empty_redis, bridge)
    link = server.link(timeout_s=LONGEST_S, connections=1)
    await link.run(SET, ["k"], ["v"])
    with Redis.from_url(empty_redis) as client:
        if ends == "renewed":
            await server.renew()
        else:
            client.client_kill_filter(_type="normal", skipme=True)
    assert await link.run(GET, ["k"]) == b"v"
    await link.aclose()


async def test_a_late_answer_answers_no_other_question(
    bridge: AsyncioBridge, nursery: trio.Nursery, mock_clock: trio.testing.MockClock
) -> None:
    """A server that takes too long has not answered, and what it says afterwards is not heard."""
    late, answers = trio.Event(), iter((b"+first\r\n", b"+second\r\n"))

    async def answer(stream: trio.SocketStream) -> None:
        said = next(answers)
        async for _ in stream:
            if said == b"+first\r\n":
                await late.wait()
            with suppress(trio.BrokenResourceError):
                await stream.send_all(said)

    (listener,) = await nursery.start(partial(trio.serve_tcp, answer, 0, host="127.0.0.1"))
    link = linked(f"redis://127.0.0.1:{listener.socket.getsockname()[1]}", bridge, timeout_s=2.0, text=True)
    async with trio.open_nursery() as asking:
        asking.start_soon(refused, link, "no answer in time")
        await trio.testing.wait_all_tasks_blocked()
        mock_clock.jump(3.0)
    late.set()
    assert await link.run(GET, ["k"]) == "second"
    await link.aclose()
    nursery.cancel_scope.cancel()


async def test_an_answer_that_came_while_we_were_late_is_an_answer(
    mock_clock: trio.testing.MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is busy for longer than the timeout between asking and reading has lost no server."""
    ours, theirs = trio.socket.socketpair()
    stream = trio.SocketStream(ours)
    wire = RedisWire(stream, timeout_s=2.0, text=True)

    async def send_late(_data: bytes) -> None:
        await theirs.send(b"+there\r\n")
        mock_clock.jump(3.0)
        await trio.lowlevel.cancel_shielded_checkpoint()  # as after every send

    monkeypatch.setattr(stream, "send_all", send_late)
    assert await wire.ask([b"question"]) == ["there"]
    wire.close()
    theirs.close()


async def test_an_answer_in_drops_is_given_up(autojump_clock: trio.testing.MockClock, nursery: trio.Nursery) -> None:
    """Each drop comes in time, but the answer is never whole: it cannot be waited for by callers who are shielded."""
    ours, theirs = trio.socket.socketpair()
    wire = RedisWire(trio.SocketStream(ours), timeout_s=2.0, text=True)

    async def drip() -> None:
        while True:
            await theirs.send(b"+")
            await trio.sleep(1.5)

    nursery.start_soon(drip)
    with trio.fail_after(60.0), pytest.raises(NoAnswer):
        await wire.ask([b"question"])
    nursery.cancel_scope.cancel()
    wire.close()
    theirs.close()


@pytest.mark.parametrize("unasked", [b"+more\r\n", b"$100\r\nhal"])
async def test_what_came_unasked_answers_no_later_question(unasked: bytes) -> None:
    """More than one answer to one question, read with it or not: the wire is not used again."""
    ours, theirs = trio.socket.socketpair()
    wire = RedisWire(trio.SocketStream(ours), timeout_s=LONGEST_S, text=True)
    await theirs.send(b"+there\r\n" + unasked)
    assert await wire.ask([b"question"]) == ["there"]
    assert wire.is_stale
    wire.close()
    theirs.close()


async def refused(link: RedisLink, words: str) -> None:
    """Ask in vain."""
    with pytest.raises(BusUnavailable, match=words):
        await link.run(GET, ["k"])
