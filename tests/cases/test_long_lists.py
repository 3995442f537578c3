"""Long lists, lists that move, pages that are filled late, and halls with several names, by whole imports."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import trio

from cases.case_scene import Case, CaseScene
from cases.case_world import Act, Hall, Listings, gig, sheet
from thesetd.sandbox.twins.ticketmaster.source import EventCard

A = Act(1, "Otterwick Lane")
ARENA = Hall("Harbour Arena", "Bergen", latitude=60.39, longitude=5.32)


@pytest.fixture
def lane(case: Case) -> Case:
    """Return a case about one act."""
    case.world.acts.append(A)
    return case


def show(key: str, hall: Hall, day: str, at: str = "20:00") -> Any:
    """Return an event of the act."""
    return gig(key, hall, day, at, A.attraction())


def test_a_long_history(lane: Case) -> None:
    """The latest pages come with the import, which says how many there are; the others follow without another."""
    first = date(2026, 8, 30)
    pages = [
        sheet(f"aaa{n:05}", A, Hall(f"Hall {n}", f"Town {n % 40}"), str(first - timedelta(days=n)), 3)
        for n in range(130)
    ]
    lane.world.add(*pages)
    seen = []

    async def look(scene: CaseScene) -> None:
        await trio.sleep(120.0)
        seen.append(scene.rows("select setlistfm_id from thesetd.setlist_pages order by 1"))

    (message,) = lane.at("2026-09-01T08:00", then=look)
    assert "of 130 past setlists" in message
    assert [one[0] for one in seen[0]] == [one["id"] for one in pages]
    assert lane.rows("select count(*) from actual_setlists where show_id is not null") == [130]
    assert lane.rows("select message from import_status") == ["Import complete!"]


def test_empty_for_days(lane: Case) -> None:
    """A page without songs completes nothing and is no setlist; it is found filled without an import."""
    lane.scheduled = True
    lane.at("2026-09-01T08:00", show("E1", ARENA, "2026-09-11"))
    for day in (12, 18):
        lane.at(f"2026-09-{day}T12:00", sheet("aaaa0001", A, ARENA, "2026-09-11", 0))
        assert [one[-1] for one in lane.played()] == [0]
    lane.world.add(sheet("aaaa0001", A, ARENA, "2026-09-11", 21, version=2, edited="2026-09-23T10:00:00.000+0000"))

    async def wait(_: CaseScene) -> None:
        await trio.sleep(2 * 3600.0)

    lane.at("2026-09-23T11:00", imports=(), then=wait)
    assert lane.played() == [("E1", "aaaa0001", 21)]


def test_more_than_a_thousand(lane: Case) -> None:
    """A list that ends after a thousand is read by windows."""
    first = date(2026, 9, 10)
    for n in range(1300):
        lane.world.add(
            show(
                f"vv{n:05}",
                Hall(f"Hall {n % 40}", f"Town {n % 40}"),
                str(first + timedelta(days=n // 2)),
                f"{18 + n % 2 * 3}:00",
            )
        )
    assert lane.at("2026-09-01T08:00") == ["Import complete!"]
    assert lane.rows("select count(*) from shows where ticketmaster_id is not null") == [1300]


class Moving(Listings):
    """A list from which an event drops out once its first page was read."""

    drops = "vv00003"
    asked = 0

    def events(self, attraction_ids: frozenset[str] | None, now: datetime) -> Sequence[EventCard]:
        """List what is there now."""
        found = [card for card in super().events(attraction_ids, now) if card.event_id != self.drops or not self.asked]
        self.asked += len(found) > 200
        return found


def test_the_list_moves_while_it_is_read(lane: Case) -> None:
    """An event of the first page drops out before the second is read: nothing is missed."""
    first = date(2026, 9, 10)
    for n in range(230):
        lane.world.add(show(f"vv{n:05}", Hall(f"Hall {n % 40}", f"Town {n % 40}"), str(first + timedelta(days=n))))
    lane.world.extra = {"ticketmaster": Moving(A.attraction(), *lane.world.gigs.values())}
    lane.at("2026-09-01T08:00")
    found = {one[0] for one in lane.shows()}
    assert found >= {f"vv{n:05}" for n in range(230)} - {"vv00003"}


def test_one_hall_with_several_ids(lane: Case) -> None:
    """Two ids at Ticketmaster, one at setlist.fm, a blank in the city: one place with the shows of all three."""
    one = Hall("Harbour Arena", "Belfast", "GB", "Europe/London", 54.6030, -5.9150, id="V1")
    other = Hall("Harbour Arena", "Belfast ", "GB", "Europe/London", 54.6033, -5.9152, id="V2")
    there = Hall("Harbour Arena", "Belfast", "GB")
    lane.at(
        "2026-09-12T08:00",
        show("E1", one, "2026-10-01"),
        show("E2", other, "2026-10-02"),
        sheet("aaaa0001", A, there, "2026-09-01", 15),
    )
    assert lane.rows("select count(distinct coalesce(same_as, id)), count(*) from venues")[0][0] == 1
    assert len(lane.rows("select distinct venue_id from show_card")) == 1
    assert len(lane.rows("select id from show_card")) == 3


@pytest.mark.parametrize("concerts", [True, False])
def test_a_hall_that_was_renamed(lane: Case, *, concerts: bool) -> None:
    """Concerts of one act and night prove that two names are one hall; without them the names stay apart."""
    dome = Hall("Nordbank Dome", "Rostock", "DE", "Europe/Berlin", 54.09, 12.13)
    old, same = Hall("Hafenhalle", "Rostock", "DE"), Hall("Nordbank Dome", "Rostock", "DE")
    days = [f"2026-09-1{n}" for n in range(4)]
    lane.at(
        "2026-09-01T08:00", *(show(f"E{n}", dome, day) for n, day in enumerate(days)), show("E9", dome, "2026-12-01")
    )
    pages = [
        sheet(f"aaaa000{n}", A, old if n < 3 else same, day if concerts else f"2026-07-1{n}", 15)
        for n, day in enumerate(days)
    ]
    lane.at("2026-09-20T08:00", *pages)
    places = dict(lane.rows("select v.name || coalesce(v.setlistfm_id, ''), coalesce(v.same_as, v.id) from venues v"))
    ids = {
        name: {place for key, place in places.items() if key.startswith(name)}
        for name in ("Hafenhalle", "Nordbank Dome")
    }
    assert (len(ids["Hafenhalle"] | ids["Nordbank Dome"]) == 1) is concerts
    assert ids["Hafenhalle"] <= ids["Nordbank Dome"] if concerts else not ids["Hafenhalle"] & ids["Nordbank Dome"]
