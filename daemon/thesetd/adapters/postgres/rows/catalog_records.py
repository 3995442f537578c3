"""Reads rows of albums, tracks and songs back as records."""

from collections.abc import Collection, Mapping
from functools import lru_cache
from uuid import UUID

import asyncpg
import attrs

from thesetd.adapters.postgres.reading import json_column
from thesetd.domain.frozen import frozen_row
from thesetd.domain.music.records import Album, Track
from thesetd.domain.music.repertoire import Face, RepertoireSong, SongLink
from thesetd.domain.music.versions import Version

# The columns that are read, named, since each is decoded for every row: of tracks `t`, and of songs `s`.
TRACK_COLUMNS = ", ".join(
    f"t.{column}"
    for column in (
        *("id", "album_id", "spotify_id", "name", "disc_number", "track_number", "duration_ms", "explicit", "isrc"),
        *("popularity", "preview_url", "is_playable", "classes", "evidence"),
    )
)
_OF_SONG = (
    *("id", "artist_id", "key", "name", "artist", "spotify_id", "album_spotify_id", "album", "album_type"),
    *(
        "album_art_url",
        "release_date",
        "released_on",
        "disc_number",
        "track_number",
        "duration_ms",
        "explicit",
        "isrc",
        "popularity",
    ),
    *("preview_url", "is_playable", "version", "offered", "played", "merged_into"),
)
SONG_COLUMNS = ", ".join(f"s.{column}" for column in _OF_SONG)
_BY_PRECEDENCE = tuple(Version)
FIRST_DISC, NO_PLACE = 1, 0  # what a new track is stored with if it has no disc or track number
_CACHED = 1024  # different classes and evidence: most tracks have the same


@frozen_row()
class StoredTrack:
    """A track with the ids of its row and its album's, and the song that it is a recording of, if that is decided."""

    id: UUID
    album_id: UUID
    track: Track
    link: SongLink | None = None


def stored_track_of(row: asyncpg.Record) -> StoredTrack:
    """Read a track with its song."""
    link = None if row["song_id"] is None else SongLink(row["song_id"], row["by_hand"])
    return StoredTrack(row["id"], row["album_id"], track_of(row), link)


def as_inserted(track: Track) -> Track:
    """Return a new track as it is read back, but for its artists and when it arrived."""
    disc = FIRST_DISC if track.disc_number is None else track.disc_number
    place = NO_PLACE if track.track_number is None else track.track_number
    name = track.name.strip()
    if (name, disc, place) == (track.name, track.disc_number, track.track_number):
        return track
    return attrs.evolve(track, name=name, disc_number=disc, track_number=place)


def album_of(row: asyncpg.Record) -> Album:
    """Read an album; `artist` is its artist's Spotify id, `fetched_at` when its last answer arrived."""
    return Album(
        spotify_id=row["spotify_id"],
        artist_spotify_id=row["artist"],
        artist_spotify_ids=tuple(row["artist_spotify_ids"] or ()),
        name=row["name"],
        fetched_at=row["fetched_at"],
        album_type=row["album_type"],
        album_group=row["album_group"],
        release_date=row["release_date"],
        precision=row["release_date_precision"],
        released_on=row["released_on"],
        total_tracks=row["total_tracks"],
        read_tracks=row["read_tracks"],
        label=row["label"],
        upc=row["upc"],
        image_url=row["image_url"],
        version=_version(row["version"]),
        available=row["available"],
    )


def track_of(row: asyncpg.Record) -> Track:
    """Read a track; `album` is its album's Spotify id, `artists` those of the artists it is linked to."""
    return Track(
        spotify_id=row["spotify_id"],
        album_spotify_id=row["album"],
        name=row["name"],
        fetched_at=row["fetched_at"],
        artist_spotify_ids=tuple(one for one in row["artists"] or () if one is not None),
        disc_number=row["disc_number"],
        track_number=row["track_number"],
        duration_ms=row["duration_ms"],
        explicit=row["explicit"],
        isrc=row["isrc"],
        popularity=row["popularity"],
        preview_url=row["preview_url"],
        is_playable=row["is_playable"],
        classes=_classes(tuple(row["classes"])),
        evidence=_evidence(row["evidence"]),
    )


def song_of(row: asyncpg.Record) -> RepertoireSong:
    """Read a song with its face."""
    return RepertoireSong(
        id=row["id"],
        title=row["name"],
        key=row["key"],
        face=_face(row) if row["spotify_id"] is not None else None,
        popularity=row["popularity"],
        played=row["played"],
        merged_into=row["merged_into"],
    )


def _face(row: asyncpg.Record) -> Face:
    return Face(
        spotify_id=row["spotify_id"],
        album_spotify_id=row["album_spotify_id"] or "",
        album=row["album"] or "",
        version=_version(row["version"]) if row["version"] else Version.STUDIO,
        album_type=row["album_type"],
        album_art_url=row["album_art_url"],
        release_date=row["release_date"],
        released_on=row["released_on"],
        disc_number=row["disc_number"],
        track_number=row["track_number"],
        duration_ms=row["duration_ms"],
        explicit=row["explicit"],
        isrc=row["isrc"],
        preview_url=row["preview_url"],
        is_playable=row["is_playable"],
    )


@lru_cache(_CACHED)
def _version(name: str) -> Version:
    return Version(name)


@lru_cache(_CACHED)
def _classes(names: tuple[str, ...]) -> frozenset[Version]:
    return frozenset(map(Version, names))


@lru_cache(_CACHED)
def _evidence(document: str) -> Mapping[Version, str]:
    return {Version(version): words for version, words in json_column(document).items()}


def class_names(classes: Collection[Version]) -> list[str]:
    """Return the names of classes, the one with precedence first."""
    return [version.value for version in _BY_PRECEDENCE if version in classes]


def evidence_document(evidence: Mapping[Version, str]) -> dict[str, str]:
    """Return the evidence for classes as a document."""
    return {version.value: words for version, words in evidence.items()}
