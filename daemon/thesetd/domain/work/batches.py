"""A batch: all that one step of a job stores, in one transaction."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import attrs

from thesetd.domain.freshness.copies import Aspect, Look
from thesetd.domain.freshness.runs import Run
from thesetd.domain.identity.spaces import Ref
from thesetd.domain.music.edits import Edit, Edited
from thesetd.domain.music.records import NO_ROWS, Reject, Rows
from thesetd.domain.prediction.scoring import Score
from thesetd.domain.work.accepted import Accepted
from thesetd.domain.work.jobs import JobUpdate, KnownArtist, NewJob, Order, Ordered
from thesetd.domain.work.progress import Amendment, CommittedEvent, ProgressEvent


@attrs.frozen(kw_only=True)
class Firing:
    """One due time of a schedule that this batch is the answer to; aware UTC."""

    schedule: str
    due: datetime
    next_due: datetime


@attrs.frozen(kw_only=True)
class Picks:
    """Artists at whose aspect looks are ordered by the jobs of the same batch."""

    aspect: Aspect
    artists: tuple[UUID, ...]


@attrs.frozen(kw_only=True)
class Batch:
    """Rows, the job's checkpoint, its status and its events: all of them are stored, or none.

    Every event also updates the row of `import_status` for its job. `orders` are an operator's, for any jobs; what they
    tell follows `events`; `edits` are what people decided about songs and setlists. `looks` are what the job found of
    its artist, `picks` whom its new jobs look at. With a `firing` nothing is stored unless the schedule still is due
    then. `at` is the time of writing, aware UTC. `run` is what the job, a schedule's, found and ordered, `profiles` are
    artists whose records it asked for. `amendment` is what the job tells of earlier imports of its artist.
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


@attrs.frozen(kw_only=True)
class Decided:
    """What a batch decided of who is who.

    `artist` is the row of the id that was wanted, None if none was; `lost` are its ids that their providers do not
    know any more, with nothing in their place. `remarks` say what of it is not settled, `moved` what went to another
    artist. `number` is that of a person's word.
    """

    artist: KnownArtist | None = None
    lost: frozenset[Ref] = frozenset()
    remarks: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    number: int | None = None


@attrs.frozen(kw_only=True)
class Written:
    """What a committed batch did.

    `changed` counts rows inserted or really altered, per table; `enqueued` has one entry per NewJob of the batch,
    in order, `ordered` one per Order; `rejects` are the rows that the database refused, beside those the batch brought.
    `scores` are those of predictions whose shows are over.
    """

    events: tuple[CommittedEvent, ...] = ()
    changed: Mapping[str, int] = attrs.field(factory=dict)
    rejects: tuple[Reject, ...] = ()
    scores: tuple[Score, ...] = ()
    enqueued: tuple[Accepted, ...] = ()
    ordered: tuple[Ordered, ...] = ()
    decided: Decided | None = None
    edited: tuple[Edited, ...] = ()
