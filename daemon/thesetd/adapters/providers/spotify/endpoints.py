"""Lists Spotify's endpoints."""

from functools import partial

from thesetd.domain.gate.endpoints import Endpoint, Topic
from thesetd.domain.identity import spaces
from thesetd.domain.ids import SPOTIFY

_row = partial(Endpoint, provider=SPOTIFY, space=spaces.SPOTIFY)
_profile = partial(_row, topic=Topic.PROFILE)
_catalog = partial(_row, topic=Topic.CATALOG, fresh_s=1800.0)

SEARCH_ARTISTS = _profile(name="search-artists", path="search", fresh_s=1800.0, artists_at=("artists", "items", "id"))
ARTIST = _profile(name="artist", path="artists/{artist}", fresh_s=3600.0)
ARTISTS_SEVERAL = _profile(name="artists-several", path="artists", fresh_s=3600.0, artists_at=("artists", "id"))
TOP_TRACKS = _catalog(name="top-tracks", path="artists/{artist}/top-tracks")
ARTIST_ALBUMS = _catalog(name="artist-albums", path="artists/{artist}/albums")
ALBUM = _catalog(name="album", path="albums/{id}", artists_at=("artists", "id"))
ALBUMS_SEVERAL = _catalog(name="albums-several", path="albums", artists_at=("albums", "artists", "id"))
ALBUM_TRACKS = _catalog(name="album-tracks", path="albums/{id}/tracks", artists_at=("items", "artists", "id"))
TRACKS_SEVERAL = _catalog(name="tracks-several", path="tracks", artists_at=("tracks", "artists", "id"))
RECOMMENDATIONS = _catalog(
    name="recommendations", path="recommendations", fresh_s=900.0, artist_params=("seed_artists",)
)
AUDIO_FEATURES = _catalog(name="audio-features", path="audio-features/{id}", fresh_s=3600.0)
AUDIO_FEATURES_SEVERAL = _catalog(name="audio-features-several", path="audio-features", fresh_s=3600.0)

ENDPOINTS = (
    SEARCH_ARTISTS,
    ARTIST,
    ARTISTS_SEVERAL,
    TOP_TRACKS,
    ARTIST_ALBUMS,
    ALBUM,
    ALBUMS_SEVERAL,
    ALBUM_TRACKS,
    TRACKS_SEVERAL,
    RECOMMENDATIONS,
    AUDIO_FEATURES,
    AUDIO_FEATURES_SEVERAL,
)
