"""The emulated setlist.fm."""

from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import SETLISTFM
from thesetd.sandbox.twins.setlistfm.app import KEY, SetlistfmApp
from thesetd.sandbox.twins.setlistfm.recorded import RecordedSetlistfm
from thesetd.sandbox.twins.setlistfm.shapes import SHAPES
from thesetd.sandbox.twins.setlistfm.synthetic import SetlistfmView
from thesetd.sandbox.twins.twin import Twin

TWIN = Twin(
    name=SETLISTFM,
    # setlist.fm's forum on the API rate limit, standard key: 2 requests per second and 1440 per day.
    limits=(Window(2, 1.0), Window(1440, 86400.0)),
    settings={"base_url": "{base}/rest/1.0", "api_key": KEY},
    shapes=SHAPES,
    make=SetlistfmApp.make,
    synthetic=SetlistfmView,
    recorded=RecordedSetlistfm,
)
