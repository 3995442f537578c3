"""The standing schedules."""

import pytest

from thesetd.domain.work.jobs import JobKind, Lane
from thesetd.domain.work.schedules import DEFAULTS, check_zone, job_for


def test_the_eight_schedules_are_those_of_the_design() -> None:
    """Names, cron expressions and lanes as documented."""
    assert {name: (s.cron, s.lane.label) for name, s in DEFAULTS.items()} == {
        "sync-upcoming-shows": ("0 * * * *", "medium"),
        "sync-active-artists": ("0 */6 * * *", "high"),
        "sync-trending": ("0 */4 * * *", "medium"),
        "sync-popular-artists": ("0 2 * * *", "medium"),
        "sync-past-setlists": ("0 2 * * *", "high"),
        "sync-recent-setlists": ("0 */6 * * *", "high"),
        "deep-catalog-refresh": ("0 4 * * 0", "low"),
        "cleanup-old-data": ("0 5 1 * *", "low"),
    }


def test_a_firing_is_told_from_the_next_and_cleanup_works_alone() -> None:
    """Two due times give two unique keys; the cleanup schedule sweeps over no artists."""
    first, second = (job_for(DEFAULTS["sync-trending"], run) for run in ("a", "b"))
    assert first.unique_key != second.unique_key
    assert (first.kind, first.lane) == (JobKind.SWEEP, Lane.MEDIUM)
    assert job_for(DEFAULTS["cleanup-old-data"], "x").kind is JobKind.CLEANUP


@pytest.mark.parametrize(
    ("zone", "meant"),
    [
        ("Berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("europe/berlin", "Europe/Berlin"),
        ("Europe/Berln", "Europe/Berlin"),
        ("utc", "UTC"),
        ("MESZ", "Europe/Berlin"),
        ("PST", "America/Los_Angeles"),
        ("IST", "Asia/Kolkata, Europe/Dublin or Asia/Jerusalem"),
        ("UTC+2", "a name like Europe/Berlin, or Etc/GMT-2 for an offset"),
        ("-05:00", "a name like Europe/Berlin, or Etc/GMT+5 for an offset"),
        ("+25", "a name like Europe/Berlin, or UTC"),
        ("", "a name like Europe/Berlin, or UTC"),
        ("../etc/passwd", "a name like Europe/Berlin, or UTC"),
    ],
)
def test_an_unknown_zone_says_which_is_meant(zone: str, meant: str) -> None:
    """By its city, an abbreviation, another case, an offset, or one letter."""
    with pytest.raises(ValueError, match=r".") as caught:
        check_zone(zone)
    assert str(caught.value).startswith(f"unknown time zone {zone!r}: expected {meant}")


def test_a_long_zone_is_cut_in_the_message() -> None:
    """Whatever a client sends as one."""
    with pytest.raises(ValueError, match=r".") as caught:
        check_zone("Mars/" * 10_000)
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize("zone", ["EST", "MST", "HST"])
def test_a_zone_without_daylight_saving_time_is_refused(zone: str) -> None:
    """They are names of zones, and an hour off in summer; CET and EET are not."""
    with pytest.raises(ValueError, match=f"{zone} has no daylight saving time: expected (America|Pacific)/"):
        check_zone(zone)
    for kept in ("CET", "EET", "EST5EDT", "Etc/GMT-2", "America/Phoenix"):
        check_zone(kept)
