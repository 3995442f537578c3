"""What is kept and shown about freshness: runs of schedules, pins, interest."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import attrs

from thesetd.domain.freshness.copies import Aspect
from thesetd.domain.freshness.interest import Interest
from thesetd.domain.freshness.pins import Pin, PinView
from thesetd.domain.freshness.plans import Looked, PastImport, Plan
from thesetd.domain.freshness.runs import PastRun
from thesetd.domain.work.jobs import KnownArtist


@attrs.frozen(kw_only=True)
class Overdue:
    """Artists that have a pinned aspect which is older than its pin allows."""

    aspect: Aspect
    artists: tuple[KnownArtist, ...]


class FreshnessStore(Protocol):
    """Runs, pins and interest in the database."""

    async def runs(self, schedule: str, *, limit: int) -> tuple[PastRun, ...]:
        """Return a schedule's last runs, newest first."""
        ...

    async def pins(self, *, now: datetime) -> tuple[PinView, ...]:
        """Return the pins that hold, by artist."""
        ...

    async def pin(self, pins: Sequence[Pin]) -> None:
        """Keep pins; each replaces one of the same artist and aspect."""
        ...

    async def unpin(self, artist_id: UUID, aspects: Sequence[Aspect]) -> int:
        """Delete pins of an artist, all of them if no aspect is named; return how many there were."""
        ...

    async def overdue(self, *, now: datetime, limit: int) -> tuple[Overdue, ...]:
        """Return artists whose pinned aspects are too old, without those whose looks are ordered already."""
        ...


class TimedStore(Protocol):
    """Setlists that are looked for when they are likely to have appeared."""

    async def timed(self, *, now: datetime, limit: int) -> tuple[KnownArtist, ...]:
        """Return artists whose setlists are due by the time since their shows, without those that are ordered."""
        ...

    async def promised(self, schedule: str, *, now: datetime, limit: int) -> tuple[KnownArtist, ...]:
        """Return artists of a schedule whose setlists are older than its target though no show makes them due yet.

        The longest unseen come first, without those that are ordered.
        """
        ...

    async def untimed(self, *, now: datetime, before: datetime, limit: int) -> tuple[KnownArtist, ...]:
        """Return artists whose setlists no show times and that were last looked at before then, in the index's order.

        Looks at setlists that wait already count against the limit, those that read a whole history do not. An artist
        that is being imported is left to its import.
        """
        ...


class InterestStore(Protocol):
    """What the application reports of its users."""

    async def note_interest(self, interests: Sequence[Interest], *, at: datetime) -> int:
        """Keep followers and visits, and bring forward what they make worth a look; return how many are unknown."""
        ...


class PlanningStore(Protocol):
    """What plans are computed from."""

    async def past_imports(self, *, since: datetime, limit: int) -> tuple[PastImport, ...]:
        """Return imports that completed since then, newest first."""
        ...

    async def looked(self, *, since: datetime) -> Mapping[Aspect, Looked]:
        """Return how many looks of each aspect were made since then, by jobs of their own, and what they cost."""
        ...

    async def due(self, *, until: datetime) -> Mapping[Aspect, int]:
        """Return how many copies of each aspect are due until then; aspects without any may be missing."""
        ...


class Planner(Protocol):
    """What an operator asks before it is done. Nothing is asked of a provider, nothing is stored."""

    async def plan_import(self, reference: str) -> Plan:
        """Tell what an import would take.

        Raises:
            BadReference, AmbiguousArtist: it names no artist, or several stored ones.
            StoreUnavailable: the database is away.
        """
        ...

    async def plan_refresh(self, until: timedelta) -> Plan:
        """Tell what the copies take that are due until then.

        Raises:
            StoreUnavailable: the database is away.
        """
        ...

    async def plan_cleanup(self) -> Mapping[str, int]:
        """Count the rows of each table that a clean-up would delete or clear now.

        Raises:
            StoreUnavailable: the database is away.
        """
        ...


class FreshnessDesk(Protocol):
    """What operators see and change of freshness. Each raises StoreUnavailable if the database is away."""

    async def runs(self, schedule: str, limit: int) -> tuple[PastRun, ...]:
        """Show a schedule's last runs.

        Raises:
            KeyError: there is no schedule of that name.
        """
        ...

    async def pins(self) -> tuple[PinView, ...]:
        """Show the pins that hold."""
        ...

    async def pin(self, artist: str, ages: Sequence[str], why: str, until: str | None) -> tuple[PinView, ...]:
        """Pin aspects of an artist, and return its pins.

        Raises:
            ValueError: an age, the reason or the end cannot be used; the text says why.
            BadReference, UnknownArtist, AmbiguousArtist: the artist is not one of the database.
        """
        ...

    async def unpin(self, artist: str, aspects: Sequence[str]) -> int:
        """Delete pins of an artist, all if no aspect is named; return how many there were.

        Raises:
            ValueError: there is no such aspect.
            BadReference, UnknownArtist, AmbiguousArtist: the artist is not one of the database.
        """
        ...

    async def interest(self, told: Mapping[str, object]) -> int:
        """Take what the application reports of its users; return how many of the artists are unknown.

        Raises:
            ValueError: it cannot be read; the text says why.
        """
        ...
