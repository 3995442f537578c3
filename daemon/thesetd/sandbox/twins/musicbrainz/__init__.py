"""The emulated MusicBrainz. A daemon that is pointed at it uses it once a contact is set."""

from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import ProviderName
from thesetd.sandbox.twins.musicbrainz.app import MusicBrainzApp
from thesetd.sandbox.twins.musicbrainz.recorded import RecordedMusicBrainz
from thesetd.sandbox.twins.musicbrainz.shapes import SHAPES
from thesetd.sandbox.twins.musicbrainz.synthetic import MusicBrainzView
from thesetd.sandbox.twins.twin import Twin

TWIN = Twin(
    name=ProviderName("musicbrainz"),
    # "22.0 per 20 seconds" in refusals of 2014, "limit 22" in headers of 2026; wiki: one a second on average.
    limits=(Window(22, 20.0),),
    settings={"base_url": "{base}/ws/2"},
    shapes=SHAPES,
    make=MusicBrainzApp.make,
    synthetic=MusicBrainzView,
    recorded=RecordedMusicBrainz,
)
