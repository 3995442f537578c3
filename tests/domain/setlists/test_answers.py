"""What an answer about a known page leaves out: lost on the way, or taken off by a newer version."""

from datetime import UTC, datetime
from typing import Any

import pytest

from thesetd.domain.setlists.answers import completed

EDITED = datetime(2026, 5, 21, tzinfo=UTC)
HOOT, ROOST, WING = ({"name": name, "position": n} for n, name in enumerate(("Hoot", "Roost", "Wing"), start=1))
KNOWN: dict[str, Any] = {
    "version_id": "v1",
    "last_updated": EDITED,
    "artist_name": "The Owls",
    "venue_id": 7,
    "place": {"name": "The Barn", "city": "Bergen"},
    "tour": "Night Tour",
    "info": "Rain",
    "songs": [{**HOOT, "info": "with strings"}, ROOST],
    "encore_songs": [{**WING, "encore": 1}],
    "set_names": ["Acoustic"],
    "performed": ["hoot", "roost", "wing"],
}
NEWER = {"version_id": "v2", "last_updated": EDITED.replace(day=22)}
NOTHING: dict[str, Any] = {"songs": [], "encore_songs": [], "set_names": [], "performed": []}


@pytest.mark.parametrize(
    "lost",
    [
        {"tour": None},
        {"info": None},
        {"artist_name": ""},
        {"venue_id": None, "place": {}},
        {"version_id": ""},
        {"last_updated": None},
        NOTHING,
        {"songs": [HOOT, ROOST]},
        {"songs": [HOOT], "performed": ["hoot", "wing"]},
        {"songs": [{**HOOT, "name": ""}, ROOST]},
        {"songs": [HOOT, ROOST, WING], "encore_songs": []},
        {"set_names": []},
    ],
    ids=",".join,
)
def test_what_an_answer_of_the_known_version_lacks_is_known(lost: dict[str, Any]):
    """Each version is one content: a part that is missing now was lost on the way."""
    assert completed(KNOWN | lost, KNOWN, sets_said=True) == KNOWN


def test_an_answer_of_the_known_version_that_says_more_counts():
    """The first answer was cut."""
    assert completed(KNOWN, KNOWN | NOTHING | {"tour": None}, sets_said=True) == KNOWN


def test_a_newer_version_takes_off_what_it_does_not_hold():
    """Songs, the tour and the remark of a page are edited away; act and venue are said by every version."""
    emptied = KNOWN | NEWER | NOTHING | {"tour": None, "info": None, "artist_name": "", "venue_id": None, "place": {}}
    found = completed(emptied, KNOWN, sets_said=True)
    assert found == KNOWN | NEWER | NOTHING | {"tour": None, "info": None}


def test_an_answer_without_sets_says_nothing_of_songs():
    """A page without songs says an empty list. The version that is known stays until another one is read whole."""
    found = completed(KNOWN | NEWER | NOTHING | {"info": "Snow"}, KNOWN, sets_said=False)
    assert found == KNOWN | {"info": "Snow"}
