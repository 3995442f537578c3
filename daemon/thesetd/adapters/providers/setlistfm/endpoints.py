"""setlist.fm's endpoints."""

from functools import partial

from thesetd.domain.gate.endpoints import Endpoint, Topic
from thesetd.domain.identity import spaces
from thesetd.domain.ids import SETLISTFM

_row = partial(Endpoint, provider=SETLISTFM, space=spaces.MUSICBRAINZ)
_profile = partial(_row, topic=Topic.PROFILE)
_setlists = partial(_row, topic=Topic.SETLISTS)

ARTISTS = _profile(name="artists", path="search/artists", fresh_s=1800.0, artists_at=("artist", "mbid"))
ARTIST = _profile(name="artist", path="artist/{artist}", fresh_s=3600.0)
SEARCH_SETLISTS = _setlists(
    name="search-setlists", path="search/setlists", fresh_s=1800.0, artist_params=("artistMbid",)
)
SETLIST = _setlists(name="setlist", path="setlist/{id}", fresh_s=3600.0, artists_at=("artist", "mbid"))
ARTIST_SETLISTS = _setlists(name="artist-setlists", path="artist/{artist}/setlists", fresh_s=1800.0)
VENUE_SETLISTS = _setlists(
    name="venue-setlists", path="venue/{id}/setlists", fresh_s=1800.0, artists_at=("setlist", "artist", "mbid")
)
VENUE = _row(name="venue", path="venue/{id}", topic=Topic.VENUES, fresh_s=3600.0)

ENDPOINTS = (ARTISTS, ARTIST, SEARCH_SETLISTS, SETLIST, ARTIST_SETLISTS, VENUE_SETLISTS, VENUE)
