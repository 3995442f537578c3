"""The synthetic world in MusicBrainz's form: most artists are linked with Spotify, and some ids were merged."""

from collections.abc import Sequence
from uuid import NAMESPACE_URL, uuid5

from thesetd.sandbox.listing import Json
from thesetd.sandbox.synthetic.catalogue import Album
from thesetd.sandbox.synthetic.chance import one_in
from thesetd.sandbox.synthetic.roster import Artist
from thesetd.sandbox.synthetic.universe import MAX_ARTISTS, Universe

UNLINKED_EVERY, DEAD_EVERY, MERGED_EVERY = 5, 13, 7  # 78 % of lesser known artists were linked (40 measured, 2026)
_TYPES = {"album": "Album", "single": "Single", "compilation": "Album"}
_CREATED = "free streaming", "769085a1-c2f7-4c24-a532-2375a77693bd"


class MusicBrainzView:
    """A `MusicBrainzSource` over the universe."""

    def __init__(self, universe: Universe) -> None:
        self._universe = universe
        self._known = {artist.mbid: artist for artist in universe.roster if artist.mbid is not None}
        merged = (artist for artist in self._known.values() if one_in(artist.index, MERGED_EVERY, 0))
        self._merged = {universe.mint.mbid(MAX_ARTISTS + artist.index): artist for artist in merged}

    def artists(self) -> Sequence[Json]:
        """See `MusicBrainzSource.artists`."""
        return [_artist(artist) for artist in self._known.values()]

    def artist(self, mbid: str) -> Json | None:
        """See `MusicBrainzSource.artist`."""
        artist = self._known.get(mbid) or self._merged.get(mbid)
        return None if artist is None else _artist(artist)

    def groups(self, mbid: str) -> Sequence[Json]:
        """See `MusicBrainzSource.groups`."""
        artist = self._known.get(mbid) or self._merged.get(mbid)
        return [] if artist is None else [_group(album) for album in self._universe.catalogue(artist).albums]


def _artist(artist: Artist) -> Json:
    return {
        "id": artist.mbid,
        "name": artist.slfm_name,
        "sort-name": artist.sort_name,
        "disambiguation": "",
        "type": "Group",
        "country": None,
        "aliases": [{"name": artist.name, "type": None}] if artist.name != artist.slfm_name else [],
        "relations": _relations(artist),
    }


def _relations(artist: Artist) -> list[Json]:
    if one_in(artist.index, UNLINKED_EVERY, UNLINKED_EVERY - 1):
        return []
    kind, kind_id = _CREATED
    return [
        {
            "type": kind,
            "type-id": kind_id,
            "direction": "forward",
            "target-type": "url",
            "ended": one_in(artist.index, DEAD_EVERY, DEAD_EVERY - 1),
            "url": {"resource": f"https://open.spotify.com/artist/{artist.spotify_id}"},
        }
    ]


def _group(album: Album) -> Json:
    live = album.name.startswith("Live ") or album.name.endswith("(Live)")
    secondary = (["Live"] if live else []) + (["Compilation"] if album.group == "compilation" else [])
    return {
        "id": str(uuid5(NAMESPACE_URL, album.spotify_id)),
        "title": album.name,
        "primary-type": _TYPES.get(album.group),
        "secondary-types": secondary,
        "first-release-date": album.release_date,
        "disambiguation": "",
    }
