"""Reads what the application reports about its users' interest, which decides the pages worth keeping fresh."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

HALF_LIFE_DAYS = 7.0  # half-life of page visits: last month's visits say little about today
MOST_ARTISTS = 1_000  # artists in one request
MOST = 1_000_000_000
EXAMPLE = '{"artists": [{"slug": "gorillaz", "followers": 812, "visits": 40}]}'
_MEMBERS = frozenset({"slug", "followers", "visits"})


@attrs.frozen(kw_only=True)
class Interest:
    """The number of users who follow an artist in the application, and visits of its pages since the last report.

    None: not reported.
    """

    slug: str
    followers: int | None = None
    visits: int | None = None


def faded(visits: float, since: datetime, now: datetime) -> float:
    """Return how much visits that were counted at `since` weigh now."""
    days = max(0.0, (now - since).total_seconds() / 86_400.0)
    return float(visits * 0.5 ** (days / HALF_LIFE_DAYS))


def read_interest(body: Mapping[str, Any]) -> tuple[Interest, ...]:
    """Parse what the application reports.

    Raises:
        ValueError: invalid form; the message says which form is expected.
    """
    artists = body.get("artists")
    if set(body) != {"artists"} or not isinstance(artists, list):
        raise ValueError(f"the body must be an object like {EXAMPLE}")
    if len(artists) > MOST_ARTISTS:
        raise ValueError(f"{len(artists)} artists are too many: send at most {MOST_ARTISTS} at once")
    return tuple(map(_read, artists))


def _read(body: Any) -> Interest:
    if not isinstance(body, dict) or not set(body) <= _MEMBERS or not isinstance(body.get("slug"), str):
        raise ValueError(f"each artist must be an object like those of {EXAMPLE}")
    numbers = {name: body[name] for name in ("followers", "visits") if body.get(name) is not None}
    for name, value in numbers.items():
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST:
            raise ValueError(f"{name} of {body['slug'][:40]!r} must be a whole number from 0 to {MOST:,}")
    return Interest(slug=body["slug"], **numbers)
