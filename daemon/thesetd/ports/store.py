"""What must outlive the process."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Protocol
from uuid import UUID

import attrs

from thesetd.domain.errors import StoreError
from thesetd.domain.freshness.runs import Audience
from thesetd.domain.identity.reporting import Identified
from thesetd.domain.identity.verdicts import Review
from thesetd.domain.ids import JobId, ProviderName, Seq
from thesetd.domain.music.records import ActualSetlist, Album, ReadList, Show, Song
from thesetd.domain.music.reference import ArtistRef
from thesetd.domain.music.repertoire import RepertoireSong
from thesetd.domain.work.batches import Batch, Written
from thesetd.domain.work.jobs import Job, JobKind, JobState, KnownArtist, Owner
from thesetd.domain.work.progress import CommittedEvent
from thesetd.domain.work.waits import Waiting
from thesetd.domain.work.why import JobStanding
from thesetd.ports.surface.jobs import ImportStatus


class BatchStore(Protocol):
    """The writer's way into the database."""

    async def write(self, batch: Batch) -> Written:
        """Store a batch in one transaction. Never cancelled half-way: the caller's cancellation waits for it.

        A row that the database refuses goes to the rejects and the rest is stored.

        Raises:
            LostLease: the batch's job belongs to another run; nothing was stored.
            AlreadyFired: the schedule is not due then any more; nothing was stored.
            StoreUnavailable: the outcome is unknown; writing the same batch again is safe.
            StoreRejected: the batch as a whole is refused; nothing was stored.
        """
        ...

    async def write_all(self, batches: Sequence[Batch]) -> tuple[Written | StoreError, ...]:
        """Store several batches with one commit; each for itself is stored as a whole or, with its error, not at all.

        No job has more than one of the batches.

        Raises:
            StoreUnavailable: as in `write`, for all of them.
        """
        ...


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
        claimed before and does not run, where `running` says which it does. A job whose owners died SUSPECT times in a
        row while it ran is left out, or taken alone: with `suspects` only those are taken. A job that waits for
        what is paused is not due, and none is while everything is.
        """
        ...

    async def recover(
        self, *, owner: Owner, presumed_dead: Collection[str] = (), idle: bool = False, now: datetime
    ) -> int:
        """Give back every job whose owner is dead; say how many.

        Dead is an earlier life of this owner's node, a node that holds its name no longer, and whoever is presumed to
        be. With `idle` this owner runs nothing, whatever is stored. What is given back is due at once, even where the
        clock has gone back since it was claimed.
        """
        ...

    async def hasten(self, waits_for: Waiting, *, now: datetime) -> int:
        """Make due every job that was put off for this, which is over before its time; say how many."""
        ...

    async def held(self, owner: Owner) -> frozenset[JobId]:
        """Return the jobs that run under this owner and no other, and are not cancelled."""
        ...


class Left(Enum):
    """What a commit left to do."""

    JOBS = "jobs"
    ORDERS = "orders"
    EVENTS = "events"
    PAUSES = "pauses"


@attrs.frozen
class Hint:
    """What some node committed; `seq` is the number of the last event."""

    left: Left
    seq: Seq | None = None


@attrs.frozen(kw_only=True)
class Standing:
    """What a node learns with a beat.

    `beats` tells how often each other node that runs jobs has beaten: one whose count stands still does not live.
    `retaken` says that the name had been let go of: the others may be without theirs at this moment, too.
    `live` are all nodes that hold their names, this one included.
    """

    beats: Mapping[str, int]
    retaken: bool
    live: frozenset[str] = frozenset()


class NodeStore(Protocol):
    """Who lives: a node holds its name in the database for as long as it runs."""

    async def join(self, name: str, *, now: datetime) -> Owner:
        """Take a name and begin the next of its lives.

        Raises:
            NameTaken: another process holds the name and works.
            StoreUnavailable: it cannot be taken now.
        """
        ...

    async def beat(self, owner: Owner) -> Standing:
        """Prove that the name is still held, taking it again where the connection was lost; count this beat.

        Raises:
            NameTaken: another process holds the name now, or held it in between.
            StoreUnavailable: the database does not answer.
        """
        ...

    async def hint(self) -> Hint:
        """Wait for the next hint, of the kind that waits longest; several of a kind may be one.

        Those that were given while the connection was lost are made up for when it is there again.
        """
        ...


@attrs.frozen(kw_only=True)
class Pause:
    """What an operator has paused, and since when; `drained` are the nodes that have no call under way any more."""

    what: str
    since: datetime
    drained: frozenset[str] = frozenset()


@attrs.frozen(kw_only=True)
class Busy:
    """Who could still be at work: the nodes that hold their names, and how many jobs run."""

    nodes: frozenset[str]
    jobs: int


class PauseStore(Protocol):
    """What is paused, for every node and every life of it."""

    async def pauses(self) -> tuple[Pause, ...]:
        """Return all that is paused, by name."""
        ...

    async def pause(self, what: str, *, at: datetime) -> bool:
        """Pause something; False where it is paused already, which changes nothing."""
        ...

    async def resume(self, what: str) -> bool:
        """End a pause, which makes due what waited for it; False where there is none."""
        ...

    async def mark_drained(self, what: str, node: str) -> None:
        """Say that a node has nothing under way any more of what is paused."""
        ...

    async def busy(self) -> Busy:
        """Say who could still be at work."""
        ...


class OutboxStore(Protocol):
    """How far the outside has been told."""

    async def told(self) -> Seq:
        """Return the number up to which every event was handed over for certain."""
        ...

    async def mark_told(self, seq: Seq) -> None:
        """Move that number on; it never moves back."""
        ...

    async def last(self) -> Seq:
        """Return the number of the last committed event, 0 where there never was one. Numbers have no gaps."""
        ...


class StatusStore(Protocol):
    """What people ask about."""

    async def status(self, job_id: JobId) -> ImportStatus | None:
        """Return one job, None where there is none of that id."""
        ...

    async def statuses(
        self,
        *,
        states: Sequence[JobState] = (),
        kinds: Sequence[JobKind] = (),
        before: JobId | None = None,
        limit: int = 50,
    ) -> tuple[ImportStatus, ...]:
        """List jobs, newest first, of all states and kinds where none is named; `before` goes on behind that job."""
        ...

    async def standing(self, job_id: JobId, *, now: datetime) -> JobStanding | None:
        """Return what is known of why a job is not further, None where there is none of that id."""
        ...

    async def events(self, *, after: Seq, job_id: JobId | None, limit: int) -> tuple[CommittedEvent, ...]:
        """Return committed events after a sequence number, in order, of one job or of all."""
        ...

    async def find_artist(self, ref: ArtistRef) -> tuple[KnownArtist, ...]:
        """Find stored artists by id, or by exactly this name (folded)."""
        ...


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

    async def schedules(self) -> tuple[ScheduleRow, ...]:
        """Return every schedule that was ever planned."""
        ...

    async def plan(self, name: str, next_due: datetime, *, instead_of: datetime | None = None) -> None:
        """Remember a schedule that has no row yet; an existing row stays as it is, unless it is due at `instead_of`."""
        ...

    async def artists_for(
        self, schedule: str, *, now: datetime, limit: int, again: bool = False
    ) -> tuple[KnownArtist, ...]:
        """List the artists that a schedule is about, those first that need a look most.

        Those that were looked at within half of the schedule's target are left out, unless `again`.

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

    async def cleanup(self, *, now: datetime) -> dict[str, int]:
        """Delete what has outlived its use; say how many rows of which table."""
        ...


@attrs.frozen(kw_only=True)
class Repertoire:
    """What a prediction is made of: an artist's songs, latest setlists (newest first) and coming shows.

    Songs include those that are not offered, or merged into others. `supporting` holds provider and id of the coming
    shows at which another act is the headliner. `ruled` is what people decided about names in setlists: the key of a
    song by the name's, None for a name that is no song.
    """

    songs: tuple[RepertoireSong, ...]
    setlists: tuple[ActualSetlist, ...]
    coming: tuple[Show, ...]
    supporting: frozenset[tuple[ProviderName, str]] = frozenset()
    ruled: Mapping[str, str | None] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class StoredCatalogue:
    """An artist's albums, and the tracks that are on them or credited to the artist, in order of release."""

    albums: tuple[Album, ...]
    tracks: tuple[Song, ...]

    @property
    def songs_on(self) -> Counter[str]:
        """How many of the tracks each album has."""
        return Counter(track.album_spotify_id for track in self.tracks)


class IdentityStore(Protocol):
    """What is stored about who is who."""

    async def identified(self, artist_id: UUID) -> Identified:
        """Return all that is stored about who an artist is; it has a row."""
        ...

    async def identity_reviews(self, *, limit: int) -> tuple[Review, ...]:
        """Return what is left to people to decide, newest first."""
        ...


class RepertoireStore(Protocol):
    """What the importer reads back."""

    async def catalogue(self, artist_id: UUID) -> StoredCatalogue:
        """Return the stored albums and tracks of an artist."""
        ...

    async def lists(self, ids: Collection[UUID]) -> Mapping[UUID, ReadList]:
        """Return what is known of these lists; those that were never read are missing."""
        ...

    async def artists_with_tracks(self, *, after: UUID | None, limit: int) -> tuple[UUID, ...]:
        """List artists that tracks are credited to, in order of their ids, behind that one."""
        ...

    async def repertoire(self, artist_id: UUID, *, now: datetime) -> Repertoire:
        """Return what is stored of an artist; `coming` are its coming shows at their venues, without add-ons."""
        ...

    async def announced(self, artist_id: UUID, provider: ProviderName, *, since: date) -> frozenset[str]:
        """Return the provider's ids of the artist's shows that are on from this day on, or without a day."""
        ...
