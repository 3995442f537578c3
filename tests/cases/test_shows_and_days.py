"""When a show is and who plays it, by whole imports: bodies of the providers in, rows of the database out."""

from typing import Any

import pytest

from cases.case_scene import Case
from cases.case_world import Act, Hall, gig, sheet

A = Act(1, "Otterwick Lane")
H = Act(2, "Kall Hamn")
D = Act(3, "Open Door", linked=False)
ARENA = Hall("Harbour Arena", "Bergen", latitude=60.39, longitude=5.32)
FORUM = Hall("Forum", "Los Angeles", "US", "America/Los_Angeles")
BEFORE = "2026-09-01T08:00"


@pytest.fixture
def lane(case: Case) -> Case:
    """Return a case about one act."""
    case.world.acts.append(A)
    return case


def show(key: str, hall: Hall | None, day: str | None, at: str | None = "20:00", **more: Any) -> Any:
    """Return an event of the act."""
    return gig(key, hall, day, at, A.attraction(), **more)


DAY = "select local_date::text, local_time::text, starts_at::text, timezone from shows"
REJECTS = "select kind, reason from thesetd.rejects order by 1, 2"


def test_the_local_day_follows_from_the_moment(lane: Case) -> None:
    """A moment and a zone are enough for day and hour."""
    said = {"dateTime": "2027-03-05T04:00:00Z"}
    lane.at("2027-01-05T08:00", show("E1", FORUM, "2027-03-04", start=said))
    assert lane.rows(DAY) == [("2027-03-04", "20:00:00", "2027-03-05 04:00:00+00", "America/Los_Angeles")]


def test_an_hour_without_a_day_is_refused(lane: Case) -> None:
    """The time is not stored, and a reject says why."""
    lane.at("2027-01-05T08:00", show("E1", FORUM, None, start={"localTime": "20:00:00"}))
    assert [one[:3] for one in lane.rows(DAY)] == [(None, None, None)]
    assert lane.rows(REJECTS)


def test_a_zone_that_is_none(lane: Case) -> None:
    """The venue's zone stands for a zone that is none; without it day and hour stay, and no moment is made up."""
    lane.at("2027-01-05T08:00", show("E1", FORUM, "2027-03-04", timezone="Not/AZone"))
    assert [one[:2] + one[3:] for one in lane.rows(DAY)] == [("2027-03-04", "20:00:00", "America/Los_Angeles")]


def test_a_zone_that_is_none_at_a_hall_without_one(lane: Case) -> None:
    """As above."""
    hall = Hall("Forum", "Los Angeles", "US", None)
    start = {"localDate": "2027-03-04", "localTime": "20:00:00"}
    lane.at("2027-01-05T08:00", show("E1", hall, "2027-03-04", start=start, timezone="Not/AZone"))
    assert [one[:2] + one[3:] for one in lane.rows(DAY)] == [("2027-03-04", "20:00:00", None)]


WRONG: list[Any] = ["04.03.2027", 20270304, ["2027-03-04"], "2027-02-30", {"y": 2027}, True, "2027-3-4 "]


def test_other_types_change_nothing(lane: Case) -> None:
    """Each unusable date leaves what was stored, with one reject that has reason and sample."""
    lane.at("2027-01-05T08:00", show("E1", ARENA, "2027-04-01"))
    before = lane.rows(DAY)
    told: list[int] = []
    for hour, wrong in enumerate(WRONG):
        lane.at(f"2027-01-06T{8 + hour:02}:00", show("E1", ARENA, "2027-04-01", start={"localDate": wrong}))
        assert lane.rows(DAY) == before, wrong
        assert lane.rows(REJECTS) == [("show", "not usable as localDate")], wrong
        told.append(lane.rows("select times from thesetd.rejects")[0])
    assert told == sorted(set(told))


ZONES = [
    (Hall("Hall", "Auckland", "NZ", "Pacific/Auckland"), "2026-10-09", "2026-10-09T10:30", "2026-10-09T11:30"),
    (Hall("Hall", "Berlin", "DE", "Europe/Berlin"), "2027-03-28", "2027-03-28T21:40", "2027-03-28T22:10"),
    (Hall("Hall", "Somewhere", "", None), "2026-10-09", "2026-10-10T11:30", "2026-10-10T12:10"),
    (Hall("Hall", "Apia", "WS", None), "2026-10-09", "2026-10-09T10:30", "2026-10-09T11:30"),
]


@pytest.mark.parametrize(("hall", "day", "still", "over"), ZONES)
def test_a_show_is_completed_when_its_venues_day_is_over(
    lane: Case, hall: Hall, day: str, still: str, over: str
) -> None:
    """Local midnight does, also where the clocks change; without zone and country the day has to be over everywhere."""
    lane.scheduled = True
    lane.at("2026-09-01T08:00", show("E1", hall, day, "20:00"))
    lane.at(still)
    assert [one[4] for one in lane.shows()] == ["scheduled"]
    lane.at(over)
    assert [one[4] for one in lane.shows()] == ["completed"]


def test_nobody_wrote_a_setlist(lane: Case) -> None:
    """Time alone completes a show; what was cancelled or has no date stays so."""
    lane.scheduled = True
    lane.at(
        "2026-07-01T08:00",
        show("E1", ARENA, "2026-08-04"),
        show("E2", Hall("Roost", "Oslo"), "2026-08-03", status="cancelled"),
        show("E3", Hall("Perch", "Oslo"), None, status="postponed", start={"dateTBA": True},
             initialStartDate={"localDate": "2026-08-02"}),
        show("E4", Hall("Nest", "Oslo"), "2026-08-05", status="rescheduled"),
        show("E5", Hall("Eyrie", "Oslo"), "2026-08-05", status="offsale"),
    )  # fmt: skip
    lane.at("2026-08-06T12:00")
    assert {one[0]: one[4] for one in lane.shows()} == {
        **dict.fromkeys(("E1", "E4", "E5"), "completed"), "E2": "cancelled", "E3": "postponed"
    }  # fmt: skip


@pytest.mark.parametrize("songs", [0, 3])
def test_completed_then_moved(lane: Case, songs: int) -> None:
    """A later day takes completed back; an empty page is no setlist of it."""
    lane.at("2026-10-01T08:00", show("E1", ARENA, "2026-10-09"))
    lane.at("2026-10-11T12:00", sheet("aaaa0001", A, ARENA, "2026-10-09", songs))
    assert [one[4] for one in lane.shows() if one[0]] == ["completed"]
    lane.at("2026-10-12T12:00", show("E1", ARENA, "2027-03-19", status="rescheduled"))
    found = {one[0]: one[1:] for one in lane.shows()}
    assert found["E1"] == ("2027-03-19", "20:00", "concert", "rescheduled", None, 0)
    assert lane.rows("select count(*) from shows where status = 'completed' and local_date > '2026-10-12'") == [0]


BILL = """
select a.name, l.set_order, l.is_headliner, a.spotify_id is not null
from artist_shows l join artists a on a.id = l.artist_id join shows s on s.id = l.show_id
where l.left_at is null and s.merged_into is null and not s.is_addon order by l.set_order
"""


def test_only_one_of_three_is_known(case: Case) -> None:
    """Three acts in order, the first is the headliner, and those without an import are stubs."""
    case.world.acts += [A]
    case.at(BEFORE, gig("E1", ARENA, "2026-10-09", "20:00", H.attraction(), A.attraction(), D.attraction()))
    assert case.rows(BILL) == [
        ("Kall Hamn", 1, True, True),
        ("Otterwick Lane", 2, False, True),
        ("Open Door", 3, False, False),
    ]


def thing(number: int, name: str, **kinds: str) -> Any:
    """Return an attraction that is no act."""
    return {"type": "attraction", "id": f"K8vZ9179{number}x", "name": name,
            "classifications": [{"primary": True, **{key: {"id": one} for key, one in kinds.items()}}]}  # fmt: skip


def test_a_festival_leads_no_bill(case: Case) -> None:
    """Twelve acts; the festival and its promoter are none, and the first act is the headliner."""
    case.world.acts += [A]
    more = [Act(n, f"Band {n}", linked=False) for n in range(20, 30)]
    acts = [H, A, *more]
    festival = thing(1, "Harbour Fest", type="KZAyXgnZfZ7vAv1", subType="KZFzBErXgnZfZ7vA6E")
    promoter = thing(2, "Nordlicht Booking")
    body = gig(
        "E1", ARENA, "2026-10-09", "20:00", festival, *(one.attraction() for one in acts), promoter, name="Harbour Fest"
    )
    case.at(BEFORE, body)
    assert [one[:3] for one in case.rows(BILL)] == [(one.name, n, n == 1) for n, one in enumerate(acts, 1)]


def test_two_imports_of_one_concert(case: Case) -> None:
    """Either order of imports leaves one show with both acts; two cities on one day are two shows."""
    case.world.acts += [A, H]
    both = [H.attraction(), A.attraction()]
    case.at(BEFORE, gig("E1", ARENA, "2026-10-09", "20:00", *both), imports=[A.spotify_id, H.spotify_id])
    assert case.shows(A) == case.shows(H) == [("E1", "2026-10-09", "20:00", "concert", "scheduled", None, 0)]
    away = gig("E2", Hall("Roost", "Oslo"), "2026-10-09", "15:00", H.attraction())
    case.at("2026-09-02T08:00", away, imports=[H.spotify_id, A.spotify_id])
    assert [one[0] for one in case.shows(H)] == ["E2", "E1"]
    assert [one[0] for one in case.shows(A)] == ["E1"]
