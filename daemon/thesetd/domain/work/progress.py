"""Defines the stages of an import, their percentages, and the event that reports progress."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from functools import cached_property
from typing import Annotated, Any
from uuid import UUID

import attrs

from thesetd.domain.documents import Says, written
from thesetd.domain.ids import JobId, Seq


class Stage(Enum):
    """The stage of an import; `import_status.status` and an event's `status` hold the value."""

    INITIALIZING = "initializing"
    FETCHING_SHOWS = "fetching-shows"
    SYNCING_VENUES = "syncing-venues"
    SHOWS_COMPLETE = "shows-complete"
    SYNCING_CATALOG = "syncing-catalog"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Return whether no other stage follows."""
        return self in _FINAL


_FINAL = frozenset({Stage.COMPLETED, Stage.FAILED, Stage.CANCELLED})

# Per stage: the percentage at its start, the highest it may reach, and its message. The order is that of an import.
_TABLE: Mapping[Stage, tuple[int, int, str]] = {
    Stage.INITIALIZING: (10, 29, "Getting artist details..."),
    Stage.FETCHING_SHOWS: (30, 49, "Loading upcoming shows..."),
    Stage.SYNCING_VENUES: (50, 69, "Processing venues..."),
    Stage.SHOWS_COMPLETE: (70, 84, "Shows loaded! Importing song catalog..."),
    Stage.SYNCING_CATALOG: (85, 99, "Building complete song library..."),
    Stage.COMPLETED: (100, 100, "Import complete!"),
}


@attrs.frozen(kw_only=True)
class ExpectedEnd:
    """The expected end of a job: in four of five cases it ends between `since` and `until`. Moments are aware UTC."""

    at: datetime
    since: datetime
    until: datetime

    def later(self, by: timedelta) -> "ExpectedEnd":
        """Return it postponed by a wait that begins now."""
        return ExpectedEnd(at=self.at + by, since=self.since + by, until=self.until + by)


def expected_fields(expected: ExpectedEnd | None) -> Mapping[str, datetime | None]:
    """Return its fields in documents and rows."""
    return {
        "expected_at": expected.at if expected else None,
        "expected_from": expected.since if expected else None,
        "expected_until": expected.until if expected else None,
    }


@attrs.frozen(kw_only=True)
class Progress:
    """How far an import is. `counts` holds what was stored so far, e.g. {"albums": 12, "albums_total": 81}.

    `expected` is when it will end; None if it has ended, or if too little is known for an estimate.
    """

    stage: Stage
    percent: int
    message: str
    counts: Mapping[str, int] = attrs.field(factory=dict)
    expected: ExpectedEnd | None = None


def advance(
    before: Progress | None, stage: Stage, counts: Mapping[str, int], part: float = 0.0, note: str = ""
) -> Progress:
    """Return the progress after `before`: the percentage moves within its stage; neither it nor a count ever falls.

    Work that is repeated after an interruption counts from the beginning, and shows only when it passes the earlier
    figure.

    Args:
        before: what was last reported, None at the start.
        stage: the stage now; failed and cancelled keep the percentage that was reached.
        counts: new or changed counts.
        part: the finished share of this stage, 0 to 1.
        note: replaces the stage's message.
    """
    floor = before.percent if before else 0
    if stage in _TABLE:
        low, high, message = _TABLE[stage]
        percent = max(floor, low + int((high - low) * min(max(part, 0.0), 1.0)))
    else:
        percent, message = floor, f"Import {stage.value}."
    known = before.counts if before else {}
    merged = {**known, **{name: max(count, known.get(name, count)) for name, count in counts.items()}}
    expected = before.expected if before and before.stage is stage and not stage.final else None
    return Progress(stage=stage, percent=percent, message=note or message, counts=merged, expected=expected)


def last_words(lacking: Mapping[str, str], notes: Sequence[str], *, imported: bool) -> str:
    """Return the closing message of a job; "" if the message of its stage is enough. Gaps come first.

    Args:
        lacking: what it ends without, in words, keyed by the kind of data.
        notes: what else the user should know.
        imported: whether the job is an import.
    """
    if lacking:
        return f"Not complete yet: {'; '.join([*lacking.values(), *notes])}"
    done = "Import complete!" if imported else "Done"
    return f"{done} ({'; '.join(notes)})" if notes else ""


@attrs.frozen(kw_only=True)
class Amendment:
    """What a later job adds to its artist's imports that ended incomplete.

    `what` is the kind of data they lacked; `text` says what they still lack of it, None if nothing. `counts` replace
    theirs.
    """

    what: str
    text: str | None = None
    counts: Mapping[str, int] = attrs.field(factory=dict)

    def applied(self, lacking: Mapping[str, str]) -> dict[str, str]:
        """Return what an import still lacks."""
        if self.text is None:
            return {what: text for what, text in lacking.items() if what != self.what}
        return {**lacking, self.what: self.text}


@attrs.frozen(kw_only=True)
class ProgressEvent:
    """A progress report of a job; the store adds the artist and the sequence number on commit."""

    job_id: JobId
    progress: Progress
    at: datetime


@attrs.frozen(kw_only=True)
class Event:
    """A committed event in its published form; completed, failed and cancelled are final."""

    seq: Annotated[Seq, Says("Gapless and rising, over all jobs.")]
    job_id: JobId
    artist_id: UUID | None
    slug: Annotated[str | None, Says(example="gorillaz")]
    status: Annotated[Stage, Says("The stage.", example="syncing-catalog")]
    progress: Annotated[int, Says("Percent; never falls.", example=92, least=0, most=100)]
    message: Annotated[str, Says("The stage in words.", example="Building complete song library...")]
    counts: Annotated[
        Mapping[str, int],
        Says("Items stored so far; <name>_total is the expected number.", example={"albums": 12, "albums_total": 81}),
    ]
    at: datetime
    request_id: Annotated[str | None, Says("Of the request that began the job.", example="0af7651916cd43dd")]
    expected_at: Annotated[
        datetime | None, Says("When it is expected to be complete; null if it ended, or if too few imports are known.")
    ] = None
    expected_from: Annotated[datetime | None, Says("Four of five such imports end between these moments.")] = None
    expected_until: datetime | None = None


@attrs.frozen(kw_only=True)
class CommittedEvent:
    """An event that is in the database, with its sequence number: what subscribers receive."""

    seq: Seq
    job_id: JobId
    artist_id: UUID | None
    slug: str | None
    progress: Progress
    at: datetime
    request_id: str | None = None

    @property
    def identity(self) -> str:
        """Return what distinguishes this event from one with the same number in another history of the database."""
        return f"{self.job_id}@{round(self.at.timestamp() * 1_000_000)}"

    def as_json(self) -> dict[str, Any]:
        """Return the form that is published everywhere: Redis channel, server-sent events, `--json`."""
        event = Event(
            seq=self.seq,
            job_id=self.job_id,
            artist_id=self.artist_id,
            slug=self.slug,
            status=self.progress.stage,
            progress=self.progress.percent,
            message=self.progress.message,
            counts=self.progress.counts,
            at=self.at,
            request_id=self.request_id,
            **expected_fields(self.progress.expected),
        )
        document: dict[str, Any] = written(event)
        return document

    @cached_property
    def text(self) -> str:
        """The event as one line of JSON, encoded once for all receivers."""
        return json.dumps(self.as_json(), ensure_ascii=False, separators=(",", ":"))
