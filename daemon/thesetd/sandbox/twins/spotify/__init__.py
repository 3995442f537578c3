"""The emulated Spotify."""

from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import SPOTIFY
from thesetd.sandbox.twins.spotify.app import CLIENT_ID, CLIENT_SECRET, DEVELOPMENT, EXTENDED, SpotifyApp
from thesetd.sandbox.twins.spotify.recorded import RecordedSpotify
from thesetd.sandbox.twins.spotify.shapes import SHAPES
from thesetd.sandbox.twins.spotify.synthetic import SpotifyView
from thesetd.sandbox.twins.twin import Twin

TWIN = Twin(
    name=SPOTIFY,
    # Spotify publishes no number: 135 to 212 requests in 30 s were measured without a 429 in 2024 and 2025.
    limits=(Window(150, 30.0),),
    settings={
        "base_url": "{base}/v1",
        "token_url": "{base}/api/token",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    },
    shapes=SHAPES,
    make=SpotifyApp.make,
    synthetic=SpotifyView,
    recorded=RecordedSpotify,
    modes=(EXTENDED, DEVELOPMENT),
)
