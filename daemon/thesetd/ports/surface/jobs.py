"""Documents about jobs: imports, their progress, orders and the reasons for waiting."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from uuid import UUID

import attrs

from thesetd.domain.documents import Says
from thesetd.domain.ids import JobId
from thesetd.domain.work.states import LANES, JobKind, JobState

MOST_JOBS = 500  # most jobs in one list


@attrs.frozen(kw_only=True)
class NewImport:
    """What to import."""

    artist: Annotated[
        str,
        Says(
            "A name, a slug (also as slug:...), the id of a reply, or an id, URI or URL of a provider or MusicBrainz.",
            example="Gorillaz",
        ),
    ]


@attrs.frozen(kw_only=True)
class ImportStatus:
    """The public state of one job; for an import, in addition to its row of `import_status`."""

    job_id: JobId
    kind: Annotated[JobKind, Says("What it does.")]
    lane: Annotated[str, Says("How urgent it is.", choices=LANES)]
    state: JobState
    artist_id: UUID | None
    slug: Annotated[str | None, Says(example="gorillaz")]
    name: Annotated[str | None, Says("The artist's.", example="Gorillaz")]
    status: Annotated[str, Says("The stage.", example="syncing-catalog")]
    progress: Annotated[int, Says("Percent.", example=92, least=0, most=100)]
    message: Annotated[str, Says("The stage in words.", example="Building complete song library...")]
    counts: Annotated[
        Mapping[str, int],
        Says("Items stored so far; <name>_total is the expected number.", example={"albums": 12, "albums_total": 81}),
    ]
    attempts: Annotated[int, Says("How often it was started.")]
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    not_before: Annotated[datetime | None, Says("A waiting job starts no earlier than this.")]
    error: Annotated[str | None, Says("Of the latest run that failed.")]
    waits_for: Annotated[str | None, Says("What a deferred job waits for.", example="quota of a provider")] = None
    expected_at: Annotated[
        datetime | None, Says("When it is expected to be complete; null if it ended, or if too few imports are known.")
    ] = None
    expected_from: Annotated[datetime | None, Says("Four of five such imports end between these moments.")] = None
    expected_until: datetime | None = None
    node: Annotated[str | None, Says("Where it runs.", example="a")] = None
    typed: Annotated[str | None, Says("How the artist was named in the request.", example="Gorillaz")] = None
    request_id: Annotated[str | None, Says("Of the request that began it.", example="0af7651916cd43dd")] = None


@attrs.frozen(kw_only=True)
class Imports:
    """Imports, newest first."""

    imports: tuple[ImportStatus, ...]


@attrs.frozen(kw_only=True)
class Jobs:
    """Jobs, newest first."""

    jobs: tuple[ImportStatus, ...]


@attrs.frozen(kw_only=True)
class ImportsWanted:
    """Which imports to list."""

    state: Annotated[tuple[JobState, ...], Says("Only jobs in one of these states.")] = ()
    limit: Annotated[int, Says("Maximum number of jobs.", least=1, most=MOST_JOBS)] = 50
    before: Annotated[
        int | None, Says("Only jobs with smaller ids: pass the last id of a list to get the next page.", least=0)
    ] = None
    artist: Annotated[
        str | None, Says("Only jobs of this artist: a slug, a name, an id, or what was typed.", example="gorillaz")
    ] = None
    since: Annotated[str | None, Says("Only jobs created within this time.", example="1h")] = None
    request: Annotated[str | None, Says("Only the job that this request began.", example="0af7651916cd43dd")] = None


@attrs.frozen(kw_only=True)
class JobsWanted(ImportsWanted):
    """Which jobs to list."""

    kind: Annotated[tuple[JobKind, ...], Says("Only jobs of one of these kinds.")] = ()


@attrs.frozen(kw_only=True)
class FollowFrom:
    """Where a stream of events begins."""

    after: Annotated[
        int | None, Says("Resume after this event, like the header Last-Event-ID, which browsers send.", least=0)
    ] = None


@attrs.frozen(kw_only=True)
class JobOrdered:
    """The outcome of an order about a job."""

    job_id: JobId
    before: Annotated[JobState, Says("Its previous state.")]
    state: JobState
    joined: Annotated[
        JobId | None, Says("The unfinished job that does the same, if there is one; nothing was changed then.")
    ]


@attrs.frozen(kw_only=True)
class Enqueued:
    """A job that will run."""

    job_id: JobId
    joined: Annotated[bool, Says("Whether it was already under way.")]


@attrs.frozen(kw_only=True)
class ScheduleFired:
    """The job that a schedule enqueued."""

    job_id: JobId
    schedule: Annotated[str, Says(example="sync-trending")]
