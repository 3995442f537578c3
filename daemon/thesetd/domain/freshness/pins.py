"""Pins: maximum ages that an operator sets for an artist's data, independent of its value, with a reason and an end.

A pinned aspect is refreshed as soon as it is older than the age, before everything else in the background. It is not an
import: it still stays within the background's share of the quota.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import MAXYEAR, UTC, datetime, time, timedelta
from uuid import UUID

import attrs

from thesetd.domain.durations import duration_text, parse_duration
from thesetd.domain.freshness.copies import OLDEST_DAYS, Aspect
from thesetd.domain.music.names import printable

SHORTEST, LONGEST = timedelta(minutes=15), timedelta(days=OLDEST_DAYS)
FARTHEST = timedelta(days=10 * 365)  # an end beyond is a mistyped year
LONGEST_REASON = 200
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_EXAMPLE = "for example shows=1h"


@attrs.frozen(kw_only=True)
class Pin:
    """One aspect of one artist that must not be older than `max_age`, until `until` (aware UTC) if that is set."""

    artist_id: UUID
    aspect: Aspect
    max_age: timedelta
    why: str
    since: datetime
    until: datetime | None = None


@attrs.frozen(kw_only=True)
class PinView:
    """A pin as operators see it: with its artist, and when the aspect was last refreshed."""

    pin: Pin
    slug: str
    name: str
    looked_at: datetime | None = None


def read_ages(texts: Sequence[str]) -> Mapping[Aspect, timedelta]:
    """Read ages such as "shows=1h".

    Raises:
        ValueError: one cannot be parsed, is too short, too long, or the second of its aspect; the message says what to
            write.
    """
    if not texts:
        raise ValueError(f"no aspect to pin: expected one or more, {_EXAMPLE}")
    ages: dict[Aspect, timedelta] = {}
    for text in texts:
        name, _, age = text.partition("=")
        aspect = read_aspect(name)
        if aspect in ages:
            raise ValueError(f"{aspect.value} has two ages: write one")
        ages[aspect] = _age(text, age)
    return ages


def read_aspect(name: str) -> Aspect:
    """Read the name of an aspect.

    Raises:
        ValueError: there is no aspect with that name.
    """
    known = {aspect.value: aspect for aspect in Aspect}
    if name not in known:
        raise ValueError(f"unknown aspect {name[:40]!r}: expected {', '.join(known)}, {_EXAMPLE}")
    return known[name]


def _age(text: str, age: str) -> timedelta:
    found = parse_duration(age)
    if found is None:
        raise ValueError(f"invalid age {text[:40]!r}: expected aspect=age, {_EXAMPLE} (s, m, h, d)")
    if found < SHORTEST:
        raise ValueError(f"{text} is too short: the shortest age is {duration_text(SHORTEST)}")
    if found > LONGEST:
        raise ValueError(f"{text} is too long: everything is refreshed within {duration_text(LONGEST)} anyway")
    return found


def read_until(text: str | None, now: datetime) -> datetime | None:
    """Read the end of a pin: a moment, or a day (UTC) through whose end it lasts; None if it has no end.

    Raises:
        ValueError: it cannot be parsed, or is past, or too far away.
    """
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        example = f"for example {now:%Y-%m-%d}, or a moment such as {now:%Y-%m-%d}T20:00Z"
        if _DAY.fullmatch(text):
            raise ValueError(f"invalid end {text!r}: there is no such day; expected one, {example}") from None
        raise ValueError(f"invalid end {text[:40]!r}: expected a day, {example}") from None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    if found.time() == time() and len(text) <= len("2026-12-24"):
        found = min(found, datetime.max.replace(tzinfo=found.tzinfo) - timedelta(days=1)) + timedelta(days=1)
    if found <= now:
        raise ValueError(f"the end {text} is in the past: choose a day from {now:%Y-%m-%d} on")
    if now + FARTHEST < found and found.year < MAXYEAR:  # that year stands for no end in many programs
        years = FARTHEST.days // 365
        raise ValueError(f"the end {text} is over {years} years away: leave it out for a pin without end")
    return found


def read_reason(text: str) -> str:
    """Read the reason for a pin.

    Raises:
        ValueError: it is empty or too long, or is not one line of plain text.
    """
    reason = text.strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        raise ValueError(f"a pin needs a reason of at most {LONGEST_REASON} characters")
    if printable(reason) != reason:
        raise ValueError("the reason contains control characters: write it in one line")
    return reason
