"""setlist.fm's row of the suite over all providers."""

from datetime import UTC, datetime
from typing import Any

from thesetd.adapters.providers.setlistfm import SetlistfmClient
from thesetd.domain.gate.calls import Call

SETTINGS = {"api_key": "the-api-key"}

_MBID = "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d"


def calls(client: SetlistfmClient) -> dict[str, Call[Any]]:
    """Return one call of every kind."""
    return {
        "search_artists": client.search_artists("The Beatles"),
        "artist": client.artist(_MBID),
        "artist_setlists": client.artist_setlists(_MBID),
        "edited_setlists": client.edited_setlists(_MBID, datetime(2026, 3, 1, tzinfo=UTC)),
        "setlist": client.setlist("63de4613"),
    }


RECORDED = {
    "search_artists": ("setlistfm/search-artists/*.json",),
    "artist": ("setlistfm/artist/*.json",),
    "artist_setlists": tuple(f"setlistfm/{of}-setlists/*.json" for of in ("artist", "search", "user", "venue")),
    "edited_setlists": ("setlistfm/search-setlists/*.json",),
    "setlist": ("setlistfm/setlist/*.json",),
}
