from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.prediction.offered import OfferedSong, changed_rows

Rows = list[OfferedSong[str]]


def predicted(songs: str) -> Rows:
    """Make a prediction, one song a letter."""
    return [OfferedSong(song=one, position=n, title=one, probability=0.5) for n, one in enumerate(songs, 1)]


def after(current: Rows, songs: str, *, locked: bool = False) -> Rows:
    """Return the list after a prediction."""
    rows = {row.song: row for row in current}
    rows |= {row.song: row for row in changed_rows(current, predicted(songs), locked=locked)}
    return sorted(rows.values(), key=lambda row: row.position)


def shown(rows: Rows) -> str:
    """Write a list as letters in order, dropped songs small."""
    return "".join(row.song.lower() if row.dropped else row.song for row in rows)


def test_likelier_songs():
    """Voted songs stay, marked where they left, and the likelier ones are offered before them."""
    rows = after(predicted("ABCDE"), "FGAHIJ")
    assert shown(rows) == "FGAHIJbcde"
    assert [row.position for row in rows] == list(range(1, 11))


def test_it_leaves_and_returns():
    """A song that comes back has its old row, no longer marked."""
    rows = after(after(predicted("AB"), "BC"), "AC")
    assert shown(rows) == "ACb"


def test_no_news_write_nothing():
    """The same prediction again changes no row."""
    rows = after(predicted("ABC"), "CD")
    assert changed_rows(rows, predicted("CD"), locked=False) == ()


def test_a_song_that_the_application_added():
    """It stays untouched in its place, whether it is predicted or not; others go around it."""
    own = OfferedSong(song="X", position=2, title="fan's own")
    for songs, expected in (("ABC", "AXBC"), ("XBC", "BXCa"), ("D", "DXabc")):
        rows = after([*after([own], "ABC")], songs)
        assert own in rows
        assert shown(rows) == expected


def test_a_locked_list():
    """It gains songs at its end, marked, and nothing else changes."""
    before = after(predicted("ABC"), "AB")
    rows = after(before, "DBE", locked=True)
    assert shown(rows) == "ABcDE"
    assert rows[:3] == before
    assert [row.added_after_lock for row in rows] == [False, False, False, True, True]
    assert shown(after(rows, "CA", locked=True)) == "ABCDE"


LISTS = st.lists(st.tuples(st.lists(st.sampled_from("ABCDEFGH"), unique=True).map("".join), st.booleans()), max_size=6)


@given(LISTS, st.sets(st.sampled_from("AXY")))
def test_nothing_is_ever_lost(steps: list[tuple[str, bool]], added: set[str]):
    """Whatever is predicted: no row goes, places are unique, application's rows stay, the prediction is offered."""
    rows: Rows = [OfferedSong(song=one, position=n, title=one) for n, one in enumerate(sorted(added), 1)]
    own: Any = list(rows)
    for songs, locked in steps:
        before = rows
        rows = after(rows, songs, locked=locked)
        assert {row.song for row in rows} == {row.song for row in before} | set(songs)
        assert len({row.position for row in rows}) == len(rows)
        assert all(row in rows for row in own)
        assert not any(row.dropped for row in rows if row.song in songs)
        if locked:
            assert [attrs.evolve(row, dropped=False) for row in rows[: len(before)]] == [
                attrs.evolve(row, dropped=False) for row in before
            ]
