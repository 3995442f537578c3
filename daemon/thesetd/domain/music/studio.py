"""The songs of an artist that are offered for voting: each once, as the studio recording people know.

A catalogue holds one song many times: on an album, its deluxe edition, as a single, remastered, live, remixed. This
module chooses; it drops no row.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime

import attrs

from thesetd.domain.music.records import Album, Song
from thesetd.domain.music.songs import Grouping, Track, choose_face, group
from thesetd.domain.music.titles import base_title, song_key
from thesetd.domain.music.versions import Version


@attrs.frozen(kw_only=True)
class StudioSong:
    """A song offered for voting, in the recording chosen for it.

    `title` is its name without version and guests, `key` what setlist titles are matched with, `popularity` (0 to 100)
    that of its most popular studio recording, `reason` says in words why this recording was taken.
    """

    song: Song
    album: Album
    title: str
    key: str
    popularity: int | None
    reason: str


def studio_songs(albums: Sequence[Album], songs: Sequence[Song], artist_spotify_id: str) -> tuple[StudioSong, ...]:
    """Choose one studio recording of every song that is credited to the artist, in order of release.

    An album is preferred to a single, a single to a compilation; then the earlier release, the original to its
    remaster, the plain title to an edit. Songs of albums that are not among `albums`, or on which the artist is a
    guest, are nobody's studio songs here. The order of the arguments does not matter.
    """
    known = {album.spotify_id: album for album in sorted(albums, key=_newest_last)}
    recordings = {
        song.spotify_id: (song, known[song.album_spotify_id])
        for song in sorted(songs, key=_newest_last)
        if song.album_spotify_id in known
    }
    tracks = {song.spotify_id: _track(song, album, artist_spotify_id) for song, album in recordings.values()}
    grouped: Grouping[str] = group(list(tracks.values()))
    by_key: dict[str, list[Track]] = defaultdict(list)
    for song_id, of in grouped.songs.items():
        if (face := grouped.faces.get(of)) is not None and tracks[song_id].offered:
            by_key[song_key(face.title)].append(tracks[song_id])  # two interludes of one name are one here
    return tuple(sorted((_chosen(key, of, recordings) for key, of in by_key.items() if key), key=_order))


def _newest_last(record: Album | Song) -> tuple[datetime, str]:
    return record.fetched_at, repr(record)


def _track(song: Song, album: Album, artist_spotify_id: str) -> Track:
    own = artist_spotify_id in song.artist_spotify_ids and album.album_group != "appears_on"
    # tracks of an album of remixes are remixes that do not say so, or what those were made of
    remastered = {Version.REMASTER} if album.version is Version.REMASTER and song.version is Version.STUDIO else set()
    return Track(
        spotify_id=song.spotify_id,
        title=song.name,
        classes=frozenset({song.version} | remastered),
        album_title=album.name,
        album_kind=_kind(album),
        isrc=song.isrc,
        duration_ms=song.duration_ms,
        released_on=album.released_on,
        disc_number=song.place[0],
        track_number=song.place[1],
        playable=album.available,
        eligible=own and album.version is not Version.REMIX,
    )


def _chosen(key: str, tracks: Sequence[Track], recordings: Mapping[str, tuple[Song, Album]]) -> StudioSong:
    face = choose_face(tracks)
    assert face is not None
    song, album = recordings[face.spotify_id]
    known = [recordings[track.spotify_id][0].popularity for track in tracks]
    return StudioSong(
        song=song,
        album=album,
        title=base_title(song.name),
        key=key,
        popularity=max((popularity for popularity in known if popularity is not None), default=None),
        reason=f"{_kind(album)} of {album.release_date or 'unknown date'}, {song.version.value}, "
        f"first of {len(tracks)} recording{'s' if len(tracks) > 1 else ''}",
    )


def _kind(album: Album) -> str:
    return "compilation" if album.version is Version.COMPILATION else album.album_type or "other"


def _order(studio: StudioSong) -> tuple[date, str, int, int, str]:
    song, album = studio.song, studio.album
    return (album.released_on or date.max, album.spotify_id, *song.place, song.spotify_id)
