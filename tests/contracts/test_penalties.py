"""What every penalty box does: one suite over the fake, over PostgreSQL, and over all that a daemon uses."""

from collections.abc import AsyncIterator

import pytest

from fakes import FakeClock, FakePenaltyBox
from sample_rows import NOW, moment
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.penalty_box import SharedPenaltyBox
from thesetd.adapters.postgres import PostgresStore
from thesetd.adapters.redis.link import RedisServer
from thesetd.adapters.redis.penalties import RedisPenalties
from thesetd.domain.gate.credentials import fingerprint
from thesetd.domain.gate.penalties import Penalty
from thesetd.domain.ids import SPOTIFY, TICKETMASTER
from thesetd.ports.gate import PenaltyBox

ME = fingerprint("me")


@pytest.fixture
async def postgres(postgres_store: PostgresStore) -> PenaltyBox:
    """Return the box that asks the database each time."""
    return postgres_store.penalties


@pytest.fixture
async def shared(postgres_store: PostgresStore, empty_redis: str, bridge: AsyncioBridge) -> AsyncIterator[PenaltyBox]:
    """Yield the box of a daemon, with a memory that is never fresh."""
    mirror = RedisPenalties(RedisServer(empty_redis, bridge))
    yield SharedPenaltyBox(postgres_store.penalties, mirror, FakeClock(NOW), fresh_s=0.0)
    await mirror.aclose()


@pytest.fixture(params=["fake", *(pytest.param(kind, marks=pytest.mark.real) for kind in ("postgres", "shared"))])
def box(request: pytest.FixtureRequest) -> PenaltyBox:
    """Return an empty box of each kind."""
    if request.param == "fake":
        return FakePenaltyBox()
    found: PenaltyBox = request.getfixturevalue(request.param)
    return found


def order(since: float, until: float, strikes: int = 1, reason: str = "too many requests") -> Penalty:
    """Give an order between two moments, in minutes."""
    return Penalty(since=moment(since), until=moment(until), strikes=strikes, reason=reason)


async def test_nobody_was_ever_told_to_stay_away(box: PenaltyBox) -> None:
    """There is no order, there are no strikes to forget, and everybody may probe."""
    assert await box.current(SPOTIFY, ME) is None
    await box.clear(SPOTIFY, ME)
    assert await box.current(SPOTIFY, ME) is None
    assert await box.probe(SPOTIFY, ME, now=NOW) == 0.0


async def test_an_order_is_remembered_for_its_provider_and_credential(box: PenaltyBox) -> None:
    """Also after its end; others are not concerned."""
    given = order(-60, -30)
    assert await box.block(SPOTIFY, ME, given) == given
    assert await box.current(SPOTIFY, ME) == given
    assert await box.current(TICKETMASTER, ME) is None
    assert await box.current(SPOTIFY, fingerprint("other")) is None


async def test_a_later_order_never_shortens_an_earlier_one(box: PenaltyBox) -> None:
    """A shorter one leaves the end, a longer one moves it, one after the end stands for itself."""
    await box.block(SPOTIFY, ME, order(0, 60, 3, "long"))
    assert await box.block(SPOTIFY, ME, order(1, 10, 1, "short")) == order(0, 60, 3, "long")
    assert await box.current(SPOTIFY, ME) == order(0, 60, 3, "long")
    assert await box.block(SPOTIFY, ME, order(30, 90, 1, "longer")) == order(0, 90, 3, "longer")
    assert await box.block(SPOTIFY, ME, order(100, 110, 1, "new")) == order(100, 110, 1, "new")
    assert await box.current(SPOTIFY, ME) == order(100, 110, 1, "new")


async def test_strikes_are_forgotten_and_the_order_is_not(box: PenaltyBox) -> None:
    """An operator may forgive; only time ends an order."""
    await box.block(SPOTIFY, ME, order(0, 60, 3))
    await box.clear(SPOTIFY, ME)
    assert await box.current(SPOTIFY, ME) == order(0, 60, 0)


async def test_one_node_at_a_time_tests_whether_a_ban_is_over(box: PenaltyBox) -> None:
    """Whoever asks first; after half a minute the next; after a new order whoever asks first again."""
    await box.block(SPOTIFY, ME, order(0, 60))
    assert await box.probe(SPOTIFY, ME, now=moment(60)) == 0.0
    assert await box.probe(SPOTIFY, ME, now=moment(60.25)) == 15.0
    assert await box.probe(SPOTIFY, ME, now=moment(60.5)) == 0.0
    assert await box.probe(SPOTIFY, ME, now=moment(60.5)) == 30.0
    await box.block(SPOTIFY, ME, order(60.5, 120, 2))
    assert await box.probe(SPOTIFY, ME, now=moment(60.75)) == 0.0


async def test_what_a_provider_says_is_kept_whatever_it_is(box: PenaltyBox) -> None:
    """Text that a database does not take becomes text that it takes."""
    await box.block(SPOTIFY, ME, order(0, 60, reason="a\0b\ud800" + "x" * 10_000))
    found = await box.current(SPOTIFY, ME)
    assert found is not None
    assert found.until == moment(60)
