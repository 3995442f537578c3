"""The memory of the scheduler."""

from datetime import datetime
from typing import Protocol

import attrs

from thesetd.domain.freshness.copies import Aspect
from thesetd.domain.freshness.runs import Audience
from thesetd.domain.work.jobs import KnownArtist


@attrs.frozen(kw_only=True)
class ScheduleRow:
    """When a schedule last fired, last succeeded and is next due (aware UTC), and how its last job ended."""

    name: str
    next_due: datetime
    last_fired: datetime | None = None
    paused: bool = False
    last_success: datetime | None = None
    last_result: str | None = None
    last_error: str | None = None


class ScheduleStore(Protocol):
    """The memory of the scheduler."""

    async def rows(self) -> tuple[ScheduleRow, ...]:
        """Return every schedule that was ever planned."""
        ...

    async def plan(self, name: str, next_due: datetime, *, instead_of: datetime | None = None) -> None:
        """Remember a schedule that has no row yet; an existing row stays as it is, unless it is due at `instead_of`."""
        ...

    async def artists_for(
        self,
        schedule: str,
        *,
        now: datetime,
        limit: int,
        again: bool = False,
        until: datetime | None = None,
        aspect: Aspect | None = None,
    ) -> tuple[KnownArtist, ...]:
        """List the artists that a schedule is about, those first that need a look most.

        The look is at `aspect`, by default the one that the schedule's jobs look at. Those are left out that are not
        older than the schedule's target when it fires next, at `until`; without that, those that were looked at within
        half of the target; with `again`, nobody. With `until` they come in the order in which they were looked at last.
        Looks that are ordered already for before `until` (by default, all of them) count against the limit.

        Raises:
            KeyError: it is unknown, or about no artists.
        """
        ...

    async def audience(self, schedule: str, *, now: datetime) -> Audience:
        """Count the artists that a schedule is about, and those that need no look now.

        Raises:
            KeyError: it is unknown, or about no artists.
        """
        ...

    async def cleanup(self, *, now: datetime, dry_run: bool = False) -> dict[str, int]:
        """Delete what has outlived its use, or with `dry_run` count it; return how many rows of which table."""
        ...
