"""Which events at one place are concerts, and to which concert the others belong."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import permutations
from typing import Any

import attrs
import pytest

from thesetd.domain.shows.listings import Listing, Outlook, SoldAs, Stand, Standing, standings, starts_together

NOW = datetime(2026, 11, 28, tzinfo=UTC)
FRIDAY, SATURDAY, SUNDAY = (date(2027, 7, day) for day in (9, 10, 11))
LANE = frozenset({"Otterwick Lane"})
OWN: Standing[str] = Standing(is_addon=False)


def listing(name: str, number: int = 1, **parts: Any) -> Listing[str]:
    """Return an event at the arena on Friday at eight; the smaller its number the longer it is known."""
    given = {"id": f"E{number}", "place": "Harbour Arena", "day": FRIDAY, "hour": time(20), "acts": LANE}
    return Listing(**{**given, "since": NOW + timedelta(days=number), "name": name, **parts})


def beside(concert: str) -> Standing[str]:
    """Return what an event is that belongs to a concert."""
    return Standing(is_addon=True, concert=concert)


def judged(*listings: Listing[str]) -> dict[str, Standing[str]]:
    """Judge events; the order in which they are given does not count."""
    found = [standings(order) for order in permutations(listings)]
    assert all(one == found[0] for one in found)
    return found[0]


def test_days_of_a_festival_and_its_pass() -> None:
    """Each day is a show, the pass of all of them belongs to the day of its date."""
    days = [
        listing("Harbour Fest", n, day=day, hour=None, acts=frozenset({f"Act {n}"}))
        for n, day in enumerate((FRIDAY, SATURDAY, SUNDAY), 1)
    ]
    acts = frozenset({"Act 1", "Act 2", "Act 3"})
    all_days = listing("Harbour Fest: 3-Day Pass", 4, day=SUNDAY, acts=acts, sold_as=SoldAs.PASS)
    assert judged(*days, all_days) == {"E1": OWN, "E2": OWN, "E3": OWN, "E4": beside("E3")}


def test_a_pass_stands_for_its_festival_until_the_days_appear() -> None:
    """A second pass belongs to the first; the days take both, whichever was known first."""
    one = listing("Harbour Fest - Weekend Pass", 1, day=SUNDAY, sold_as=SoldAs.PASS)
    seated = listing("Harbour Fest - Weekend Pass - SEATING", 2, day=SUNDAY, sold_as=SoldAs.PASS)
    assert judged(one) == {"E1": OWN}
    assert judged(one, seated) == {"E1": OWN, "E2": beside("E1")}
    day = listing("Harbour Fest - Saturday", 3, day=SATURDAY)
    assert judged(one, seated, day) == {"E1": beside("E3"), "E2": beside("E3"), "E3": OWN}


@pytest.mark.parametrize("number", [0, 9])
def test_a_listing_of_all_days_stands_until_all_its_acts_have_a_day(number: int) -> None:
    """Whichever was known first: of one day alone it speaks for that too, of all days it belongs to the first."""
    acts = [frozenset({f"Act {n}"}) for n in (1, 2)]
    whole = listing("Harbour Fest", number, last=SUNDAY, hour=None, acts=acts[0] | acts[1])
    friday = listing("Harbour Fest - Friday", 1, hour=None, acts=acts[0])
    sunday = listing("Harbour Fest - Sunday", 2, day=SUNDAY, hour=None, acts=acts[1])
    key = whole.id
    assert judged(whole, friday) == {key: OWN, "E1": beside(key)}
    assert judged(whole, friday, sunday) == {key: beside("E1"), "E1": OWN, "E2": OWN}
    assert judged(whole, sunday) == {key: OWN, "E2": OWN}


@pytest.mark.parametrize("sold_as", [SoldAs.RESALE, SoldAs.CONCERT])
def test_a_listing_with_the_former_support_is_the_concert(sold_as: SoldAs) -> None:
    """At one hour an act plays one concert, though the bills differ; so does a lead act where the hour is unknown."""
    now, before = (frozenset({"Otterwick Lane", support}) for support in ("Open Door", "Kall Hamn"))
    concert = listing("Otterwick Lane", 1, acts=now, lead="Otterwick Lane")
    copy = listing("Otterwick Lane", 2, acts=before, lead="Otterwick Lane", sold_as=sold_as)
    assert judged(concert, copy) == {"E1": OWN, "E2": beside("E1")}
    assert judged(concert, attrs.evolve(copy, hour=None)) == {"E1": OWN, "E2": beside("E1")}
    led = attrs.evolve(copy, acts=before | {"Silvio Bremani"}, lead="Silvio Bremani", hour=None)
    assert judged(concert, led) == {"E1": OWN, "E2": OWN}
    assert judged(concert, attrs.evolve(copy, hour=time(15))) == {"E1": OWN, "E2": OWN}


def test_a_night_that_ends_the_next_day_is_no_festival() -> None:
    """Two late nights in a row are two shows, and each is one with its resale."""
    nights = [
        listing("Otterwick Lane", n, day=day, last=day + timedelta(days=1), hour=time(23))
        for n, day in enumerate((FRIDAY, SATURDAY), 1)
    ]
    resale = listing("Otterwick Lane", 3, hour=time(23), sold_as=SoldAs.RESALE)
    assert judged(*nights, resale) == {"E1": OWN, "E2": OWN, "E3": beside("E1")}


@pytest.mark.parametrize(
    "parts",
    [
        {"hour": time(18, 30), "price": 25.0},
        {"hour": time(18, 30), "price": 25.0, "sold_as": SoldAs.ADDON},
        {"hour": time(18, 30), "place": "Harbour Arena - Club Level"},
        {"hour": None},
    ],
)
def test_structure_tells_an_addon_without_a_word(parts: dict[str, Any]) -> None:
    """Its type, its price and hour, the part of the place, or the missing hour."""
    concert = listing("Otterwick Lane", 1, price=60.0)
    moment = listing("Otterwick Lane - The Lighthouse Moment", 2, **parts)
    assert judged(concert, moment) == {"E1": OWN, "E2": beside("E1")}


def test_not_beside_a_concert() -> None:
    """A brunch at another place of the city, and nothing else, is a concert; so is a late show of the same price."""
    brunch = listing("Otterwick Lane - Acoustic Brunch", 1, hour=time(11, 30), price=45.0, place="Quay House")
    assert judged(brunch) == {"E1": OWN}
    evening = listing("Otterwick Lane", 1, price=60.0)
    late = listing("Otterwick Lane - Late Night", 2, hour=time(23), price=60.0)
    assert judged(evening, late) == {"E1": OWN, "E2": OWN}


def test_a_copy_of_the_back_office_is_no_show() -> None:
    """It has the name, place and day of the concert and nothing else; without one it stands for itself."""
    concert = listing("Toronto Nights", 2, acts=frozenset({"Toronto Nights"}))
    copy = listing("Toronto Nights", 1, acts=frozenset(), sold_as=SoldAs.COPY)
    assert judged(concert, copy) == {"E2": OWN, "E1": beside("E2")}
    assert judged(copy) == {"E1": OWN}


def test_primary_resale_and_platinum_are_one_concert() -> None:
    """The one that was known first, in any order; where it is withdrawn the next leads."""
    primary = listing("Otterwick Lane", 1, acts=LANE | {"Kall Hamn"})
    resale = listing("Otterwick Lane", 2, acts=frozenset({"Kall Hamn"}))
    platinum = listing("Otterwick Lane - Platinum", 3)
    assert judged(primary, resale, platinum) == {"E1": OWN, "E2": beside("E1"), "E3": beside("E1")}
    gone = listing("Otterwick Lane", 1, outlook=Outlook.WITHDRAWN)
    assert judged(gone, listing("Otterwick Lane", 2)) == {"E2": OWN, "E1": beside("E2")}


def test_matinee_and_evening_are_two() -> None:
    """Standing and seated tickets of one hour are one."""
    assert judged(listing("Otterwick Lane", 1, hour=time(15)), listing("Otterwick Lane", 2)) == {"E1": OWN, "E2": OWN}
    seated = listing("Otterwick Lane (seated)", 2)
    assert judged(listing("Otterwick Lane", 1), seated)["E2"] == beside("E1")


def test_others_at_the_same_place_are_others() -> None:
    """Two rooms of one address at one hour, or another day, are two concerts; parking of both goes with its act."""
    other = listing("Kall Hamn", 2, acts=frozenset({"Kall Hamn"}))
    parking = listing("Otterwick Lane - Parking", 3, sold_as=SoldAs.ADDON)
    assert judged(listing("Otterwick Lane", 1), other, parking) == {"E1": OWN, "E2": OWN, "E3": beside("E1")}
    assert judged(listing("Otterwick Lane", 1), listing("Otterwick Lane", 2, day=SATURDAY)) == {"E1": OWN, "E2": OWN}


CANCELLED, POSTPONED, WITHDRAWN = Outlook.CANCELLED, Outlook.POSTPONED, Outlook.WITHDRAWN
RESOLD: dict[str, Any] = {"sold_as": SoldAs.RESALE}


@pytest.mark.parametrize(
    ("first", "second", "speaks"),
    [
        ({}, {}, "E1"),
        ({"outlook": CANCELLED}, {}, "E2"),
        ({"outlook": POSTPONED}, {}, "E2"),
        ({"outlook": WITHDRAWN}, {}, "E2"),
        ({"outlook": CANCELLED}, {"outlook": POSTPONED}, "E2"),
        ({"outlook": WITHDRAWN}, {"outlook": CANCELLED}, "E2"),
        ({}, {"outlook": CANCELLED}, "E1"),
        (RESOLD, {}, "E1"),
        ({**RESOLD, "on_sale": False}, {}, "E2"),
        ({**RESOLD, "on_sale": False}, {"on_sale": False}, "E2"),
        ({"on_sale": False}, {"on_sale": True}, "E1"),
        (RESOLD, {"outlook": CANCELLED}, "E2"),
        ({**RESOLD, "on_sale": True}, {"outlook": POSTPONED}, "E2"),
        (RESOLD, {"outlook": WITHDRAWN}, "E1"),
        ({**RESOLD, "on_sale": False}, {"outlook": WITHDRAWN}, "E1"),
        ({"outlook": CANCELLED}, {"hour": time(19, 30)}, "E2"),
        ({"outlook": POSTPONED, "hour": None}, {}, "E2"),
    ],
)
def test_which_listing_speaks_for_a_concert(first: dict[str, Any], second: dict[str, Any], speaks: str) -> None:
    """One that goes ahead before one that does not; a resale says nothing against an original."""
    found = judged(listing("Otterwick Lane", 1, **first), listing("Otterwick Lane", 2, **second))
    other = "E1" if speaks == "E2" else "E2"
    assert found == {speaks: OWN, other: beside(speaks)}


def test_a_resale_revives_no_cancelled_concert_but_a_relisting_does() -> None:
    """The relisted concert takes all others along, its resale too."""
    off = listing("Otterwick Lane", 1, outlook=CANCELLED)
    resale, again = listing("Otterwick Lane", 2, on_sale=True, **RESOLD), listing("Otterwick Lane", 3)
    assert judged(off, resale) == {"E1": OWN, "E2": beside("E1")}
    assert judged(off, resale, again) == {"E3": OWN, "E1": beside("E3"), "E2": beside("E3")}


def test_what_is_left_of_a_withdrawn_concert_stands_for_it() -> None:
    """Its platinum seats are still sold; of a cancelled one they are a leftover."""
    platinum = listing("Otterwick Lane - Platinum", 2)
    assert judged(listing("Otterwick Lane", 1, outlook=WITHDRAWN), platinum)["E2"] == OWN
    assert judged(listing("Otterwick Lane", 1, outlook=CANCELLED), platinum) == {"E1": OWN, "E2": beside("E1")}


def test_a_resale_stays_with_a_concert_that_moved() -> None:
    """It is sold under the former day for a while; a concert of the act on that day takes it over."""
    left = frozenset({Stand("Harbour Arena", FRIDAY, time(20))})
    moved = listing("Otterwick Lane", 1, day=SUNDAY, left=left, hour=time(19))
    resale = listing("Otterwick Lane", 2, **RESOLD)
    assert judged(moved, resale) == {"E1": OWN, "E2": beside("E1")}
    assert judged(moved, listing("Otterwick Lane", 2)) == {"E1": OWN, "E2": OWN}
    assert judged(moved, resale, listing("Otterwick Lane", 3)) == {"E1": OWN, "E2": OWN, "E3": beside("E2")}


@pytest.mark.parametrize("what", ["resale", "platinum", "parking"])
@pytest.mark.parametrize(
    "now", [{"place": "Nordbank Dome"}, {"place": "Nordbank Dome", "day": SUNDAY}, {"day": SUNDAY}, {"hour": time(16)}]
)
def test_what_is_left_behind_stays_with_a_concert_that_moved(what: str, now: dict[str, Any]) -> None:
    """To another hall, day or hour, and on from there; a show of another hour was not left behind."""
    stood = Stand("Harbour Arena", FRIDAY, time(20)), Stand("Harbour Arena", SATURDAY, time(20))
    moved = listing("Otterwick Lane", 1, left=frozenset(stood), **now)
    left = {
        "resale": listing("Otterwick Lane", 2, **RESOLD),
        "platinum": listing("Otterwick Lane - Platinum", 2),
        "parking": listing("Parking: Otterwick Lane", 2, sold_as=SoldAs.ADDON),
    }[what]
    assert judged(moved, left) == {"E1": OWN, "E2": beside("E1")}
    assert judged(moved, attrs.evolve(left, day=SATURDAY)) == {"E1": OWN, "E2": beside("E1")}
    assert what == "parking" or judged(moved, attrs.evolve(left, hour=time(23)))["E2"] == OWN
    assert standings([left], [moved]) == {"E2": beside("E1")}


def test_two_that_changed_places_lead_to_nobody_in_a_circle() -> None:
    """Each stands where the other stood: both are shows."""
    one = listing("Otterwick Lane", 1, day=SUNDAY, left=frozenset({Stand("Harbour Arena", FRIDAY)}), **RESOLD)
    other = listing("Otterwick Lane", 2, left=frozenset({Stand("Harbour Arena", SUNDAY)}), **RESOLD)
    assert judged(one, other) == {"E1": OWN, "E2": OWN}


def test_a_support_acts_own_listing_follows_the_headliners() -> None:
    """Whichever was known first; one more support act on a bill moves no concert to another row."""
    support = listing("Kall Hamn", 1, acts=frozenset({"Kall Hamn"}), lead="Kall Hamn")
    whole = listing("Otterwick Lane", 2, acts=LANE | {"Kall Hamn"}, lead="Otterwick Lane")
    assert judged(support, whole) == {"E2": OWN, "E1": beside("E2")}
    first = listing("Otterwick Lane", 1, lead="Otterwick Lane")
    assert judged(first, whole) == {"E1": OWN, "E2": beside("E1")}


def test_of_an_original_and_a_resale_that_came_together_the_original_leads() -> None:
    """However long their names are."""
    resale = listing("Otterwick Lane", 1, **RESOLD)
    assert judged(resale, attrs.evolve(listing("Otterwick Lane: The Residency", 2), since=resale.since))["E2"] == OWN


def test_a_listing_without_an_hour_joins_one_of_two_concerts() -> None:
    """It does not make one of a matinee and its evening, whichever was known first."""
    open_hour = listing("Otterwick Lane", 1, hour=None)
    early, late = listing("Otterwick Lane", 2, hour=time(15)), listing("Otterwick Lane", 3)
    found = judged(open_hour, early, late)
    assert found == {"E1": OWN, "E2": beside("E1"), "E3": OWN}


def test_half_an_hour_apart_is_one_start() -> None:
    """A shop's doors, a page's first song and what a resale guesses are one concert; two shows of a night are not."""
    for other in (None, time(20), time(20, 30), time(19, 15)):
        assert starts_together(time(20), other)
        assert starts_together(other, time(20))
    for other in (time(20, 46), time(19, 14), time(22, 30)):
        assert not starts_together(time(20), other)
        assert not starts_together(other, time(20))
