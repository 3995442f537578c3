"""Stores the state of the scheduler."""

from datetime import datetime
from typing import Protocol

import attrs

from thesetd.domain.freshness.copies import Aspect
from thesetd.domain.freshness.runs import Audience
from thesetd.domain.work.jobs import KnownArtist
from thesetd.domain.work.schedules import PlanOverride


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
    override: PlanOverride | None = None


class ScheduleStore(Protocol):
    """The state of the scheduler."""

    async def rows(self) -> tuple[ScheduleRow, ...]:
        """Return every schedule that was ever planned."""
        ...

    async def plan(self, name: str, next_due: datetime, *, instead_of: datetime | None = None) -> None:
        """Store a schedule that has no row yet; an existing row stays unchanged, unless it is due at `instead_of`."""
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
        """List the artists of a schedule, those that most need a refresh first.

        The refresh is of `aspect`, by default the one that the schedule's jobs refresh. Artists that will not be older
        than the schedule's target at its next firing, `until`, are left out; without `until`, those refreshed within
        half of the target; with `again`, none. With `until` they are ordered by their last refresh. Refreshes already
        ordered for before `until` (by default, all of them) count against the limit.

        Raises:
            KeyError: the schedule is unknown, or not about artists.
        """
        ...

    async def audience(self, schedule: str, *, now: datetime) -> Audience:
        """Count the artists of a schedule, and those that need no refresh now.

        Raises:
            KeyError: the schedule is unknown, or not about artists.
        """
        ...

    async def cleanup(self, *, now: datetime, dry_run: bool = False) -> dict[str, int]:
        """Delete rows that are no longer needed and mark outdated ones, or with `dry_run` count them.

        Rows that the application may refer to are only marked. Returns the number of deleted or cleared rows by table,
        and of new marks by their names in `thesetd.domain.work.schedules.MARKS`, without zeros.
        """
        ...


class PlanStore(Protocol):
    """Plans of schedules that an operator has set at run time, for every node and across restarts."""

    async def set_plan(
        self, schedule: str, override: PlanOverride | None, *, next_due: datetime, now: datetime
    ) -> None:
        """Set the plan of a schedule, None for the configured one, and when it is due by that; a due one stays due."""
        ...
