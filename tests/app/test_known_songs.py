"""An artist without concerts gets the songs that people know first: the recorded world's Gorillaz."""

from typing import Any

import pytest

from querying import query

pytestmark = pytest.mark.real

KNOWN = {"Feel Good Inc.", "Clint Eastwood", "On Melancholy Hill"}


def test_the_songs_that_people_know_come_first(start_daemon: Any, recorded_sandbox: Any, database_dsn: str) -> None:
    """Of all songs the most popular are those that everybody knows; whatever is predicted without concerts has them."""
    daemon = start_daemon(recorded_sandbox, THESETD_PROVIDERS__SPOTIFY__MODE="extended")
    assert daemon.ctl("import", "Gorillaz", "--follow").returncode == 0
    ranked = query(
        database_dsn, "select title from songs where offered order by popularity desc nulls last, title limit 10"
    )
    assert {title for (title,) in ranked} >= KNOWN
    predicted = query(
        database_dsn,
        "select t.id, array_agg(s.title) from setlists t join setlist_songs e on e.setlist_id = t.id"
        " join songs s on s.id = e.song_id where t.concerts = 0 and e.position <= t.expected_songs group by 1",
    )
    assert all(set(titles) >= KNOWN for _, titles in predicted)
