"""Spotify's row of the suite over all providers."""

from typing import Any

from thesetd.adapters.providers.spotify import SpotifyClient
from thesetd.domain.gate.calls import Call

SETTINGS = {"client_id": "the-client-id", "client_secret": "the-client-secret"}


def calls(client: SpotifyClient) -> dict[str, Call[Any]]:
    """Return one call of every kind; the batches are planned for more ids than any recorded body answers."""
    top_songs = client.top_songs("art")
    assert top_songs is not None
    built: dict[str, Call[Any]] = {
        "search_artists": client.search_artists("Gorillaz"),
        "artist": client.artist("art"),
        "artists": client.artists(["a", "b"])[0],
        "artist_albums": client.artist_albums("art")[0],
        "albums": client.albums(["a", "b"])[0],
        "album_tracks": client.album_tracks("alb"),
        "top_songs": top_songs,
        "recommendations": client.recommendations("art")[0],
        "audio_features": client.audio_features(["a", "b"])[0],
    }
    client.downgrade("top-tracks")
    built["tracks"] = client.popularity(["a", "b"])[0]
    for capability in ("batch", "page-limit"):
        client.downgrade(capability)
    return built | {
        "one group of artist_albums": client.artist_albums("art")[0],
        "one of albums": client.albums(["a"])[0],
        "one of audio_features": client.audio_features(["a"])[0],
    }


RECORDED = {
    "search_artists": ("spotify/search/*-search-artist*.json", "spotify/search/spotdl*-artist-*.json"),
    "artist": ("spotify/artist/*.json",),
    "artists": ("spotify/artists-several/*.json",),
    "artist_albums": ("spotify/artist-albums/*.json",),
    "albums": ("spotify/albums-several/[dkpz]*.json", "spotify/albums-several/java-*.json"),
    "album_tracks": ("spotify/album-tracks/*.json",),
    "top_songs": ("spotify/top-tracks/*.json",),
    "recommendations": ("spotify/recommendations/*.json",),
    "audio_features": ("spotify/audio-features/*-audio-features-several.json",),
    "one group of artist_albums": ("spotify/artist-albums/*.json",),
    "one of albums": ("spotify/album/*.json",),
    "one of audio_features": ("spotify/audio-features/*-audio-features.json",),
}
