"""Nights that follow each other, and small sets before them: what the pages of one tell of the others."""

from datetime import date, time
from itertools import permutations

import attrs
import pytest

from thesetd.domain.setlists.kinds import PageKind, kind_of
from thesetd.domain.setlists.nights import assign_pages
from thesetd.domain.setlists.pages import Decision, KnownShow, PageVerdict, SetlistPage
from thesetd.domain.setlists.proximity import Place

PIER = Place(name="Club Pier", city="Hull", country="GB")
DUNMORE = Place(name="Dunmore Hall", city="Leeds", country="GB")
LATE, SMALL_HOURS = time(23, 30), time(0, 30)
DAY_OFF = "dated a day off, like the pages of the nights beside it"
AS_GOOD = "another assignment is as good"


def page(number: int, songs: int = 16, place: Place = PIER, info: str = "", first: int = 0) -> SetlistPage:
    """Return a page of that day of September."""
    keys = tuple(f"song {n}" for n in range(first, first + songs))
    return SetlistPage(id=f"P{number:02}{info}{songs}", day=date(2026, 9, number), place=place, songs=keys, info=info)


def show(number: int, start: time | None = LATE, place: Place = PIER, key: str = "") -> KnownShow:
    """Return a show of that day of September."""
    return KnownShow(key=key or f"E{number}", day=date(2026, 9, number), start=start, place=place)


def decided(pages: list[SetlistPage], shows: list[KnownShow]) -> list[Decision]:
    """Decide in every order."""
    orders = [assign_pages(some, others) for some in permutations(pages) for others in permutations(shows)]
    assert all(order == orders[0] for order in orders)
    return list(orders[0])


def told(pages: list[SetlistPage], shows: list[KnownShow]) -> list[tuple[str | None, str | None]]:
    """Return show and review of each page, in the order of their ids."""
    return [(one.show, one.review) for one in decided(pages, shows)]


@pytest.mark.parametrize("start", [LATE, time(21, 30), SMALL_HOURS])
@pytest.mark.parametrize("nights", [2, 3])
def test_a_run_of_late_nights_dated_a_day_off(start: time, nights: int):
    """Pages that are all dated across the midnight go to their nights, and are put to review."""
    days = range(10, 10 + nights)
    off = -1 if start == SMALL_HOURS else 1
    found = told([page(day + off) for day in days], [show(day, start) for day in days])
    assert found == [(f"E{day}", DAY_OFF) for day in days]
    assert told([page(day) for day in days], [show(day, start) for day in days]) == [(f"E{day}", None) for day in days]


def test_a_run_of_which_the_first_page_is_right():
    """Only the pages behind the gap move; a page that could belong to either night stays, and is put to review."""
    shows = [show(10), show(11), show(12)]
    assert told([page(10), page(12), page(13)], shows) == [("E10", None), ("E11", DAY_OFF), ("E12", DAY_OFF)]
    assert told([page(11), page(13)], shows) == [("E11", AS_GOOD), ("E12", None)]
    assert told([page(11)], shows[:2]) == [("E11", AS_GOOD)]


def test_a_late_night_before_an_evening_in_the_same_hall():
    """The page stays with the show of its day, and is put to review while the late night has none."""
    shows = [show(10), show(11, time(20))]
    assert told([page(11)], shows) == [("E11", "a late show of the night before in the same hall has no page")]
    assert told([page(10), page(11)], shows) == [("E10", None), ("E11", None)]


def test_a_page_after_a_late_night_that_has_one():
    """The same songs once more, dated after midnight, may be the same night: a show of its own, put to review."""
    (first, second) = decided([page(10), page(11)], [show(10)])
    assert (first.show, first.review) == ("E10", None)
    assert second.verdict is PageVerdict.OWN
    assert second.review == "perhaps another page of show E10, dated after midnight"
    assert told([page(10), page(11, first=50)], [show(10)])[1] == (None, None)


def test_a_small_set_of_the_afternoon_that_is_sold_like_a_concert():
    """The whole concert is that of the evening, the short one that of the afternoon; a lone page is put to review."""
    shows = [show(28, time(16), DUNMORE, "VIP"), show(28, time(20), DUNMORE, "CONCERT")]
    past = [page(number, 20, DUNMORE) for number in (1, 2)]
    full, short = page(28, 20, DUNMORE), page(28, 3, DUNMORE, first=50)
    assert told([*past, full], shows)[2:] == [("CONCERT", AS_GOOD)]
    assert told([*past, short], shows)[2:] == [("VIP", AS_GOOD)]
    evidence = decided([*past, full], shows)[-1].evidence
    assert evidence == ("same day", "same venue", "or show VIP, 2026-09-28 16:00")
    assert told([*past, full, short], shows)[2:] == [("CONCERT", None), ("VIP", None)]
    # two whole concerts: either may be the earlier
    assert told([full, page(28, 19, DUNMORE)], shows) == [("VIP", AS_GOOD), ("CONCERT", AS_GOOD)]


def test_a_small_set_whose_note_tells_the_afternoon():
    """Short, and long before the concert in the same hall: beside it, with or without the concert's page or event."""
    past = [page(number, 20, DUNMORE) for number in (1, 2)]
    full, short = page(28, 20, DUNMORE), page(28, 3, DUNMORE, "Soundcheck at 4 pm", first=50)
    concert = show(28, time(20), DUNMORE)
    for pages, shows in (([full, short], [concert]), ([short], [concert]), ([full, short], [])):
        small = decided([*past, *pages], shows)[-1]
        assert (small.kind, small.show) == (PageKind.VIP, "E28" if shows else None)
        assert small.verdict is (PageVerdict.BESIDE if shows else PageVerdict.OWN)
    assert decided([*past, page(28, 18, DUNMORE, "at 4 pm")], [concert])[-1].verdict is PageVerdict.JOINED


def test_a_hall_that_is_named_like_a_radio() -> None:
    """A page that is still filling is the concert's if the act sells a show there; alone it may be a session."""
    hall = Place(name="Radio City Music Hall", city="New York", country="US")
    past = [page(number, 20, DUNMORE) for number in (1, 2)]
    filling = attrs.evolve(page(28, 4, hall), kind=kind_of(4, usual=20, venue=hall.name))
    assert filling.kind is PageKind.SESSION
    (*_, found) = decided([*past, filling], [show(28, time(20), hall)])
    assert (found.verdict, found.show, found.kind) == (PageVerdict.JOINED, "E28", PageKind.CONCERT)
    assert decided([*past, filling], [])[-1].kind is PageKind.SESSION
    told = attrs.evolve(filling, info="Radio session before the doors")
    assert decided([*past, told], [show(28, time(20), hall)])[-1].verdict is PageVerdict.BESIDE


def test_few_songs_in_another_hall_of_the_town() -> None:
    """They may be a small set that no word calls so: joined as long as nothing fits better, and put to review."""
    shop = Place(name="Otter Records", city="Leeds", country="GB")
    past = [page(number, 20, DUNMORE) for number in (1, 2)]
    few, full = page(28, 4, shop, first=50), page(28, 20, DUNMORE)
    concert = show(28, time(20), DUNMORE)
    assert told([*past, few], [concert])[-1] == ("E28", "few songs, and another hall of the town")
    assert told([*past, few, full], [concert])[2:] == [("E28", None), (None, None)]


def test_three_shows_of_a_day() -> None:
    """The second is not the last."""
    shows = [show(5, time(hour), DUNMORE, f"E{hour}") for hour in (17, 19, 22)]
    notes = ("First show", "Second show", "Third show")
    pages = [page(5, 12, DUNMORE, note, first=3 * number) for number, note in enumerate(notes)]
    assert told(pages, shows) == [("E17", None), ("E19", None), ("E22", None)]
    assert told([page(5, 12, DUNMORE, "Late show")], shows) == [("E22", None)]


def test_a_show_that_was_called_off_leaves_the_page_to_the_other() -> None:
    """Of two shows in the hall the one that went ahead has the songs; alone, the other one has them after all."""
    off = attrs.evolve(show(5, time(18), DUNMORE, "OFF"), cancelled=True)
    assert told([page(5, 20, DUNMORE)], [off, show(5, time(22), DUNMORE, "ON")]) == [("ON", None)]
    assert told([page(5, 20, DUNMORE)], [off])[0][0] == "OFF"


def test_a_page_of_the_day_before_an_evening() -> None:
    """It is not moved: it may be another night, or dated wrongly."""
    assert told([page(5)], [show(6, time(20))]) == [(None, "dated the day before show E6 in the same hall")]
    assert told([page(5), page(6)], [show(6, time(20))]) == [(None, None), ("E6", None)]


def test_songs_on_a_day_that_the_show_has_left() -> None:
    """They make a show of their own, which contradicts what is sold: put to review."""
    moved = attrs.evolve(show(25, time(20), DUNMORE), vacated=frozenset({date(2026, 9, 5)}))
    assert told([page(5, 12, DUNMORE)], [moved]) == [(None, "songs on a day that show E25 has left")]
