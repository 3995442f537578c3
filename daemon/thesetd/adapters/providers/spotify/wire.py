"""Defines Spotify's JSON as classes, and maps them to records by pure functions.

Everything that Spotify was seen to send is tolerated: see `thesetd.adapters.providers.lenient` for types. Decided here:
an id is base62 and case-sensitive; an empty name means a takedown (according to the schema). A taken-down album keeps
its row: its record has the name "", `available` False and nothing else, and the store never lets "" replace a name. A
taken-down song or artist gives no record, since absence changes nothing.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, ClassVar, NewType

import attrs

from thesetd.adapters.providers.lenient import Unusable, lenient_converter
from thesetd.domain.frozen import frozen_row
from thesetd.domain.music.names import clean, slugify
from thesetd.domain.music.recordings import album_version, classify
from thesetd.domain.music.records import SMALL_PX, Album, Artist, AudioFeatures, Recommendation, Track
from thesetd.domain.music.versions import Version

SpotifyId = NewType("SpotifyId", str)

INT32_MAX = (1 << 31) - 1

_ID = re.compile(r"[0-9A-Za-z]{1,64}")  # 22 characters in all recorded ids; the length is not guaranteed
_URL = re.compile(r"https?://[\x21-\x7e]{1,2000}")
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_NOT_ISRC = re.compile(r"[^A-Z0-9]")
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_PRECISIONS = ("year", "month", "day")
_DATE_LENGTHS = {"year": 4, "month": 7, "day": 10}
_UPC_LENGTHS = range(8, 15)
_ALBUM_TYPES = {"album", "single", "compilation", "ep"}
_ALBUM_GROUPS = {"album", "single", "compilation", "appears_on"}


def _spotify_id(value: Any, _: Any) -> SpotifyId:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Unusable("no Spotify id")
    return SpotifyId(value)


CONVERTER = lenient_converter()
CONVERTER.register_structure_hook(SpotifyId, _spotify_id)


@frozen_row(kw_only=True)
class ImageWire:
    """A picture; sizes are null for uploads by users."""

    url: str
    width: int = 0


@attrs.frozen(kw_only=True)
class FollowersWire:
    """The number of an artist's followers."""

    total: int | None = None


@attrs.frozen(kw_only=True)
class ArtistWire:
    """An artist; Development Mode has neither followers nor popularity, and genres are mostly empty."""

    id: SpotifyId
    name: str = ""
    images: tuple[ImageWire, ...] = ()
    genres: tuple[str, ...] = ()
    popularity: int | None = None
    followers: FollowersWire = attrs.field(factory=FollowersWire)
    external_urls: dict[str, str] = attrs.field(factory=dict)


@frozen_row(kw_only=True)
class CreditWire:
    """An artist as an album or track names it."""

    id: SpotifyId
    name: str = ""


@frozen_row(kw_only=True)
class LinkWire:
    """The requested track, if another one is shown in its place; `id` may be null although `uri` is valid."""

    id: SpotifyId | None = None
    uri: str = ""


@frozen_row(kw_only=True)
class AlbumWire:
    """An album, full or simplified; `tracks` is the first page of them, in the full form."""

    told_as: ClassVar[str] = "album"

    id: SpotifyId
    name: str = ""
    album_type: str = ""
    album_group: str = ""
    artists: tuple[CreditWire, ...] = ()
    images: tuple[ImageWire, ...] = ()
    release_date: str = ""
    release_date_precision: str = ""
    total_tracks: int | None = None
    label: str = ""
    external_ids: dict[str, str] = attrs.field(factory=dict)
    tracks: Any = None


@frozen_row(kw_only=True)
class TrackWire:
    """A track, full or simplified (no album, ISRC or popularity); local files have no id."""

    told_as: ClassVar[str] = "song"

    id: SpotifyId
    name: str = ""
    album: AlbumWire | None = None
    artists: tuple[CreditWire, ...] = ()
    disc_number: int | None = None
    track_number: int | None = None
    duration_ms: int | None = None
    explicit: bool | None = None
    external_ids: dict[str, str] = attrs.field(factory=dict)
    popularity: int | None = None
    preview_url: str = ""
    is_playable: bool | None = None
    linked_from: LinkWire | None = None


@attrs.frozen(kw_only=True)
class FeaturesWire:
    """See `AudioFeatures`."""

    id: SpotifyId
    acousticness: float | None = None
    danceability: float | None = None
    energy: float | None = None
    instrumentalness: float | None = None
    liveness: float | None = None
    loudness: float | None = None
    speechiness: float | None = None
    valence: float | None = None
    tempo: float | None = None
    key: int | None = None
    mode: int | None = None
    time_signature: int | None = None


def features_record(wire: FeaturesWire, _fetched_at: datetime, requested_id: str) -> AudioFeatures:
    """Map the analysis of a track; it keeps the requested id."""
    heard = {field.name: getattr(wire, field.name) for field in attrs.fields(FeaturesWire) if field.name != "id"}
    return AudioFeatures(spotify_id=requested_id, **heard)


def recommendation_record(wire: TrackWire) -> Recommendation:
    """Map a recommended track."""
    artists = tuple(filter(None, (clean(credit.name) for credit in wire.artists)))
    return Recommendation(spotify_id=wire.id, title=clean(wire.name), artists=artists, popularity=wire.popularity)


def artist_record(wire: ArtistWire, fetched_at: datetime, requested_id: str | None = None) -> Artist | None:
    """Map an artist, with the requested id if the answer has another one; None if it was taken down."""
    name = clean(wire.name)
    if not name:
        return None
    return Artist(
        name=name,
        slug=slugify(name, wire.id),
        fetched_at=fetched_at,
        spotify_id=wire.id,
        asked_as=None if requested_id == wire.id else requested_id,
        image_url=_image(wire.images),
        small_image_url=_small_image(wire.images),
        spotify_url=_url(wire.external_urls.get("spotify", "")),
        genres=tuple(genre for raw in wire.genres if (genre := clean(raw))) or None,
        popularity=_within(wire.popularity, 0, 100),
        followers=_within(wire.followers.total, 0, INT32_MAX),
    )


def album_record(
    wire: AlbumWire,
    fetched_at: datetime,
    *,
    requested_id: str | None = None,
    artist_id: str | None = None,
    group: str | None = None,
    track_titles: Sequence[str] = (),
) -> Album:
    """Map an album.

    Args:
        wire: the album.
        fetched_at: when the answer arrived.
        requested_id: the requested id, which it keeps.
        artist_id: the artist of the album; without it the first credited artist, "" if there is none.
        group: its group for that artist, if the request determines it; otherwise the album's own.
        track_titles: the titles of its songs, as evidence of a live album.
    """
    credited = tuple(dict.fromkeys(credit.id for credit in wire.artists))
    name, album_type = clean(wire.name), _album_type(wire)
    album = partial(
        Album,
        spotify_id=requested_id or wire.id,
        artist_spotify_id=artist_id or next(iter(credited), ""),
        artist_spotify_ids=credited,
        name=name,
        fetched_at=fetched_at,
        album_type=album_type,
        album_group=group or _album_group(wire),
    )
    if not name:
        return album(available=False)
    release_date, precision, released_on = read_date(wire.release_date, wire.release_date_precision)
    return album(
        release_date=release_date,
        precision=precision,
        released_on=released_on,
        total_tracks=_within(wire.total_tracks, 0, INT32_MAX),
        label=clean(wire.label) or None,
        upc=_upc(wire.external_ids),
        image_url=_image(wire.images),
        version=_album_version(name, album_type, track_titles),
    )


def song_record(
    wire: TrackWire,
    fetched_at: datetime,
    *,
    requested_id: str | None = None,
    album_id: str | None = None,
    on: Version = Version.STUDIO,
) -> Track | None:
    """Map a track; None if it was taken down or belongs to no album.

    A song keeps the requested id, or the one that its album actually lists: Spotify may show another recording in its
    place (`linked_from`) even without a market. Without `album_id` its album is the one that it names; otherwise `on`
    is that album's version.
    """
    if album_id is None and wire.album is not None:
        album_id, on = wire.album.id, album_record(wire.album, fetched_at).version
    name = clean(wire.name)
    if not name or not album_id:
        return None
    duration_ms = _within(wire.duration_ms, 1, INT32_MAX)
    recording = classify(name, duration_ms=duration_ms, on=on)
    return Track(
        spotify_id=requested_id or original_id(wire),
        album_spotify_id=album_id,
        name=name,
        fetched_at=fetched_at,
        artist_spotify_ids=tuple(dict.fromkeys(credit.id for credit in wire.artists)),
        disc_number=_within(wire.disc_number, 1, INT32_MAX),
        track_number=_within(wire.track_number, 0, INT32_MAX),
        duration_ms=duration_ms,
        explicit=wire.explicit,
        isrc=normal_isrc(wire.external_ids.get("isrc", "")),
        popularity=_within(wire.popularity, 0, 100),
        preview_url=_url(wire.preview_url),
        is_playable=wire.is_playable,
        classes=recording.classes,
        evidence=recording.evidence,
    )


def original_id(wire: TrackWire) -> str:
    """Return the id under which a track was listed before Spotify replaced it by another."""
    if wire.linked_from is None:
        return wire.id
    from_uri = wire.linked_from.uri.rpartition(":")[2]
    return wire.linked_from.id or (from_uri if _ID.fullmatch(from_uri) else wire.id)


def normal_isrc(text: str) -> str | None:
    """Return the twelve characters of an ISRC, which may have hyphens and lower case; None if it is invalid.

    Source: ISO 3901 (country, registrant, year, designation).
    """
    if not text:
        return None
    plain = _NOT_ISRC.sub("", text.upper())
    return plain if _ISRC.fullmatch(plain) else None


def read_date(text: str, said_precision: str) -> tuple[str | None, str | None, date | None]:
    """Read a release date: its text, its precision and a date to sort by; all None for "0000" and other invalid dates.

    The coarser precision of the text and of `said_precision` counts, so that no first of January is invented.
    """
    match = _DATE.fullmatch(text)
    if match is None:
        return None, None, None
    year, month, day = (int(part) if part else 1 for part in match.groups())
    try:
        date(year, month, day)
    except ValueError:
        return None, None, None
    precision = _PRECISIONS[len([part for part in match.groups() if part]) - 1]
    claimed = said_precision.lower()
    if claimed in _PRECISIONS and _PRECISIONS.index(claimed) < _PRECISIONS.index(precision):
        precision = claimed
    kept = text[: _DATE_LENGTHS[precision]]
    return kept, precision, date(year, month if precision != "year" else 1, day if precision == "day" else 1)


def _album_version(name: str, album_type: str | None, track_titles: Sequence[str]) -> Version:
    version = album_version(name, track_titles)
    if version in {Version.STUDIO, Version.REMASTER} and album_type == "compilation":
        return Version.COMPILATION
    return version


def _album_type(wire: AlbumWire) -> str | None:
    kind = wire.album_type.lower()
    if not kind:
        return None
    return kind if kind in _ALBUM_TYPES else "other"


def _album_group(wire: AlbumWire) -> str | None:
    group = wire.album_group.lower()
    return group if group in _ALBUM_GROUPS else None


def _upc(external_ids: dict[str, str]) -> str | None:
    code = external_ids.get("upc") or external_ids.get("ean") or ""
    digits = re.sub(r"[^0-9]", "", code)
    return digits if len(digits) in _UPC_LENGTHS else None


def _image(images: Sequence[ImageWire]) -> str | None:
    """Return the widest picture, the first of them if no size is known."""
    return next((url for image in sorted(images, key=lambda i: -i.width) if (url := _url(image.url))), None)


def _small_image(images: Sequence[ImageWire]) -> str | None:
    """Return the narrowest picture that is wide enough for lists, else the widest."""
    large = sorted((image for image in images if image.width >= SMALL_PX), key=lambda i: i.width)
    return next((url for image in large if (url := _url(image.url))), _image(images))


def _url(text: str) -> str | None:
    return text if _URL.fullmatch(text) else None


def _within(value: int | None, low: int, high: int) -> int | None:
    return value if value is not None and low <= value <= high else None
