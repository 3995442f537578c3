"""Reads cron expressions: the five fields of crontab(5), in the local time of a zone.

The grammar is read here: croniter also accepts what no reader of crontab(5) expects, such as random minutes (`R`) and
ranges that go backwards, and takes `5-5` for every value. It gets lists of numbers, and computes when they come.
"""

import re
from datetime import UTC, datetime

import attrs

from thesetd.domain.shows.local_days import zone_named

LONGEST = 400  # characters; lists of all minutes and all hours have 232
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LEAP_DAY = datetime(2024, 2, 29, tzinfo=UTC)  # an arbitrary start for testing whether an expression ever fires
_PART = re.compile(r"(?:\*|(?P<low>[0-9]{1,4}|[a-z]{3})(?:-(?P<high>[0-9]{1,4}|[a-z]{3}))?)(?:/(?P<step>[0-9]{1,4}))?")


@attrs.frozen
class _Field:
    """One of the five fields: its name, its lowest value, its number of different values, and names of values.

    `highest` differs from the last of these for weekdays alone: Sunday is 0 and 7.
    """

    name: str
    lowest: int
    values: int
    highest: int
    names: tuple[str, ...] = ()

    @property
    def bounds(self) -> str:
        """Return what may stand in the field."""
        return f"{self.lowest}-{self.highest}" + (f" or {self.names[0]}-{self.names[-1]}" if self.names else "")

    def number(self, text: str) -> int | None:
        """Return the value of a number or a name, None if the field has no such value."""
        if text in self.names:
            return self.names.index(text) + self.lowest
        return int(text) if text.isdigit() and self.lowest <= int(text) <= self.highest else None

    def fault(self, text: str) -> str | None:
        """Return what is wrong with the text of the field and what to write, None if it is right."""
        found = (self._fault(part) for part in text.lower().split(","))
        return next((fault for fault in found if fault), None)

    def _fault(self, part: str) -> str | None:
        match = _PART.fullmatch(part)
        ends = [self.number(text) for text in match.group("low", "high") if text] if match else []
        if match is None or None in ends:
            return f"expected {self.bounds}"
        step = match["step"]
        if step and not 1 <= int(step) <= self.values:
            return f"expected a step from 1 to {self.values}"
        numbers = [number for number in ends if number is not None]
        if step and len(numbers) == 1:
            return f"expected a range before the step: {numbers[0]}-{self.lowest + self.values - 1}/{step}"
        if numbers and numbers[-1] < numbers[0]:
            return f"expected a range that goes upwards: {self._upwards(*numbers)}"
        return None

    def values_of(self, text: str) -> str:
        """Return the text without ranges and names; unchanged if it begins with `*` or is wrong."""
        if text.startswith("*") or self.fault(text):
            return text  # a wrong one may be in the database, of a daemon that accepted it
        numbers = {number for part in text.lower().split(",") for number in self._numbers(part)}
        # of weekdays the last number is the first one again
        found = {number if number < self.lowest + self.values else self.lowest for number in numbers}
        return ",".join(map(str, sorted(found)))

    def _numbers(self, part: str) -> range:
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        low, high = (self.lowest, self.highest) if span == "*" else (self.number(first), self.number(last or first))
        return range(low or 0, (high or 0) + 1, int(step or 1))

    def _upwards(self, first: int, last: int) -> str:
        """Return the ranges that one that goes backwards probably means."""
        if last == self.lowest and self.highest != self.lowest + self.values - 1:
            return f"{first}-{self.highest}"  # from some weekday to Sunday
        rest = f"{self.lowest}-{last}" if last > self.lowest else f"{last}"
        return f"{first}-{self.lowest + self.values - 1},{rest}"


_FIELDS = (
    _Field("minute", 0, 60, 59),
    _Field("hour", 0, 24, 23),
    _Field("day", 1, 31, 31),
    _Field("month", 1, 12, 12, _MONTHS),
    _Field("weekday", 0, 7, 7, _WEEKDAYS),
)
_DAY, _WEEKDAY = 2, 4


def check_cron(cron: str) -> None:
    """Check that an expression has the five fields of crontab(5) and fires at some time.

    Raises:
        ValueError: it is malformed or never fires; the message names the field that is wrong.
    """
    if len(cron) > LONGEST:
        raise ValueError(
            f"invalid cron expression {cron[:20]!r}...: {len(cron)} characters, expected at most {LONGEST}"
        )
    texts = cron.split()
    if len(texts) != len(_FIELDS):
        given = f"{len(texts)} fields" if len(texts) != 1 else "1 field"
        names = " ".join(field.name for field in _FIELDS)
        raise ValueError(f"invalid cron expression {cron!r}: {given}, expected five fields: {names}")
    for field, text in zip(_FIELDS, texts, strict=True):
        if fault := field.fault(text):
            raise ValueError(f"invalid cron expression {cron!r}: invalid {field.name} {text!r}, {fault}")
    try:
        next_due(cron, _LEAP_DAY)
    except ValueError:
        raise ValueError(f"{cron!r} never fires: no month that it names has such a day") from None


def next_due(cron: str, after: datetime, zone: str = "UTC") -> datetime:
    """Return the first moment (UTC) after `after` at which the expression fires in the local time of a zone.

    A time of day that daylight saving time skips fires at the first moment after the gap. A repeated one fires once if
    its hour is named; an expression for many hours (`*`) follows elapsed time, as cron does. Of day and weekday one
    suffices, if neither begins with `*`; else both must match, as crontab(5) says.
    """
    from croniter import croniter  # noqa: PLC0415 - thesetctl loads this module, and never needs croniter, which is slow

    times = croniter(_numeric(cron), after.astimezone(zone_named(zone) or UTC), implement_cron_bug=True)
    found: datetime = times.get_next(datetime)
    while found.fold and "*" not in cron.split()[1]:
        found = times.get_next(datetime)
    return found.astimezone(UTC)


def _numeric(cron: str) -> str:
    """Return an expression with lists of numbers in place of ranges and names."""
    texts = [field.values_of(text) for field, text in zip(_FIELDS, cron.split(), strict=True)]
    days = (texts[_DAY], texts[_WEEKDAY])
    if not any(text.startswith("*") for text in days) and any(
        text.count(",") == _FIELDS[at].values - 1 for at, text in zip((_DAY, _WEEKDAY), days, strict=True)
    ):
        texts[_DAY] = texts[_WEEKDAY] = "*"  # one of them suffices, and one is every day: croniter would ask for both
    return " ".join(texts)
