"""Defines jobs: what is to be done, for which artist, how urgently, and how far it is."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

import attrs

from thesetd.domain.identity.spaces import Ref, Space, artist_ids, every_ref
from thesetd.domain.ids import Epoch, Fence, JobId
from thesetd.domain.work.deferrals import Deferral
from thesetd.domain.work.progress import Progress, Stage, advance
from thesetd.domain.work.states import JobKind, JobState, Lane, percent_unwatched

REQUEST_ID = "request_id"  # in the arguments of a job that was created by a request
SUSPECT = 3  # crashes of its nodes without progress, after which a job runs alone
POISON = 5  # and after which it is not run any more
REST_S = 30.0  # before its first run alone, twice that before its second: kills from outside are seldom so far apart


@attrs.frozen
class Owner:
    """The owner of a job: a node by its name, in the run of this epoch (each start takes the next)."""

    node: str
    epoch: Epoch


@attrs.frozen(kw_only=True)
class ArtistKey:
    """An artist named by an id in its space; the store finds the row."""

    space: Space
    provider_id: str

    @property
    def ref(self) -> Ref:
        """Return the id in its space."""
        return Ref(self.space, self.provider_id)


@attrs.frozen(kw_only=True)
class KnownArtist:
    """An artist that has a row: its id, its slug and its ids at the providers.

    `held` are its ids in spaces in which an act may have several ids, including the one in a column. A stub was never
    imported.
    """

    id: UUID
    slug: str
    name: str
    spotify_id: str | None = None
    ticketmaster_id: str | None = None
    mbid: str | None = None
    held: tuple[Ref, ...] = ()
    is_stub: bool = False

    def key(self) -> ArtistKey:
        """Return the strongest of its ids."""
        space, value = next(iter(self.ids.items()))
        return ArtistKey(space=space, provider_id=value)

    def refs(self) -> frozenset[Ref]:
        """Return all its ids."""
        return every_ref(self)

    @property
    def ids(self) -> Mapping[Space, str]:
        """Return its ids by space, the strongest first."""
        return artist_ids(self)

    def ids_in(self, space: Space) -> tuple[str, ...]:
        """Return its ids in a space, sorted."""
        return tuple(sorted(ref.id for ref in self.refs() if ref.space == space))

    def key_in(self, space: Space) -> ArtistKey | None:
        """Return its key in a space, None if it has no id there."""
        provider_id = self.ids.get(space)
        return None if provider_id is None else ArtistKey(space=space, provider_id=provider_id)


@attrs.frozen(kw_only=True)
class NewJob:
    """A job to enqueue. While a job with the same `unique_key` is unfinished, another request joins it.

    A joined job takes the more urgent of the two lanes. `progress`, if given, is its first event, stored in the same
    transaction. `not_before` is aware UTC.
    """

    kind: JobKind
    lane: Lane
    unique_key: str
    args: Mapping[str, Any] = attrs.field(factory=dict)
    artist: ArtistKey | None = None
    progress: Progress | None = None
    not_before: datetime | None = None


def look_job(
    kind: JobKind,
    lane: Lane,
    artist: ArtistKey,
    *,
    not_before: datetime | None = None,
    run: JobId | None = None,
    together: Mapping[str, Sequence[str]] | None = None,
) -> NewJob:
    """Return the job that refreshes one aspect of an artist.

    Args:
        kind: what it refreshes.
        lane: how urgent it is.
        artist: the artist.
        not_before: when it is due; at once if None.
        run: the job of the schedule that ordered it.
        together: by provider, the ids of artists that are refreshed at the same time, and so may share calls.
    """
    return NewJob(
        kind=kind,
        lane=lane,
        unique_key=f"{kind.value}:{artist.provider_id}",
        args=({} if run is None else {"run": run}) | ({TOGETHER: together} if together else {}),
        artist=artist,
        not_before=not_before,
    )


@attrs.frozen(kw_only=True)
class Job:
    """A job as stored. `checkpoint` is what the last committed batch left for the next run to continue from.

    `progress` is what was last reported, None for a job that reports none. `rescues` counts how often in a row the
    job's node crashed while the job had stored nothing.
    """

    id: JobId
    kind: JobKind
    lane: Lane
    state: JobState
    fence: Fence
    args: Mapping[str, Any]
    checkpoint: Mapping[str, Any]
    attempts: int
    created_at: datetime
    rescues: int = 0
    artist: KnownArtist | None = None
    progress: Progress | None = None
    not_before: datetime | None = None
    last_error: str | None = None

    @property
    def request_id(self) -> str | None:
        """Return the id of the request that created it, if there was one."""
        return self.args.get(REQUEST_ID)

    @property
    def shared(self) -> str:
        """Return a name for what it does together with other jobs, empty if that is nothing."""
        return str(self.args.get(TOGETHER) or "")


@attrs.frozen(kw_only=True)
class JobUpdate:
    """What a batch does to its job, in the same transaction, guarded by the fence.

    `state` RUNNING keeps it (and renews the lease); READY gives it back: it is due at `not_before`, or when the pause
    in `waits_for` is over; the other states end it. `artist`, if given, is the artist that the job turned out to be
    about. `checkpoint` None keeps the old one. `failed_attempt` counts this run as a failed attempt. `revision` numbers
    the updates of one run, from 1 on: an update that was stored although its reply was lost is not stored again.
    `rescued` says that nodes died while they ran this job: their count begins again once it gets further, by another
    checkpoint or by rows that changed. A report of progress does not get it further.
    """

    id: JobId
    fence: Fence
    state: JobState = JobState.RUNNING
    checkpoint: Mapping[str, Any] | None = None
    artist: ArtistKey | None = None
    not_before: datetime | None = None
    waits_for: Deferral | None = None
    error: str | None = None
    failed_attempt: bool = False
    revision: int | None = None
    rescued: bool = False

    def gives_back(self, at: datetime) -> bool:
        """Return whether it leaves a job that any node may claim at `at`."""
        due = self.not_before is None or self.not_before <= at
        return self.state is JobState.READY and self.waits_for is None and due


AGAIN = "again"  # in an import's arguments: its artist was known when it was requested
LOOK_UP_S = "look_up_s"  # in an import's arguments: seconds from its request until the artist was found
TOGETHER = "together"  # in a refresh's arguments: by provider, the ids whose lists are requested in the same calls
HISTORY = "history"  # in a job's arguments: read the whole list, not only what is new; in its checkpoint: how far it is


class Action(Enum):
    """The orders that an operator may give about a job, whichever node runs it."""

    CANCEL = "cancel"  # ends an unfinished job without further work
    RETRY = "retry"  # makes a job that ended without success due again, with its checkpoint and no attempts counted


@attrs.frozen
class Order:
    """One order for one job, carried out in the batch that holds it."""

    job_id: JobId
    action: Action


@attrs.frozen(kw_only=True)
class Ordered:
    """The outcome of an order. `before` is the job's state then, None if there is no such job.

    `joined`, on a retry, is an unfinished job with the same unique key: the order does nothing, because that job does
    the work.
    """

    job_id: JobId
    obeyed: bool
    before: JobState | None
    joined: JobId | None = None


def obeys(state: JobState, action: Action) -> bool:
    """Return whether an order can be carried out on a job of this state."""
    if action is Action.CANCEL:
        return not state.final
    return state.final and state is not JobState.DONE


def told(action: Action, before: Progress) -> Progress:
    """Return the event that followers of a job receive when an order is carried out on it."""
    if action is Action.CANCEL:
        return advance(before, Stage.CANCELLED, {}, note="Import cancelled.")
    return advance(before, Stage.INITIALIZING, {}, note="Requested again: resuming where it stopped...")


__all__ = [
    "AGAIN",
    "HISTORY",
    "LOOK_UP_S",
    "POISON",
    "REQUEST_ID",
    "REST_S",
    "SUSPECT",
    "TOGETHER",
    "Action",
    "ArtistKey",
    "Job",
    "JobKind",
    "JobState",
    "JobUpdate",
    "KnownArtist",
    "Lane",
    "NewJob",
    "Order",
    "Ordered",
    "Owner",
    "look_job",
    "obeys",
    "percent_unwatched",
    "told",
]
