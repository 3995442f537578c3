"""Reads an event's dates, prices and sales; each value is given, missing, or withdrawn.

A missing field says nothing. A flag that a date or time is undecided withdraws the earlier value, even if there is a
placeholder with it; so does an empty list of prices. A value of an unexpected type or form is reported as a fault, and
the known value stays; the same applies if a price in the list is incomplete.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from thesetd.adapters.providers.ticketmaster.wire import WireDates, WirePrice, WireSales, WireStart, read_price
from thesetd.domain.shows.local_days import Days, begins_at, zone_named

DATE_FIELDS = frozenset({"local_date", "end_date", "local_time", "starts_at"})
TIME_FIELDS = frozenset({"local_time", "starts_at"})
_PRICES = ("price_min", "price_max", "price_with_fees_min", "price_with_fees_max", "price_currency")
_KINDS = {"standard": "price", "standard including fees": "price_with_fees"}
_CURRENCY = re.compile("[A-Z]{3}")
_REAL_SALES = timedelta(days=20 * 366)  # years around now; placeholders are in 1900 or, at other sellers, in 9999
DateFault = tuple[str, Any]


@attrs.define
class Stated:
    """The content of an answer: `said` maps a show's fields to values; some are `withdrawn`; `faults` lists faults."""

    said: dict[str, Any] = attrs.field(factory=dict)
    withdrawn: set[str] = attrs.field(factory=set)
    faults: list[DateFault] = attrs.field(factory=list)

    def fault(self, reason: str, value: Any) -> None:
        """Note a value that cannot be used."""
        self.faults.append((reason, value))


def stated_dates(dates: WireDates, venue_zone: str | None) -> Stated:
    """Read the dates of an event; the venue's zone replaces a missing or invalid one."""
    stated, start = Stated(), dates.start
    zone = zone_named(dates.timezone.strip(), venue_zone)
    day = _parsed(stated, "localDate", start.local_date, date.fromisoformat)
    stated.said = {
        "timezone": str(zone) if zone else None,
        "end_date": _parsed(stated, "end.localDate", dates.end.local_date, date.fromisoformat),
        "former_date": _parsed(stated, "initialStartDate", dates.initial.local_date, date.fromisoformat),
    }
    if start.date_tba or start.date_tbd:
        stated.withdrawn |= DATE_FIELDS
        stated.said |= {"former_date": stated.said["former_date"] or day, "end_date": None}
        return stated
    _settled(stated, start, day, zone)
    first, last = stated.said["local_date"], stated.said["end_date"]
    if first is not None and last is not None and last < first:
        stated.fault("an end before the beginning", dates.end.local_date)
        stated.said["end_date"] = None
    return stated


def stated_prices(ranges: Any) -> Stated:
    """Read the list of prices: None means missing, and a list without a usable price withdraws the known one."""
    stated = Stated()
    if ranges is None:
        return stated
    for price in (read_price(one) for one in ranges) if isinstance(ranges, list) else (None,):
        if price is None or not price.type or price.min is None or price.max is None or price.min > price.max:
            stated.fault("a price that is incomplete", ranges)
        elif not _CURRENCY.fullmatch(currency := price.currency.strip().upper()):
            stated.fault("a price in no currency", price.currency)
        elif stated.said.get("price_currency", currency) != currency:
            stated.fault("a price in a second currency", ranges)
        elif (kind := _KINDS.get(price.type.strip().casefold())) and price.min >= 0 and price.max > 0:
            stated.said |= _range(stated, f"{kind}_min", f"{kind}_max", price) | {"price_currency": currency}
    if not stated.faults:
        stated.withdrawn |= {name for name in _PRICES if name not in stated.said}
    return stated


def _range(stated: Stated, low: str, high: str, price: WirePrice) -> dict[str, Any]:
    """Return a range merged with an earlier one of its kind: for two kinds of seats."""
    assert price.min is not None
    assert price.max is not None
    return {
        low: min(price.min, stated.said.get(low, price.min)),
        high: max(price.max, stated.said.get(high, price.max)),
    }


def stated_sales(sales: WireSales, at: datetime) -> Stated:
    """Read when tickets are on public sale; a placeholder far from now is not a date and withdraws a known one."""
    stated = Stated()
    for name, text, is_open in (
        ("sales_start", sales.public.start, sales.public.start_tbd or sales.public.start_tba),
        ("sales_end", sales.public.end, False),
    ):
        moment = _parsed(stated, name, text, _moment)
        if is_open or (moment is not None and abs(moment - at) > _REAL_SALES):
            stated.withdrawn.add(name)
        elif moment is not None:
            stated.said[name] = moment
    return stated


def together(parts: Iterable[Stated]) -> Stated:
    """Merge the content of several parts of an answer."""
    whole = Stated()
    for part in parts:
        whole.said |= part.said
        whole.withdrawn |= part.withdrawn
        whole.faults += part.faults
    return whole


def _settled(stated: Stated, start: WireStart, day: date | None, zone: ZoneInfo | None) -> None:
    """Read a fixed date, and its time if that is fixed."""
    open_time = start.time_tba or start.no_time
    at = None if open_time else _parsed(stated, "localTime", start.local_time, _clock)
    moment = None if open_time else _parsed(stated, "dateTime", start.instant, _moment)
    if open_time:
        stated.withdrawn |= TIME_FIELDS
    if day is None and moment is not None and zone is not None and not start.local_date:
        local = moment.astimezone(zone)
        day, at = local.date(), at or local.time()
    if day is None and at is not None:
        stated.fault("a time without a date", start.local_time)
        at = moment = None
    if day is None and moment is not None and not start.local_date:
        stated.fault("a moment in no time zone", start.instant)
    if day is not None and moment is None:
        moment = begins_at(Days(day=day, begins=at, zone=zone))
    stated.said |= {"local_date": day, "local_time": at, "starts_at": moment if day else None}


def _parsed(stated: Stated, what: str, value: Any, read: Any) -> Any:
    """Parse a text; None if it is missing, or malformed, which is reported as a fault."""
    if value is None or value == "":
        return None
    try:
        return read(value)
    except (TypeError, ValueError, OverflowError):
        stated.fault(f"not usable as {what}", value)
        return None


def _clock(text: str) -> time:
    return time.fromisoformat(text).replace(tzinfo=None)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
