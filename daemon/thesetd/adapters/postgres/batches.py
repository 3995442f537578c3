"""Writing a batch: everything in one transaction, one batch at a time in the whole cluster.

The transaction begins with an advisory lock that every batch of every node takes. It makes three things simple.
Sequence numbers are handed out and committed in the same order, so whoever reads events after a number misses none (a
number taken early and committed late would be skipped). The upserts read rows before they write them, and nobody
changes those in between. And two batches about the same rows cannot deadlock. A batch takes milliseconds; providers
allow a few answers per second.
"""

from collections import Counter
from uuid import UUID

from thesetd.adapters.postgres.artists import store_artists
from thesetd.adapters.postgres.catalog import store_albums, store_credits, store_songs
from thesetd.adapters.postgres.database import Connection, Database
from thesetd.adapters.postgres.journal import accepted, enqueue, store_events, store_rejects, update_job
from thesetd.adapters.postgres.merge import Stored
from thesetd.adapters.postgres.predictions import store_predictions
from thesetd.adapters.postgres.reading import KNOWN_ARTIST, known_artist
from thesetd.adapters.postgres.setlists import store_actual
from thesetd.adapters.postgres.shows import store_shows
from thesetd.adapters.postgres.venues import store_venues
from thesetd.domain.batches import Batch, Written
from thesetd.domain.ids import JobId
from thesetd.domain.jobs import KnownArtist, NewJob
from thesetd.domain.progress import ProgressEvent
from thesetd.domain.records import Reject

WRITER_LOCK = int.from_bytes(b"thesetd\x01")


class PostgresBatches:
    """The `BatchStore` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(self, batch: Batch) -> Written:
        """Store a batch in one transaction; see `thesetd.ports.store.BatchStore`."""

        async def work(connection: Connection) -> Written:
            return await _write(connection, batch)

        return await self._database.transact(work)


async def _write(connection: Connection, batch: Batch) -> Written:
    await connection.execute("select pg_advisory_xact_lock($1)", WRITER_LOCK)
    tally = _Tally()
    tally.add("artists", await store_artists(connection, batch.rows.artists, batch.at))
    about = await update_job(connection, batch.job, batch.at) if batch.job else None
    await _store_rest(connection, batch, await _artist(connection, about), tally)
    jobs = await enqueue(connection, batch.enqueue, batch.at) if batch.enqueue else []
    events = [*batch.events, *_first_events(batch, jobs)]
    committed = await store_events(connection, events, batch.job.error if batch.job else None)
    rejects = [*batch.rows.rejects, *tally.rejects]
    await store_rejects(connection, rejects, batch.job.id if batch.job else None, batch.at)
    return Written(
        events=committed,
        changed=+tally.changed,
        rejects=tuple(tally.rejects),
        enqueued=await accepted(connection, jobs) if jobs else (),
    )


class _Tally:
    """Adds up what became of the rows of a batch."""

    def __init__(self) -> None:
        self.changed: Counter[str] = Counter()
        self.rejects: list[Reject] = []

    def add(self, table: str, stored: Stored) -> None:
        self.changed[table] += len(stored.changed)
        self.rejects += stored.rejects


async def _store_rest(connection: Connection, batch: Batch, importing: KnownArtist | None, tally: _Tally) -> None:
    """Store what refers to artists, each table after those that it refers to."""
    rows, at = batch.rows, batch.at
    if rows.albums:
        tally.add("albums", await store_albums(connection, rows.albums, at))
    if rows.songs:
        tally.add("songs", await store_songs(connection, rows.songs, at))
        tally.changed["artist_songs"] += await store_credits(connection, rows.songs, at)
    if rows.venues:
        tally.add("venues", await store_venues(connection, rows.venues, at))
    if rows.shows:
        stored, places = await store_shows(connection, rows.shows, importing, at)
        tally.add("shows", stored)
        tally.changed["artist_shows"] += places
    if rows.actual_setlists:
        tally.add("actual_setlists", await store_actual(connection, rows.actual_setlists, at))
    if rows.predicted:
        tally.add("setlists", await store_predictions(connection, rows.predicted, at))


async def _artist(connection: Connection, artist_id: UUID | None) -> KnownArtist | None:
    if artist_id is None:
        return None
    row = await connection.fetchrow(f"select {KNOWN_ARTIST} from artists a where a.id = $1", artist_id)  # noqa: S608 - constant
    return known_artist(row) if row else None


def _first_events(batch: Batch, jobs: list[tuple[JobId, bool]]) -> list[ProgressEvent]:
    """Give the first events of those new jobs that somebody watches; a job that was joined has had its own."""

    def event(job: NewJob, job_id: JobId, joined: bool) -> ProgressEvent | None:  # noqa: FBT001 - as enqueue gives it
        if job.progress is None or joined:
            return None
        return ProgressEvent(job_id=job_id, progress=job.progress, at=batch.at)

    found = (event(job, *place) for job, place in zip(batch.enqueue, jobs, strict=True))
    return [one for one in found if one is not None]
