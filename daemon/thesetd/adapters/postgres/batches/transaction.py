"""Writes a batch in a transaction that holds the writer's lock: its rows, what follows from them, and its events."""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from functools import partial
from uuid import UUID

import attrs

from thesetd.adapters.postgres.batches.amending import amend_imports
from thesetd.adapters.postgres.batches.commit_log import Recorded, record, store_rejects
from thesetd.adapters.postgres.batches.job_updates import forget_deaths, update_job
from thesetd.adapters.postgres.database import Connection, savepoint
from thesetd.adapters.postgres.freshness.runs import credit_run, store_run
from thesetd.adapters.postgres.freshness.weeks import store_week_look
from thesetd.adapters.postgres.identity.settling import Settled, settle_identity
from thesetd.adapters.postgres.identity.undoing import say
from thesetd.adapters.postgres.queue.orders import carry_out
from thesetd.adapters.postgres.queue.refresh import enrol, hint_shows, make_due, store_enqueued_looks, store_looks
from thesetd.adapters.postgres.queue.schedules import fire
from thesetd.adapters.postgres.reading import KNOWN_ARTIST, known_artist, progress
from thesetd.adapters.postgres.rows.artists import note_activity, provider_ids, store_artists
from thesetd.adapters.postgres.rows.catalog import (
    NO_LINKS,
    adopt_albums,
    settle_credits,
    store_albums,
    store_credits,
    store_lists,
    store_tracks,
)
from thesetd.adapters.postgres.rows.merge import Stored, is_at_once, reject
from thesetd.adapters.postgres.rows.places import Changed, settle_places
from thesetd.adapters.postgres.rows.predictions import store_predictions
from thesetd.adapters.postgres.rows.show_days import complete_shows_of
from thesetd.adapters.postgres.rows.shows import ShowsStored, note_unlisted, store_shows, without_page
from thesetd.adapters.postgres.rows.standings import settle_standings
from thesetd.adapters.postgres.rows.venues import store_venues
from thesetd.adapters.postgres.setlists.gone import mark_gone
from thesetd.adapters.postgres.setlists.nights import concerned, settle_nights
from thesetd.adapters.postgres.setlists.pages import claim_pages, store_pages
from thesetd.adapters.postgres.setlists.scores import settle_scores
from thesetd.adapters.postgres.setlists.songs import covering, settle_names, with_catalogue
from thesetd.adapters.postgres.songs.song_edits import carry_out_edits
from thesetd.adapters.postgres.songs.songs import rename_artist, settle_songs, touched_artists, with_guests
from thesetd.adapters.postgres.translation import translated
from thesetd.domain.errors import StoreRejected
from thesetd.domain.freshness.copies import profile_look
from thesetd.domain.identity.learning import Learnt
from thesetd.domain.identity.sentences import identity_remarks
from thesetd.domain.identity.spaces import Ref
from thesetd.domain.music.acts import acts_of
from thesetd.domain.music.records import Artist, Reject
from thesetd.domain.prediction.scoring import Score
from thesetd.domain.work.batches import Batch, Decided, Written
from thesetd.domain.work.jobs import KnownArtist
from thesetd.domain.work.progress import ProgressEvent

_ARTIST_OF_JOB = f"""
select {KNOWN_ARTIST} from thesetd.jobs j join artists a on a.id = j.artist_id where j.id = $1
"""  # noqa: S608 - a constant


async def write_batch(connection: Connection, batch: Batch, *, strict: bool) -> Written:
    """Store a batch inside a transaction that holds the writer's lock.

    Raises:
        StoredBefore: it was stored before.
        LostLease, AlreadyFired, UnknownDecision: it may not be stored; the transaction has parts of it.
        asyncpg.PostgresError: a row is refused, unless savepoints leave it out.
    """
    if batch.firing:
        await fire(connection, batch.firing, batch.at)
    tally = _Tally()
    importing = await _importing(connection, batch)
    said, outcome = await _decide(connection, batch, importing) if batch.rows.identity else (None, None)
    artists = await store_artists(connection, _placed(batch, outcome) if outcome else batch.rows.artists, batch.at)
    if outcome is None:
        _, outcome = await _decide(connection, batch, importing)
    artists.changed |= outcome.changed if outcome else frozenset()
    artists.rejects += outcome.rejects if outcome else ()
    tally.add("artists", artists)
    catalogue = _Catalogue(acts=artists.changed, artists=set(outcome.catalogues) if outcome else set())
    catalogue.moved_acts = artists.changed if outcome and outcome.moved else ()
    if artists.changed:
        tally.add("songs", await rename_artist(connection, artists.changed, batch.at))
        tally.add("artist_tracks", catalogue.linked(await settle_credits(connection, artists.changed, batch.at)))
        tally.add("albums", catalogue.moved(await adopt_albums(connection, artists.changed, batch.at)))
    about = await update_job(connection, batch.job, batch.at) if batch.job else None
    decided = outcome is not None and bool(outcome.settled.changes.changes)
    if batch.rows.shows and (decided or artists.changed or importing is None or importing.id != about):
        importing = await _artist(connection, about)
    await _store_rest(connection, batch, importing, tally, catalogue)
    await _note_advance(connection, batch, tally)
    await note_activity(connection, about, tally.changed, batch.at)
    await enrol(connection, artists.changed, batch.at)
    edited = await carry_out_edits(connection, batch.edits, batch.at) if batch.edits else ()
    await store_looks(connection, about, batch.looks, batch.at)
    for artist in batch.profiles:
        await store_looks(connection, artist, (profile_look(changed=artist in artists.changed),), batch.at)
    if batch.job and batch.looks:
        await credit_run(connection, batch.job.id, batch.looks)
    if batch.amendment and about is not None:
        await amend_imports(connection, about, batch.amendment, batch.at)
    await store_week_look(connection, batch.week_look, batch.at)
    if batch.picks:
        await store_enqueued_looks(connection, batch.picks, batch.at)
    ordered, told = await carry_out(connection, batch.orders, batch.at) if batch.orders else ((), ())
    failures = {batch.job.id: batch.job.error} if batch.job else {}
    moved = await _moved_events(connection, batch, outcome) if outcome and outcome.moved else []
    events = [*moved, *batch.events, *told]
    recording = partial(record, connection, [(job, batch.at) for job in batch.enqueue], events, failures)
    recorded = await (_recorded(connection, recording, tally, about) if strict else recording())
    if batch.job and batch.run:
        run = batch.run.without(sum(one.joined for one in recorded.jobs))
        await store_run(connection, batch.job.id, run, batch.picks, batch.at)
    rejects = [*batch.rows.rejects, *tally.rejects]
    await store_rejects(connection, rejects, batch.job.id if batch.job else None, batch.at)
    return Written(
        events=(*recorded.events, *recorded.firsts_of(recorded.jobs)),
        changed=+tally.changed,
        rejects=tuple(tally.rejects),
        scores=tuple(tally.scores),
        enqueued=recorded.jobs,
        ordered=tuple(ordered),
        decided=await _decided(connection, batch.rows.identity, outcome, said, importing) if outcome else None,
        edited=edited,
    )


async def _recorded(
    connection: Connection, recording: Callable[..., Awaitable[Recorded]], tally: "_Tally", artist: UUID | None
) -> Recorded:
    """Record jobs and events, without the statuses if the application refuses those."""
    try:
        with translated():
            async with savepoint(connection):
                return await recording()
    except StoreRejected as error:
        recorded = await recording(statuses=False)
        tally.rejects.append(reject("import_status", str(artist or ""), error, ""))
        return recorded


async def _decide(
    connection: Connection, batch: Batch, importing: KnownArtist | None
) -> tuple[int | None, Settled | None]:
    """Decide identities if the batch contains anything about them, as every bill does."""
    acts = acts_of(batch.rows.shows, importing.name if importing else None)
    learnt = acts.joined(batch.rows.identity) if batch.rows.identity else acts
    if not learnt.records and batch.rows.identity is None:
        return None, None
    if learnt.word is not None:
        said = await say(connection, learnt, learnt.word, batch.at)
        await make_due(connection, said.outcome.changed, batch.at)
        return said.number, said.outcome
    return None, await settle_identity(connection, learnt, batch.at)


async def _importing(connection: Connection, batch: Batch) -> KnownArtist | None:
    """Return the artist whose shows these are, if the batch belongs to one artist's job."""
    if batch.job is None or not batch.rows.shows:
        return None
    row = await connection.fetchrow(_ARTIST_OF_JOB, batch.job.id)
    return known_artist(row) if row else None


async def _note_advance(connection: Connection, batch: Batch, tally: "_Tally") -> None:
    """Note that a job got further than the nodes that died while they ran it."""
    if batch.job and batch.job.rescued and tally.changed.total():
        await forget_deaths(connection, batch.job.id)


def _placed(batch: Batch, outcome: Settled) -> list[Artist]:
    """Return the artists that have a row now; the others are candidates."""
    return [artist for artist in batch.rows.artists if any(Ref(*one) in outcome.owners for one in provider_ids(artist))]


async def _moved_events(connection: Connection, batch: Batch, outcome: Settled) -> list[ProgressEvent]:
    """Return the events that report to the job's followers which rows moved to another artist."""
    if batch.job is None:
        return []
    row = await connection.fetchrow("select * from import_status where job_id = $1", batch.job.id)
    if row is None or progress(row).stage.final:
        return []
    told = attrs.evolve(progress(row), message="; ".join(outcome.moved))
    return [ProgressEvent(job_id=batch.job.id, progress=told, at=batch.at)]


async def _decided(
    connection: Connection,
    learnt: Learnt | None,
    outcome: Settled,
    number: int | None,
    importing: KnownArtist | None,
) -> Decided | None:
    if learnt is None:
        return None
    wanted = learnt.refs() if learnt.word else learnt.wanted
    first = outcome.settled.changes.staying_first(wanted)
    rows = [outcome.owners[ref] for ref in first if ref in outcome.owners]
    known = importing if importing is not None and rows and importing.id == rows[0] else None
    artist = known or (await _artist(connection, rows[0]) if rows else None)
    if artist is None:
        return Decided(moved=outcome.moved, number=number)
    act = frozenset(ref for ref, row in outcome.owners.items() if row == artist.id)
    verdict = outcome.settled.verdict
    said = identity_remarks(verdict, act, artist.slug)
    lost, by_name = verdict.lost & act, verdict.by_name(act)
    return Decided(artist=artist, lost=lost, by_name=by_name, remarks=said, moved=outcome.moved, number=number)


class _Tally:
    """Collects the outcome for the rows of a batch."""

    def __init__(self) -> None:
        self.changed: Counter[str] = Counter()
        self.rejects: list[Reject] = []
        self.scores: list[Score] = []

    def add(self, table: str, stored: Stored) -> None:
        self.changed[table] += len(stored.changed) + stored.links
        self.rejects += stored.rejects


@attrs.define
class _Catalogue:
    """The changes of the catalogue that require songs to be derived again.

    `acts` are artists that changed, `moved_acts` are those with ids that moved to or from another artist.
    """

    acts: Collection[UUID] = ()
    moved_acts: Collection[UUID] = ()
    artists: set[UUID] = attrs.field(factory=set)
    albums: set[UUID] = attrs.field(factory=set)
    tracks: set[UUID] = attrs.field(factory=set)
    songs: set[UUID] = attrs.field(factory=set)

    def linked(self, stored: Stored) -> Stored:
        """Record artists that were linked to tracks."""
        self.artists |= stored.ids
        return stored

    def moved(self, stored: Stored) -> Stored:
        """Record albums that changed; a new one has no tracks but those that are new or change as well."""
        self.albums |= stored.changed - stored.added
        return stored

    def heard(self, stored: Stored) -> Stored:
        """Record tracks that changed; the artists of a new one are those that are linked to it."""
        self.tracks |= stored.changed - stored.added
        return stored


async def _store_catalogue(connection: Connection, batch: Batch, tally: _Tally, catalogue: _Catalogue) -> None:
    rows, at, fresh = batch.rows, batch.at, NO_LINKS
    if rows.albums:
        tally.add("albums", catalogue.moved(await store_albums(connection, rows.albums, at)))
    if rows.songs:
        heard, tracks, added = await store_tracks(connection, rows.songs, at)
        tally.add("tracks", catalogue.heard(heard))
        at_end = not rows.partial and is_at_once()
        linked, fresh = await store_credits(connection, rows.songs, tracks, added, at, at_end=at_end)
        tally.add("artist_tracks", catalogue.linked(linked))
    if rows.lists:
        await store_lists(connection, rows.lists)
    if rows.partial:
        return
    artists = await touched_artists(connection, catalogue.tracks, catalogue.albums)
    settled = await settle_songs(
        connection, {*await with_guests(connection, rows.regroup), *catalogue.artists, *artists}, at, fresh
    )
    tally.add("artist_tracks", settled.credits)
    tally.add("tracks", settled.tracks)
    tally.add("songs", settled.songs)
    catalogue.songs |= settled.songs.changed


async def _store_rest(
    connection: Connection, batch: Batch, importing: KnownArtist | None, tally: _Tally, catalogue: _Catalogue
) -> None:
    """Store what refers to artists, each table after those that it refers to."""
    rows, at = batch.rows, batch.at
    await _store_catalogue(connection, batch, tally, catalogue)
    venues, known = await store_venues(connection, rows.venues, at) if rows.venues else (Stored(), {})
    sold = await store_shows(connection, rows.shows, importing, at, known) if rows.shows else ShowsStored()
    await note_unlisted(connection, rows.unlisted, at)
    await hint_shows(connection, sold.shows.changed | set(sold.places), importing.id if importing else None, at)
    shows, tally.changed["artist_shows"] = sold.shows, tally.changed["artist_shows"] + len(sold.places)
    claimed = await claim_pages(connection, catalogue.acts, at)
    pages = await store_pages(connection, rows.actual_setlists, at, known)
    pages.artists |= await mark_gone(connection, rows.gone_pages, at)
    concerts = shows.changed | set(sold.places)
    changed = Changed(venues=venues.changed, shows=concerts, pages=pages.stored.changed, acts=catalogue.moved_acts)
    places = await settle_places(connection, changed, at)
    shows.changed |= await settle_standings(connection, concerts, places, at)
    venues.changed |= places
    tally.add("venues", venues)
    shows.rejects += [*without_page(rows), *pages.stored.rejects]
    named = await with_catalogue(connection, pages.artists | claimed)
    acts = {*catalogue.acts, *rows.regroup}
    touched = await concerned(connection, concerts | shows.changed, venues.changed, acts)
    shows.add(await _settle_setlists(connection, claimed | pages.artists | touched, tally, at))
    if rows.shows or rows.actual_setlists:
        acts = claimed | pages.artists | touched
        shows.changed |= await complete_shows_of(connection, shows.ids | shows.changed, acts, at)
    tally.add("shows", shows)
    if named := {*named, *rows.rematch, *rows.regroup}:
        played = await _settle_names(connection, named, batch, tally)
        tally.add("songs", attrs.evolve(played, changed=played.changed - catalogue.songs))
    if rows.predicted:
        tally.add("setlists", await store_predictions(connection, rows.predicted, at))


async def _settle_names(connection: Connection, artists: set[UUID], batch: Batch, tally: _Tally) -> Stored:
    """Match the songs played by these acts, and by acts that cover them; then score the predictions of their shows."""
    artists = artists | await covering(connection, artists)
    changed, rejects = await settle_names(connection, artists, batch.at)
    tally.scores += await settle_scores(connection, artists, batch.at)
    return Stored(changed=changed, rejects=rejects)


async def _settle_setlists(connection: Connection, artists: Collection[UUID], tally: _Tally, at: datetime) -> Stored:
    """Decide again which show each page of these acts belongs to."""
    settled = await settle_nights(connection, artists, at)
    tally.add("actual_setlists", settled.setlists)
    tally.changed["artist_shows"] += settled.places
    return settled.shows


async def _artist(connection: Connection, artist_id: UUID | None) -> KnownArtist | None:
    if artist_id is None:
        return None
    row = await connection.fetchrow(f"select {KNOWN_ARTIST} from artists a where a.id = $1", artist_id)  # noqa: S608 - constant
    return known_artist(row) if row else None
