"""Lists MusicBrainz's endpoints.

Its answers carry no age, and their ETag changes with the order of keys; core data may be kept for ever (CC0). So
everything except searches is fresh for a week, the longest that any answer is kept.
"""

from functools import partial

from thesetd.domain.gate.endpoints import Endpoint, Topic
from thesetd.domain.identity import spaces
from thesetd.domain.ids import ProviderName

MUSICBRAINZ = ProviderName("musicbrainz")
DAY_S = 86400.0

_row = partial(
    Endpoint,
    provider=MUSICBRAINZ,
    space=spaces.MUSICBRAINZ,
    fresh_s=7 * DAY_S,
    source="core data is CC0: wiki.musicbrainz.org/About/Data_License",
)

SEARCH_ARTISTS = _row(
    name="search-artists", path="artist", topic=Topic.PROFILE, fresh_s=DAY_S, artists_at=("artists", "id")
)
ARTIST = _row(name="artist", path="artist/{artist}", topic=Topic.PROFILE)
ADDRESSES = _row(name="addresses", path="url", topic=Topic.PROFILE, artists_at=("urls", "relations", "artist", "id"))
RELEASE_GROUPS = _row(name="release-groups", path="release-group", topic=Topic.CATALOG, artist_params=("artist",))

ENDPOINTS = (SEARCH_ARTISTS, ARTIST, ADDRESSES, RELEASE_GROUPS)
