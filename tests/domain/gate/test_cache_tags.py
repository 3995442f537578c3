"""Answers are filed under every artist that they name."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.adapters.providers.registry import ENDPOINTS
from thesetd.domain.gate.cache_tags import MOST_ARTISTS, artist_tags, tags_of
from thesetd.domain.gate.calls import Request, Response
from thesetd.domain.gate.endpoints import Topic
from thesetd.domain.ids import SETLISTFM, SPOTIFY, TICKETMASTER, ProviderName

ROWS = {(row.provider, row.name): row for row in ENDPOINTS}


def tags(
    provider: ProviderName, endpoint: str, path: str = "x", params: dict[str, str] | None = None, body: Any = None
) -> tuple[str, ...]:
    """Return the tags of an answer."""
    request = Request(provider=provider, endpoint=endpoint, path=path, params=tuple((params or {}).items()))
    response = Response(status=200, headers={}, received_at=datetime(2026, 1, 1, tzinfo=UTC), json=body)
    return tags_of(ROWS[provider, endpoint], request, response)


@pytest.mark.parametrize(
    ("provider", "endpoint", "path", "params", "named"),
    [
        (SPOTIFY, "artist", "artists/A1", {}, "A1"),
        (SPOTIFY, "artist-albums", "artists/A1/albums", {"limit": "50"}, "A1"),
        (SPOTIFY, "artist-albums", "https://api.spotify.com/v1/artists/A1/albums?offset=50", {}, "A1"),
        (TICKETMASTER, "attraction", "attractions/K8vZ-_1.json", {}, "K8vZ-_1"),
        (TICKETMASTER, "events", "events.json", {"attractionId": "K1"}, "K1"),
        (SETLISTFM, "artist-setlists", "artist/3b-1/setlists", {"p": "2"}, "3b-1"),
        (SETLISTFM, "edited-setlists", "search/setlists", {"artistMbid": "3b-1", "p": "1"}, "3b-1"),
    ],
)
def test_the_request_names_the_artist(
    provider: ProviderName, endpoint: str, path: str, params: dict[str, str], named: str
):
    """In the path or in a parameter, also where the answer is empty."""
    row = ROWS[provider, endpoint]
    assert tags(provider, endpoint, path, params) == (
        f"provider:{provider}",
        f"endpoint:{provider}:{endpoint}",
        f"artist:{row.space}:{named}",
        f"{row.topic.value}:{row.space}:{named}",
    )


@pytest.mark.parametrize(
    ("provider", "endpoint", "folder", "place"),
    [
        (SPOTIFY, "album", "spotify", "artists"),
        (SETLISTFM, "setlist", "setlistfm", "artist"),
    ],
)
def test_recorded_answers_name_their_artists(
    corpus: Path, provider: ProviderName, endpoint: str, folder: str, place: str
):
    """Where only the answer says whom it is about, a real one does, at the place that the table names."""
    bodies = [json.loads(path.read_bytes()) for path in sorted((corpus / folder).glob(f"**/{endpoint}/*.json"))]
    seen = [body for body in bodies if isinstance(body, dict) and body.get(place)]
    assert seen
    for body in seen:
        assert any(
            tag.startswith(f"artist:{ROWS[provider, endpoint].space}:") for tag in tags(provider, endpoint, body=body)
        )


@pytest.mark.parametrize("path", ["search/artists", "artists", "venues/artists", "search"])
def test_a_path_without_an_id_names_nobody(path: str):
    """A list's name is no artist."""
    assert not any(tag.startswith("artist:") for tag in tags(SETLISTFM, "artists", path))


def test_what_is_no_id_makes_no_tag():
    """Line breaks, spaces and endless texts cannot get into the names under which answers are filed."""
    body = {"artists": [{"id": "a\nb"}, {"id": "x" * 65}, {"id": ""}, {"id": 7}, {"id": "ok"}, None]}
    assert tags(SPOTIFY, "album", body=body)[2:] == ("artist:spotify:ok", "catalog:spotify:ok")


def test_tags_are_bounded():
    """However many artists an answer names, it is filed under the first of them only."""
    body = {"artists": [{"id": f"a{n}"} for n in range(5 * MOST_ARTISTS)] * 2}
    assert len(tags(SPOTIFY, "artists-several", body=body)) == 2 + 2 * MOST_ARTISTS


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["artists", "id", "items"]), inner),
    max_leaves=20,
)


@pytest.mark.untraced
@given(json_values, st.text(max_size=40))
def test_any_answer_has_clean_tags(body: Any, path: str):
    """Whatever a body and a path hold, tags are distinct, printable words."""
    found = tags(SPOTIFY, "search-artists", path, body=body)
    assert len(set(found)) == len(found)
    assert all(tag.isascii() and tag.isprintable() and " " not in tag for tag in found)


def test_an_artist_is_addressed_by_all_its_ids():
    """The tags of everything, or of one topic, of an artist that several providers know."""
    ids = [(SPOTIFY, "A"), (TICKETMASTER, "K")]
    assert artist_tags(ids) == ("artist:spotify:A", "artist:ticketmaster:K")
    assert artist_tags(ids, Topic.SHOWS) == ("shows:spotify:A", "shows:ticketmaster:K")
