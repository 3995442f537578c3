"""Answers that nobody has recorded yet."""

from collections.abc import Callable
from datetime import UTC
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from thesetd.adapters.providers.setlistfm import SetlistfmClient
from thesetd.domain.errors import ProviderError
from thesetd.domain.gate.calls import Call, Page, Response
from thesetd.ports.providers import SetlistDetails

Answer = Callable[..., Response]
LEAST: dict[str, Any] = {
    "id": "63de4613",
    "eventDate": "23-08-1964",
    "artist": {"mbid": "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d", "name": "The Beatles"},
    "url": "https://www.setlist.fm/x.html",
}


@pytest.fixture(scope="module")
def calls() -> dict[str, Call[Any]]:
    """Return every kind of call."""
    client = SetlistfmClient()
    return {
        "artist": client.artist("x"),
        "search-artists": client.search_artists("x"),
        "artist-setlists": client.artist_setlists("x"),
        "setlist": client.setlist("x"),
    }


@pytest.fixture(scope="module")
def samples(recorded: Callable[[str], dict[str, Any]]) -> list[tuple[str, Any]]:
    """Return small recorded bodies with the kind of call that they answer."""
    patterns = [
        "setlist/r*.json",
        "artist-setlists/counterparts-*.json",
        "artist-setlists/manel-*.json",
        "search-artists/manel-*.json",
        "artist/*.json",
    ]
    return [(file.split("/")[0], body) for pattern in patterns for file, body in recorded(pattern).items()]


def _check(call: Call[Any], response: Response) -> None:
    try:
        value = call.parse(response)
    except ProviderError:
        return
    for row in value.items if isinstance(value, Page) else (value,):
        if isinstance(row, SetlistDetails):
            _check_setlist(row)
        else:
            assert row.name.strip()


def _check_setlist(row: SetlistDetails) -> None:
    setlist = row.setlist
    songs = sorted((*setlist.songs, *setlist.encore_songs), key=lambda song: song["position"])
    assert [song["position"] for song in songs] == list(range(1, len(songs) + 1))
    assert setlist.url
    assert setlist.artist_mbid
    assert row.show.name
    assert setlist.last_updated is None or setlist.last_updated.tzinfo is UTC
    assert row.show.local_date == setlist.event_date


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_damaged_bodies(calls: Any, samples: Any, mutated: Any, answer: Answer, data: st.DataObject):
    """A recorded body with values replaced or missing gives sound rows or a provider error, never anything else."""
    kind, body = data.draw(st.sampled_from(samples))
    _check(calls[kind], answer(mutated(data, body)))


@settings(deadline=None)
@given(data=st.data(), status=st.sampled_from([200, 200, 200, 400, 403, 404, 429, 500]))
def test_arbitrary_bodies(calls: Any, arbitrary_json: Any, answer: Answer, data: st.DataObject, status: int):
    """Any JSON, on any status, in any of the places where an object is expected, gives a value or a provider error."""
    junk = data.draw(arbitrary_json)
    wrapped = data.draw(
        st.sampled_from(
            [
                junk,
                {"setlist": junk, "artist": junk, "total": junk, "itemsPerPage": junk},
                {"setlist": [LEAST, junk], "artist": [junk], "total": 40, "itemsPerPage": junk},
                {**LEAST, "sets": junk},
                {**LEAST, "sets": {"set": [{"song": [junk], "name": junk, "encore": junk}]}},
                {**LEAST, "venue": junk, "lastUpdated": junk, "tour": junk},
            ]
        )
    )
    for call in calls.values():
        _check(call, answer(wrapped, status=status))
