"""The emulated Ticketmaster."""

from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import TICKETMASTER
from thesetd.sandbox.twins.ticketmaster.app import KEY, TicketmasterApp
from thesetd.sandbox.twins.ticketmaster.recorded import RecordedTicketmaster
from thesetd.sandbox.twins.ticketmaster.shapes import SHAPES
from thesetd.sandbox.twins.ticketmaster.synthetic import TicketmasterView
from thesetd.sandbox.twins.twin import Twin

TWIN = Twin(
    name=TICKETMASTER,
    # developer.ticketmaster.com, Discovery API, rate limit: 5 requests per second and 5000 per day.
    limits=(Window(5, 1.0), Window(5000, 86400.0)),
    settings={"base_url": "{base}/discovery/v2", "api_key": KEY},
    shapes=SHAPES,
    make=TicketmasterApp.make,
    synthetic=TicketmasterView,
    recorded=RecordedTicketmaster,
)
