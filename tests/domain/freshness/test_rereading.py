from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import attrs
import pytest

from thesetd.domain.freshness.rereading import WHOLE_AGAIN, is_read, list_id, unread_pages
from thesetd.domain.music.records import Album, ReadList

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LIST = list_id(UUID(int=1), "albums")


def album(spotify_id: str = "A", **said: Any) -> Album:
    """Return an album as it is stored: all of its twelve tracks were read."""
    given = {"name": "Lanterns", "album_type": "album", "album_group": "album", "total_tracks": 12, "read_tracks": 12}
    return Album(spotify_id=spotify_id, artist_spotify_id="x", fetched_at=NOW, **{**given, **said})


def listed(spotify_id: str = "A", **said: Any) -> Album:
    """Return an album as a list tells of it."""
    return album(spotify_id, **{"read_tracks": None, **said})


@pytest.mark.parametrize(
    ("said", "stored", "read"),
    [
        ({}, {}, True),
        ({"name": "Lanterns (Deluxe)"}, {}, False),
        ({"name": ""}, {}, True),
        ({"total_tracks": 13}, {}, False),
        ({"total_tracks": None}, {}, True),
        ({"release_date": "2020"}, {"release_date": "2020-05-01"}, False),
        ({"image_url": "https://i.example.com/2"}, {"image_url": "https://i.example.com/1"}, False),
        ({}, {"read_tracks": None}, False),
        ({}, {"read_tracks": 11}, False),
        ({}, {"available": False, "read_tracks": None}, True),
        ({}, {"available": False, "fetched_at": NOW - WHOLE_AGAIN}, False),
    ],
)
def test_an_album_is_read_again(said: dict[str, Any], stored: dict[str, Any], *, read: bool):
    """If its list says something new, if not all of it was read, or if it was not there a week ago."""
    assert is_read(listed(**said), {"A": attrs.evolve(album(), **stored)}, NOW) is read


def test_an_album_that_is_new():
    """It was never read."""
    assert not is_read(listed("B"), {"A": album()}, NOW)


@pytest.mark.parametrize(
    ("page", "total", "known", "ends"),
    [
        ("AB", 3, ReadList(id=LIST, read_at=NOW, total=3), True),
        ("AB", 4, ReadList(id=LIST, read_at=NOW, total=3), False),
        ("AX", 3, ReadList(id=LIST, read_at=NOW, total=3), False),
        ("AS", 3, ReadList(id=LIST, read_at=NOW, total=3), False),
        ("", 3, ReadList(id=LIST, read_at=NOW, total=3), False),
        ("AB", None, ReadList(id=LIST, read_at=NOW), False),
        ("AB", 3, ReadList(id=LIST, read_at=NOW - WHOLE_AGAIN, total=3), False),
        ("AB", 3, None, False),
    ],
    ids=["same", "more", "new", "several groups", "empty", "no total", "long ago", "never"],
)
def test_a_list_ends_after_its_first_page(page: str, total: int | None, known: ReadList | None, *, ends: bool):
    """If it claims as many items as before and its newest are all known; the rest is what is stored of its group."""
    stored = [*(album(one) for one in "ABC"), album("S", album_group="single")]
    albums = [listed(one, album_group="single" if one == "S" else "album") for one in page]
    found = unread_pages(albums, total, known, stored, NOW + timedelta(hours=1))
    assert (found is not None) is ends
    assert found is None or [one.spotify_id for one in found] == ["A", "B", "C"]
