"""MusicBrainz's row of the suite over all providers."""

from typing import Any

from thesetd.adapters.providers.musicbrainz import MusicBrainzClient
from thesetd.domain.gate.calls import Call

SETTINGS = {"contact": "someone@example.org"}

_MBID = "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d"


def calls(client: MusicBrainzClient) -> dict[str, Call[Any]]:
    """Return one call of every kind."""
    return {
        "search_artists": client.search_artists("The Beatles"),
        "artist": client.artist(_MBID),
        "described": client.described(_MBID),
        "linked": client.linked(["https://open.spotify.com/artist/3WrFJ7ztbogyGnTHbHJFl2"]),
        "releases": client.releases(_MBID),
    }


RECORDED = {
    "search_artists": (
        "musicbrainz/search-artist/nirvana-2024.json",
        "musicbrainz/search-artist/bob-dylan-*.json",
        "musicbrainz/search-artist/bring-*.json",
    ),
    "artist": ("musicbrainz/artist/*.json",),
    "described": ("musicbrainz/artist/*.json",),
    "linked": ("musicbrainz/url/*.json",),
    "releases": ("musicbrainz/release-group-browse/*.json",),
}
