"""Which venues of two providers are one place."""

import csv
from datetime import date
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.distance import distance_km
from thesetd.domain.shows.venues import (
    Nights,
    VenueAddress,
    VenueVerdict,
    is_placeholder,
    judge,
    marks_of,
    nights_of,
)

ARENA = VenueAddress(name="Harbour Arena", city="Belfast", country="GB", latitude=54.6030, longitude=-5.9150)
DOME = VenueAddress(name="Nordbank Dome", city="Rostock", country="DE")
HALL = VenueAddress(name="Hafenhalle", city="Rostock")


def test_one_hall_has_several_ids() -> None:
    """Forty metres apart and with a stray blank it is one hall, and so it is without a position at another provider."""
    again = VenueAddress(name="Harbour Arena", city="Belfast ", country="GB", latitude=54.6033, longitude=-5.9146)
    assert 0.02 < (distance_km(ARENA, again) or 0) < 0.06
    assert judge(ARENA, again) is VenueVerdict.SAME
    assert judge(ARENA, VenueAddress(name="Harbour Arena", city="Belfast")) is VenueVerdict.SAME


def test_what_sellers_and_sponsors_add() -> None:
    """The city, a state, a sponsor in front or the main hall make no other place."""
    for name in ("Nordbank Harbour Arena", "Harbour Arena - NI", "Belfast Harbour Arena", "The Harbour Arena"):
        assert judge(ARENA, VenueAddress(name=name, city="Belfast")) is VenueVerdict.SAME, name


def test_a_word_for_a_kind_of_place_relates_nothing() -> None:
    """Numbered venues and clubs of a town are not put to review because each is called a venue or a club."""
    for kind in ("Venue", "Club", "Hall"):
        one, other = (VenueAddress(name=f"{kind} {number}", city="Belfast") for number in (12, 34))
        assert judge(one, other) is VenueVerdict.APART
        assert judge(one, VenueAddress(name=f"The {kind} 12", city="Belfast")) is VenueVerdict.SAME
        assert not marks_of(one) & marks_of(other)


def test_a_hall_that_was_renamed_has_nights_under_either_name() -> None:
    """Later nights at a namesake say nothing against three under the old name; nights in between are another hall's."""
    played = [("a", date(2026, 3, day)) for day in range(1, 6)]
    for old, new in ((played[:3], played[3:]), (played[2:], played[:2])):
        assert nights_of(played, old, [], new) == Nights(3, 0)
        assert judge(DOME, HALL, nights_of(played, old, [], new)) is VenueVerdict.SAME
    assert nights_of(played, played[::2], [], played[1::2]) == Nights(3, 2)
    assert nights_of(played, played[:2], [], played[2:]) == Nights(2, 3)
    assert nights_of(played, played[:3], played[3:]) == Nights(3, 2)


def test_a_renamed_hall_is_known_by_its_concerts() -> None:
    """Three nights of the same acts make two names one place; without them they stay apart."""
    assert judge(DOME, HALL) is VenueVerdict.APART
    played = [("a", date(2026, 3, day)) for day in (1, 2, 3)]
    assert judge(DOME, HALL, nights_of(played, played, [])) is VenueVerdict.SAME
    assert judge(DOME, HALL, nights_of(played[:1], played, [])) is VenueVerdict.REVIEW
    assert judge(DOME, HALL, nights_of(played, played[:2], played[2:])) is VenueVerdict.REVIEW
    assert judge(DOME, VenueAddress(name="Hafenhalle", city="Kiel"), Nights(3)) is VenueVerdict.APART


@pytest.mark.parametrize(
    "other",
    [
        VenueAddress(name="The Basement at Harbour Arena", city="Belfast"),
        VenueAddress(name="Harbour Arena", city="Dublin", country="IE"),
        VenueAddress(name="Harbour Arena", city="Belfast", country="US"),
        VenueAddress(name="Harbour Arena", city="Belfast", latitude=54.65, longitude=-5.9150),
        VenueAddress(name="Harbour Theatre", city="Belfast"),
        VenueAddress(name="General Use", city="Belfast"),
        VenueAddress(name="Old Harbour Arena", city="Belfast"),
        VenueAddress(name="Harbour Arena Basement", city="Belfast"),
    ],
)
def test_what_is_not_one(other: VenueAddress) -> None:
    """A room in a house, a city of the same name, another hall of the neighbourhood."""
    assert judge(ARENA, other) is not VenueVerdict.SAME
    assert judge(other, ARENA) is not VenueVerdict.SAME


def test_a_house_and_its_room_are_two_even_by_concerts() -> None:
    """Setlists name the house for the room; the room stays one of its own."""
    assert (
        judge(ARENA, VenueAddress(name="The Basement at Harbour Arena", city="Belfast"), Nights(5))
        is VenueVerdict.APART
    )


@pytest.mark.parametrize(
    "name", ["General Use", "TBA", "Please do not use", "#1 Please do not use, old venue", " ", "TBD"]
)
def test_a_placeholder_is_nobodys_venue(name: str) -> None:
    """It is never the same as anything, not even as itself."""
    assert is_placeholder(name)
    assert (
        judge(VenueAddress(name=name, city="Leeds"), VenueAddress(name=name, city="Leeds"), Nights(9))
        is VenueVerdict.APART
    )


@pytest.mark.parametrize("name", ["Harbour Arena", "Test Pilot Hall", "The Venue", "Unknown Pleasures Bar", "O2 Arena"])
def test_a_place_is_no_placeholder(name: str) -> None:
    """Names of places may have such words."""
    assert not is_placeholder(name)


def test_recorded_pairs(corpus: Path) -> None:
    """By names alone no pair of two places is taken for one, and half of the pairs of one place are found."""
    with (corpus / "matching/venue_pairs.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found, wrong, same = 0, [], 0
    for row in rows:
        one = VenueAddress(name=row["tm_venue"], city=row["tm_city"])
        other = VenueAddress(name=row["slfm_venue"], city=row["slfm_city"])
        hit = judge(one, other) is VenueVerdict.SAME
        assert judge(other, one) is judge(one, other)
        same += row["should_match"] == "1"
        found += hit and row["should_match"] == "1"
        wrong += [row] if hit and row["should_match"] == "0" else []
    assert wrong == []
    assert found / same >= 0.5


NAMES = st.text(max_size=30) | st.sampled_from(["Harbour Arena", "The Basement at Harbour Arena", "Apollo", "TBA"])
PLACES = st.builds(
    VenueAddress,
    name=NAMES,
    city=st.text(max_size=10) | st.just("Belfast"),
    latitude=st.none() | st.floats(-90, 90),
    longitude=st.none() | st.floats(-180, 180),
)


@given(PLACES, PLACES)
def test_names_that_have_no_mark_in_common_are_never_related(one: VenueAddress, other: VenueAddress) -> None:
    """Only venues that share one, or concerts, have to be compared: a big city has hundreds."""
    alike = attrs.evolve(other, city=one.city)
    assert judge(one, alike) is VenueVerdict.APART or marks_of(one) & marks_of(alike)


@given(PLACES, PLACES, st.builds(Nights, st.integers(0, 5), st.integers(0, 5)))
def test_the_order_of_two_does_not_matter(one: VenueAddress, other: VenueAddress, nights: Nights) -> None:
    """Whatever is compared, both ways give one verdict, and a place is the same as itself unless it is none."""
    assert judge(one, other, nights) is judge(other, one, nights)
    assert judge(one, one) is (VenueVerdict.APART if is_placeholder(one.name) else VenueVerdict.SAME)
