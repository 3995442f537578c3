"""Answers that nobody has recorded yet."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from thesetd.adapters.providers.ticketmaster import TicketmasterClient
from thesetd.domain.errors import ProviderError
from thesetd.domain.gate.calls import Call, Page, Response
from thesetd.domain.music.records import Artist, Show, Venue
from thesetd.ports.providers import ShowDetails

Answer = Callable[..., Response]
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture(scope="module")
def calls() -> dict[str, Call[Any]]:
    """Return every kind of call."""
    client = TicketmasterClient()
    return {
        "event": client.show("x"),
        "events-search": client.artist_shows("x", NOW)[0],
        "attraction": client.artist("x"),
        "attractions-search": client.search_artists("x"),
    }


@pytest.fixture(scope="module")
def samples(recorded: Callable[[str], dict[str, Any]]) -> list[tuple[str, Any]]:
    """Return small recorded bodies with the kind of call that they answer."""
    patterns = [
        "event/knotfest-roadshow-2022-ca.json",
        "event/hugh-*.json",
        "events-search/louder-*.json",
        "events-search/post-*.json",
        "events-search/london-*.json",
        "attraction/*.json",
        "attractions-search/docs-*.json",
    ]
    return [(file.split("/")[0], body) for pattern in patterns for file, body in recorded(pattern).items()]


def _check(call: Call[Any], response: Response) -> None:
    try:
        value = call.parse(response)
    except ProviderError:
        return
    for row in value.items if isinstance(value, Page) else (value,):
        for part in (row.show, row.venue) if isinstance(row, ShowDetails) else (row,):
            _check_row(part)


def _check_row(row: Artist | Show | Venue | None) -> None:
    if row is None:
        return
    assert row.name.strip() or isinstance(row, Show), "a known show is added to without a name"
    if isinstance(row, Artist):
        assert row.slug
    if isinstance(row, Venue):
        assert row.latitude is None or -90 <= row.latitude <= 90
        assert row.country_code is None or len(row.country_code) == 2
    if isinstance(row, Show):
        assert row.starts_at is None or row.starts_at.tzinfo is UTC
        assert row.local_time is None or row.local_time.tzinfo is None
        assert [entry.set_order for entry in row.bill] == list(range(1, len(row.bill) + 1))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_damaged_bodies(calls: Any, samples: Any, mutated: Any, answer: Answer, data: st.DataObject):
    """A recorded body with values replaced or missing gives sound rows or a provider error, never anything else."""
    kind, body = data.draw(st.sampled_from(samples))
    _check(calls[kind], answer(mutated(data, body)))


@settings(deadline=None)
@given(data=st.data(), status=st.sampled_from([200, 200, 200, 400, 404, 429, 500]))
def test_arbitrary_bodies(calls: Any, arbitrary_json: Any, answer: Answer, data: st.DataObject, status: int):
    """Any JSON, on any status, in any of the places where an object is expected, gives a value or a provider error."""
    junk = data.draw(arbitrary_json)
    wrapped = data.draw(
        st.sampled_from(
            [
                junk,
                {"_embedded": junk, "page": {"size": 1}},
                {"_embedded": {"events": junk, "venues": junk, "attractions": junk}, "page": {}},
                {"id": "x", "name": "y", "dates": junk, "_embedded": {"venues": [junk], "attractions": [junk]}},
                {"id": "x", "name": "y", "externalLinks": junk, "images": junk, "classifications": [junk]},
            ]
        )
    )
    for call in calls.values():
        _check(call, answer(wrapped, status=status))
