"""What every ledger does: one suite over the fake and over PostgreSQL."""

from typing import Any

import attrs
import pytest

from fakes import FakeLedger
from sample_rows import NOW, moment
from thesetd.adapters.postgres import PostgresStore
from thesetd.domain.gate.reserve import WindowHistory
from thesetd.domain.ids import SPOTIFY, TICKETMASTER, JobId
from thesetd.domain.work.jobs import Lane
from thesetd.ports.gate import CallRecord, Ledger


@pytest.fixture
async def postgres_ledger(postgres_store: PostgresStore) -> Ledger:
    """Return the ledger of the real store."""
    return postgres_store.ledger


@pytest.fixture(params=["fake", pytest.param("postgres", marks=pytest.mark.real)])
def ledger(request: pytest.FixtureRequest) -> Ledger:
    """Return an empty ledger of either kind."""
    if request.param == "fake":
        return FakeLedger()
    found: Ledger = request.getfixturevalue("postgres_ledger")
    return found


def call(key: str, minutes: float = 0, **parts: Any) -> CallRecord:
    """Return a call that ended well."""
    given = {"provider": SPOTIFY, "endpoint": "artist", "lane": "low", "purpose": "import", "cost": 1}
    return CallRecord(
        key=key, at=moment(minutes), **{**given, "outcome": "ok", "status": 200, "latency_s": 0.15, **parts}
    )


def intent(key: str, minutes: float = 0, **parts: Any) -> CallRecord:
    """Return a call that is about to be made."""
    return attrs.evolve(call(key, minutes, **parts), outcome=None, status=None, latency_s=None)


async def test_an_empty_ledger_knows_nothing(ledger: Ledger) -> None:
    """Nothing was spent, nothing is counted, and writing nothing is fine."""
    await ledger.record([])
    assert await ledger.spent(SPOTIFY, NOW) == ()
    assert await ledger.summary(by="provider", since=NOW) == ()


async def test_what_was_spent_is_given_oldest_first(ledger: Ledger) -> None:
    """Of this provider, from that moment on, intents as well, with their cost; free calls are left out."""
    await ledger.record([call("a", 3), call("b", 1, cost=4), call("old", -0.001), call("free", 2, cost=0)])
    await ledger.record([call("t", 1, provider=TICKETMASTER)])
    await ledger.intend(intent("c", 2))
    await ledger.intend(intent("d", 0))
    assert await ledger.spent(SPOTIFY, NOW) == ((moment(0), 1), (moment(1), 4), (moment(2), 1), (moment(3), 1))
    assert await ledger.spent(TICKETMASTER, NOW) == ((moment(1), 1),)


async def test_a_window_is_told_in_pieces_with_what_people_took_of_it(ledger: Ledger) -> None:
    """Of this provider, from that moment on; the calls of one import, or of one request, are one burst."""
    lane = Lane.INTERACTIVE.label
    await ledger.record([call("a", 0.5, cost=2), call("b", 7), call("old", -1), call("free", 8, cost=0)])
    await ledger.record([call("c", 7, lane=lane, job_id=JobId(7)), call("d", 8, lane=lane, job_id=JobId(7))])
    await ledger.record([call("e", 12, lane=lane, request_id="r"), call("t", 1, provider=TICKETMASTER, lane=lane)])
    await ledger.intend(intent("f", 12, lane=lane))
    found = await ledger.window(SPOTIFY, NOW, 300.0)
    assert found == WindowHistory(
        piece_s=300.0, pieces=((moment(0), 2), (moment(5), 3), (moment(10), 2)), people=4, squares=4 + 1 + 1
    )


async def test_an_outcome_completes_its_intent(ledger: Ledger) -> None:
    """They are one call, which was made when the outcome says."""
    await ledger.intend(intent("a", 0))
    await ledger.record([call("a", 1, outcome="Unavailable", status=502)])
    assert await ledger.spent(SPOTIFY, NOW) == ((moment(1), 1),)
    (row,) = await ledger.summary(by="outcome", since=NOW)
    assert row == {"outcome": "Unavailable", "calls": 1, "cost": 1, "ok": 0, "mean_s": 0.15, "slowest_s": 0.15}


async def test_writing_again_changes_nothing(ledger: Ledger) -> None:
    """The same batch, the same intent, an intent that comes late, a record twice in one batch: one call each."""
    for _ in range(2):
        await ledger.record([call("a"), call("b"), call("a"), intent("b")])
        await ledger.intend(intent("a", 9))
        await ledger.record([intent("a", 9)])
    assert await ledger.spent(SPOTIFY, NOW) == ((NOW, 1), (NOW, 1))
    assert [row["outcome"] for row in await ledger.summary(by="outcome", since=NOW)] == ["ok"]


async def test_calls_are_counted_by_what_is_asked(ledger: Ledger) -> None:
    """The most frequent first, then by name; what was only intended is counted as such."""
    await ledger.record(
        [
            call("a", endpoint="search", latency_s=0.1, job_id=JobId(7)),
            call("b", endpoint="search", latency_s=0.4, lane="high", cost=2, job_id=JobId(7)),
            call("c", endpoint="album", outcome="RateLimited", status=429, latency_s=None),
            call("d", -1),
        ]
    )
    await ledger.intend(intent("e", endpoint="artist"))

    async def counts(by: str) -> dict[Any, Any]:
        rows = await ledger.summary(by=by, since=NOW)
        return {row[by]: row["calls"] for row in rows}

    assert await ledger.summary(by="endpoint", since=NOW) == (
        {"endpoint": "search", "calls": 2, "cost": 3, "ok": 2, "mean_s": 0.25, "slowest_s": 0.4},
        {"endpoint": "album", "calls": 1, "cost": 1, "ok": 0, "mean_s": None, "slowest_s": None},
        {"endpoint": "artist", "calls": 1, "cost": 1, "ok": 0, "mean_s": None, "slowest_s": None},
    )
    assert await counts("outcome") == {"ok": 2, "RateLimited": 1, "intended": 1}
    assert await counts("lane") == {"low": 3, "high": 1}
    assert list(await counts("job")) == [7, None]
    assert await counts("provider") == {"spotify": 4}
    assert await counts("purpose") == {"import": 4}


async def test_calls_cannot_be_counted_by_anything_else(ledger: Ledger) -> None:
    """The choice is closed: the word never reaches the database."""
    for by in ("key", "at; drop table x", ""):
        with pytest.raises(ValueError, match="cannot be counted by"):
            await ledger.summary(by=by, since=NOW)
