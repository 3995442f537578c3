import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis
from redis.client import PubSub

from patience import LONGEST_S
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.aio.loop import open_quick_loop
from thesetd.adapters.embedded.redis import EmbeddedRedis
from thesetd.adapters.redis.bus import LATEST_TTL_S, RedisBus, encode
from thesetd.adapters.redis.link import RedisServer
from thesetd.domain.errors import BusUnavailable, ConfigError
from thesetd.domain.ids import JobId, Seq
from thesetd.domain.work.progress import CommittedEvent, Stage, advance

SECRET = "hunter2"  # what no text may show


def event(seq: int, job_id: int = 7, note: str = "") -> CommittedEvent:
    """Return an event as the store numbers them."""
    return CommittedEvent(
        seq=Seq(seq),
        job_id=JobId(job_id),
        artist_id=UUID(int=1),
        slug="gorillaz",
        progress=advance(None, Stage.SYNCING_CATALOG, {"albums": 12}, note=note),
        at=datetime(2026, 3, 1, 12, tzinfo=UTC),
    )


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[RedisBus]:
    """Open a bus on a loop of its own."""
    async with open_quick_loop():
        bus = RedisBus(RedisServer(url, AsyncioBridge()))
        try:
            yield bus
        finally:
            await bus.aclose()


def next_message(subscriber: PubSub) -> dict[str, object]:
    """Wait for a published message."""
    while True:
        message = subscriber.get_message(timeout=LONGEST_S)
        assert message is not None, "nothing was published"
        if message["type"] == "message":
            return message


async def test_an_event_reaches_both_channels_and_stays_as_the_latest(redis_server: str):
    """The same compact JSON is published for all and for the job, and kept for an hour."""
    with Redis.from_url(redis_server) as client, client.pubsub() as subscriber:
        subscriber.subscribe("theset:progress", "theset:progress:7")
        assert [subscriber.get_message(timeout=LONGEST_S)["type"] for _ in range(2)] == ["subscribe"] * 2
        async with connected(redis_server) as bus:
            await bus.publish([event(1), event(2)], after=None)
        heard = [next_message(subscriber) for _ in range(4)]
        assert {message["channel"] for message in heard[:2]} == {b"theset:progress", b"theset:progress:7"}
        assert [json.loads(message["data"])["seq"] for message in heard] == [1, 1, 2, 2]
        assert json.loads(client.get("theset:progress:latest:7")) == event(2).as_json()
        assert 0 < client.ttl("theset:progress:latest:7") <= LATEST_TTL_S


@given(st.integers(1), st.text())
def test_the_published_form_is_compact_and_loses_nothing(seq: int, note: str):
    """Decoding gives the event's JSON form again, and no space is spent between the parts."""
    text = encode(event(seq, note=note))
    assert json.loads(text) == event(seq, note=note).as_json()
    assert text == json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)


async def test_a_bus_that_is_not_there_says_so_without_its_address(tmp_path: Path):
    """A refused connection is BusUnavailable, for reading and publishing; neither text nor cause holds the password."""
    async with connected(f"unix://:{SECRET}@{tmp_path / 'nobody.sock'}") as bus:
        for attempt in (bus.position(), bus.publish([event(1)], after=None)):
            with pytest.raises(BusUnavailable) as caught:
                await attempt
            assert SECRET not in str(caught.value)
            assert caught.value.__cause__ is None
        assert SECRET not in repr(bus)


async def test_a_wrong_password_is_unavailable_as_well(redis_server: str):
    """What Redis answers to bad credentials is not passed on."""
    async with connected(redis_server.replace("unix://", f"unix://user:{SECRET}@")) as bus:
        with pytest.raises(BusUnavailable) as caught:
            await bus.position()
    assert SECRET not in str(caught.value)


async def test_a_silent_server_is_given_up_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A server that accepts and never answers costs no more than the socket timeouts."""
    monkeypatch.setattr("thesetd.adapters.redis.bus.TIMEOUT_S", 0.05)
    with trio.socket.socket(trio.socket.AF_UNIX) as silent:
        await silent.bind(str(tmp_path / "silent.sock"))
        silent.listen()
        async with connected(f"unix://{tmp_path / 'silent.sock'}") as bus:
            with trio.fail_after(LONGEST_S), pytest.raises(BusUnavailable):
                await bus.position()


@pytest.mark.usefixtures("redis_program")
async def test_the_bus_reconnects_after_the_server_was_gone(tmp_path: Path):
    """A bus that saw its server stop works again, by itself, when a server is back at the same address."""
    state_dir = Path(tmp_path)
    async with open_quick_loop():
        async with EmbeddedRedis.run(state_dir) as url:
            bus = RedisBus(RedisServer(url, AsyncioBridge()))
            await bus.position()
        with pytest.raises(BusUnavailable):
            await bus.position()
        async with EmbeddedRedis.run(state_dir):
            await bus.position()
            await bus.publish([event(3)], after=None)
            await bus.aclose()


@pytest.mark.usefixtures("redis_program")
async def test_connections_that_a_restart_killed_fail_no_call(tmp_path: Path):
    """A pooled connection to a server that was replaced is renewed within the call."""
    async with open_quick_loop():
        async with EmbeddedRedis.run(tmp_path) as url:
            bus = RedisBus(RedisServer(url, AsyncioBridge()))
            await bus.position()
        async with EmbeddedRedis.run(tmp_path):
            await bus.publish([event(4)], after=None)
            await bus.aclose()


@pytest.mark.parametrize("url", ["http://host", "one two", f"redis://:{SECRET}@host:port/0"])
def test_a_url_that_is_none_is_a_fault_of_the_configuration(url: str):
    """It is reported with its key, and without the URL, which may hold a password."""
    with pytest.raises(ConfigError, match=r"redis\.url") as caught:
        RedisBus(RedisServer(url, AsyncioBridge()))
    assert SECRET not in str(caught.value)
