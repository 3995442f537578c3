"""Defines a batch: everything that one step of a job stores, in one transaction."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import attrs

from thesetd.domain.freshness.copies import Aspect, Look
from thesetd.domain.freshness.runs import Run
from thesetd.domain.freshness.weeks import WeekLook
from thesetd.domain.identity.spaces import Ref, Space
from thesetd.domain.music.edits import Edit, Edited
from thesetd.domain.music.records import NO_ROWS, Reject, Rows
from thesetd.domain.prediction.scoring import Score
from thesetd.domain.work.accepted import Accepted
from thesetd.domain.work.jobs import JobState, JobUpdate, KnownArtist, NewJob, Order, Ordered
from thesetd.domain.work.progress import Amendment, CommittedEvent, ProgressEvent


@attrs.frozen(kw_only=True)
class Firing:
    """One due time of a schedule, which this batch serves; aware UTC."""

    schedule: str
    due: datetime
    next_due: datetime


@attrs.frozen(kw_only=True)
class Picks:
    """Artists whose `aspect` the new jobs of the same batch refresh, each at its moment; at once without moments."""

    aspect: Aspect
    artists: tuple[UUID, ...]
    moments: tuple[datetime | None, ...] = ()

    def moments_from(self, now: datetime) -> list[datetime]:
        """Return the moment of each refresh."""
        return [moment or now for moment in self.moments or (None,) * len(self.artists)]


@attrs.frozen(kw_only=True)
class Batch:
    """Rows, the job's checkpoint, its status and its events: either all of them are stored, or none.

    Every event also updates the row of `import_status` for its job. `orders` are an operator's, for any jobs; their
    events follow `events`. `edits` are operators' decisions about songs and setlists. `looks` are what the job found
    about its artist; `picks` are the artists that its new jobs refresh. With a `firing`, nothing is stored unless the
    schedule is still due at that time. `at` is the time of writing, aware UTC. `run` is what a schedule's job found and
    ordered; `profiles` are the artists whose records it requested. `amendment` is what the job adds to earlier imports
    of its artist. `week_look` is how far a reading of coming shows by date has come.
    """

    at: datetime
    rows: Rows = NO_ROWS
    job: JobUpdate | None = None
    events: tuple[ProgressEvent, ...] = ()
    enqueue: tuple[NewJob, ...] = ()
    orders: tuple[Order, ...] = ()
    edits: tuple[Edit, ...] = ()
    firing: Firing | None = None
    looks: tuple[Look, ...] = ()
    picks: Picks | None = None
    run: Run | None = None
    profiles: tuple[UUID, ...] = ()
    amendment: Amendment | None = None
    week_look: WeekLook | None = None

    @property
    def is_report(self) -> bool:
        """Return whether it says nothing but how far a running job is: its checkpoint and its events."""
        job = self.job
        if job is None or self.rows or (job.state, job.artist, job.error) != (JobState.RUNNING, None, None):
            return False
        own = all(event.job_id == job.id for event in self.events)
        return own and self == Batch(at=self.at, rows=self.rows, job=job, events=self.events)


@attrs.frozen(kw_only=True)
class Decided:
    """What a batch decided about the identities of artists.

    `artist` is the row of the requested id, None if none was requested; `lost` are its ids that their providers no
    longer know and did not replace; in the spaces `by_name` only its name speaks for ids. `remarks` say what is still
    undecided, `moved` what went to another artist. `number` is that of an operator's decision.
    """

    artist: KnownArtist | None = None
    lost: frozenset[Ref] = frozenset()
    by_name: frozenset[Space] = frozenset()
    remarks: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    number: int | None = None


@attrs.frozen(kw_only=True)
class Written:
    """What a committed batch did.

    `changed` counts the rows inserted or actually altered, per table; `enqueued` has one entry per NewJob of the batch,
    in order, `ordered` one per Order; `rejects` are the rows that the database refused, in addition to those of the
    batch. `scores` are those of predictions for past shows.
    """

    events: tuple[CommittedEvent, ...] = ()
    changed: Mapping[str, int] = attrs.field(factory=dict)
    rejects: tuple[Reject, ...] = ()
    scores: tuple[Score, ...] = ()
    enqueued: tuple[Accepted, ...] = ()
    ordered: tuple[Ordered, ...] = ()
    decided: Decided | None = None
    edited: tuple[Edited, ...] = ()
