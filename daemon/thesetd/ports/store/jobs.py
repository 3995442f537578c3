"""The job queue: claiming, recovery, bringing forward."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

import attrs

from thesetd.domain.ids import JobId
from thesetd.domain.work.deferrals import Deferral
from thesetd.domain.work.jobs import Job, Owner


@attrs.frozen(kw_only=True)
class Claimed:
    """The claimed jobs, the most urgent first, and when the earliest of the remaining ones may start.

    Background jobs do not count for that if there is no room for them; paused jobs do not count either.
    """

    jobs: tuple[Job, ...] = ()
    next_due: datetime | None = None


class JobStore(Protocol):
    """The jobs to run."""

    async def claim(
        self,
        *,
        owner: Owner,
        limit: int,
        background: int,
        now: datetime,
        running: Collection[JobId] | None = None,
        suspects: bool = False,
    ) -> Claimed:
        """Claim up to `limit` due jobs for this owner, at most `background` of them from background lanes.

        The most urgent go first, then the oldest; their fences advance. Jobs this owner already holds but is not
        running (see `running`) come before all others. A job whose nodes crashed SUSPECT times in a row while running
        it is left out; with `suspects` only such jobs are claimed. A job that waits for the end of a pause is not due,
        and no job is due while everything is paused.
        """
        ...

    async def recover(
        self, *, owner: Owner, presumed_dead: Collection[str] = (), idle: bool = False, now: datetime
    ) -> int:
        """Release every job whose owner has crashed; return how many.

        Earlier runs of this owner's node, nodes that no longer hold their names, and those presumed crashed count as
        crashed. With `idle` this owner runs nothing, whatever is stored. Released jobs are due at once, even if the
        clock has gone back since they were claimed.
        """
        ...

    async def hasten(self, waits_for: Deferral, *, now: datetime) -> int:
        """Make every job due that was deferred for this reason, which ended early; return how many."""
        ...

    async def held(self, owner: Owner) -> frozenset[JobId]:
        """Return the jobs that still belong to this owner and are not cancelled."""
        ...
