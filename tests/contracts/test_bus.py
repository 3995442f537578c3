"""What every bus does, one suite over the fake and over Redis: it remembers its place and tells nothing twice."""

import json
from collections.abc import AsyncIterator

import pytest
from redis import Redis

from fakes import FakePublisher
from patience import LONGEST_S
from sample_rows import NOW
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.redis.bus import CHANNEL, RedisBus
from thesetd.adapters.redis.link import RedisServer
from thesetd.domain.ids import JobId, Seq
from thesetd.domain.work.progress import CommittedEvent, Stage, advance
from thesetd.ports.bus import Position, Publisher


def events(*seqs: int) -> list[CommittedEvent]:
    """Return committed events of these numbers."""
    progress = advance(None, Stage.SYNCING_CATALOG, {})
    return [
        CommittedEvent(seq=Seq(n), job_id=JobId(7), artist_id=None, slug=None, progress=progress, at=NOW) for n in seqs
    ]


class Heard:
    """Redis as somebody who listens hears it."""

    def __init__(self, url: str) -> None:
        """Listen."""
        self._client = Redis.from_url(url)
        self._subscriber = self._client.pubsub()
        self._subscriber.subscribe(CHANNEL)
        self._subscriber.get_message(timeout=LONGEST_S)

    def seqs(self) -> list[int]:
        """Return the numbers of the events heard since."""
        heard = []
        self._client.publish(CHANNEL, b"over")  # comes after all that was published before
        while True:
            message = self._subscriber.get_message(timeout=LONGEST_S)
            assert message is not None
            if message["data"] == b"over":
                return heard
            heard.append(int(message["data"].partition(b'"seq":')[2].partition(b",")[0]))

    def close(self) -> None:
        """Listen no more."""
        self._subscriber.close()
        self._client.close()


class Kept:
    """The fake's memory, read the same way."""

    def __init__(self, bus: FakePublisher) -> None:
        self._bus = bus

    def seqs(self) -> list[int]:
        """Return the numbers of the events told."""
        return [event.seq for event in self._bus.published]


@pytest.fixture
async def fake() -> tuple[Publisher, Kept]:
    """Return the fake and what it was told."""
    bus = FakePublisher()
    return bus, Kept(bus)


@pytest.fixture
async def real(empty_redis: str, bridge: AsyncioBridge) -> AsyncIterator[tuple[Publisher, Heard]]:
    """Yield a bus on a real Redis and somebody who listens."""
    bus, heard = RedisBus(RedisServer(empty_redis, bridge)), Heard(empty_redis)
    yield bus, heard
    heard.close()
    await bus.aclose()


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
def place(request: pytest.FixtureRequest) -> tuple[Publisher, Kept | Heard]:
    """Return a bus of either kind, with what is heard of it."""
    found: tuple[Publisher, Kept | Heard] = request.getfixturevalue(request.param)
    return found


async def test_a_bus_remembers_its_place(place: tuple[Publisher, Kept | Heard]) -> None:
    """It starts without one, and stands at the last number that it told."""
    bus, heard = place
    assert await bus.position() is None
    assert await bus.publish(events(4, 5), after=None) == 5
    assert await bus.publish(events(6), after=Seq(5)) == 6
    assert await bus.position() == Position(Seq(6), events(6)[0].identity)
    assert await bus.publish(events(5), after=Seq(4)) == 6
    assert await bus.position() == Position(Seq(6), events(6)[0].identity)
    assert heard.seqs() == [4, 5, 6]


async def test_what_was_told_is_not_told_again(place: tuple[Publisher, Kept | Heard]) -> None:
    """Whoever publishes the same, or some of it, adds only what is new."""
    bus, heard = place
    await bus.publish(events(1, 2, 3), after=None)
    assert await bus.publish(events(2, 3), after=Seq(1)) == 3
    assert await bus.publish(events(2, 3, 4), after=Seq(1)) == 4
    assert heard.seqs() == [1, 2, 3, 4]


async def test_nothing_is_told_past_a_gap(place: tuple[Publisher, Kept | Heard]) -> None:
    """What lies between comes first: the answer says where to go on."""
    bus, heard = place
    assert await bus.publish(events(1), after=Seq(0)) is None
    await bus.publish(events(1), after=None)
    assert await bus.publish(events(3), after=Seq(2)) == 1
    assert heard.seqs() == [1]


async def test_a_wrong_place_is_left_by_order(place: tuple[Publisher, Kept | Heard]) -> None:
    """Told to begin anew, it takes lower numbers than it remembers, and stands where they end."""
    bus, heard = place
    await bus.publish(events(900), after=None)
    assert await bus.publish(events(1, 2), after=None) == 2
    assert await bus.publish(events(3), after=Seq(2)) == 3
    assert heard.seqs() == [900, 1, 2, 3]


@pytest.mark.real
async def test_two_databases_on_one_redis_have_places_of_their_own(empty_redis: str, bridge: AsyncioBridge) -> None:
    """What the larger one has told says nothing about the smaller; who shares a channel says whose an event is."""
    heard = Heard(empty_redis)
    large, small = (RedisBus(RedisServer(empty_redis, bridge, mark=mark)) for mark in ("large", "small"))
    await large.publish(events(900), after=None)
    assert await small.position() is None
    assert await small.publish(events(1, 2, 3, 4), after=None) == 4
    assert await large.publish(events(901), after=Seq(900)) == 901
    assert heard.seqs() == [900, 1, 2, 3, 4, 901]
    assert (await small.other_user(), await large.other_user()) == ("large", "")
    with Redis.from_url(empty_redis, decode_responses=True) as client:
        assert "database" not in json.loads(str(client.get("theset:progress:latest:7")))
        await small.publish(events(5), after=Seq(4))
        assert json.loads(str(client.get("theset:progress:latest:7")))["database"] == "small"
        assert sorted(client.keys("thesetd:*:told")) == ["thesetd:large:told", "thesetd:small:told"]
    heard.close()
    await large.aclose()
    await small.aclose()


@pytest.mark.real
async def test_a_channel_of_its_own_keeps_a_database_apart(empty_redis: str, bridge: AsyncioBridge) -> None:
    """Neither on the usual channel nor in the usual key is anything of it."""
    heard = Heard(empty_redis)
    apart = RedisBus(RedisServer(empty_redis, bridge, mark="b"), channel="staging:progress")
    assert await apart.publish(events(1), after=None) == 1
    assert heard.seqs() == []
    with Redis.from_url(empty_redis, decode_responses=True) as client:
        assert client.exists("staging:progress:latest:7")
        assert not client.exists("theset:progress:latest:7")
    heard.close()
    await apart.aclose()
