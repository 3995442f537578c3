"""What discographies say of recordings."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.music.records import Track
from thesetd.domain.music.releases import Release, classes_by_title, classified
from thesetd.domain.music.versions import Version

LIVE, REMIX, DEMO, COMPILATION = Version.LIVE, Version.REMIX, Version.DEMO, Version.COMPILATION
SONG = Track(spotify_id="s", album_spotify_id="a", name="x", fetched_at=datetime(2026, 1, 1, tzinfo=UTC))


def release(title: str, *classes: Version) -> Release:
    """Make a release."""
    return Release(title=title, classes=frozenset(classes))


def test_a_title_says_what_all_its_releases_say() -> None:
    """An album and its live version of one title say nothing together; two live ones are live."""
    said = classes_by_title(
        [release("Alive", LIVE), release("alive!", LIVE, DEMO), release("Home"), release("Home", LIVE)]
    )
    assert said == {"alive": frozenset({LIVE})}


def test_compilations_say_nothing() -> None:
    """A compilation of live recordings may hold others too."""
    assert classes_by_title([release("Best Of", COMPILATION, LIVE)]) == {}


def test_a_class_comes_with_its_reason() -> None:
    """A recording that is said to be a remix is no studio recording any more; reasons it had before stay."""
    found = classified(SONG, [REMIX], "listed so")
    assert (found.classes, found.evidence) == (frozenset({REMIX}), {REMIX: "listed so"})
    assert classified(found, [REMIX, DEMO], "again").evidence == {REMIX: "listed so", DEMO: "again"}
    assert classified(SONG, [], "x") is SONG


@given(st.lists(st.builds(release, st.sampled_from(["A", "B"]), st.sampled_from(Version)), max_size=6))
def test_the_order_never_counts(releases: list[Release]) -> None:
    """However the list is sorted, the same is said."""
    assert classes_by_title(releases) == classes_by_title(reversed(releases))
