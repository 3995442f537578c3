"""Documents about freshness: runs of schedules, pins, and the interest reported by the application."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from uuid import UUID

import attrs

from thesetd.domain.documents import Says
from thesetd.domain.freshness.copies import Aspect
from thesetd.domain.freshness.interest import MOST
from thesetd.domain.ids import JobId
from thesetd.domain.work.states import JobState
from thesetd.ports.surface.daemon import ScheduleView

MOST_RUNS = 200
MOST_PEOPLE = MOST  # most pins of one artist


@attrs.frozen(kw_only=True)
class ScheduleRun:
    """One run of a schedule and its outcome."""

    job_id: JobId
    at: datetime
    state: Annotated[JobState | None, Says("Of its job; null once that is deleted.")]
    by_hand: Annotated[bool, Says("Whether an operator ran it.")]
    target: Annotated[str | None, Says("The age that it keeps copies below.", example="6h")]
    artists: Annotated[int, Says("Artists that the schedule is about.")]
    met: Annotated[int, Says("Artists whose copies met the target, or do since this run.")]
    missed: Annotated[Mapping[str, int], Says("The other artists, by reason.", example={"no quota left": 3})]
    ordered: Annotated[int, Says("Looks that it ordered.")]
    looked: Annotated[int, Says("Looks that were made.")]
    changed: Annotated[int, Says("Looks that found a change.")]
    calls: Annotated[int, Says("Calls that they took.")]
    remarks: Annotated[tuple[str, ...], Says(example=[])]


@attrs.frozen(kw_only=True)
class ScheduleDetails(ScheduleView):
    """A schedule with its last runs, newest first."""

    runs: tuple[ScheduleRun, ...]


@attrs.frozen(kw_only=True)
class RunsWanted:
    """How many runs to show."""

    limit: Annotated[int, Says("Maximum number of runs.", least=1, most=MOST_RUNS)] = 10


@attrs.frozen(kw_only=True)
class RefreshWanted:
    """Which aspect of an artist to refresh."""

    aspect: Annotated[Aspect, Says("One aspect.")] = Aspect.SHOWS


@attrs.frozen(kw_only=True)
class PinShown:
    """A maximum age that an operator set for an aspect of an artist."""

    artist_id: UUID
    slug: Annotated[str, Says(example="gorillaz")]
    name: Annotated[str, Says(example="Gorillaz")]
    aspect: Aspect
    max_age: Annotated[str, Says("It is refreshed once it is older.", example="1h")]
    until: Annotated[datetime | None, Says("When the pin ends.")]
    why: Annotated[str, Says(example="tour is announced")]
    since: datetime
    looked_at: Annotated[datetime | None, Says("When the aspect was last refreshed.")]


@attrs.frozen(kw_only=True)
class Pins:
    """The active pins."""

    pins: tuple[PinShown, ...]


@attrs.frozen(kw_only=True)
class NewPin:
    """What to pin."""

    artist: Annotated[str, Says("A slug, a name, or an id in any form.", example="gorillaz")]
    ages: Annotated[str, Says("Aspects with their ages, separated by blanks.", example="shows=1h")]
    why: Annotated[str, Says("The reason.", example="tour is announced")]
    until: Annotated[str | None, Says("A day, at the end of which it ends.", example="2026-12-24")] = None


@attrs.frozen(kw_only=True)
class PinsDeleted:
    """Which pins to delete."""

    aspect: Annotated[tuple[str, ...], Says("Of these aspects; of all if none is named.")] = ()


@attrs.frozen(kw_only=True)
class Unpinned:
    """Pins that were deleted."""

    unpinned: int


@attrs.frozen(kw_only=True)
class ArtistInterest:
    """Users' interest in one artist since the last report."""

    slug: Annotated[str, Says(example="gorillaz")]
    followers: Annotated[int | None, Says("Current followers.", least=0, most=MOST_PEOPLE, example=812)] = None
    visits: Annotated[int | None, Says("Visits of its pages.", least=0, most=MOST_PEOPLE, example=40)] = None


@attrs.frozen(kw_only=True)
class Interests:
    """What the application reports about its users."""

    artists: Annotated[
        tuple[ArtistInterest, ...],
        Says("At most 1,000.", example=[{"slug": "gorillaz", "followers": 812, "visits": 40}]),
    ]


@attrs.frozen(kw_only=True)
class InterestTaken:
    """What was stored of a report."""

    unknown: Annotated[int, Says("Artists that are not known here.")]
