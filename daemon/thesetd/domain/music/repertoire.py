"""Derives an artist's songs, which users vote on, from tracks.

This is a pure function of what is stored: tracks with their albums, the present songs, and earlier decisions. It
returns what the songs, their faces and the classes of the tracks should be. The store writes the differences.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from uuid import UUID

import attrs

from thesetd.domain.frozen import frozen_row
from thesetd.domain.ids import SPOTIFY, row_id, uuid_of
from thesetd.domain.music.recordings import Recording, classify
from thesetd.domain.music.records import Album, Track
from thesetd.domain.music.releases import said_by_release
from thesetd.domain.music.songs import Grouping, NewSong, SongTrack, StoredSong, group
from thesetd.domain.music.titles import base_title
from thesetd.domain.music.versions import OFFERED, Version, foremost, is_offered

__all__ = [
    "CreditedTrack",
    "Derived",
    "Face",
    "RepertoireSong",
    "SongLink",
    "SongOwner",
    "derive",
    "song_id",
]


@frozen_row(kw_only=True)
class Face:
    """The recording that represents a song, with the data of its album that is shown."""

    spotify_id: str
    album_spotify_id: str
    album: str
    version: Version
    album_type: str | None = None
    album_art_url: str | None = None
    release_date: str | None = None
    released_on: date | None = None
    disc_number: int | None = None
    track_number: int | None = None
    duration_ms: int | None = None
    explicit: bool | None = None
    isrc: str | None = None
    preview_url: str | None = None
    is_playable: bool | None = None

    @property
    def place(self) -> tuple[int, int]:
        """Return its place on its album: disc and track, if known."""
        return self.disc_number or 1, self.track_number or 0


@frozen_row(kw_only=True)
class RepertoireSong:
    """A song of an artist. Its key is None if it is a track stored by an earlier version and not grouped yet.

    `popularity` is that of its most popular studio recording; `played` says that setlists name it; `merged_into` is the
    song that it turned out to be.
    """

    id: UUID
    title: str
    key: str | None = None
    face: Face | None = None
    popularity: int | None = None
    played: bool = False
    merged_into: UUID | None = None

    @property
    def offered(self) -> bool:
        """Return whether it is offered for voting."""
        return self.key is not None and self.merged_into is None and (self.face is not None or self.played)


@attrs.frozen(kw_only=True)
class SongOwner:
    """The artist of the songs; `spotify_id` is the id that albums credit."""

    id: UUID
    name: str
    spotify_id: str


@frozen_row(kw_only=True)
class CreditedTrack:
    """A track that is credited to the artist, its album, and the artist of the album."""

    track: Track
    album: Album
    album_artist: str = ""


@frozen_row()
class SongLink:
    """The song that a track is a recording of; `by_hand` if an operator decided it."""

    song: UUID
    by_hand: bool = False


@attrs.frozen(kw_only=True)
class Derived:
    """The desired state: every song, the song of every track that has one, and the classes of every track."""

    songs: tuple[RepertoireSong, ...]
    links: Mapping[str, SongLink]
    recordings: Mapping[str, Recording]


def song_id(artist_id: UUID, key: str, make: Callable[[bytes], UUID] = uuid_of) -> UUID:
    """Return the id of a new song, the same on every node; for `make` see `row_id`."""
    return row_id("songs", SPOTIFY, f"{artist_id}:{key}", make)


def derive(
    owner: SongOwner,
    listed: Sequence[CreditedTrack],
    stored: Sequence[RepertoireSong],
    links: Mapping[str, SongLink],
    *,
    make: Callable[[bytes], UUID] = uuid_of,
) -> Derived:
    """Return what an artist's songs should be; the order of the arguments does not matter.

    Args:
        owner: the artist.
        listed: all tracks that are credited to the artist.
        stored: the artist's songs as they are, merged ones too, and rows of earlier versions that may become songs.
        links: the present links from tracks to songs.
        make: the class of the ids of new songs; see `row_id`.
    """
    recordings = {one.track.spotify_id: recording_of(one) for one in listed}
    known = {one.track.spotify_id: one for one in listed}
    tracks = [_track(one, recordings[one.track.spotify_id], owner) for one in known.values()]
    linked: dict[UUID, list[str]] = defaultdict(list)
    for track_id, link in links.items():
        linked[link.song].append(track_id)
    grouping: Grouping[UUID] = group(
        tracks,
        [_stored(song, linked[song.id], known) for song in stored if song.key is not None],
        links={track: link.song for track, link in links.items()},
        by_hand={track: link.song for track, link in links.items() if link.by_hand},
    )
    earlier = {
        song.face.spotify_id: song
        for song in stored
        if song.key is None and song.merged_into is None and song.face is not None
    }
    new_songs = grouping.new
    ids = _ids(partial(song_id, owner.id, make=make), grouping, new_songs, earlier)
    of_song: dict[UUID, list[SongTrack]] = defaultdict(list)
    for track in tracks:
        if (song := grouping.songs.get(track.spotify_id)) is not None:
            of_song[ids[song]].append(track)
    faces = {ids[song]: face for song, face in grouping.faces.items()}
    songs = {song.id: song for song in stored}
    for new in new_songs:
        known_as = songs.get(ids[new])
        songs[ids[new]] = (
            RepertoireSong(id=ids[new], title=new.title, key=new.key)
            if known_as is None
            else attrs.evolve(known_as, key=new.key, title=new.title)
        )
    settled = [
        _settled(song, faces.get(song.id), of_song[song.id], known)
        if song.key is not None and song.merged_into is None
        else _absorbed(song, ids, grouping)
        for song in songs.values()
    ]
    return Derived(
        songs=tuple(sorted(settled, key=lambda song: (song.merged_into is not None, song.id.int))),
        links={track: _link(links.get(track), ids[song]) for track, song in grouping.songs.items()},
        recordings=recordings,
    )


def recording_of(listed: CreditedTrack) -> Recording:
    """Classify a track by its title, album and artist; a discography adds classes that these do not contradict."""
    track, album = listed.track, listed.album
    own = classify(track.name, album.name, listed.album_artist, track.duration_ms, album.version)
    said = said_by_release(track)
    if not said or not own.classes <= OFFERED:
        return own
    classes = (own.classes - {Version.STUDIO}) | said.keys()
    return Recording(classes, {**said, **own.evidence}, is_offered(classes, track.duration_ms))


def _link(known: SongLink | None, song: UUID) -> SongLink:
    """Keep an operator's link unchanged; a merge is followed when the link is read."""
    return known if known is not None and known.by_hand else SongLink(song)


def _track(one: CreditedTrack, recording: Recording, owner: SongOwner) -> SongTrack:
    album, track = one.album, one.track
    credited = owner.spotify_id in {album.artist_spotify_id, *album.artist_spotify_ids}
    return SongTrack(
        spotify_id=track.spotify_id,
        title=track.name,
        classes=recording.classes,
        album_title=album.name,
        album_kind="compilation" if album.version is Version.COMPILATION else album.album_type or "other",
        isrc=track.isrc,
        duration_ms=track.duration_ms,
        released_on=album.released_on,
        disc_number=track.place[0],
        track_number=track.place[1],
        playable=album.available and track.is_playable is not False,
        # tracks of a remix album without a class are remixes, or the originals of those remixes
        eligible=credited and album.album_group != "appears_on" and album.version is not Version.REMIX,
    )


def _stored(song: RepertoireSong, mine: Sequence[str], known: Mapping[str, CreditedTrack]) -> StoredSong[UUID]:
    isrcs = (known[track].track.isrc for track in mine if track in known)
    assert song.key is not None
    return StoredSong(
        id=song.id,
        key=song.key,
        title=song.title,
        isrcs=frozenset(filter(None, isrcs)),
        merged_into=song.merged_into,
        bare=song.played and song.face is None and song.merged_into is None and not mine,
    )


def _ids(
    named: Callable[[str], UUID],
    grouping: Grouping[UUID],
    new_songs: Iterable[NewSong],
    earlier: Mapping[str, RepertoireSong],
) -> Mapping[UUID | NewSong, UUID]:
    """Map songs to their rows: a new song takes over the row that its face, or else another of its tracks, had."""
    ids: dict[UUID | NewSong, UUID] = {song: song for song in grouping.songs.values() if isinstance(song, UUID)}
    rows: dict[NewSong, list[RepertoireSong]] = defaultdict(list)
    for track in sorted(earlier.keys() & grouping.songs.keys()):
        song = grouping.songs[track]
        if isinstance(song, NewSong):
            rows[song].append(earlier[track])
    for song in new_songs:
        face = grouping.faces.get(song)
        own = earlier.get(face.spotify_id) if face else None
        ids[song] = next((row.id for row in (own, *rows[song]) if row is not None), None) or named(song.key)
    return ids


def _settled(
    song: RepertoireSong, face: SongTrack | None, tracks: Sequence[SongTrack], known: Mapping[str, CreditedTrack]
) -> RepertoireSong:
    """Return a song with the face that it should have."""
    if face is None:
        return attrs.evolve(song, face=None, popularity=None)
    chosen = known[face.spotify_id]
    offered = (known[track.spotify_id].track.popularity for track in tracks if track.offered)
    return RepertoireSong(
        id=song.id,
        title=base_title(chosen.track.name),
        key=song.key,
        face=_face(chosen, face.classes),
        popularity=max((one for one in offered if one is not None), default=None),
        played=song.played,
        merged_into=song.merged_into,
    )


def _face(chosen: CreditedTrack, classes: Collection[Version]) -> Face:
    track, album = chosen.track, chosen.album
    return Face(
        spotify_id=track.spotify_id,
        album_spotify_id=album.spotify_id,
        album=album.name,
        version=foremost(classes) or Version.STUDIO,
        album_type=album.album_type,
        album_art_url=album.image_url,
        release_date=album.release_date,
        released_on=album.released_on,
        disc_number=track.disc_number,
        track_number=track.track_number,
        duration_ms=track.duration_ms,
        explicit=track.explicit,
        isrc=track.isrc,
        preview_url=track.preview_url,
        is_playable=track.is_playable if album.available else False,
    )


def _absorbed(song: RepertoireSong, ids: Mapping[UUID | NewSong, UUID], grouping: Grouping[UUID]) -> RepertoireSong:
    """Point the row of an earlier version at the song that its track is a recording of."""
    if song.key is not None or song.merged_into is not None or song.face is None:
        return song
    found = grouping.songs.get(song.face.spotify_id)
    return song if found is None or ids[found] == song.id else attrs.evolve(song, merged_into=ids[found])


def in_order(songs: Iterable[RepertoireSong]) -> tuple[RepertoireSong, ...]:
    """Sort songs by release and place on the album; those without a recording come last, by title."""
    return tuple(sorted(songs, key=_order))


def _order(song: RepertoireSong) -> tuple[date, str, int, int, str]:
    if song.face is None:
        return date.max, "", 0, 0, song.title
    return song.face.released_on or date.max, song.face.album_spotify_id, *song.face.place, song.face.spotify_id
