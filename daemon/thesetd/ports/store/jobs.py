"""Jobs to run: claimed, recovered, hastened."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

import attrs

from thesetd.domain.ids import JobId
from thesetd.domain.work.jobs import Job, Owner
from thesetd.domain.work.waits import Waiting


@attrs.frozen(kw_only=True)
class Claimed:
    """Jobs that were claimed, the most urgent first, and when the earliest that was left may start.

    Where the background has no room left, what waits in the lanes behind the interactive does not count; what is paused
    does not, either.
    """

    jobs: tuple[Job, ...] = ()
    next_due: datetime | None = None


class JobStore(Protocol):
    """Jobs to run."""

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
        """Take up to `limit` due jobs for this owner, at most `background` of them from lanes behind the interactive.

        The most urgent go first, then the oldest; their fences move on. First of all come those that the owner has
        claimed before and does not run, where `running` says which it does. A job whose nodes crashed SUSPECT times in
        a row while it ran is left out, or taken alone: with `suspects` only those are taken. A job that waits for what
        is paused is not due, and none is while everything is.
        """
        ...

    async def recover(
        self, *, owner: Owner, presumed_dead: Collection[str] = (), idle: bool = False, now: datetime
    ) -> int:
        """Release every job whose owner has crashed; return how many.

        Crashed are earlier runs of this owner's node, nodes that no longer hold their names, and those presumed to have
        crashed. With `idle` this owner runs nothing, whatever is stored. What is given back is due at once, even where
        the clock has gone back since it was claimed.
        """
        ...

    async def hasten(self, waits_for: Waiting, *, now: datetime) -> int:
        """Make due every job that was put off for this, which is over before its time; say how many."""
        ...

    async def held(self, owner: Owner) -> frozenset[JobId]:
        """Return the jobs that run under this owner and no other, and are not cancelled."""
        ...
