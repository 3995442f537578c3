"""The songs of an artist that are offered for voting: each once, as the studio recording people know.

A catalogue holds one song many times: on an album, its deluxe edition, as a single, remastered, live, remixed. This
module chooses; it drops no row.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

import attrs

from thesetd.domain.records import Album, Song
from thesetd.domain.titles import base_title, song_key
from thesetd.domain.versions import Version, is_offered

_KINDS = {"album": 0, "ep": 1, "single": 2, "compilation": 3}
_OTHER_KIND = 4
# Of the classes that are offered, the better ones first; a class that is missing here is as good as the last.
_CLASSES = {Version.STUDIO: 0, Version.REMASTER: 0, Version.INTRO: 1, Version.EDIT: 1, Version.ACOUSTIC: 2}


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
    recordings: dict[str, list[tuple[Song, Album]]] = defaultdict(list)
    for song in {song.spotify_id: song for song in sorted(songs, key=_newest_last)}.values():
        album = known.get(song.album_spotify_id)
        if album is not None and _offered(song, album, artist_spotify_id) and (key := song_key(song.name)):
            recordings[key].append((song, album))
    return tuple(sorted((_choose(key, of) for key, of in recordings.items()), key=_order))


def _newest_last(record: Album | Song) -> tuple[datetime, str]:
    return record.fetched_at, repr(record)


def _offered(song: Song, album: Album, artist_spotify_id: str) -> bool:
    return (
        artist_spotify_id in song.artist_spotify_ids
        and is_offered({song.version}, song.duration_ms)
        and album.version is not Version.REMIX  # its tracks are remixes that do not say so, or what they were made of
        and album.album_group != "appears_on"
    )


def _choose(key: str, recordings: list[tuple[Song, Album]]) -> StudioSong:
    song, album = min(recordings, key=_preference)
    return StudioSong(
        song=song,
        album=album,
        title=base_title(song.name),
        key=key,
        popularity=max((s.popularity for s, _ in recordings if s.popularity is not None), default=None),
        reason=f"{_kind(album)} of {album.release_date or 'unknown date'}, {song.version.value}, "
        f"first of {len(recordings)} recording{'s' if len(recordings) > 1 else ''}",
    )


def _preference(recording: tuple[Song, Album]) -> tuple[bool, int, int, date, bool, bool, int, int, str]:
    """Give what makes a recording the better choice the smaller it is."""
    song, album = recording
    return (
        not album.available,
        _CLASSES.get(song.version, len(_CLASSES)),
        _KINDS.get(_kind(album), _OTHER_KIND),
        album.released_on or date.max,
        song.version is not Version.STUDIO or album.version is Version.REMASTER,
        base_title(song.name) != song.name,
        song.disc_number,
        song.track_number,
        song.spotify_id,
    )


def _kind(album: Album) -> str:
    return "compilation" if album.version is Version.COMPILATION else album.album_type


def _order(studio: StudioSong) -> tuple[date, str, int, int, str]:
    song, album = studio.song, studio.album
    return (album.released_on or date.max, album.spotify_id, song.disc_number, song.track_number, song.spotify_id)
