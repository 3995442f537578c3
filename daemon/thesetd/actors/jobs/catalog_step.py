"""Phase 3 of an import: every album with its songs, then the first predicted setlists.

Only albums that are new, or whose list entries have changed, are fetched, in waves. Each wave is one batch, and its
albums are added to the checkpoint with their numbers of songs, so that an interrupted job continues with the missing
albums and keeps its counts. Albums and songs that the provider lists but does not have are counted, but do not fail the
job.
"""

from collections.abc import Collection, Generator, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from uuid import UUID

import attrs
import trio

from thesetd.actors.jobs.identifying import looked_up
from thesetd.actors.jobs.identity_step import CLASSES
from thesetd.actors.jobs.paging import ListResult, collect
from thesetd.actors.jobs.planning import planned
from thesetd.actors.jobs.work import LOST, PATIENCE, JobRun
from thesetd.domain.errors import BadPayload, NotFound, ProviderError, Refused, StoreUnavailable, Unavailable
from thesetd.domain.freshness.rereading import is_read, list_id, unread_pages
from thesetd.domain.gate.calls import Call, Page
from thesetd.domain.identity.learning import Learnt
from thesetd.domain.identity.sentences import provider_of
from thesetd.domain.identity.spaces import Ref
from thesetd.domain.identity.statements import Record
from thesetd.domain.ids import ProviderName
from thesetd.domain.music.names import fold
from thesetd.domain.music.records import Album, PredictedSetlist, PredictedSong, ReadList, Reject, Rows, Show, Track
from thesetd.domain.music.releases import classified, words_of
from thesetd.domain.music.versions import Version
from thesetd.domain.prediction.foreseen import Foreseen, MadePredictions
from thesetd.domain.prediction.offers import offers_of
from thesetd.domain.prediction.prediction import Coming, Prediction, Predictor
from thesetd.domain.setlists.kinds import BillSlot, slot_of
from thesetd.domain.work.jobs import JobKind, Lane, NewJob, look_job
from thesetd.domain.work.progress import Stage
from thesetd.ports.providers import AlbumDetails, Catalog

WAVE = 8  # calls of one batch: enough to fill every worker, few enough to lose little on a crash
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


async def predict_step(work: JobRun) -> None:
    """Predict the setlists of the artist's coming shows from what is stored, if that changed since the last time."""
    artist, now = work.known(), work.tools.clock.now()
    made, known = work.tools.predictions.of(artist.id), await work.tools.reading.forecasts.foreseen(artist.id, now=now)
    if made is not None and made.foreseen == known:
        await _predicted_all(work, made.songs, known.setlists)
        return
    await work.commit(Rows(rematch=(artist.id,)), stage=Stage.SYNCING_CATALOG)
    known = await work.tools.reading.forecasts.foreseen(artist.id, now=now)
    stored = await work.tools.reading.repertoires.repertoire(artist.id, now=now)
    if not stored.songs:  # from an earlier version, or there are none
        await work.commit(Rows(regroup=(artist.id,)), stage=Stage.SYNCING_CATALOG)
        stored = await work.tools.reading.repertoires.repertoire(artist.id, now=now)
    offers = offers_of(stored.songs)
    forecast = Predictor(offers, stored.setlists, ruled=stored.ruled)
    predicted: list[PredictedSetlist] = []
    ref = Ref(work.key().space, work.key().provider_id)
    for show in stored.coming:
        coming = Coming(day=show.local_date or now.date(), tour=show.tour or "", slot=_slot(show, stored.supporting))
        if (prediction := await _in_turns(forecast.predicting(coming))).candidates:
            predicted.append(_predicted(show, prediction, ref))
    await _predicted_all(work, len(offers), len(predicted), Rows(predicted=tuple(predicted)))
    with suppress(StoreUnavailable):  # they are made once more
        found = await work.tools.reading.forecasts.foreseen(artist.id, now=now)
        made = MadePredictions(Foreseen(known.inputs, found.stored, len(predicted)), len(offers))
        work.tools.predictions.keep(artist.id, made)


async def _predicted_all(work: JobRun, songs: int, setlists: int, rows: Rows | None = None) -> None:
    counts = {"studio_songs": songs, "setlists": setlists}
    await work.commit(rows, stage=Stage.SYNCING_CATALOG, part=1.0, counts=counts, last=True)


async def _in_turns(prediction: Generator[None, None, Prediction]) -> Prediction:
    """Finish a prediction, whose parts together take tenths of a second, yielding to other tasks in between."""
    while True:
        await trio.lowlevel.checkpoint()
        try:
            next(prediction)
        except StopIteration as end:
            found: Prediction = end.value
            return found


def _slot(show: Show, supporting: Collection[tuple[ProviderName, str]]) -> BillSlot:
    return BillSlot.SUPPORT if (show.provider, show.provider_id) in supporting else slot_of("", venue=show.name)


def _predicted(show: Show, prediction: Prediction, artist: Ref) -> PredictedSetlist:
    return PredictedSetlist(
        show_provider=show.provider,
        show_provider_id=show.provider_id,
        artist=artist,
        expected_songs=min(prediction.length, len(prediction.candidates)),
        concerts=prediction.concerts,
        songs=tuple(
            PredictedSong(
                position=one.position,
                song_key=one.key,
                title=one.title,
                probability=one.probability,
                encore=one.encore,
                reason=one.reason,
            )
            for one in prediction.candidates
        ),
    )


async def _list_and_fetch(work: JobRun, catalog: Catalog) -> None:
    artist_id = work.known().ids[catalog.space]
    known = await work.tools.reading.repertoires.catalogue(work.known().id, tracks=False)
    lists = _Lists(work, {album.spotify_id: album for album in known.albums}, artist_id)
    for first in catalog.artist_albums(artist_id):
        await lists.read(first)
    now, listed = work.tools.clock.now(), lists.albums
    songs_on = known.songs_on
    read = {one: songs_on[one] for one, album in listed.items() if is_read(album, lists.stored, now)}
    unavailable = {one for one in read if not lists.stored[one].available}
    done = {album: songs for album, songs in work.checkpoint.get("albums", {}).items() if album in listed}
    stored = {**{one: songs for one, songs in read.items() if one not in unavailable}, **done}
    counts = {"albums": len(stored), "albums_total": len(listed)}
    rows = Rows(rejects=tuple(lists.rejects))
    await work.commit(rows, stage=Stage.SYNCING_CATALOG, counts=counts)
    fetching = _Fetching(work, catalog, listed=listed, stored=stored, unavailable=unavailable, short=lists.short)
    await fetching.run(tuple(lists.whole))


@attrs.define
class _Lists:
    """An artist's lists of albums while they are being read. `whole` are those that were read to the end."""

    work: JobRun
    stored: dict[str, Album]
    artist_id: str
    albums: dict[str, Album] = attrs.field(factory=dict)
    whole: list[ReadList] = attrs.field(factory=list)
    rejects: list[Reject] = attrs.field(factory=list)
    short: list[str] = attrs.field(factory=list)

    async def read(self, first: Call[Page[Album]]) -> None:
        """Read a list as far as it may hold something new."""
        now, key = self.work.tools.clock.now(), list_id(self.work.known().id, first.request.key)
        known = (await self.work.tools.reading.repertoires.lists([key])).get(key)
        page = await self.work.fetch(first)
        rest = unread_pages(page.items, page.total, known, self.stored.values(), now)
        if rest is None or page.next is None:
            found = await _followed(self.work, page)
            if found.doubtful and self.work.watched:
                page = await self.work.fetch(attrs.evolve(first, since=self.work.tools.clock.now()))
                again = await _followed(self.work, page)
                again.items[:0] = found.items
                found = again
            items = found.items
            self.rejects += found.rejects
            if found.short:
                self.short.append(f"only {found.sent} of {found.total} albums are listed")
            elif found.rejects:
                self.short.append(f"{len(found.rejects)} of {found.sent} albums cannot be read")
            else:
                self.whole.append(ReadList(id=key, read_at=now, total=page.total))
        else:
            items = [*page.items, *rest]
        for album in items:
            self.albums.setdefault(album.spotify_id, attrs.evolve(album, artist_spotify_id=self.artist_id))


async def _followed(work: JobRun, page: Page[Album]) -> ListResult[Album]:
    """Follow a list from its first page; a list that keeps breaking off is used as far as it goes."""
    found: ListResult[Album] = ListResult(ended=page.next is None)
    try:
        if page.next is not None:
            await collect(work.fetch, page.next, into=found)
    except Unavailable:
        if work.job.attempts < PATIENCE:
            raise
        found.ended = True
    found.items[:0], found.rejects[:0] = page.items, page.rejects
    found.sent += len(page.items) if page.sent is None else page.sent
    found.total = page.total
    return found


def _look_again(work: JobRun) -> NewJob:
    """Make the job that fetches what a list lacked."""
    not_before = work.tools.clock.now() + timedelta(seconds=LOOK_AGAIN_S)
    return work.later(look_job(JobKind.REFRESH_CATALOG, Lane.MEDIUM, work.key(), not_before=not_before))


@attrs.define
class _Wave:
    """The results of a number of calls. `failed` is the first error that concerns more than its own album."""

    albums: list[Album] = attrs.field(factory=list)
    songs: dict[str, Track] = attrs.field(factory=dict)
    rejects: list[Reject] = attrs.field(factory=list)
    failed: ProviderError | None = None

    def fail(self, error: ProviderError, key: str) -> None:
        """Record the error of one call about an item, given by the provider's id."""
        if isinstance(error, BadPayload):
            self.rejects.append(Reject(kind="album", key=key, reason=error.message, sample=error.sample))
        elif not isinstance(error, NotFound | Refused):
            self.failed = self.failed or error


@attrs.define
class _Fetching:
    """The albums of one artist while they are fetched.

    `stored` maps each album in the database to its number of songs; albums in `partial` lack some songs, and those in
    `unavailable` were recently found missing. `lacking` counts tracks that albums are said to have but did not arrive,
    `short` says what lists lack, in words.
    """

    work: JobRun
    catalog: Catalog
    listed: dict[str, Album]
    stored: dict[str, int]
    unavailable: set[str]
    short: list[str]
    partial: set[str] = attrs.field(factory=set)
    lacking: dict[str, int] = attrs.field(factory=dict)

    async def run(self, lists: tuple[ReadList, ...]) -> None:
        wanted = [one for one in self.listed if one not in self.stored and one not in self.unavailable]
        calls = self.catalog.albums(wanted)
        for start in range(0, len(calls), WAVE):
            await self._store(await self._fetch(calls[start : start + WAVE]))
        missing = self.listed.keys() - self.stored.keys()
        if missing:
            self.work.remark(f"{len(missing)} of {len(self.listed)} listed albums are unavailable")
        absent = sorted(missing - self.partial - self.unavailable)
        albums = tuple(attrs.evolve(self.listed[one], available=False) for one in absent)
        rows = Rows(albums=albums, lists=lists if not self.partial else ())
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

    async def _fetch(self, calls: Sequence[Call[tuple[AlbumDetails, ...]]]) -> _Wave:
        wave = _Wave()
        for result in await self.work.fetch_all(calls):
            if isinstance(result, ProviderError):
                wave.fail(result, self.work.key().provider_id)
                continue
            for details in result:
                await self._add(details, wave)
        return wave

    async def _add(self, details: AlbumDetails, wave: _Wave) -> None:
        """Add an album with all of its songs.

        If its list of songs breaks off, the album counts as missing, but its songs are kept.
        """
        album_id, found = details.album.spotify_id, ListResult(list(details.songs))
        try:
            if details.more_songs is not None:
                await collect(self.work.fetch, details.more_songs, into=found)
            self.stored[album_id] = count = len({song.spotify_id for song in found.items})
            said = details.album.total_tracks
            lacks = 0 if said is None else max(0, said - len(found.items))
            if lacks:
                self.lacking[album_id] = lacks
            read = None if lacks else count if said is None else said
            wave.albums.append(attrs.evolve(self._as_listed(details.album), read_tracks=read))
        except ProviderError as error:
            wave.fail(error, album_id)
            self.partial.add(album_id)
            wave.albums.append(self._as_listed(details.album))
        wave.rejects += [*details.rejects, *found.rejects]
        classes = self._said_of(details.album)
        why = words_of(details.album.name)
        wave.songs |= {song.spotify_id: classified(song, classes, why) for song in found.items}

    def _as_listed(self, album: Album) -> Album:
        """Keep an album with the artist in whose list it appears; the store decides whose it is if there are others."""
        listed = self.listed.get(album.spotify_id, album)
        return attrs.evolve(
            album, artist_spotify_id=listed.artist_spotify_id, album_group=album.album_group or listed.album_group
        )

    def _said_of(self, album: Album) -> list[Version]:
        """Return the classes that discographies give all recordings of an album."""
        return [Version(one) for one in self.work.checkpoint.get(CLASSES, {}).get(fold(album.name), ())]

    async def _store(self, wave: _Wave) -> None:
        """Store the results, even if the wave as a whole failed."""
        rows = Rows(albums=tuple(wave.albums), songs=tuple(wave.songs.values()), rejects=tuple(wave.rejects))
        if wave.failed is not None:  # the rest may take long: users already see the songs of what is there
            rows = attrs.evolve(rows, regroup=self._unsettled(rows))
        elif rows:
            self.work.checkpoint[UNSETTLED] = True
            rows = attrs.evolve(rows, partial=True)
        if rows:
            await self._commit(rows)
        if wave.failed is not None:
            raise wave.failed

    def _unsettled(self, rows: Rows) -> tuple[UUID, ...]:
        """Return the artist if tracks were stored from which songs have not been derived yet."""
        return (self.work.known().id,) if self.work.checkpoint.pop(UNSETTLED, False) or rows.songs else ()

    async def _commit(
        self, rows: Rows, *, missing: int = 0, enqueue: tuple[NewJob, ...] = (), last: bool = False
    ) -> None:
        # A later run for missing tracks fetches their albums again.
        kept = {album: songs for album, songs in self.stored.items() if album not in self.lacking}
        self.work.checkpoint["albums"] = kept
        counts = {"albums": len(self.stored), "albums_missing": missing, "songs": sum(self.stored.values())}
        part = ALBUMS_PART * (len(self.stored) / len(self.listed) if self.listed else 1.0)
        await self.work.commit(rows, stage=Stage.SYNCING_CATALOG, part=part, counts=counts, enqueue=enqueue, last=last)
