"""Which page belongs to which night, by whole imports: bodies of the providers in, rows of the database out."""

from collections.abc import Sequence
from typing import Any

import pytest

from cases.case_scene import Case
from cases.case_world import FESTIVAL, Act, Hall, gig, sheet

A = Act(1, "Otterwick Lane")
H = Act(2, "Kall Hamn")
ARENA = Hall("Harbour Arena", "Bergen", latitude=60.39, longitude=5.32)
RADIO = Hall("Radio Helm", "Oslo", latitude=59.91, longitude=10.75)
DUNMORE = Hall("Dunmore Hall", "Leeds", "GB", "Europe/London", 53.8, -1.55)
PIER = Hall("Club Pier", "Hull", "GB", "Europe/London", 53.74, -0.33)
MEADOW = Hall("Harbour Meadow", "Bergen", latitude=60.4, longitude=5.3)
DOME = Hall("Nordbank Dome", "Rostock", "DE", "Europe/Berlin", 54.09, 12.13)
BEFORE = "2026-09-01T08:00"


@pytest.fixture
def lane(case: Case) -> Case:
    """Return a case about one act."""
    case.world.acts.append(A)
    return case


def show(key: str, hall: Hall, day: str, at: str | None = "20:00", **more: Any) -> Any:
    """Return an event of the act."""
    return gig(key, hall, day, at, A.attraction(), **more)


@pytest.mark.parametrize(
    ("days", "known"), [(("2026-09-12T03:00",), False), (("2026-09-12T12:00", "2026-09-13T12:00"), True)]
)
def test_a_radio_session_on_the_day_of_an_arena_show(lane: Case, days: Sequence[str], *, known: bool) -> None:
    """Both pages in one answer, or the session's a day earlier: two shows, and the arena's page is the event's."""
    event = show("E1", ARENA, "2026-09-11")
    if known:
        lane.at(BEFORE, event)
    pages = [sheet("aaaa0001", A, RADIO, "2026-09-11", 4), sheet("aaaa0002", A, ARENA, "2026-09-11", 19)]
    if len(days) == 1:
        lane.at(days[0], event, *pages)
    else:
        lane.at("2026-09-12T03:00", event, pages[0])
        assert ("E1", None, 0) in lane.played()
        lane.at(days[1], pages[1])
    assert lane.shows() == [
        ("E1", "2026-09-11", "20:00", "concert", "completed", "aaaa0002", 19),
        (None, "2026-09-11", None, "session", "completed", "aaaa0001", 4),
    ]


@pytest.mark.parametrize(
    ("infos", "sure"),
    [
        (("6 pm", "10 pm"), True),
        (("Frühe Show", "Spätvorstellung"), True),
        (("Great crowd", "Rain"), False),
    ],
)
def test_early_and_late(lane: Case, infos: tuple[str, str], *, sure: bool) -> None:
    """Two shows of a day, a page each; without anything that tells them apart both are put to review."""
    lane.at(BEFORE, show("E1", DUNMORE, "2026-09-14", "18:00"), show("E2", DUNMORE, "2026-09-14", "22:00"))
    lane.at(
        "2026-09-16T12:00",
        sheet("aaaa0001", A, DUNMORE, "2026-09-14", 14, info=infos[0]),
        sheet("aaaa0002", A, DUNMORE, "2026-09-14", 15, info=infos[1]),
    )
    if sure:
        assert lane.played() == [("E1", "aaaa0001", 14), ("E2", "aaaa0002", 15)]
    else:
        assert {one[1] for one in lane.played()} == {"aaaa0001", "aaaa0002"}
        assert {one[0] for one in lane.played()} == {"E1", "E2"}
    assert [one[2] for one in lane.pages()] == [not sure] * 2


def test_dated_wrongly_then_corrected(lane: Case) -> None:
    """A page that is corrected takes its songs to the other night; the page of the first night then has its place."""
    lane.at(BEFORE, show("E1", ARENA, "2026-09-18"), show("E2", ARENA, "2026-09-19"))
    lane.at("2026-09-20T12:00", sheet("aaaa0001", A, ARENA, "2026-09-18", 21))
    assert lane.played() == [("E1", "aaaa0001", 21), ("E2", None, 0)]
    lane.at("2026-09-21T12:00", sheet("aaaa0001", A, ARENA, "2026-09-19", 21, version=2))
    assert lane.played() == [("E1", None, 0), ("E2", "aaaa0001", 21)]
    lane.at("2026-09-22T12:00", sheet("aaaa0002", A, ARENA, "2026-09-18", 20, edited="2026-09-22T01:00:00.000+0000"))
    assert lane.played() == [("E1", "aaaa0002", 20), ("E2", "aaaa0001", 21)]


def test_corrected_to_another_city(lane: Case) -> None:
    """A page that is moved to another city on the same day leaves the event there without a setlist."""
    lane.at(BEFORE, show("E1", ARENA, "2026-09-18"), show("E2", DUNMORE, "2026-09-20"))
    lane.at("2026-09-22T12:00", sheet("aaaa0001", A, ARENA, "2026-09-18", 21))
    lane.at("2026-09-23T12:00", sheet("aaaa0001", A, DUNMORE, "2026-09-20", 21, version=2))
    assert lane.played() == [("E1", None, 0), ("E2", "aaaa0001", 21)]


def fest(key: str, day: str, *, end: str | None = None, name: str = "Harbour Fest") -> Any:
    """Return an event of a festival."""
    festival = {**A.attraction(), "id": "K8vZ91700fest", "name": "Harbour Fest", "externalLinks": {}}
    festival["classifications"] = [{"primary": True, "type": {"id": "KZAyXgnZfZ7vAv1"}, "subType": {"id": FESTIVAL}}]
    dates = {"end": {"localDate": end}} if end else {}
    return gig(key, MEADOW, day, None, festival, H.attraction(), A.attraction(), name=name, **dates)


@pytest.mark.parametrize("days", [(), ("E9", "E11")])
def test_a_festival_of_three_days(lane: Case, days: Sequence[str]) -> None:
    """The act's own day is that of its page; events of the days take the page from the event of all days."""
    lane.world.acts.append(H)
    each = [fest(key, f"2027-07-{int(key[1:]):02}", name=f"Harbour Fest - Day {key[1:]}") for key in days]
    lane.at("2027-06-01T08:00", fest("E1", "2027-07-09", end="2027-07-11"), *each)
    assert {one[4] for one in lane.shows()} == {"scheduled"}
    lane.at("2027-07-13T12:00", sheet("aaaa0001", A, MEADOW, "2027-07-11", 12))
    found = {one[0]: one[1:] for one in lane.shows()}
    assert [key for key, one in found.items() if one[4]] == ["E11" if days else "E1"]
    assert len(found) == (2 if days else 1)
    assert lane.rows("select event_date::text from actual_setlists") == ["2027-07-11"]


def test_after_midnight(lane: Case) -> None:
    """A page of the next day is that of a show that began before midnight."""
    lane.at(BEFORE, show("E1", PIER, "2026-09-25", "23:30"))
    lane.at("2026-09-27T12:00", sheet("aaaa0001", A, PIER, "2026-09-26", 15))
    assert lane.played() == [("E1", "aaaa0001", 15)]


def test_after_midnight_with_another_show(lane: Case) -> None:
    """Another event of that day, in any city: the page stays on its day, and is put to review."""
    lane.at(BEFORE, show("E1", PIER, "2026-09-25", "23:30"), show("E2", ARENA, "2026-09-26"))
    lane.at("2026-09-28T12:00", sheet("aaaa0001", A, PIER, "2026-09-26", 15))
    assert ("E1", None, 0) in lane.played()
    assert ("E2", None, 0) in lane.played()
    assert lane.pages()[0][2]


def test_after_midnight_with_another_page(lane: Case) -> None:
    """A page at another venue on the next day: the page is not moved."""
    lane.at(BEFORE, show("E1", PIER, "2026-09-25", "23:30"))
    lane.at(
        "2026-09-28T12:00",
        sheet("aaaa0001", A, PIER, "2026-09-26", 15),
        sheet("aaaa0002", A, DUNMORE, "2026-09-26", 16),
    )
    assert ("E1", None, 0) in lane.played()


def test_an_early_show_has_no_page_of_the_next_day(lane: Case) -> None:
    """A show at eight is over by midnight: a page of the next day at its hall is another night."""
    lane.at(BEFORE, show("E1", PIER, "2026-09-25", "19:00"))
    lane.at("2026-09-28T12:00", sheet("aaaa0001", A, PIER, "2026-09-26", 15))
    assert ("E1", None, 0) in lane.played()


VIP = [
    {"info": "Short set for VIP ticket holders, before the doors"},
    {"named": "Before the doors"},
]


@pytest.mark.parametrize("said", VIP)
def test_a_vip_set_before_the_concert(lane: Case, said: Any) -> None:
    """The small set stands beside the concert and is none."""
    lane.at(BEFORE, show("E1", DUNMORE, "2026-09-28"))
    lane.at(
        "2026-09-30T12:00",
        sheet("aaaa0001", A, DUNMORE, "2026-09-28", 20),
        sheet("aaaa0002", A, DUNMORE, "2026-09-28", 3, **said),
    )
    concerts = [one for one in lane.shows() if one[3] == "concert"]
    assert concerts == [("E1", "2026-09-28", "20:00", "concert", "completed", "aaaa0001", 20)]
    others = [(one[3] == "concert", one[5]) for one in lane.shows() if one[0] is None]
    assert others in ([], [(False, "aaaa0002")])


def test_street_sets(lane: Case) -> None:
    """Sets on a square and on a balcony are no concerts, and nothing is predicted from them."""
    square, balcony = Hall("Market Square", "Leeds", "GB"), Hall("Hotel Helm", "Leeds", "GB")
    lane.at(
        "2026-09-30T12:00",
        sheet("aaaa0001", A, square, "2026-09-28", 3, info="Played three times for a video shoot"),
        sheet("aaaa0002", A, balcony, "2026-09-28", 4, info="From a balcony"),
        sheet("aaaa0003", A, ARENA, "2026-09-20", 20),
        show("E1", DUNMORE, "2026-11-01"),
    )
    kinds = {one[5]: one[3] for one in lane.shows()}
    assert kinds["aaaa0003"] == "concert"
    assert "concert" not in {kinds.get("aaaa0001"), kinds.get("aaaa0002")}
    assert lane.rows("select concerts from setlists") == [1]


def test_two_nights_in_one_hall(lane: Case) -> None:
    """The second night is written first: each page is on its night all the same."""
    lane.at(BEFORE, show("E1", ARENA, "2026-10-02"), show("E2", ARENA, "2026-10-03"))
    lane.at("2026-10-04T12:00", sheet("aaaa0002", A, ARENA, "2026-10-03", 22))
    assert lane.played() == [("E1", None, 0), ("E2", "aaaa0002", 22)]
    lane.at("2026-10-05T12:00", sheet("aaaa0001", A, ARENA, "2026-10-02", 21))
    assert lane.played() == [("E1", "aaaa0001", 21), ("E2", "aaaa0002", 22)]


ROSTOCK = Hall("Hafenhalle", "Rostock", "DE", "Europe/Berlin", 54.09, 12.13)
NAMES = [
    (ROSTOCK, True),
    (Hall("Hafenhalle", "Warnemünde", "DE", "Europe/Berlin", 54.18, 12.08), True),
    (Hall("Hafenhalle", "Köln", "DE", "Europe/Berlin", 50.94, 6.96), False),
]


@pytest.mark.parametrize(("hall", "same"), NAMES)
def test_the_hall_has_another_name_there(lane: Case, hall: Hall, *, same: bool) -> None:
    """Another name in the same city or a suburb is the hall of that night; 400 km away it is not."""
    lane.at(BEFORE, show("E1", DOME, "2026-10-01"))
    lane.at("2026-10-03T12:00", sheet("aaaa0001", A, hall, "2026-10-01", 18))
    if same:
        assert lane.played() == [("E1", "aaaa0001", 18)]
    else:
        assert ("E1", None, 0) in lane.played()
        assert lane.pages()[0][2]


@pytest.mark.parametrize("songs", [0, 17])
def test_the_event_comes_after_the_page(lane: Case, songs: int) -> None:
    """The show that the page made keeps its key, and gains the event's address and hour."""
    hall, sold = Hall("Slagthuset", "Malmö", "SE", "Europe/Stockholm", 55.6, 13.0), "Slagthuset Malmö"
    lane.at("2026-10-05T22:30", sheet("aaaa0001", A, hall, "2026-10-05", songs, edited="2026-10-05T22:00:00.000+0000"))
    before = lane.rows("select id from shows")
    lane.at("2026-10-06T03:00", gig("E1", renamed(hall, sold), "2026-10-05", "20:00", A.attraction()))
    assert [one[:3] for one in lane.shows()] == [("E1", "2026-10-05", "20:00")]
    after = lane.rows("select id, url from shows where merged_into is null")
    assert [one[1] for one in after] == ["https://tickets.example.com/E1"]
    if before:
        assert [one[0] for one in after] == before
    assert lane.played()[0][2] == songs


def renamed(hall: Hall, name: str) -> Hall:
    """Return a hall in another spelling."""
    return Hall(name, hall.city, hall.country, hall.zone, hall.latitude, hall.longitude)


def test_the_event_moves_away(lane: Case) -> None:
    """An empty page stays on its day when the event is rescheduled, and comes back when an editor moves it."""
    lane.at("2026-10-07T12:00", show("E1", ARENA, "2026-10-09"), sheet("aaaa0001", A, ARENA, "2026-10-09", 0))
    lane.at("2026-10-08T12:00", show("E1", ARENA, "2027-03-19", status="rescheduled"))
    assert [one[:5] for one in lane.shows() if one[0]] == [("E1", "2027-03-19", "20:00", "concert", "rescheduled")]
    assert lane.rows("select event_date::text from thesetd.setlist_pages") == ["2026-10-09"]
    lane.at("2026-10-11T12:00")
    assert [one[:5] for one in lane.shows() if one[0]] == [("E1", "2027-03-19", "20:00", "concert", "rescheduled")]
    lane.at(
        "2027-03-21T12:00",
        sheet("aaaa0001", A, ARENA, "2027-03-19", 19, version=2, edited="2027-03-20T12:00:00.000+0000"),
    )
    assert lane.shows() == [("E1", "2027-03-19", "20:00", "concert", "completed", "aaaa0001", 19)]


def test_an_older_version_comes_late(lane: Case) -> None:
    """An answer from a cache with an older version changes nothing."""
    new = sheet("aaaa0001", A, ARENA, "2026-09-11", 21, version=2, edited="2026-09-12T16:00:00.000+0000")
    old = sheet("aaaa0001", A, ARENA, "2026-09-11", 9, version=1, edited="2026-09-12T02:44:00.000+0000")
    lane.at("2026-09-13T12:00", new)
    lane.at("2026-09-14T12:00", old)
    assert [one[2] for one in lane.played()] == [21]
    assert lane.rows("select version_id from actual_setlists") == ["vaaaa00012"]
