"""Lists setlist.fm's endpoints."""

from functools import partial

from thesetd.domain.gate.endpoints import Endpoint, Topic
from thesetd.domain.identity import spaces
from thesetd.domain.ids import SETLISTFM

_row = partial(Endpoint, provider=SETLISTFM, space=spaces.MUSICBRAINZ)
_profile = partial(_row, topic=Topic.PROFILE)
_setlists = partial(_row, topic=Topic.SETLISTS)

ARTISTS = _profile(name="artists", path="search/artists", fresh_s=1800.0, artists_at=("artist", "mbid"))
ARTIST = _profile(name="artist", path="artist/{artist}", fresh_s=3600.0)
SETLIST = _setlists(name="setlist", path="setlist/{id}", fresh_s=3600.0, artists_at=("artist", "mbid"))
ARTIST_SETLISTS = _setlists(name="artist-setlists", path="artist/{artist}/setlists", fresh_s=1800.0)
EDITED_SETLISTS = _setlists(
    name="edited-setlists",
    path="search/setlists",
    fresh_s=60.0,
    source="recorded answers: max-age=60",  # each question begins where the last complete answer ended
    artist_params=("artistMbid",),
)

ENDPOINTS = (ARTISTS, ARTIST, SETLIST, ARTIST_SETLISTS, EDITED_SETLISTS)
