"""Stores and shows data about freshness: runs of schedules, pins, interest."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import attrs

from thesetd.domain.freshness.copies import Aspect
from thesetd.domain.freshness.interest import Interest
from thesetd.domain.freshness.pins import Pin, PinView
from thesetd.domain.freshness.plans import Looked, PastImport, Plan
from thesetd.domain.freshness.runs import PastRun
from thesetd.domain.freshness.weeks import WeekIndex
from thesetd.domain.ids import ProviderName
from thesetd.domain.work.jobs import KnownArtist, Lane


@attrs.frozen(kw_only=True)
class Overdue:
    """Artists with a pinned aspect that is older than its pin allows."""

    aspect: Aspect
    artists: tuple[KnownArtist, ...]


class FreshnessStore(Protocol):
    """Runs, pins and interest in the database."""

    async def runs(self, schedule: str, *, limit: int) -> tuple[PastRun, ...]:
        """Return a schedule's last runs, newest first."""
        ...

    async def pins(self, *, now: datetime) -> tuple[PinView, ...]:
        """Return the active pins, by artist."""
        ...

    async def pin(self, pins: Sequence[Pin]) -> None:
        """Store pins; each replaces one for the same artist and aspect."""
        ...

    async def unpin(self, artist_id: UUID, aspects: Sequence[Aspect]) -> int:
        """Delete pins of an artist, all of them if no aspect is named; return how many there were."""
        ...

    async def overdue(self, *, now: datetime, limit: int) -> tuple[Overdue, ...]:
        """Return artists whose pinned aspects are too old, except those whose refresh has been ordered already."""
        ...


class TimedStore(Protocol):
    """Setlists that are refreshed when they are likely to have appeared."""

    async def timed(self, *, now: datetime, limit: int) -> tuple[KnownArtist, ...]:
        """Return artists whose setlists are due by the time since their shows, except those already ordered."""
        ...

    async def promised(self, schedule: str, *, now: datetime, limit: int) -> tuple[KnownArtist, ...]:
        """Return artists of a schedule whose setlists are older than its target, although no show makes them due yet.

        The oldest come first; those already ordered are left out.
        """
        ...

    async def untimed(self, *, now: datetime, before: datetime, limit: int) -> tuple[KnownArtist, ...]:
        """Return artists without shows that time their setlists, last refreshed before then, in the index's order.

        Artists that are being imported are left out.
        """
        ...

    async def waiting(self, *, now: datetime) -> Mapping[Lane, int]:
        """Return how many refreshes of setlists are to run now, by lane, except those that read a whole history.

        Those that wait for calls are among them; those ordered for later are not.
        """
        ...


class InterestStore(Protocol):
    """What the application reports about its users."""

    async def note_interest(self, interests: Sequence[Interest], *, at: datetime) -> int:
        """Store followers and visits, and bring forward refreshes that are worth it now.

        Return how many artists are unknown.
        """
        ...


class PlanningStore(Protocol):
    """The data that plans are computed from."""

    async def past_imports(self, *, since: datetime, limit: int) -> tuple[PastImport, ...]:
        """Return imports completed since a moment, newest first."""
        ...

    async def looked(self, *, since: datetime) -> Mapping[Aspect, Looked]:
        """Return how many refreshes of each aspect were made since a moment, by separate jobs, and their cost."""
        ...

    async def due(self, *, until: datetime) -> Mapping[Aspect, int]:
        """Return how many copies of each aspect are due by a moment; aspects without any may be missing."""
        ...

    async def coming(self, artists: Sequence[UUID], *, now: datetime) -> Mapping[UUID, int]:
        """Return how many shows to come are stored of each of these artists; artists without any may be missing."""
        ...

    async def weeks(self, provider: ProviderName, countries: Collection[str]) -> WeekIndex:
        """Return when the weeks of a provider's coming shows were read, and what was learned from them."""
        ...


class Planner(Protocol):
    """Estimates for an operator before work is done. No provider is called and nothing is stored."""

    async def plan_import(self, reference: str) -> Plan:
        """Estimate an import.

        Raises:
            BadReference, AmbiguousArtist: it cannot name an artist, or names several stored ones.
            StoreUnavailable: the database is unavailable.
        """
        ...

    async def plan_refresh(self, until: timedelta) -> Plan:
        """Estimate the refreshes of copies that are due by a moment.

        Raises:
            StoreUnavailable: the database is unavailable.
        """
        ...

    async def plan_cleanup(self) -> Mapping[str, int]:
        """Count the rows that a clean-up would delete, clear or mark now; see `ScheduleStore.cleanup`.

        Raises:
            StoreUnavailable: the database is unavailable.
        """
        ...


class FreshnessDesk(Protocol):
    """What operators see and change about freshness.

    Each method raises StoreUnavailable if the database is unavailable.
    """

    async def runs(self, schedule: str, limit: int) -> tuple[PastRun, ...]:
        """Return a schedule's last runs.

        Raises:
            KeyError: there is no schedule with that name.
        """
        ...

    async def pins(self) -> tuple[PinView, ...]:
        """Return the active pins."""
        ...

    async def pin(self, artist: str, ages: Sequence[str], why: str, until: str | None) -> tuple[PinView, ...]:
        """Pin aspects of an artist, and return its pins.

        Raises:
            ValueError: an age, the reason or the end is invalid; the message says why.
            BadReference, UnknownArtist, AmbiguousArtist: the reference does not name exactly one stored artist.
        """
        ...

    async def unpin(self, artist: str, aspects: Sequence[str]) -> int:
        """Delete pins of an artist, all if no aspect is named; return how many there were.

        Raises:
            ValueError: there is no such aspect.
            BadReference, UnknownArtist, AmbiguousArtist: the reference does not name exactly one stored artist.
        """
        ...

    async def interest(self, report: Mapping[str, object]) -> int:
        """Store what the application reports about its users; return how many of the artists are unknown.

        Raises:
            ValueError: the report is invalid; the message says why.
        """
        ...
