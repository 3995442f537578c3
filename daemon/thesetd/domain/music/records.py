"""Defines the rows that are made of providers' answers and that the writer stores.

Rows refer to one another by the providers' ids, never by the database's, so mapping stays pure; the store joins them.
Every record carries `fetched_at`, the moment its answer arrived (aware UTC): an older one never overwrites a newer.
`None` means "not said" and never overwrites a known value.
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

import attrs

from thesetd.domain.frozen import frozen_row
from thesetd.domain.identity.learning import Learnt
from thesetd.domain.identity.spaces import Ref, Space, artist_ids, new_ids
from thesetd.domain.identity.statements import RecordKind
from thesetd.domain.ids import ProviderName
from thesetd.domain.music.versions import STUDIO_ALONE, Version, foremost
from thesetd.domain.setlists.proximity import NOWHERE, Place
from thesetd.domain.shows.listings import SoldAs

SMALL_PX = 160  # width of a picture for lists, in pixels


@attrs.frozen(kw_only=True)
class Artist:
    """An artist; it has at least one id. `held` are its ids in spaces without a column.

    `kind`, `note`, `audience` (followers, pages) and `aliases` describe its identity as far as its provider knows it.
    `asked_as` is the requested id, if the provider answers under another one.
    """

    name: str
    slug: str
    fetched_at: datetime
    spotify_id: str | None = None
    ticketmaster_id: str | None = None
    mbid: str | None = None
    image_url: str | None = None
    small_image_url: str | None = None
    spotify_url: str | None = None
    genres: tuple[str, ...] | None = None
    popularity: int | None = None
    followers: int | None = None
    kind: RecordKind = RecordKind.UNKNOWN
    note: str = ""
    audience: int | None = None
    aliases: tuple[str, ...] = ()
    held: tuple[Ref, ...] = ()
    asked_as: str | None = None

    @property
    def ids(self) -> Mapping[Space, str]:
        """Return its ids by space, the strongest first."""
        return artist_ids(self)

    def with_ids(self, ids: Mapping[Space, str]) -> "Artist":
        """Return it with these ids added, except in spaces in which it has one already."""
        return attrs.evolve(self, **new_ids(self, ids))


@frozen_row(kw_only=True)
class Album:
    """An album of Spotify. `release_date` is its text with `precision` year, month or day; `released_on` sorts it.

    `read_tracks` is the announced number of tracks when all of them were read, None before that.

    It appears in the list of `artist_spotify_id`. It is stored for the first of the credited `artist_spotify_ids` that
    has a row, and for the artist of the list only if none of them has one. When it is read back, its artist is the one
    it is stored for.
    """

    spotify_id: str
    artist_spotify_id: str
    name: str
    fetched_at: datetime
    album_type: str | None  # album, single, compilation, ep, other
    artist_spotify_ids: tuple[str, ...] = ()
    album_group: str | None = None
    release_date: str | None = None
    precision: str | None = None
    released_on: date | None = None
    total_tracks: int | None = None
    read_tracks: int | None = None
    label: str | None = None
    upc: str | None = None
    image_url: str | None = None
    version: Version = Version.STUDIO
    available: bool = True


@frozen_row(kw_only=True)
class Track:
    """A track of Spotify as it stands on one album. `isrc` is normalised to twelve characters [A-Z0-9].

    `classes` are those of the recording; `evidence` maps each to the words that decided it.
    """

    spotify_id: str
    album_spotify_id: str
    name: str
    fetched_at: datetime
    artist_spotify_ids: tuple[str, ...] = ()
    disc_number: int | None = None
    track_number: int | None = None
    duration_ms: int | None = None
    explicit: bool | None = None
    isrc: str | None = None
    popularity: int | None = None
    preview_url: str | None = None
    is_playable: bool | None = None
    classes: frozenset[Version] = STUDIO_ALONE
    evidence: Mapping[Version, str] = attrs.field(factory=dict)

    @property
    def version(self) -> Version:
        """The class that takes precedence."""
        return foremost(self.classes) or Version.STUDIO

    @property
    def place(self) -> tuple[int, int]:
        """Return its place on its album: disc and track, if known."""
        return self.disc_number or 1, self.track_number or 0


@attrs.frozen(kw_only=True)
class Recommendation:
    """A track that Spotify recommends to listeners of an artist, with the names of its artists."""

    spotify_id: str
    title: str
    artists: tuple[str, ...] = ()
    popularity: int | None = None


@attrs.frozen(kw_only=True)
class AudioFeatures:
    """Spotify's analysis of a track: shares from 0 to 1, `loudness` in dB, `tempo` in beats per minute."""

    spotify_id: str
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


@attrs.frozen(kw_only=True)
class Venue:
    """A place as one provider knows it; latitude and longitude in degrees, `timezone` an IANA name."""

    provider: ProviderName
    provider_id: str
    name: str
    fetched_at: datetime
    city: str | None = None
    state: str | None = None
    country_code: str | None = None
    postal_code: str | None = None
    address: str | None = None
    timezone: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    url: str | None = None


@attrs.frozen(kw_only=True)
class Billing:
    """One entry of a show's bill, in order; `set_order` counts from 1, the headliner.

    `is_festival` marks the festival or tour itself, which some providers list like an act; it is never a headliner.
    """

    provider_id: str
    name: str
    set_order: int
    is_headliner: bool
    mbid: str | None = None
    spotify_id: str | None = None
    is_festival: bool = False
    kind: RecordKind = RecordKind.UNKNOWN


@attrs.frozen(kw_only=True)
class Show:
    """A concert. `local_date` is its day at the venue; `starts_at` is the moment (UTC) if a time is known.

    `status` is scheduled, cancelled, postponed, rescheduled, completed or withdrawn, or None if the provider does not
    say. A show is withdrawn if its provider no longer lists it, which `gone_because` proves. A show without any date
    (postponed, no new date yet) has `local_date` None; `former_date` is the last known one. A field that is None is
    unknown and changes nothing; a field named in `withdrawn` was removed by the provider and is cleared. `sold_as` is
    the kind of event by the record alone; the other events of that day and venue are considered too. `on_sale` says
    whether tickets are sold.
    """

    provider: ProviderName
    provider_id: str
    name: str
    fetched_at: datetime
    status: str | None = None
    local_date: date | None = None
    end_date: date | None = None
    former_date: date | None = None
    local_time: time | None = None
    starts_at: datetime | None = None
    timezone: str | None = None
    url: str | None = None
    image_url: str | None = None
    venue_provider_id: str | None = None
    tour: str | None = None
    bill: tuple[Billing, ...] = ()
    price_currency: str | None = None
    price_min: float | None = None
    price_max: float | None = None
    price_with_fees_min: float | None = None
    price_with_fees_max: float | None = None
    sales_start: datetime | None = None
    sales_end: datetime | None = None
    withdrawn: tuple[str, ...] = ()
    gone_because: str | None = None
    is_addon: bool = False  # parking, VIP packages, cloakrooms: sold as events, but not concerts
    sold_as: SoldAs | None = None
    on_sale: bool | None = None

    @property
    def key(self) -> tuple[ProviderName, str]:
        """Return the provider with its id of the show."""
        return self.provider, self.provider_id


@attrs.frozen(kw_only=True)
class ActualSetlist:
    """The songs that were actually played, from setlist.fm.

    `songs` and `encore_songs` are JSON arrays in playing order.

    A song is {"name", "position", "set_number", "set", "encore", "info", "cover", "with", "tape"}; absent keys mean
    "unknown". `set` is the name of its set; `tour` is stored as it was typed, even if it says that there is no tour.
    `url` must be shown wherever the data is (terms of setlist.fm). `place` has the coordinates of the town's centre. If
    `sets_said` is False, the answer left the sets out, which differs from an empty list of sets.
    """

    setlistfm_id: str
    version_id: str
    artist_mbid: str
    event_date: date
    url: str
    fetched_at: datetime
    artist_name: str = ""
    venue_provider_id: str | None = None
    place: Place = NOWHERE
    tour: str | None = None
    info: str | None = None
    songs: tuple[dict[str, Any], ...] = ()
    encore_songs: tuple[dict[str, Any], ...] = ()
    sets_said: bool = True
    last_updated: datetime | None = None


@attrs.frozen(kw_only=True)
class PredictedSong:
    """One position of a predicted setlist, counted from 1, with how likely the song is and why.

    `song_key` is the key of one of the artist's songs; the song is created if it does not exist (one known only from
    setlists).
    """

    position: int
    song_key: str
    title: str
    probability: float = 0.0
    encore: bool = False
    reason: str = ""


@attrs.frozen(kw_only=True)
class PredictedSetlist:
    """The songs offered for voting on one coming show of one artist, which is named by any of its ids.

    The first `expected_songs` are the expected setlist; `concerts` is the number of past ones that it is based on.
    """

    show_provider: ProviderName
    show_provider_id: str
    artist: Ref
    songs: tuple[PredictedSong, ...]
    expected_songs: int | None = None
    concerts: int | None = None


@attrs.frozen(kw_only=True)
class Reject:
    """A piece of data that cannot be stored: where it came from, why, and at most 500 characters of it."""

    kind: str
    key: str
    reason: str
    sample: str = ""


@attrs.frozen(kw_only=True)
class ReadList:
    """A list that was read to its end and claimed to hold `total` items; `id` depends on the kind of list."""

    id: UUID
    read_at: datetime
    total: int | None = None


@attrs.frozen(kw_only=True)
class GonePage:
    """A page of setlist.fm that no longer exists, with the evidence."""

    setlistfm_id: str
    because: str


@attrs.frozen(kw_only=True)
class Rows:
    """What one batch stores, in no particular order: the store resolves the references between them.

    `regroup` are artists whose songs are derived from their tracks again although no track changed; `rematch` are those
    whose setlists are matched to songs again. With `partial` more of the catalogue follows and songs are derived at the
    end, so that they do not depend on the order of answers. `unlisted` are announced shows, by provider and id, that a
    complete list lacked and that were then requested one by one. With `identity` the identities of artists are decided
    first; artists without a row after that are candidates and are left out.
    """

    artists: tuple[Artist, ...] = ()
    albums: tuple[Album, ...] = ()
    songs: tuple[Track, ...] = ()
    venues: tuple[Venue, ...] = ()
    shows: tuple[Show, ...] = ()
    actual_setlists: tuple[ActualSetlist, ...] = ()
    gone_pages: tuple[GonePage, ...] = ()
    unlisted: tuple[tuple[ProviderName, str], ...] = ()
    predicted: tuple[PredictedSetlist, ...] = ()
    rejects: tuple[Reject, ...] = ()
    lists: tuple[ReadList, ...] = ()
    regroup: tuple[UUID, ...] = ()
    partial: bool = False
    rematch: tuple[UUID, ...] = ()
    identity: Learnt | None = None

    def __bool__(self) -> bool:
        """Return whether there is anything to store."""
        return self != NO_ROWS


NO_ROWS = Rows()
