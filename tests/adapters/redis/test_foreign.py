"""Answers that are none of ours: another kind of server, a proxy, or the answer to another question."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

import pytest
import trio

from patience import LONGEST_S
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.cache.memory import Kept
from thesetd.adapters.cache.redis import SharedAnswers
from thesetd.adapters.redis.bus import RedisBus
from thesetd.adapters.redis.link import RedisServer
from thesetd.adapters.redis.penalties import RedisPenalties
from thesetd.adapters.redis.probes import RedisProbes
from thesetd.adapters.redis.wire import RedisScript
from thesetd.adapters.redis_limiter.log import LogLost, RedisLog
from thesetd.domain.errors import BusUnavailable
from thesetd.domain.gate.credentials import fingerprint
from thesetd.domain.ids import SPOTIFY

ANSWERS = {
    "status": b"+OK\r\n",
    "number": b":1\r\n",
    "nothing": b"$-1\r\n",
    "text": b"$5\r\nhello\r\n",
    "no UTF-8": b"$4\r\n\xff\xfe\xfd\xfc\r\n",
    "a number in text": b"$6\r\n-1e999\r\n",
    "empty list": b"*0\r\n",
    "list": b"*3\r\n:1\r\n$1\r\na\r\n*-1\r\n",
    "list as long as a verdict": b"*4\r\n$7\r\nnothing\r\n:0\r\n:1\r\n:0\r\n",
    "map": b"%1\r\n+a\r\n#t\r\n",
    "a number too long": b":" + b"9" * 5000 + b"\r\n",
    "HTTP": b"HTTP/1.1 400 Bad Request\r\n\r\n",
}
pytestmark = pytest.mark.usefixtures("patient_redis")  # what comes is no answer, but it comes
NOW = datetime(2026, 11, 29, tzinfo=UTC)


async def answering(answer: bytes, *, task_status: trio.TaskStatus[str]) -> None:
    """Serve a Redis that answers everything so, and give its address."""

    async def answer_all(stream: trio.SocketStream) -> None:
        with suppress(trio.BrokenResourceError):
            async for piece in stream:
                await stream.send_all(answer * max(1, piece.count(b"*")))

    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    task_status.started(f"redis://127.0.0.1:{listeners[0].socket.getsockname()[1]}/0")
    await trio.serve_listeners(answer_all, listeners)


def questions(server: RedisServer) -> list[Callable[[], Awaitable[object]]]:
    """List what the daemon asks of Redis."""
    bus, cache, penalties = RedisBus(server), SharedAnswers(server, owner="n"), RedisPenalties(server)
    log = RedisLog(server, provider=SPOTIFY, credential=fingerprint("x"))
    probes = RedisProbes(server, bus, node="n", channel="c", limits=trio.lowlevel.checkpoint)
    kept = Kept(stored=b"x", tags=("t",), received_at=1.0)
    return [
        server.check,
        server.memory,
        bus.position,
        bus.other_user,
        bus.rehearse,
        partial(cache.get, "k"),
        partial(cache.put, "k", kept, 1.0),
        partial(cache.forget, {"t": 1.0}),
        partial(cache.forgotten_since, 0.0),
        partial(cache.claim, "k", 1.0),
        partial(penalties.get, SPOTIFY, fingerprint("x")),
        partial(penalties.put, SPOTIFY, fingerprint("x"), None, now=NOW),
        *(partial(ask, {}) for ask in (log.contact, log.reserve, log.usage, log.leave)),
        *(probe.prove for probe in probes.table() if probe.name != "redis subscribing"),  # waits for a message
    ]


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_an_answer_of_another_form_is_no_answer(
    answer: bytes, bridge: AsyncioBridge, nursery: trio.Nursery
) -> None:
    """Whatever is asked, it is a Redis that does not answer as it should: nothing else is raised, no actor crashes."""
    server = RedisServer(await nursery.start(answering, answer), bridge, mark="m")
    asked = questions(server)
    failed = 0
    for ask in asked:
        try:
            await ask()
        except (BusUnavailable, LogLost):
            failed += 1
    for link in tuple(server._links):
        await link.aclose()
    assert failed >= 3


async def test_a_verdict_that_is_none_reserves_nothing(bridge: AsyncioBridge, nursery: trio.Nursery) -> None:
    """A word that the limiter's script does not say is no verdict about a call."""
    server = RedisServer(await nursery.start(answering, ANSWERS["list as long as a verdict"]), bridge)
    log = RedisLog(server, provider=SPOTIFY, credential=fingerprint("x"))
    with pytest.raises(LogLost, match="another kind of server"):
        await log.reserve({})
    await log.aclose()


@pytest.mark.parametrize("echo", ["'daemon' 's3cret' ", "`s3cret`, ", "'" + "s3cret" * 20 + "' "])
async def test_a_server_that_knows_no_password_does_not_tell_ours(
    echo: str, bridge: AsyncioBridge, nursery: trio.Nursery
) -> None:
    """Redis repeats the words after a command that it does not know; we do not."""
    url = await nursery.start(answering, f"-ERR unknown command 'AUTH', with args beginning with: {echo}\r\n".encode())
    link = RedisServer(url.replace("//", "//daemon:s3cret@"), bridge).link(timeout_s=LONGEST_S, connections=1)
    for ask in (partial(link.run, RedisScript("return 1"), []), lambda: link.ask(link.client.ping)):
        with pytest.raises(BusUnavailable, match="unknown command 'AUTH'") as error:
            await ask()
        assert "s3cret" not in str(error.value)
    await link.aclose()


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_a_sentinel_that_is_none_names_no_server(
    answer: bytes, bridge: AsyncioBridge, nursery: trio.Nursery
) -> None:
    """Whatever answers where a sentinel should, Redis cannot be reached: nothing else is raised."""
    place = (await nursery.start(answering, answer)).removeprefix("redis://").removesuffix("/0")
    server = RedisServer(f"redis+sentinel://{place}/service/0", bridge)
    log = RedisLog(server, provider=SPOTIFY, credential=fingerprint("x"))
    with pytest.raises(LogLost):
        await log.reserve({})
    await log.aclose()
