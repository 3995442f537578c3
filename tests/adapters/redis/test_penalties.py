from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from sample_rows import NOW, moment
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.redis.link import RedisServer
from thesetd.adapters.redis.penalties import SPARE_MS, Mirrored, RedisPenalties, decode, encode
from thesetd.domain.errors import BusUnavailable, ConfigError
from thesetd.domain.gate.credentials import fingerprint
from thesetd.domain.gate.penalties import Penalty
from thesetd.domain.ids import SPOTIFY

ME = fingerprint("me")
KEY = f"thesetd:penalty:spotify:{ME}"
SECRET = "hunter2"


def order(until: float, reason: str = "r") -> Penalty:
    """Give an order that began at NOW."""
    return Penalty(since=NOW, until=moment(until), strikes=2, reason=reason)


@pytest.fixture
async def mirror(empty_redis: str, bridge: AsyncioBridge) -> AsyncIterator[RedisPenalties]:
    """Yield a mirror in an empty Redis."""
    found = RedisPenalties(RedisServer(empty_redis, bridge))
    yield found
    await found.aclose()


@given(st.floats(0, 10**6), st.text())
def test_what_is_written_is_read_again(minutes: float, reason: str) -> None:
    """To the microsecond, whatever the provider said; nothing known is something known."""
    assert decode(encode(order(minutes, reason)).encode()) == Mirrored(order(minutes, reason))
    assert decode(encode(None).encode()) == Mirrored(None)
    assert decode(None) is None


@given(st.binary() | st.sampled_from([b"1 []", b"1 {}", b'1 {"since":1,"until":2}', b"1", b"1 null", b"x 0"]))
def test_what_somebody_else_wrote_is_nothing_known(text: bytes) -> None:
    """The database is asked then."""
    assert decode(text) == (Mirrored(None) if text == b"0" else None)


def test_a_moment_without_its_zone_is_nothing_known() -> None:
    """It could not be compared with the clock."""
    naive = '{"since":"2026-06-01T12:00:00","until":"2026-06-01T12:00:00","strikes":1,"reason":""}'
    assert decode(f"1 {naive}".encode()) is None


@pytest.mark.real
async def test_the_order_that_ends_later_stays(mirror: RedisPenalties) -> None:
    """Two nodes that write at once, in whatever order, and one that has just read that there was none."""
    assert await mirror.get(SPOTIFY, ME) is None
    await mirror.put(SPOTIFY, ME, None, now=NOW)
    assert await mirror.get(SPOTIFY, ME) == Mirrored(None)
    for penalty in (order(60), order(30), None):
        await mirror.put(SPOTIFY, ME, penalty, now=NOW)
        assert await mirror.get(SPOTIFY, ME) == Mirrored(order(60))
    await mirror.put(SPOTIFY, ME, order(90), now=NOW)
    assert await mirror.get(SPOTIFY, ME) == Mirrored(order(90))
    await mirror.forget(SPOTIFY, ME)
    assert await mirror.get(SPOTIFY, ME) is None


@pytest.mark.real
async def test_every_key_expires_after_its_order(mirror: RedisPenalties, empty_redis: str) -> None:
    """An order lives until its end and a little longer, "none" and an order that is over only that little."""
    with Redis.from_url(empty_redis) as client:
        for penalty, now, most in (
            (order(1), NOW, 60_000 + SPARE_MS),
            (order(1), moment(5), SPARE_MS),
            (None, NOW, SPARE_MS),
        ):
            client.delete(KEY)
            await mirror.put(SPOTIFY, ME, penalty, now=now)
            assert most - 5_000 < client.pttl(KEY) <= most
        assert client.keys() == [KEY.encode()]


@pytest.mark.real
async def test_a_foreign_value_is_replaced(mirror: RedisPenalties, empty_redis: str) -> None:
    """It is neither believed nor in the way."""
    with Redis.from_url(empty_redis) as client:
        client.set(KEY, "rubbish")
    assert await mirror.get(SPOTIFY, ME) is None
    await mirror.put(SPOTIFY, ME, order(1), now=NOW - timedelta(days=1))
    assert await mirror.get(SPOTIFY, ME) == Mirrored(order(1))


async def test_a_redis_that_is_not_there_says_so_without_its_address(tmp_path: Path, bridge: AsyncioBridge) -> None:
    """Every way in is BusUnavailable; neither text nor cause holds the password."""
    mirror = RedisPenalties(RedisServer(f"unix://:{SECRET}@{tmp_path / 'nobody.sock'}", bridge))
    for attempt in (mirror.get(SPOTIFY, ME), mirror.put(SPOTIFY, ME, None, now=NOW), mirror.forget(SPOTIFY, ME)):
        with pytest.raises(BusUnavailable) as caught:
            await attempt
        assert SECRET not in str(caught.value)
        assert caught.value.__cause__ is None


def test_a_url_that_is_none_is_a_fault_of_the_configuration() -> None:
    """It is reported with its key, and without the URL."""
    with pytest.raises(ConfigError, match=r"redis\.url") as caught:
        RedisPenalties(RedisServer(f"redis://:{SECRET}@host:port/0", AsyncioBridge()))
    assert SECRET not in str(caught.value)
