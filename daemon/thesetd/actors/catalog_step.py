"""Phase 3 of an import: every album with its songs, then the first predicted setlists.

Albums are fetched in waves. Each wave is one batch and its ids join the checkpoint, so that a job that is interrupted
goes on with the albums that are still missing. What the provider lists but does not have is counted, not fatal.
"""

import attrs

from thesetd.actors.paging import collect
from thesetd.actors.work import Work
from thesetd.domain.errors import BadPayload, CapabilityGone, NotFound, ProviderError, Refused
from thesetd.domain.prediction import predict
from thesetd.domain.progress import Stage
from thesetd.domain.records import Album, PredictedSetlist, Reject, Rows, Song
from thesetd.domain.studio import studio_songs
from thesetd.ports.providers import AlbumDetails

WAVE = 8  # calls of one batch: enough to fill every worker, few enough to lose little on a crash
ALBUMS_PART = 0.9  # of the stage's way; the rest is for the predicted setlists


async def catalog_step(work: Work) -> None:
    """Bring all albums and songs."""
    while True:
        try:
            await _list_and_fetch(work)
        except CapabilityGone as error:
            if not work.tools.providers.catalog.downgrade(error.capability):
                raise
        else:
            return


async def predict_step(work: Work) -> None:
    """Predict the setlists of the artist's coming shows from what is stored."""
    artist = work.known()
    stored = await work.tools.reading.repertoires.repertoire(artist.id, today=work.tools.clock.now().date())
    offered = studio_songs(stored.albums, stored.songs, work.key().provider_id)
    songs = predict(offered, stored.setlists)
    predicted = tuple(
        PredictedSetlist(
            show_provider=show.provider,
            show_provider_id=show.provider_id,
            artist_spotify_id=work.key().provider_id,
            songs=songs,
        )
        for show in stored.coming
        if songs
    )
    counts = {"studio_songs": len(offered), "setlists": len(predicted)}
    await work.commit(Rows(predicted=predicted), stage=Stage.SYNCING_CATALOG, part=1.0, counts=counts)


async def _list_and_fetch(work: Work) -> None:
    artist_id = work.key().provider_id
    listed: dict[str, Album] = {}
    for first in work.tools.providers.catalog.artist_albums(artist_id):
        for album in await collect(work.fetch, first):
            listed.setdefault(album.spotify_id, attrs.evolve(album, artist_spotify_id=artist_id))
    done = set(work.checkpoint.get("albums", ())) & listed.keys()
    await work.commit(stage=Stage.SYNCING_CATALOG, counts={"albums": len(done), "albums_total": len(listed)})
    before = work.progress.counts.get("songs", 0) if work.progress and done else 0
    await _Fetching(work, listed=listed, done=done, songs_before=before).run()


@attrs.define
class _Fetching:
    """The albums of one artist on their way in; `songs_before` counts those of an earlier run of the job."""

    work: Work
    listed: dict[str, Album]
    done: set[str]
    missing: set[str] = attrs.field(factory=set)
    songs: set[str] = attrs.field(factory=set)
    songs_before: int = 0

    async def run(self) -> None:
        wanted = [album_id for album_id in self.listed if album_id not in self.done]
        calls = self.work.tools.providers.catalog.albums(wanted)
        for start in range(0, len(calls), WAVE):
            results = await self.work.fetch_all(calls[start : start + WAVE])
            await self._store([await self._whole(details) for details in self._albums(results)], self._rejects(results))
        self.missing = set(wanted) - self.done
        if self.missing:
            self.work.remark(f"{len(self.missing)} of {len(self.listed)} albums are listed but not to be had")
            await self._commit(Rows(albums=tuple(self.listed[album_id] for album_id in sorted(self.missing))))

    def _albums(self, results: list[tuple[AlbumDetails, ...] | ProviderError]) -> list[AlbumDetails]:
        """Give the albums that arrived; an error that concerns more than its own album ends the wave."""
        arrived: list[AlbumDetails] = []
        for result in results:
            if isinstance(result, tuple):
                arrived.extend(result)
            elif not isinstance(result, NotFound | Refused | BadPayload):
                raise result
        return arrived

    def _rejects(self, results: list[tuple[AlbumDetails, ...] | ProviderError]) -> tuple[Reject, ...]:
        return tuple(
            Reject(kind="album", key=self.work.key().provider_id, reason=result.message, sample=result.sample)
            for result in results
            if isinstance(result, BadPayload)
        )

    async def _whole(self, details: AlbumDetails) -> tuple[Album, list[Song]]:
        songs = list(details.songs)
        if details.more_songs is not None:
            songs.extend(await collect(self.work.fetch, details.more_songs))
        return self._as_listed(details.album), songs

    def _as_listed(self, album: Album) -> Album:
        """Keep an album with the artist in whose list it stands, whoever else is credited first."""
        listed = self.listed.get(album.spotify_id, album)
        return attrs.evolve(
            album, artist_spotify_id=listed.artist_spotify_id, album_group=album.album_group or listed.album_group
        )

    async def _store(self, arrived: list[tuple[Album, list[Song]]], rejects: tuple[Reject, ...]) -> None:
        songs = {song.spotify_id: song for _, on_album in arrived for song in on_album}
        self.done.update(album.spotify_id for album, _ in arrived)
        self.songs.update(songs)
        self.work.checkpoint["albums"] = sorted(self.done)
        albums = tuple(album for album, _ in arrived)
        await self._commit(Rows(albums=albums, songs=tuple(songs.values()), rejects=rejects))

    async def _commit(self, rows: Rows) -> None:
        counts = {
            "albums": len(self.done),
            "albums_missing": len(self.missing),
            "songs": self.songs_before + len(self.songs),
        }
        part = ALBUMS_PART * (len(self.done) / len(self.listed) if self.listed else 1.0)
        await self.work.commit(rows, stage=Stage.SYNCING_CATALOG, part=part, counts=counts)
