"""The table of countries' zones holds what the tz database says."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest

from thesetd.domain.shows.country_zones import westernmost_zone

UNINHABITED = {"AQ", "UM"}  # Antarctica and small islands of the United States
SEASONS = (datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC))


@pytest.fixture(scope="module")
def zones() -> Mapping[str, set[str]]:
    """Return the zones of each country."""
    found = defaultdict[str, set[str]](set)
    for line in files("tzdata").joinpath("zoneinfo/zone1970.tab").read_text().splitlines():
        if not line.startswith("#"):
            codes, _, zone, *_ = line.split("\t")
            for code in codes.split(","):
                found[code].add(zone)
    return found


def behind(zone: str) -> timedelta:
    """Return the least of its offsets from UTC, in winter and in summer."""
    return min(moment.astimezone(ZoneInfo(zone)).utcoffset() or timedelta(0) for moment in SEASONS)


def test_every_country_has_one_of_its_zones(zones: Mapping[str, set[str]]) -> None:
    """None is left out but those in which nobody lives."""
    assert {code for code in zones if westernmost_zone(code) not in zones[code]} == UNINHABITED


def test_of_several_zones_it_is_the_one_in_which_a_day_ends_last(zones: Mapping[str, set[str]]) -> None:
    """A show is not over while it may go on somewhere in its country."""
    for code in zones.keys() - UNINHABITED:
        assert behind(westernmost_zone(code) or "") == min(map(behind, zones[code])), code


@pytest.mark.parametrize("text", [None, "", "XX", "us", "USA"])
def test_what_is_no_country_has_none(text: str | None) -> None:
    """Codes are written as providers write them, in capitals."""
    assert westernmost_zone(text) is None
