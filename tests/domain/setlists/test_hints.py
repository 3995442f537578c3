"""What notes tell about the hour of a show."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.setlists.hints import HintTurn, NightHint, read_hint
from thesetd.domain.setlists.nights import assign_pages
from thesetd.domain.setlists.pages import KnownShow, PageVerdict, SetlistPage
from thesetd.domain.setlists.proximity import Place

HALL = Place(name="Dunmore Hall", city="Leeds", country="GB")
DAY = date(2026, 9, 14)


@pytest.mark.parametrize(
    ("note", "turn"),
    [
        *(
            (note, HintTurn.EARLY)
            for note in ("Early show", "Matinée", "First of two shows", "1st of 2", "Show 1 of 2")
        ),
        *((note, HintTurn.EARLY) for note in ("First show of the day; a second show followed", "First show (early)")),
        *(
            (note, HintTurn.LATE)
            for note in ("Late night show", "Second show", "2nd set that night", "Second of the two")
        ),
        *(
            (note, HintTurn.LATE)
            for note in ("Deuxième concert de la soirée", "Zweite Show des Abends", "Segundo show")
        ),
        *(
            (note, None)
            for note in ("First show of the tour", "First show since 2019", "Second show in Leeds this year")
        ),
        *((note, None) for note in ("First show with the new drummer", "Second set included a jam", "Late addition")),
        *((note, HintTurn.THIRD) for note in ("Third show", "3rd of three that day")),
        *((note, None) for note in ("First of two nights", "Second of three dates", "First of two shows in London")),
        *((note, None) for note in ("First of three nights", "First set acoustic, second set electric", "")),
    ],
)
def test_turns(note: str, turn: HintTurn | None) -> None:
    """An ordinal tells the hour only if it counts the shows of a day."""
    assert read_hint(note).turn is turn


@pytest.mark.parametrize(
    ("note", "clock"),
    [
        ("Doors 5, set at 6 pm", time(18)),
        ("10 p.m.", time(22)),
        ("7.30pm", time(19, 30)),
        ("20:00 Uhr", time(20)),
        ("19.30 Uhr", time(19, 30)),
        ("Concert de 20h30", time(20, 30)),
        ("22h", time(22)),
        ("Second show, 9:30", time(21, 30)),
        ("08:00", time(8)),
        ("00:30", time(0, 30)),
        ("Two shows: 7pm and 10pm. This is the 10pm show", time(22)),
        ("25:00", None),
        ("12 songs, 3 encores", None),
    ],
)
def test_clocks(note: str, clock: time | None) -> None:
    """An hour without its half of the day is one of the evening; the hour before "show" goes before others."""
    assert read_hint(note).clock == clock


@given(st.text(max_size=80))
def test_any_note(note: str) -> None:
    """Whatever a note says, something or nothing is read out of it."""
    assert isinstance(read_hint(note), NightHint)


def test_a_note_about_the_tour_makes_no_second_show() -> None:
    """The empty duplicate of a night whose note says "first show of the tour" is its alias, with or without a show."""
    full = SetlistPage(id="P1", day=DAY, place=HALL, songs=tuple("abcdefgh"), info="First show of the tour")
    empty = SetlistPage(id="P2", day=DAY, place=HALL)
    show = KnownShow(key="E1", day=DAY, start=time(20), place=HALL)
    for shows in ([show], []):
        assert assign_pages([full, empty], shows)[1].verdict is PageVerdict.ALIAS


def test_an_hour_after_midnight_fits_a_late_show() -> None:
    """A set at one in the morning is nearer to a show of 23:30 than to that of 20:00."""
    page = SetlistPage(id="P1", day=DAY, place=HALL, songs=tuple("abcdefgh"), info="1:00 am set")
    shows = [KnownShow(key=f"E{hour}", day=DAY, start=time(hour, 30), place=HALL) for hour in (20, 23)]
    (found,) = assign_pages([page], shows)
    assert (found.show, found.review) == ("E23", None)
