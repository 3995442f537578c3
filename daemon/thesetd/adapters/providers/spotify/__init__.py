"""Spotify: the catalogue of artists, albums and songs."""

from thesetd.adapters.providers.spec import ProviderSpec
from thesetd.adapters.providers.spotify.auth import TokenSource
from thesetd.adapters.providers.spotify.client import SpotifyClient
from thesetd.adapters.providers.spotify.endpoints import ENDPOINTS
from thesetd.adapters.providers.spotify.settings import SpotifySettings
from thesetd.domain.ids import SPOTIFY
from thesetd.ports.providers import Role

__all__ = ["PROVIDER", "SpotifyClient", "SpotifySettings", "TokenSource"]

PROVIDER = ProviderSpec(
    name=SPOTIFY,
    title="Spotify",
    settings=SpotifySettings,
    secrets=("client_secret",),
    environment={"SPOTIFY_CLIENT_ID": "client_id", "SPOTIFY_CLIENT_SECRET": "client_secret"},
    known_artist="3AA28KZvwAUcZuOKwyblJQ",
    endpoints=ENDPOINTS,
    brings=frozenset({Role.CATALOG}),
    client=SpotifyClient,
    auth=lambda settings, session, _clock: TokenSource(settings, session),
    proves_credentials=True,
)
