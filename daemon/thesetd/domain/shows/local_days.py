"""Decides by the local day at the venue whether a concert is over, still coming, or has taken place.

UTC dates do not work: tonight's shows in America are tomorrow's in UTC, this morning's in Auckland yesterday's. If the
zone is unknown, the country's westernmost zone is used, and without a country the last zone on earth in which it is
still that day, so a show is never over too soon.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from thesetd.domain.shows.country_zones import westernmost_zone

_ONE_DAY = timedelta(days=1)
_LAST_ON_EARTH = timedelta(hours=12)  # UTC-12, where a date ends last (tz database, Etc/GMT+12)
_NEVER = datetime.max.replace(tzinfo=UTC)
_OPEN = frozenset({"scheduled", "rescheduled"})  # statuses that become completed by time alone


@attrs.frozen(kw_only=True)
class Days:
    """When something takes place, in local time: from `day` at `begins` (if known) to the end of `last`."""

    day: date
    begins: time | None = None
    last: date | None = None
    zone: ZoneInfo | None = None
    country: str | None = None


def zone_named(*names: str | None) -> ZoneInfo | None:
    """Return the first of these that is a time zone; providers also send invalid names."""
    for name in names:
        try:
            if name:
                return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of zones ("America")
            continue
    return None


def over_at(days: Days) -> datetime:
    """Return the moment (UTC) at which the last local day is over: the midnight that ends it."""
    last = max(days.last or days.day, days.day)
    try:
        return _moment(last + _ONE_DAY, time(), days) or datetime.combine(last + _ONE_DAY, time(), UTC) + _LAST_ON_EARTH
    except OverflowError:
        return _NEVER


def begins_at(days: Days) -> datetime | None:
    """Return the moment (UTC) at which it begins, None if time or zone is not known."""
    try:
        return _moment(days.day, days.begins, days) if days.begins is not None and days.zone else None
    except OverflowError:
        return None


def is_over(days: Days, now: datetime) -> bool:
    """Return whether the last local day is over."""
    return now >= over_at(days)


def is_coming(days: Days, now: datetime) -> bool:
    """Return whether it is still to come: until it begins, or until the end of its days if the start is unknown.

    If it lasts several days, an act may still be to come on any day but the first.
    """
    several = days.last is not None and days.last > days.day
    begins = None if several else begins_at(days)
    return now < (begins or over_at(days))


def status_at(status: str, days: Days | None, now: datetime, *, played: bool = False, moved: bool = False) -> str:
    """Return the status of a show at a moment, from the stored or received one.

    A show is completed when its days are over, or once its played songs are known. A show that is cancelled or has no
    date is never completed by time, and one with a new date in the future is not completed: if a seller `moved` it, it
    is rescheduled.
    """
    if days is None:
        return "scheduled" if status == "completed" else status
    if played and now.date() + _ONE_DAY >= days.day:
        return "completed"
    if status in _OPEN and is_over(days, now):
        return "completed"
    if status == "completed" and not is_over(days, now):
        return "rescheduled" if moved else "scheduled"
    return status


def _moment(day: date, at: time, days: Days) -> datetime | None:
    zone = days.zone or zone_named(westernmost_zone(days.country))
    return datetime.combine(day, at, zone).astimezone(UTC) if zone else None
