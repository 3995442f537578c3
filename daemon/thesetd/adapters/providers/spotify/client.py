"""Builds Spotify's requests, planned by the capabilities of the client id, and parses their answers. No I/O.

Addresses and limits: developer.spotify.com/documentation/web-api/reference, and its February 2026 migration guide for
Development Mode (read 2026-11-22).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

import attrs

from thesetd.adapters.providers.lenient import note, noting, read_all, read_or_none, structured
from thesetd.adapters.providers.refusals import sample
from thesetd.adapters.providers.spotify import endpoints
from thesetd.adapters.providers.spotify.answers import AskedEndpoint, body_of
from thesetd.adapters.providers.spotify.paging import ListReader, page_or_none
from thesetd.adapters.providers.spotify.plan import ALBUMS_IN_A_BATCH, TRACKS_IN_A_BATCH, batches_of, lists_of
from thesetd.adapters.providers.spotify.profile import (
    AUDIO_FEATURES,
    BATCH,
    CAPABILITIES,
    DEVELOPMENT,
    EXTENDED,
    LARGE_PAGE,
    PAGE_LIMIT,
    RECOMMENDATIONS,
    TOP_TRACKS,
)
from thesetd.adapters.providers.spotify.settings import SpotifySettings
from thesetd.adapters.providers.spotify.wire import (
    CONVERTER,
    AlbumWire,
    ArtistWire,
    FeaturesWire,
    TrackWire,
    album_record,
    artist_record,
    features_record,
    recommendation_record,
    song_record,
)
from thesetd.domain.errors import BadPayload, NotFound
from thesetd.domain.gate.calls import Call, Page, Response
from thesetd.domain.identity import spaces
from thesetd.domain.identity.spaces import Space
from thesetd.domain.ids import SPOTIFY, ProviderName
from thesetd.domain.music.records import Album, Artist, AudioFeatures, Recommendation, Track
from thesetd.domain.music.reference import VARIOUS_ARTISTS
from thesetd.domain.music.versions import Version
from thesetd.ports.providers import AlbumDetails

W = TypeVar("W")
T = TypeVar("T")
Params = tuple[tuple[str, str], ...]

SEARCH_DEPTH = 1000  # offset + limit; beyond it search answers 404
MARKET_OF_TOP_TRACKS = "US"  # the endpoint requires a market; this one is used if none is configured

_ARTIST = AskedEndpoint(endpoint=endpoints.ARTIST)
_ALBUM_TRACKS = AskedEndpoint(endpoint=endpoints.ALBUM_TRACKS)
_TRACKS = AskedEndpoint(endpoint=endpoints.TRACKS_SEVERAL, capability=BATCH)
_TOP_TRACKS = AskedEndpoint(endpoint=endpoints.TOP_TRACKS, capability=TOP_TRACKS)
_RECOMMENDATIONS = AskedEndpoint(endpoint=endpoints.RECOMMENDATIONS, capability=RECOMMENDATIONS)


@attrs.frozen(kw_only=True)
class _Several(Generic[W, T]):
    """Items that are fetched in batches, or one by one if batches are unavailable.

    `record` maps one item, with its requested id; None if it cannot be used.
    """

    key: str
    one: AskedEndpoint
    many: AskedEndpoint
    size: int
    wire: type[W]
    own_id: Callable[[W], str]
    record: Callable[[W, datetime, str], T | None]

    def by_one(self, requested_id: str, params: Params) -> Call[tuple[T, ...]]:
        """Request one item; an unknown id gives an empty answer."""
        request = self.one.endpoint.request(requested_id, params=params)
        return Call(request=request, parse=lambda response: self._parse_one(response, requested_id))

    def batch(self, ids: Sequence[str], params: Params) -> Call[tuple[T, ...]]:
        """Request several items at once; unknown ones are missing from the answer."""
        request = self.many.endpoint.request(params=(("ids", ",".join(ids)), *params))
        return Call(request=request, parse=lambda response: self._parse_batch(response, ids))

    def _parse_one(self, response: Response, requested_id: str) -> tuple[T, ...]:
        try:
            wire = structured(CONVERTER, SPOTIFY, body_of(self.one, response), self.wire)
        except NotFound:
            return ()
        record = self.record(wire, response.received_at, requested_id)
        return () if record is None else (record,)

    def _parse_batch(self, response: Response, ids: Sequence[str]) -> tuple[T, ...]:
        """Read the items in the order of the requested ids; null means an unknown id.

        An item with an unrequested id is the substitute for the one requested at its position.
        """
        values = _list_at(body_of(self.many, response), self.key)
        in_order = len(values) == len(ids)
        records = []
        for position, value in enumerate(values):
            if (wire := read_or_none(CONVERTER, value, self.wire)) is None:
                continue
            own_id = self.own_id(wire)
            requested_id = ids[position] if in_order and own_id not in ids else own_id
            records.append(self.record(wire, response.received_at, requested_id))
        return tuple(record for record in records if record is not None)


class SpotifyClient:
    """The catalogue of Spotify; implements `thesetd.ports.providers.Catalog` and `Adaptive`."""

    def __init__(self, settings: SpotifySettings) -> None:
        self._learns = settings.mode == "auto"
        self.profile = DEVELOPMENT if settings.mode == "development" else EXTENDED
        self._market = settings.market

    @property
    def provider(self) -> ProviderName:
        """Return the provider's name, as in configuration and metrics."""
        return SPOTIFY

    @property
    def space(self) -> Space:
        """Return the space of its artist ids."""
        return spaces.SPOTIFY

    def downgrade(self, capability: str) -> bool:
        """Stop using `capability`; return whether later calls work without it."""
        self.profile = self.profile.without(capability)
        return capability in CAPABILITIES

    def remember(self) -> tuple[str, ...]:
        """Return the capabilities that were found to be gone; see `Adaptive`."""
        return self.profile.gone if self._learns else ()

    def restore(self, gone: Collection[str]) -> None:
        """Use everything except these, unless the mode is configured; see `Adaptive`."""
        if self._learns:
            self.profile = EXTENDED
            for capability in gone:
                self.profile = self.profile.without(capability)

    def probe(self, capability: str) -> Call[Any]:
        """Build the cheapest call that needs a capability; see `Adaptive`."""
        whole = SpotifyClient(SpotifySettings(mode="extended", market=self._market))
        calls: dict[str, Call[Any] | None] = {
            BATCH: whole.artists([VARIOUS_ARTISTS])[0],
            PAGE_LIMIT: whole.search_artists("a"),
            TOP_TRACKS: whole.top_songs(VARIOUS_ARTISTS),
            AUDIO_FEATURES: whole.audio_features([VARIOUS_ARTISTS])[0],
            RECOMMENDATIONS: whole.recommendations(VARIOUS_ARTISTS)[0],
        }
        call = calls[capability]
        assert call is not None
        return call

    def search_artists(self, name: str) -> Call[Page[Artist]]:
        """Search by name, best first by Spotify's ranking, which may put similar names before the right one."""
        limit = self.profile.page_limit
        listing = ListReader(
            query=AskedEndpoint(endpoint=endpoints.SEARCH_ARTISTS, page_limit=limit),
            records=_artists,
            inside="artists",
            max_pages=SEARCH_DEPTH // limit,
        )
        return listing.first(params=(("q", name), ("type", "artist"), ("limit", str(limit)), *self._market_param()))

    def artist(self, provider_id: str) -> Call[Artist]:
        """Look one artist up by id; it has the id that the answer gives. An artist that was taken down is not found."""

        def parse(response: Response) -> Artist:
            wire = structured(CONVERTER, SPOTIFY, body_of(_ARTIST, response), ArtistWire)
            return _found(artist_record(wire, response.received_at))

        return Call(request=endpoints.ARTIST.request(provider_id), parse=parse)

    def artists(self, artist_ids: Sequence[str]) -> Sequence[Call[tuple[Artist, ...]]]:
        """Look artists up by id, in as few calls as the profile allows; unknown ones are missing from the answers."""
        several = _Several(
            key="artists",
            one=_ARTIST,
            many=AskedEndpoint(endpoint=endpoints.ARTISTS_SEVERAL, capability=BATCH),
            size=50,
            wire=ArtistWire,
            own_id=lambda wire: wire.id,
            record=artist_record,
        )
        return self._plan(several, artist_ids)

    def artist_albums(self, artist_id: str) -> Sequence[Call[Page[Album]]]:
        """List the artist's own releases: one list, or one per group if the answers do not name the group."""
        return tuple(self._albums_of(artist_id, groups) for groups in lists_of(self.profile))

    def albums(self, album_ids: Sequence[str]) -> Sequence[Call[tuple[AlbumDetails, ...]]]:
        """Fetch albums with up to 50 songs each, in as few calls as the profile allows.

        An album is credited to its first artist; another artist's list has more information.
        """
        several = _Several(
            key="albums",
            one=AskedEndpoint(endpoint=endpoints.ALBUM),
            many=AskedEndpoint(endpoint=endpoints.ALBUMS_SEVERAL, capability=BATCH),
            size=ALBUMS_IN_A_BATCH,
            wire=AlbumWire,
            own_id=lambda wire: wire.id,
            record=self._details,
        )
        return self._plan(several, album_ids, self._market_param())

    def album_tracks(self, album_id: str, on: Version = Version.STUDIO) -> Call[Page[Track]]:
        """List an album's songs (without ISRC and popularity); `on` is the version of the album."""
        params = (("limit", str(LARGE_PAGE)), *self._market_param())
        return _songs_on(album_id, on).first(album_id, params=params)

    def top_songs(self, artist_id: str) -> Call[tuple[Track, ...]] | None:
        """Request the ten most popular songs in the market; None if the profile has no such endpoint."""
        if not self.profile.top_tracks:
            return None
        params = (("market", self._market or MARKET_OF_TOP_TRACKS),)
        return _track_list(_TOP_TRACKS, artist_id, params=params)

    def popularity(self, track_ids: Sequence[str]) -> Sequence[Call[tuple[Track, ...]]]:
        """Request these tracks in batches, with their popularity; one by one would cost too much."""
        if not self.profile.batch:
            return ()
        several = _Several(
            key="tracks",
            one=_TRACKS,  # never one by one
            many=_TRACKS,
            size=TRACKS_IN_A_BATCH,
            wire=TrackWire,
            own_id=lambda wire: wire.id or "",
            record=lambda wire, fetched_at, _: song_record(wire, fetched_at),
        )
        return self._plan(several, track_ids, self._market_param())

    @property
    def refused_because(self) -> str:
        """Return why both are refused to some applications.

        Source: developer.spotify.com/blog/2024-11-27-changes-to-the-web-api.
        """
        return "it is in Development Mode, or was registered after 2024-11-27"

    def recommendations(self, artist_id: str, limit: int = 20) -> Sequence[Call[tuple[Recommendation, ...]]]:
        """Request tracks similar to an artist's; no call if the profile has no such endpoint."""
        if not self.profile.recommendations:
            return ()
        params = (("seed_artists", artist_id), ("limit", str(limit)), *self._market_param())

        def parse(response: Response) -> tuple[Recommendation, ...]:
            items = _list_at(body_of(_RECOMMENDATIONS, response), "tracks")
            return tuple(recommendation_record(wire) for wire in read_all(CONVERTER, items, TrackWire))

        return (Call(request=_RECOMMENDATIONS.endpoint.request(params=params), parse=parse),)

    def audio_features(self, song_ids: Sequence[str]) -> Sequence[Call[tuple[AudioFeatures, ...]]]:
        """Request analyses of songs, in as few calls as the profile allows; no calls if it has no such endpoint."""
        if not self.profile.audio_features:
            return ()
        several = _Several(
            key="audio_features",
            one=AskedEndpoint(endpoint=endpoints.AUDIO_FEATURES, capability=AUDIO_FEATURES),
            many=AskedEndpoint(endpoint=endpoints.AUDIO_FEATURES_SEVERAL, capability=AUDIO_FEATURES),
            size=100,
            wire=FeaturesWire,
            own_id=lambda wire: wire.id,
            record=features_record,
        )
        return self._plan(several, song_ids)

    def _plan(self, several: _Several[W, T], ids: Sequence[str], params: Params = ()) -> Sequence[Call[tuple[T, ...]]]:
        batches = batches_of(self.profile, tuple(dict.fromkeys(ids)), several.size)
        if self.profile.batch:
            return tuple(several.batch(batch, params) for batch in batches)
        return tuple(several.by_one(one, params) for (one,) in batches)

    def _albums_of(self, artist_id: str, groups: Sequence[str]) -> Call[Page[Album]]:
        group = groups[0] if len(groups) == 1 else None

        def records(items: Sequence[Any], fetched_at: datetime) -> tuple[Album, ...]:
            wires = read_all(CONVERTER, items, AlbumWire)
            return tuple(album_record(wire, fetched_at, artist_id=artist_id, group=group) for wire in wires)

        limit = self.profile.page_limit
        listing = ListReader(query=AskedEndpoint(endpoint=endpoints.ARTIST_ALBUMS, page_limit=limit), records=records)
        params = (("include_groups", ",".join(groups)), ("limit", str(limit)), *self._market_param())
        return listing.first(artist_id, params=params)

    def _details(self, wire: AlbumWire, fetched_at: datetime, requested_id: str) -> AlbumDetails:
        page = page_or_none(wire.tracks)
        with noting() as unusable:
            tracks = read_all(CONVERTER, page.items, TrackWire) if page is not None else ()
        titles = [track.name for track in tracks if track.name]
        album = album_record(wire, fetched_at, requested_id=requested_id, track_titles=titles)
        more = _songs_on(requested_id, album.version).after(page) if page is not None else None
        if page is None and album.available:
            more = self.album_tracks(requested_id, album.version)
        with noting() as nameless:
            songs = _songs(tracks, fetched_at, requested_id, album.version)
        return AlbumDetails(album=album, songs=songs, more_songs=more, rejects=(*unusable, *nameless))

    def _market_param(self) -> Params:
        return (("market", self._market),) if self._market else ()


def _songs_on(album_id: str, on: Version) -> ListReader[Track]:
    def records(items: Sequence[Any], fetched_at: datetime) -> tuple[Track, ...]:
        return _songs(read_all(CONVERTER, items, TrackWire), fetched_at, album_id, on)

    return ListReader(query=_ALBUM_TRACKS, records=records)


def _track_list(query: AskedEndpoint, *ids: str, params: Params) -> Call[tuple[Track, ...]]:
    def parse(response: Response) -> tuple[Track, ...]:
        wires = read_all(CONVERTER, _list_at(body_of(query, response), "tracks"), TrackWire)
        return _songs(wires, response.received_at)

    return Call(request=query.endpoint.request(*ids, params=params), parse=parse)


def _artists(items: Sequence[Any], fetched_at: datetime) -> tuple[Artist, ...]:
    records = (artist_record(wire, fetched_at) for wire in read_all(CONVERTER, items, ArtistWire))
    return tuple(record for record in records if record is not None)


def _songs(
    wires: Sequence[TrackWire], fetched_at: datetime, album_id: str | None = None, on: Version = Version.STUDIO
) -> tuple[Track, ...]:
    """Map tracks; those taken down, or on no album, are noted."""
    records = [song_record(wire, fetched_at, album_id=album_id, on=on) for wire in wires]
    for wire in (wire for wire, record in zip(wires, records, strict=True) if record is None):
        note(wire.told_as, wire.id, "a track without its name or album", {"id": wire.id, "name": wire.name})
    return tuple(record for record in records if record is not None)


def _found(record: T | None) -> T:
    if record is None:
        raise NotFound(SPOTIFY, "taken down")
    return record


def _list_at(body: Mapping[str, Any], key: str) -> Sequence[Any]:
    values = body.get(key)
    if not isinstance(values, list):
        raise BadPayload(SPOTIFY, f"no list of {key}", sample(body))
    return values
