"""Phase 3 of an import: every album with its songs.

Only albums that are new, or whose list entries have changed, are fetched, in waves. Those that arrive while a batch is
being stored are the next batch. Its albums are added to the checkpoint with their numbers of songs, so that an
interrupted job continues with the missing albums and keeps its counts. With the last batch songs are derived from all
tracks. Albums and songs that the provider lists but does not have are counted, but do not fail the job.
"""

from collections.abc import Hashable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

import attrs

from thesetd.actors.jobs.ahead import concurrently
from thesetd.actors.jobs.catalogue.album_lists import LISTS, AlbumLists, read_lists
from thesetd.actors.jobs.identifying import looked_up
from thesetd.actors.jobs.identity_step import CLASSES
from thesetd.actors.jobs.missing import anew
from thesetd.actors.jobs.paging import ListResult, collect
from thesetd.actors.jobs.planning import planned
from thesetd.actors.jobs.work import LOST, MATCHED, JobRun
from thesetd.domain.errors import BadPayload, NotFound, ProviderError, Refused, Unavailable
from thesetd.domain.freshness.rereading import is_read
from thesetd.domain.gate.calls import Call
from thesetd.domain.identity.learning import Learnt
from thesetd.domain.identity.sentences import provider_of
from thesetd.domain.identity.spaces import Ref
from thesetd.domain.identity.statements import Record
from thesetd.domain.music.names import fold
from thesetd.domain.music.records import Album, Reject, Rows, Track
from thesetd.domain.music.releases import classified, words_of
from thesetd.domain.music.versions import Version
from thesetd.domain.work.jobs import JobKind, Lane, NewJob, look_job
from thesetd.domain.work.progress import Stage
from thesetd.ports.providers import AlbumDetails, Catalog

WAVE = 8  # calls at a time: enough to fill every worker, few enough to lose little on a crash
MOST = 4  # waves of one batch: a busy writer stores a catalogue with a third of the statements
LOOK_AGAIN_S = 3600.0
UNSETTLED = "unsettled"  # in the checkpoint: songs must be derived from the stored tracks
ALBUMS_PART = 0.9  # share of the stage's progress; the rest is for the predicted setlists


async def catalog_step(work: JobRun) -> None:
    """Fetch all albums and songs from every catalogue that knows the artist."""
    for catalog in work.tools.providers.catalog:
        if catalog.space in work.known().ids and not work.checkpoint.get(LOST):
            try:
                await planned(catalog, partial(_list_and_fetch, work, catalog))
            except NotFound:
                await _without_lists(work, catalog)


async def _without_lists(work: JobRun, catalog: Catalog) -> None:
    """Say why a catalogue has no lists of the artist: it no longer knows the id, which a link named, or lost them."""
    known, ref = work.known(), Ref(catalog.space, work.known().ids[catalog.space])
    if await looked_up(work.fetch, catalog, ref.id) is None:
        work.checkpoint[LOST] = True
        await work.learn_of(Learnt(records=(Record(ref=ref, name=known.name, gone=True),)))
        for remark in work.unsettled:
            work.remark(remark)
        return
    work.remark(f"{provider_of(catalog.space)} lists no albums of this artist now")
    await work.commit(stage=Stage.SYNCING_CATALOG, enqueue=(_look_again(work),) if work.watched else ())


def begin_catalogue(work: JobRun) -> None:
    """Begin to read the lists of albums, while another step waits for other providers."""
    if not work.reads_ahead():
        return
    for catalog in work.tools.providers.catalog:
        if catalog.space in work.known().ids and not work.checkpoint.get(LOST):
            work.ahead.begin(_key(work, catalog), partial(planned, catalog, partial(_listed, work, catalog)))


def begin_albums(work: JobRun) -> None:
    """Begin to fetch the first albums of lists that were begun, while the rows of another step are being stored.

    Not earlier: reading them takes a tenth of a second, for which that step's answers would wait.
    """
    for catalog in work.tools.providers.catalog:
        if catalog.space in work.known().ids:
            work.ahead.run(partial(_first_wave, work, _key(work, catalog)))


async def _first_wave(work: JobRun, key: Hashable) -> None:
    fetching: _Fetching | None = await work.ahead.peek(key)
    if fetching is not None:
        fetching.begin(0)


def _key(work: JobRun, catalog: Catalog) -> Hashable:
    """Return what the catalogue as it was begun depends on: an identity that is decided meanwhile may change it."""
    return "catalogue", work.known().id, catalog.space, work.known().ids[catalog.space]


async def _list_and_fetch(work: JobRun, catalog: Catalog) -> None:
    fetching = await work.ahead.take(_key(work, catalog), partial(_listed, work, catalog))
    fetching.lists.keep(work, fetching.artist_id)
    counts = {"albums": len(fetching.stored), "albums_total": len(fetching.listed)}
    await work.report(stage=Stage.SYNCING_CATALOG, counts=counts, rejects=tuple(fetching.lists.rejects))
    await fetching.run()


async def _listed(work: JobRun, catalog: Catalog) -> "_Fetching":
    """Read the lists of albums, and find those that are not stored."""
    artist_id = work.known().ids[catalog.space]
    known = await work.tools.reading.repertoires.catalogue(work.known().id, tracks=False)
    albums = {album.spotify_id: album for album in known.albums}
    lists = AlbumLists.kept(work, artist_id) or await _read(work, catalog, artist_id, albums)
    now, listed, songs_on = work.tools.clock.now(), lists.albums, known.songs_on
    read = {one: songs_on[one] for one, album in listed.items() if is_read(album, albums, now)}
    unavailable = {one for one in read if not albums[one].available}
    done = {album: songs for album, songs in work.checkpoint.get("albums", {}).items() if album in listed}
    stored = {**{one: songs for one, songs in read.items() if one not in unavailable}, **done}
    return _Fetching(work, catalog, artist_id, lists, stored=stored, unavailable=unavailable, short=lists.short)


async def _read(work: JobRun, catalog: Catalog, artist_id: str, stored: Mapping[str, Album]) -> AlbumLists:
    """Read the lists, and which tracks are the best known."""
    top = catalog.top_songs(artist_id)
    if top is not None:
        work.begin([top])
    lists = await read_lists(work, catalog, artist_id, stored)
    if top is not None:
        lists.ranks = {one.spotify_id: one.popularity for one in await work.begun(top) or ()}
    return lists


def _look_again(work: JobRun) -> NewJob:
    """Make the job that fetches what a list lacked."""
    not_before = work.tools.clock.now() + timedelta(seconds=LOOK_AGAIN_S)
    return anew(work, look_job(JobKind.REFRESH_CATALOG, Lane.MEDIUM, work.key(), not_before=not_before))


@attrs.define
class _Wave:
    """The results of a number of calls. `failed` is the first error that concerns more than its own album.

    `stored`, `partial` and `lacking` are what `_Fetching` learns from it once it is stored.
    """

    albums: list[Album] = attrs.field(factory=list)
    songs: dict[str, Track] = attrs.field(factory=dict)
    rejects: list[Reject] = attrs.field(factory=list)
    stored: dict[str, int] = attrs.field(factory=dict)
    partial: set[str] = attrs.field(factory=set)
    lacking: dict[str, int] = attrs.field(factory=dict)
    failed: ProviderError | None = None

    def join(self, other: "_Wave") -> None:
        """Add the results of the wave after it."""
        self.albums += other.albums
        self.songs |= other.songs
        self.rejects += other.rejects
        self.stored |= other.stored
        self.partial |= other.partial
        self.lacking |= other.lacking
        self.failed = self.failed or other.failed

    def fail(self, error: ProviderError, key: str) -> None:
        """Record the error of one call about an item, given by the provider's id."""
        if isinstance(error, BadPayload):
            self.rejects.append(Reject(kind="album", key=key, reason=error.message, sample=error.sample))
        elif not isinstance(error, NotFound | Refused):
            self.failed = self.failed or error


@attrs.define
class _Fetching:
    """The albums of one artist while they are fetched: waves are fetched while those before are being stored.

    `stored` maps each album in the database to its number of songs; albums in `partial` lack some songs, and those in
    `unavailable` were recently found missing. `lacking` counts tracks that albums are said to have but did not arrive,
    `short` says what lists lack, in words.
    """

    work: JobRun
    catalog: Catalog
    artist_id: str
    lists: AlbumLists
    stored: dict[str, int]
    unavailable: set[str]
    short: list[str]
    taken: int = 0  # waves that were stored, or are being stored
    partial: set[str] = attrs.field(factory=set)
    lacking: dict[str, int] = attrs.field(factory=dict)
    waves: list[Sequence[Call[tuple[AlbumDetails, ...]]]] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        wanted = [one for one in self.listed if one not in self.stored and one not in self.unavailable]
        calls = self.catalog.albums(wanted)
        self.waves = [calls[start : start + WAVE] for start in range(0, len(calls), WAVE)]

    @property
    def listed(self) -> Mapping[str, Album]:
        """The albums that the lists hold, by their ids."""
        return self.lists.albums

    def begin(self, number: int) -> None:
        """Begin to fetch a wave before it is needed, if there are so many."""
        if number < min(len(self.waves), self.taken + MOST) and self.work.reads_ahead():
            self.work.ahead.begin((id(self), number), partial(self._fetch_on, number))

    async def run(self) -> None:
        await self._close(await self._run_waves())

    async def _run_waves(self) -> Rows:
        """Fetch every wave and store it, but for the last ones, whose rows are returned."""
        while self.taken < len(self.waves):
            wave = await self._take()
            while wave.failed is None and self.work.ahead.is_over((id(self), self.taken)):
                wave.join(await self._take())
            if wave.failed is None:
                self.begin(self.taken)
            rows = self._add_wave(wave)
            if wave.failed is not None:  # the rest may take long: users already see the songs of what is there
                rows = attrs.evolve(rows, regroup=self._unsettled(rows))
                if rows:
                    await self._commit(rows)
                raise wave.failed
            if self.taken == len(self.waves):
                return rows
            if rows:
                self.work.checkpoint[UNSETTLED] = True
                await self._commit(attrs.evolve(rows, partial=True))
        return Rows()

    async def _take(self) -> _Wave:
        """Return the next wave."""
        number = self.taken
        self.taken += 1
        return await self.work.ahead.take((id(self), number), partial(self._fetch, self.waves[number]))

    async def _close(self, kept: Rows) -> None:
        """Store the last rows with the songs that are derived from all tracks, and say what is missing."""
        self.work.checkpoint.pop(LISTS, None)
        missing = self.listed.keys() - self.stored.keys()
        if missing:
            self.work.remark(f"{len(missing)} of {len(self.listed)} listed albums are unavailable")
        absent = sorted(missing - self.partial - self.unavailable)
        albums = tuple(attrs.evolve(self.listed[one], available=False) for one in absent)
        lists = tuple(self.lists.whole) if not self.partial else ()
        rows = attrs.evolve(kept, albums=(*kept.albums, *albums), lists=lists)
        rows = attrs.evolve(rows, regroup=self._unsettled(rows))
        if self.lacking:
            self.short.append(f"{sum(self.lacking.values())} tracks of {len(self.lacking)} albums are missing")
        for text in self.short:
            self.work.remark(text)
        again = bool(self.short) and self.work.looks_again()
        later = (_look_again(self.work),) if self.short and self.work.watched else ()
        await self._commit(rows, missing=len(missing), enqueue=later, last=not again)
        if again:
            raise Unavailable(self.catalog.provider, "; ".join(self.short))

    async def _fetch_on(self, number: int) -> _Wave:
        """Fetch a wave, and begin the one after it."""
        wave = await self._fetch(self.waves[number])
        if wave.failed is None:
            self.begin(number + 1)
        return wave

    async def _fetch(self, calls: Sequence[Call[tuple[AlbumDetails, ...]]]) -> _Wave:
        wave, albums = _Wave(), list[AlbumDetails]()
        for result in await self.work.fetch_all(calls):
            if isinstance(result, ProviderError):
                wave.fail(result, self.work.key().provider_id)
            else:
                albums += result
        long = {number: details for number, details in enumerate(albums) if details.more_songs is not None}
        rest = await concurrently([partial(self._songs_on, details) for details in long.values()]) if long else ()
        read = dict(zip(long, rest, strict=True))
        for number, details in enumerate(albums):
            songs, error = read.get(number) or (ListResult(list(details.songs)), None)
            self._add(details, songs, error, wave)
        return wave

    async def _songs_on(self, details: AlbumDetails) -> tuple[ListResult[Track], ProviderError | None]:
        """Read the rest of an album's songs; return those that arrived, and why not all did."""
        songs = ListResult(list(details.songs))
        try:
            if details.more_songs is not None:
                await collect(self.work.fetch, details.more_songs, into=songs)
        except ProviderError as error:
            return songs, error
        return songs, None

    def _add(self, details: AlbumDetails, found: ListResult[Track], error: ProviderError | None, wave: _Wave) -> None:
        """Add an album with all of its songs.

        If its list of songs breaks off, the album counts as missing, but its songs are kept.
        """
        album_id = details.album.spotify_id
        if error is None:
            wave.stored[album_id] = count = len({song.spotify_id for song in found.items})
            said = details.album.total_tracks
            lacks = 0 if said is None else max(0, said - len(found.items))
            if lacks:
                wave.lacking[album_id] = lacks
            read = None if lacks else count if said is None else said
            wave.albums.append(self._as_listed(details.album, read))
        else:
            wave.fail(error, album_id)
            wave.partial.add(album_id)
            wave.albums.append(self._as_listed(details.album))
        wave.rejects += [*details.rejects, *found.rejects]
        classes = self._said_of(details.album)
        why = words_of(details.album.name)
        wave.songs |= {song.spotify_id: classified(song, classes, why) for song in found.items}

    def _as_listed(self, album: Album, read_tracks: int | None = None) -> Album:
        """Keep an album with the artist in whose list it appears; the store decides whose it is if there are others."""
        listed = self.listed.get(album.spotify_id, album)
        group = album.album_group or listed.album_group
        whose = listed.artist_spotify_id
        return attrs.evolve(album, artist_spotify_id=whose, album_group=group, read_tracks=read_tracks)

    def _said_of(self, album: Album) -> list[Version]:
        """Return the classes that discographies give all recordings of an album."""
        return [Version(one) for one in self.work.checkpoint.get(CLASSES, {}).get(fold(album.name), ())]

    def _add_wave(self, wave: _Wave) -> Rows:
        """Count what a wave brought, and return its rows, even if it failed as a whole."""
        self.stored |= wave.stored
        self.partial |= wave.partial
        self.lacking |= wave.lacking
        songs = tuple(self._ranked(song) for song in wave.songs.values())
        return Rows(albums=tuple(wave.albums), songs=songs, rejects=tuple(wave.rejects))

    def _ranked(self, song: Track) -> Track:
        """Add how popular a track is, so that its songs need not be derived again for that."""
        rank = self.lists.ranks.get(song.spotify_id)
        return song if rank is None else attrs.evolve(song, popularity=rank)

    def _unsettled(self, rows: Rows) -> tuple[UUID, ...]:
        """Return the artist if tracks were stored from which songs have not been derived yet."""
        return (self.work.known().id,) if self.work.checkpoint.pop(UNSETTLED, False) or rows.songs else ()

    async def _commit(
        self, rows: Rows, *, missing: int = 0, enqueue: tuple[NewJob, ...] = (), last: bool = False
    ) -> None:
        # A later run for missing tracks fetches their albums again.
        kept = {album: songs for album, songs in self.stored.items() if album not in self.lacking}
        self.work.checkpoint["albums"] = kept
        if rows.regroup:  # which matches the names in setlists as well
            self.work.checkpoint[MATCHED] = True
        stage = Stage.SYNCING_CATALOG
        counts = {"albums": len(self.stored), "albums_missing": missing, "songs": sum(self.stored.values())}
        part = ALBUMS_PART * (len(self.stored) / len(self.listed) if self.listed else 1.0)
        if last and not enqueue and rows == Rows(lists=rows.lists):  # only that the lists were read
            closing = self.work.closing
            closing.rows = attrs.evolve(closing.rows, lists=(*closing.rows.lists, *rows.lists))
            await self.work.report(stage=stage, part=part, counts=counts, last=last)
        else:
            await self.work.commit(rows, stage=stage, part=part, counts=counts, enqueue=enqueue, last=last)
