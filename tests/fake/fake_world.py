"""What the in-memory store of `fakes` remembers, and how a batch gets into it."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import product
from operator import attrgetter
from typing import Any
from uuid import UUID

import attrs

from fake_identity import Identity, first, uuid_of
from fake_index import FakeIndex
from fake_weeks import FakeWeeks
from thesetd.domain.errors import AlreadyFired, LostLease, StoreRejected
from thesetd.domain.freshness.copies import Aspect, Demand, Look, profile_look
from thesetd.domain.freshness.nights import AHEAD, AWAITED, Night, awaited_nights
from thesetd.domain.freshness.pins import Pin
from thesetd.domain.freshness.runs import PastRun
from thesetd.domain.freshness.weeks import Week
from thesetd.domain.identity import spaces
from thesetd.domain.identity.learning import Learnt, Settlement
from thesetd.domain.identity.sentences import identity_remarks
from thesetd.domain.identity.spaces import Ref, Space, rank
from thesetd.domain.identity.statements import Appearance, Pair, Record, Rule, Strength
from thesetd.domain.identity.statements import Link as IdentityLink
from thesetd.domain.ids import SETLISTFM, Epoch, Fence, JobId, ProviderName, Seq, row_id
from thesetd.domain.music.acts import acts_of, ids_of, own_id
from thesetd.domain.music.names import slugify
from thesetd.domain.music.records import Album, Artist, PredictedSetlist, ReadList, Reject, Rows, Show, Track
from thesetd.domain.music.repertoire import CreditedTrack, RepertoireSong, SongLink, derive, song_id
from thesetd.domain.music.repertoire import SongOwner as Owning
from thesetd.domain.shows.local_days import Days, over_at
from thesetd.domain.work.accepted import Accepted
from thesetd.domain.work.batches import Batch, Decided, Firing, Written
from thesetd.domain.work.deferrals import Deferral
from thesetd.domain.work.jobs import (
    REQUEST_ID,
    Action,
    ArtistKey,
    JobKind,
    JobState,
    JobUpdate,
    KnownArtist,
    Lane,
    NewJob,
    Order,
    Ordered,
    Owner,
    obeys,
    told,
)
from thesetd.domain.work.progress import (
    Amendment,
    CommittedEvent,
    Progress,
    ProgressEvent,
    Stage,
    advance,
    expected_fields,
    last_words,
)
from thesetd.ports.store import Pause, ScheduleRow

UNCLAIMED = Fence(0)
NONE = Seq(0)
OLDEST = datetime(1970, 1, 1, tzinfo=UTC)
TABLES = (
    "albums",
    "tracks",
    "artist_tracks",
    "songs",
    "venues",
    "shows",
    "actual_setlists",
    "setlists",
)
_ID_FIELD = spaces.columns("artists")


@attrs.define
class StoredJob:
    """A job as the fake keeps it."""

    id: JobId
    new: NewJob
    lane: Lane
    created_at: datetime
    not_before: datetime
    artist_id: UUID | None
    state: JobState = JobState.READY
    fence: Fence = UNCLAIMED
    owner: Owner | None = None
    rescues: int = 0
    revision: int = 0
    checkpoint: Mapping[str, Any] = attrs.field(factory=dict)
    attempts: int = 0
    error: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    progress: Progress | None = None
    details: str | None = None
    waits_for: Deferral | None = None

    def copy(self) -> "StoredJob":
        """Copy it for a transaction that changes it."""
        return StoredJob(*_FIELDS(self))


_FIELDS = attrgetter(*attrs.fields_dict(StoredJob))


@attrs.define
class StoredArtist:
    """An artist as the fake keeps it: the slug of the row, beside the merged record."""

    slug: str
    record: Artist
    is_stub: bool = False


@attrs.define
class World:
    """Everything that a transaction may change; a batch works on a copy and replaces the whole."""

    artists: dict[UUID, StoredArtist] = attrs.field(factory=dict)
    records: dict[str, dict[Any, Any]] = attrs.field(factory=lambda: {table: {} for table in TABLES})
    open_credits: dict[str, frozenset[str]] = attrs.field(factory=dict)
    links: dict[tuple[UUID, str], UUID] = attrs.field(factory=dict)
    lists: dict[UUID, ReadList] = attrs.field(factory=dict)
    gone: dict[str, str] = attrs.field(factory=dict)
    playing: dict[UUID, set[tuple[ProviderName, str]]] = attrs.field(factory=dict)
    unlisted: dict[tuple[ProviderName, str], datetime] = attrs.field(factory=dict)
    jobs: dict[JobId, StoredJob] = attrs.field(factory=dict)
    events: list[CommittedEvent] = attrs.field(factory=list)
    rejects: list[Reject] = attrs.field(factory=list)
    identity: Identity = attrs.field(factory=Identity)
    schedules: dict[str, ScheduleRow] = attrs.field(factory=dict)
    pauses: dict[str, Pause] = attrs.field(factory=dict)
    epochs: dict[str, Epoch] = attrs.field(factory=dict)
    index: FakeIndex = attrs.field(factory=FakeIndex)
    weeks: FakeWeeks = attrs.field(factory=FakeWeeks)
    runs: dict[JobId, PastRun] = attrs.field(factory=dict)
    pins: dict[tuple[UUID, Aspect], Pin] = attrs.field(factory=dict)
    told: Seq = NONE
    last: Seq = NONE
    settled: dict[UUID, tuple[object, ...]] = attrs.field(factory=dict)

    def copy(self) -> "World":
        """Copy as deep as anything is changed in place; of jobs a batch copies those that it changes."""
        return World(
            artists=dict(self.artists),
            records={table: dict(rows) for table, rows in self.records.items()},
            open_credits=dict(self.open_credits),
            links=dict(self.links),
            lists=dict(self.lists),
            gone=dict(self.gone),
            playing={artist: set(shows) for artist, shows in self.playing.items()},
            unlisted=dict(self.unlisted),
            jobs=dict(self.jobs),
            events=list(self.events),
            rejects=list(self.rejects),
            identity=self.identity,
            schedules=dict(self.schedules),
            pauses=dict(self.pauses),
            epochs=dict(self.epochs),
            index=self.index.copy(),
            weeks=self.weeks.copy(),
            runs=dict(self.runs),
            pins=self.pins,
            told=self.told,
            last=self.last,
            settled=dict(self.settled),
        )

    def artist(self, space: Space, provider_id: str | None) -> UUID | None:
        """Find the row of an artist by an id in its space, also by an older one."""
        owner = self.identity.book.owners.get(Ref(space, provider_id or ""))
        return None if owner is None else uuid_of(owner)

    def known(self, artist_id: UUID | None) -> KnownArtist | None:
        """Return what the domain calls this artist."""
        if artist_id is None:
            return None
        kept = self.artists[artist_id]
        return KnownArtist(
            id=artist_id,
            slug=kept.slug,
            name=kept.record.name,
            spotify_id=kept.record.spotify_id,
            ticketmaster_id=kept.record.ticketmaster_id,
            mbid=kept.record.mbid,
            held=tuple(
                sorted(
                    ref
                    for ref, owner in self.identity.book.owners.items()
                    if uuid_of(owner) == artist_id
                    and not spaces.is_single(ref.space)
                    and ref not in self.identity.book.aliases
                )
            ),
            is_stub=kept.is_stub,
        )

    def keyed(self, key: ArtistKey | None) -> UUID | None:
        """Find the row that a key names."""
        return None if key is None else self.artist(key.space, key.provider_id)


class StoredBefore(Exception):
    """The batch was stored before."""


class Writing:
    """One batch on its way into a copy of the world."""

    def __init__(self, world: World, at: datetime) -> None:
        self.world = world
        self.at = at
        self.changed: set[tuple[str, object]] = set()
        self.rejects: list[Reject] = []
        self._jobs: set[JobId] = set()

    def write(self, batch: Batch) -> Written:
        """Apply everything in the order of the real store."""
        if batch.firing:
            self._fire(batch.firing)
        settled, number = self._decide(batch) if batch.rows.identity else (None, None)
        for artist in sorted(batch.rows.artists, key=lambda a: a.fetched_at):
            owned = {self.world.identity.book.owners.get(ref) for ref in ids_of(artist).values()} - {None}
            if batch.rows.identity is None or owned:
                self._artist(artist)
        if settled is None:
            settled, _ = self._decide(batch)
        about = self._update(batch.job) if batch.job else None
        self._rows(batch.rows, about)
        self._predictions(batch.rows)
        if batch.job and batch.job.rescued and self.changed:
            self._job(batch.job.id).rescues = 0
        self._refresh(batch, about)
        if batch.amendment and about is not None:
            self._amend(batch.amendment, about)
        jobs = [self._enqueue(new) for new in batch.enqueue]
        self._run(batch, sum(joined for _, joined in jobs))
        first = [
            ProgressEvent(job_id=job.id, progress=new.progress, at=self.at)
            for new, (job, joined) in zip(batch.enqueue, jobs, strict=True)
            if new.progress is not None and not joined
        ]
        failure = batch.job.error if batch.job else None
        ordered = tuple(map(self._order, batch.orders))
        told = [event for order, one in zip(batch.orders, ordered, strict=True) for event in self._told(order, one)]
        events = tuple(self._event(event, failure) for event in (*batch.events, *first, *told))
        self.world.rejects += [*batch.rows.rejects, *self.rejects]
        return Written(
            events=events,
            changed=Counter(table for table, _ in self.changed),
            rejects=tuple(self.rejects),
            enqueued=tuple(self._accepted(job, joined=joined) for job, joined in jobs),
            ordered=ordered,
            decided=self._decided(batch.rows.identity, settled, number) if settled else None,
        )

    def _decide(self, batch: Batch) -> tuple[Settlement | None, int | None]:
        job = self.world.jobs.get(batch.job.id) if batch.job else None
        about = self.world.known(job.artist_id) if job else None
        acts = acts_of(batch.rows.shows, about.name if about else None)
        learnt = acts.joined(batch.rows.identity) if batch.rows.identity else acts
        if not learnt.records and batch.rows.identity is None:
            return None, None
        world, number = self.world, None
        if (word := learnt.word) is not None:
            before = (world.identity.book, dict(world.artists), {row: set(s) for row, s in world.playing.items()})
            world.identity = world.identity.said(word, self.at)
            number = len(world.identity.log)
            if word.undoes is not None:
                book, artists, playing = world.identity.kept[word.undoes]
                world.identity = attrs.evolve(world.identity, book=book)
                world.artists, world.playing = dict(artists), {row: set(s) for row, s in playing.items()}
                learnt = attrs.evolve(learnt, wanted=learnt.wanted | frozenset(book.owners))
            else:
                learnt = attrs.evolve(learnt, wanted=learnt.refs())
            world.identity = attrs.evolve(world.identity, kept={**world.identity.kept, number: before})
        learnt = attrs.evolve(learnt, records=tuple(map(self._with_pages, learnt.records)))
        world.identity = world.identity.described(learnt)
        before_settling = world.identity
        settled = before_settling.settled(learnt)
        world.identity = before_settling.changed(settled)
        self._place(settled, learnt)
        ends = [end for one in settled.changes.moves() for end in (one.source, one.target) if learnt.word and end]
        for aspect, end in product(Aspect, ends):
            world.index.hint((aspect, uuid_of(end)), self.at)
        return settled, number

    def _place(self, settled: Settlement, learnt: Learnt) -> None:
        """Give every artist its row with the ids in use, and move what came through an id."""
        world = self.world
        rows: dict[UUID, list[Ref]] = {}
        for ref, owner in world.identity.book.owners.items():
            rows.setdefault(uuid_of(owner), []).append(ref)
        book = world.identity.book
        wanted = {uuid_of(book.owners[ref]) for ref in learnt.wanted if learnt.complete and ref in book.owners}
        for row, refs in sorted(rows.items()):
            if row not in world.artists:
                name = next(
                    (r.name for ref in sorted(refs, key=rank) if (r := world.identity.records.get(ref))), first(refs).id
                )
                record = Artist(name=name, slug=slugify(name, first(refs).id), fetched_at=OLDEST)
                slug = self._slug(record, first(refs).id, stub=row not in wanted)
                self._keep(world.artists, "artists", row, StoredArtist(slug, record, is_stub=True))
        for moved in settled.changes.moves():
            if moved.source is not None:
                self._move(moved.ref, uuid_of(moved.source), uuid_of(moved.target))
        for row, kept in list(world.artists.items()):
            record = attrs.evolve(kept.record, **world.identity.columns(rows.get(row, ())))
            stub = kept.is_stub and row not in wanted
            if (record, stub) != (kept.record, kept.is_stub):
                slug = kept.slug
                if kept.is_stub and not stub and slug != record.slug:
                    slug = self._slug(record, first(rows[row]).id)
                self._keep(world.artists, "artists", row, StoredArtist(slug, record, stub))

    def _move(self, ref: Ref, source: UUID, target: UUID) -> None:
        for place in sorted(self.world.playing.get(source, ())):
            show = self.world.records["shows"][place]
            if any(own_id(act, show.provider) == ref for act in show.bill):
                self.world.playing[source].discard(place)
                self.world.playing.setdefault(target, set()).add(place)

    def _decided(self, learnt: Learnt | None, settled: Settlement, number: int | None) -> Decided | None:
        if learnt is None:
            return None
        owners = self.world.identity.book.owners
        first = settled.changes.staying_first(learnt.refs() if learnt.word else learnt.wanted)
        wanted = [ref for ref in first if ref in owners]
        artist = self.world.known(uuid_of(owners[wanted[0]])) if wanted else None
        if artist is None:
            return Decided(number=number)
        act = frozenset(ref for ref, owner in owners.items() if uuid_of(owner) == artist.id)
        return Decided(
            artist=artist,
            remarks=identity_remarks(settled.verdict, act, artist.slug),
            number=number,
            lost=settled.verdict.lost & act,
            by_name=settled.verdict.by_name(act),
        )

    def _with_pages(self, record: Record) -> Record:
        """Add what is stored that came through an id which is gone: its successor has it too."""
        pages = self.world.records["actual_setlists"] if record.gone and record.ref.space == spaces.MUSICBRAINZ else {}
        found = {key: page for key, page in pages.items() if page.artist_mbid == record.ref.id}
        nights = {
            Appearance(page.event_date, page.place.city) for page in found.values() if page.place and page.place.city
        }
        return attrs.evolve(record, items=record.items | found.keys(), concerts=record.concerts | nights)

    def _refresh(self, batch: Batch, about: UUID | None) -> None:
        if batch.rows.shows:
            self._hint(about)
        for artist, look in [
            *((about, look) for look in batch.looks if about),
            *((artist, profile_look(changed=False)) for artist in batch.profiles),
        ]:
            self._look(artist, look)
        if about and {look.aspect for look in batch.looks} == {Aspect.SHOWS}:
            self.world.index.hasten(about, self._nights(about), self.at)
        if batch.job and batch.looks:
            self._credit(self.world.jobs[batch.job.id].new.args.get("run"), batch.looks)
        if batch.picks:
            self.world.index.order(batch.picks, self.at)
        if batch.week_look:
            self.world.weeks.look(batch.week_look, partial(self._size_of, batch.week_look.provider), self.at)

    def _size_of(self, provider: ProviderName, week: Week) -> tuple[int, float]:
        """Return how many active shows are kept of a week, and how important they are together."""
        stored, venues = self.world.records["shows"], self.world.records["venues"]
        shows = [
            key
            for key, one in stored.items()
            if one.provider == provider
            and one.status not in {"cancelled", "completed", "withdrawn"}
            and one.starts_at is not None
            and week.since <= one.starts_at <= week.until
            and (venue := venues.get((provider, one.venue_provider_id)))
            and venue.country_code == week.country
        ]
        acts = [
            self.world.artists[artist].record.popularity or 0
            for artist, keys in self.world.playing.items()
            if not self.world.artists[artist].is_stub
            for key in shows
            if key in keys
        ]
        return len(shows), len(shows) + sum(acts) / 10.0

    def _run(self, batch: Batch, joined: int) -> None:
        if batch.job and batch.run:
            keys = [(batch.picks.aspect, one) for one in batch.picks.artists] if batch.picks else []
            young = sum(self.world.index.is_young(key, self.at - batch.run.target) for key in keys)
            run = batch.run.without(joined)
            audience = attrs.evolve(run.audience, fresh=max(0, run.audience.fresh - young))
            past = PastRun(job_id=batch.job.id, at=self.at, state=None, run=attrs.evolve(run, audience=audience))
            self.world.runs.setdefault(batch.job.id, past)

    def _hint(self, about: UUID | None) -> None:
        """Make due now the shows of others of whom this batch told something new."""
        news = {key for table, key in self.changed if table == "shows"}
        news |= {place[1] for table, place in self.changed if table == "artist_shows"}
        for artist, shows in self.world.playing.items():
            if artist != about and shows & news:
                self.world.index.hint((Aspect.SHOWS, artist), self.at)

    def _look(self, artist: UUID, look: Look) -> None:
        wishes = sum(
            job.artist_id == artist and job.new.kind is JobKind.IMPORT_ARTIST for job in self.world.jobs.values()
        )
        popularity = self.world.artists[artist].record.popularity
        shows = (self.world.records["shows"][key] for key in self.world.playing.get(artist, ()))
        sales = [one.sales_start for one in shows if one.sales_start and one.sales_start > self.at]
        demand = Demand(popularity=popularity, wishes=wishes)
        nights = self._nights(artist) if look.aspect in {Aspect.SHOWS, Aspect.SETLISTS} else ()
        self.world.index.look(artist, look, demand, self.at, min(sales, default=None), nights)

    def _nights(self, artist: UUID) -> tuple[Night, ...]:
        """Return an artist's shows, with since when songs of each are known: a page of the same day has them."""
        known = self.world.known(artist)
        mbid = known.mbid if known else None
        pages = [one for one in self.world.records["actual_setlists"].values() if one.artist_mbid == mbid and one.songs]
        written = {one.event_date: one.last_updated or one.fetched_at for one in pages}
        shows = [self.world.records["shows"][key] for key in self.world.playing.get(artist, ())]
        days = {one.local_date for one in shows if one.local_date}
        near = (day for day in sorted(days) if (self.at - AWAITED).date() <= day <= (self.at + AHEAD).date())
        return awaited_nights((over_at(Days(day=day)), written.get(day)) for day in near)

    def _credit(self, number: JobId | None, looks: Sequence[Look]) -> None:
        if number is not None and (run := self.world.runs.get(number)):
            changed = any(look.changed for look in looks)
            self.world.runs[number] = attrs.evolve(run, looked=run.looked + 1, changed=run.changed + changed)

    def _fire(self, firing: Firing) -> None:
        row = self.world.schedules.get(firing.schedule)
        if row is None or row.next_due != firing.due:
            raise AlreadyFired(f"{firing.schedule} is not due then")
        self.world.schedules[firing.schedule] = attrs.evolve(row, next_due=firing.next_due, last_fired=self.at)

    def _artist(self, artist: Artist) -> None:
        ids = list(artist.ids.items())
        if not ids or not _is_storable(artist):
            self._reject("artists", ids[0][1] if ids else "", "refused")
            return
        row = next((row for key in ids if (row := self.world.artist(*key))), None) or row_id("artists", *ids[0])
        kept = self.world.artists.get(row)
        if kept is None and not artist.name.strip():
            self._reject("artists", ids[0][1], "no name")
            return
        strange: dict[str, Any] = {
            _ID_FIELD[provider]: None
            for provider, value in ids
            if provider in _ID_FIELD
            if self.world.artist(provider, value) not in {row, None}
            or (kept and getattr(kept.record, _ID_FIELD[provider]) not in {value, None})
        }
        for field in strange:
            self._reject("artists", getattr(artist, field), "id not merged")
        own = attrs.evolve(artist, **strange)
        merged = _merged(kept.record, own, rank=_artist_rank) if kept else own
        slug = kept.slug if kept else self._slug(artist, ids[0][1])
        self._keep(self.world.artists, "artists", row, StoredArtist(slug, merged, bool(kept and kept.is_stub)))
        owners = {ref: str(row) for ref in ids_of(own).values()}
        book, (head, *others) = self.world.identity.book, sorted(owners, key=rank)
        ties = [Pair.of(head, other) for other in others]
        links = {pair: IdentityLink(pair=pair, rule=Rule.BARE_NAME, strength=Strength.BARE_NAME) for pair in ties}
        book = attrs.evolve(book, owners={**owners, **book.owners}, links={**links, **book.links})
        records = {ref: Record(ref=ref, name=merged.name) for ref in owners} | dict(self.world.identity.records)
        self.world.identity = attrs.evolve(self.world.identity, book=book, records=records)
        albums = self.world.records["albums"]
        for key, album in list(albums.items()):
            self._keep(albums, "albums", key, self._owned(album))
        for song in sorted(self.world.open_credits.pop(merged.spotify_id or "", ())):
            self._link(row, song)

    def _slug(self, artist: Artist, provider_id: str, *, stub: bool = False) -> str:
        taken = {kept.slug for kept in self.world.artists.values()}
        free = not stub and artist.slug not in taken
        return artist.slug if free else f"{artist.slug}-{provider_id[:6].lower()}"

    def _rows(self, rows: Rows, about: UUID | None) -> None:
        world = self.world
        owned = [self._owned(album) for album in rows.albums]
        self._table(
            "albums", owned, lambda a: a.spotify_id, lambda a: world.artist(spaces.SPOTIFY, a.artist_spotify_id)
        )
        albums = world.records["albums"]
        self._table("tracks", rows.songs, lambda s: s.spotify_id, lambda s: albums.get(s.album_spotify_id))
        self._credits(rows.songs)
        world.lists |= {one.id: one for one in rows.lists}
        if not rows.partial:
            self._settle({artist for artist, _ in world.records["artist_tracks"]})
        self._table("venues", rows.venues, lambda v: (v.provider, v.provider_id), lambda _: True)
        self._table("shows", rows.shows, lambda s: (s.provider, s.provider_id), lambda _: True)
        for show in rows.shows:
            self._bill(show, about)
        shows = world.records["shows"]
        self._table(
            "actual_setlists",
            rows.actual_setlists,
            lambda s: s.setlistfm_id,
            lambda s: world.artist(spaces.MUSICBRAINZ, s.artist_mbid) and shows.get((SETLISTFM, s.setlistfm_id)),
        )

        self.world.unlisted |= dict.fromkeys(rows.unlisted, self.at)
        for gone in rows.gone_pages:
            world.gone[gone.setlistfm_id] = gone.because
        for one in rows.actual_setlists:
            world.gone.pop(one.setlistfm_id, None)

    def _predictions(self, rows: Rows) -> None:
        for predicted in rows.predicted:
            self._predicted(predicted)

    def _settle(self, artists: set[UUID]) -> None:
        """Derive the songs of artists from their tracks; what was derived from the same before is there already."""
        records, albums = self.world.records, self.world.records["albums"]
        for artist in sorted(artists):
            own, kept = self.world.artists[artist].record, records["songs"]
            tracks = [records["tracks"][track] for one, track in records["artist_tracks"] if one == artist]
            listed = [CreditedTrack(track=one, album=albums[one.album_spotify_id]) for one in tracks]
            links = {track: SongLink(song) for (one, track), song in self.world.links.items() if one == artist}
            stored = [song for (one, _), song in kept.items() if one == artist]
            owner = Owning(id=artist, name=own.name, spotify_id=own.spotify_id or "")
            facts = (owner, tracks, [one.album for one in listed], stored, links)
            if self.world.settled.get(artist) == facts:
                continue
            self.world.settled[artist] = facts
            derived = derive(owner, listed, stored, links)
            for song in derived.songs:
                if kept.get((artist, song.id)) != song:
                    self.changed.add(("songs", song.id))
                kept[artist, song.id] = song
            self.world.links |= {(artist, track): link.song for track, link in derived.links.items()}

    def _table(
        self, table: str, records: Sequence[Any], key: Callable[[Any], Any], parent: Callable[[Any], object]
    ) -> None:
        kept = self.world.records[table]
        for record in sorted(records, key=lambda r: r.fetched_at):
            old = kept.get(key(record))
            nameless = old is None and not getattr(record, "name", "x").strip()
            if parent(record) is None or nameless or not _is_storable(record):
                self._reject(table, str(key(record)), "refused")
            else:
                self._keep(kept, table, key(record), _merged(old, record) if old else record)

    def _owned(self, album: Album) -> Album:
        """Return an album to the first credited artist that there is; who is credited may be known from before."""
        if not album.artist_spotify_ids and (old := self.world.records["albums"].get(album.spotify_id)):
            album = attrs.evolve(album, artist_spotify_ids=old.artist_spotify_ids)
        named = (*album.artist_spotify_ids, album.artist_spotify_id)
        known = (one for one in named if self.world.artist(spaces.SPOTIFY, one) is not None)
        return attrs.evolve(album, artist_spotify_id=next(known, album.artist_spotify_id))

    def _credits(self, songs: Sequence[Track]) -> None:
        waiting = self.world.open_credits
        for song in (song for song in songs if song.spotify_id in self.world.records["tracks"]):
            for named in song.artist_spotify_ids:
                artist = self.world.artist(spaces.SPOTIFY, named)
                if artist is not None:
                    self._link(artist, song.spotify_id)
                else:
                    waiting[named] = waiting.get(named, frozenset()) | {song.spotify_id}

    def _link(self, artist: UUID, song: str) -> None:
        links, link = self.world.records["artist_tracks"], (artist, song)
        if link not in links:
            links[link] = song
            self.changed.add(("artist_tracks", link))

    def _bill(self, show: Show, about: UUID | None) -> None:
        key = (show.provider, show.provider_id)
        if key not in self.world.records["shows"]:
            return
        acts = {
            self.world.artist(ref.space, ref.id)
            for act in show.bill
            if not act.is_festival and (ref := own_id(act, show.provider)) is not None
        }
        if spaces.announces(show.provider) and acts and self.world.records["shows"][key].fetched_at <= show.fetched_at:
            for artist, places in self.world.playing.items():
                if key in places and artist not in acts and artist != about:
                    places.discard(key)
        for artist in sorted(artist for artist in acts | {about} if artist is not None):
            places = self.world.playing.setdefault(artist, set())
            if key not in places:
                self.changed.add(("artist_shows", (artist, key)))
            places.add(key)

    def _predicted(self, predicted: PredictedSetlist) -> None:
        key = (predicted.show_provider, predicted.show_provider_id, predicted.artist.id)
        show = self.world.records["shows"].get(key[:2])
        artist = self.world.artist(predicted.artist.space, predicted.artist.id)
        if show is None or artist is None:
            self._reject("setlists", ":".join(key[1:]), "refused")
            return
        songs = self.world.records["songs"]
        known = {song.key for (one, _), song in songs.items() if one == artist}
        for song in (song for song in predicted.songs if song.song_key not in known):
            made = song_id(artist, song.song_key)
            songs[artist, made] = RepertoireSong(id=made, title=song.title, key=song.song_key, played=True)
        self._keep(self.world.records["setlists"], "setlists", key, predicted)

    def _keep(self, kept: dict[Any, Any], table: str, key: object, record: object) -> None:
        if _said(kept.get(key)) != _said(record):
            self.changed.add((table, key))
        kept[key] = record

    def _reject(self, kind: str, key: str, reason: str) -> None:
        self.rejects.append(Reject(kind=kind, key=key, reason=reason))

    def _job(self, job_id: JobId) -> StoredJob:
        """Return a job that this batch may change: its own copy."""
        if job_id not in self._jobs:
            self._jobs.add(job_id)
            self.world.jobs[job_id] = self.world.jobs[job_id].copy()
        return self.world.jobs[job_id]

    def _update(self, update: JobUpdate) -> UUID | None:
        job = self._job(update.id) if update.id in self.world.jobs else None
        if job and job.fence == update.fence and update.revision is not None and job.revision >= update.revision:
            raise StoredBefore
        if job is None or job.state is not JobState.RUNNING or job.fence != update.fence:
            raise LostLease(f"job {update.id} does not run under fence {update.fence} any more")
        if "\\u0000" in json.dumps(dict(update.checkpoint or {})):
            raise StoreRejected("unsupported Unicode escape sequence")
        job.state = update.state
        job.artist_id = self.world.keyed(update.artist) or job.artist_id
        further = update.checkpoint is not None and dict(update.checkpoint) != job.checkpoint
        job.checkpoint = job.checkpoint if update.checkpoint is None else dict(update.checkpoint)
        job.attempts += update.failed_attempt
        job.error = update.error or (job.error if update.state is JobState.RUNNING else None)
        job.rescues = job.rescues if update.state is JobState.RUNNING and not further else 0
        job.revision = update.revision or job.revision
        job.waits_for = update.waits_for
        if update.state is not JobState.RUNNING:
            job.owner = None
        if update.state is JobState.READY:
            job.not_before = update.not_before or job.created_at
        if update.state.final:
            job.finished_at = self.at
            self._note_result(job)
        return job.artist_id

    def _note_result(self, job: StoredJob) -> None:
        row = self.world.schedules.get(str(job.new.args.get("schedule")))
        if row is not None and job.new.kind in {JobKind.SWEEP, JobKind.CLEANUP}:
            success = self.at if job.state is JobState.DONE else row.last_success
            self.world.schedules[row.name] = attrs.evolve(
                row, last_result=job.state.value, last_error=job.error, last_success=success
            )

    def _enqueue(self, new: NewJob) -> tuple[StoredJob, bool]:
        for job in self.world.jobs.values():
            if job.new.unique_key == new.unique_key and not job.state.final:
                joined = self._job(job.id)
                joined.lane = min(joined.lane, new.lane)
                if not joined.attempts and joined.waits_for is None:
                    joined.not_before = min(joined.not_before, new.not_before or self.at)
                joined.artist_id = joined.artist_id or self.world.keyed(new.artist)
                return joined, True
        job = StoredJob(
            id=JobId(max(self.world.jobs, default=0) + 1),
            new=new,
            lane=new.lane,
            created_at=self.at,
            not_before=new.not_before or self.at,
            artist_id=self.world.keyed(new.artist),
        )
        self.world.jobs[job.id] = job
        self._jobs.add(job.id)
        return job, False

    def _order(self, order: Order) -> Ordered:
        if order.job_id not in self.world.jobs:
            return Ordered(job_id=order.job_id, obeyed=False, before=None)
        job = self._job(order.job_id)
        before, others = job.state, (one for one in self.world.jobs.values() if one is not job)
        retried = order.action is Action.RETRY and before.final
        same = (one.id for one in others if one.new.unique_key == job.new.unique_key and not one.state.final)
        joined = next(same, None) if retried else None
        obeyed = obeys(before, order.action) and joined is None
        if obeyed and order.action is Action.CANCEL:
            job.state, job.owner, job.finished_at = JobState.CANCELLED, None, self.at
            job.fence = Fence(job.fence + 1)
        elif obeyed:
            job.state, job.attempts, job.rescues, job.error = JobState.READY, 0, 0, None
            job.not_before, job.finished_at, job.waits_for = self.at, None, None
        return Ordered(job_id=job.id, obeyed=obeyed, before=before, joined=joined)

    def _amend(self, amendment: Amendment, artist: UUID) -> None:
        for kept in list(self.world.jobs.values()):
            lacking = kept.checkpoint.get("lacking", {})
            is_done = kept.state is JobState.DONE and kept.artist_id == artist
            if is_done and kept.new.kind is JobKind.IMPORT_ARTIST and kept.progress and amendment.what in lacking:
                job = self._job(kept.id)
                job.checkpoint = {**job.checkpoint, "lacking": amendment.applied(lacking)}
                words = last_words(job.checkpoint["lacking"], job.checkpoint.get("notes", ()), imported=True)
                message = advance(None, Stage.COMPLETED, {}, note=words).message
                counts = {**kept.progress.counts, **amendment.counts}
                job.progress = attrs.evolve(kept.progress, message=message, counts=counts)

    def _told(self, order: Order, ordered: Ordered) -> list[ProgressEvent]:
        progress = self.world.jobs[order.job_id].progress if ordered.obeyed else None
        if progress is None:
            return []
        return [ProgressEvent(job_id=order.job_id, progress=told(order.action, progress), at=self.at)]

    def _event(self, event: ProgressEvent, failure: str | None) -> CommittedEvent:
        job = self._job(event.job_id)
        job.progress = event.progress
        failed = event.progress.stage is Stage.FAILED
        job.details = (failure or event.progress.message) if failed else None
        artist = self.world.known(job.artist_id)
        self.world.last = Seq(self.world.last + 1)
        committed = CommittedEvent(
            seq=self.world.last,
            job_id=event.job_id,
            artist_id=job.artist_id,
            slug=artist.slug if artist else None,
            progress=event.progress,
            at=event.at,
            request_id=job.new.args.get(REQUEST_ID),
        )
        self.world.events.append(committed)
        return committed

    def _accepted(self, job: StoredJob, *, joined: bool) -> Accepted:
        artist = self.world.known(job.artist_id)
        return Accepted(
            job_id=job.id,
            artist_id=job.artist_id,
            slug=artist.slug if artist else None,
            name=artist.name if artist else None,
            status=job.progress.stage.value if job.progress else job.state.value,
            joined=joined,
            **expected_fields(job.progress.expected if job.progress else None),
        )


def _merged(old: Any, new: Any, rank: Callable[[Any], int] = lambda _: 0) -> Any:
    """Merge two records of one row: the one that leads overwrites, None and an empty name overwrite nothing."""
    leads = (rank(new), new.fetched_at) >= (rank(old), old.fetched_at)
    over, under = (new, old) if leads else (old, new)
    said = {f.name: value for f in attrs.fields(type(new)) if (value := getattr(over, f.name)) is not None}
    if not said.get("name", "x").strip():
        del said["name"]
    return attrs.evolve(under, **said)


def _artist_rank(artist: Artist) -> int:
    return 2 if artist.spotify_id else 1 if artist.ticketmaster_id else 0


def _said(record: Any) -> object:
    """Return what a row says: when it was said does not count, nor who is on a bill, which is a table of its own."""
    if record is None or isinstance(record, StoredArtist):
        return record and (record.slug, record.is_stub, _said(record.record))
    return {f.name: getattr(record, f.name) for f in attrs.fields(type(record)) if f.name not in {"fetched_at", "bill"}}


def _is_storable(record: Any) -> bool:
    texts = [value for value in attrs.asdict(record).values() if isinstance(value, str)]
    return not any(ch == "\0" or "\ud800" <= ch <= "\udfff" for text in texts for ch in text)
