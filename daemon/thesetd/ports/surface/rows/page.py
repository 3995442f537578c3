"""Routes of the overview: the document, and the status page."""

from thesetd.ports.surface.endpoints import ApiRoute
from thesetd.ports.surface.rows.parts import EVERYWHERE, HTML, ICON, OPEN, READ, SCRIPT, STYLE
from thesetd.ports.surface.status import Status

# A row reads best in few lines: name, place, subject, scope, answer, what it does.
# fmt: off

SHOW_STATUS = ApiRoute(
    "showStatus", "GET /status", "daemon", READ, Status, "Show everything at a glance", listeners=EVERYWHERE,
)
SHOW_PAGE = ApiRoute(
    "showPage", "GET /", "daemon", None, str, "Show everything at a glance, in a browser", media=HTML, listeners=OPEN,
)
SHOW_STYLE = ApiRoute(
    "showStyle", "GET /page.css", "daemon", None, str, "Return the page's style", media=STYLE, listeners=OPEN,
)
SHOW_SCRIPT = ApiRoute(
    "showScript", "GET /page.js", "daemon", None, str, "Return the page's script", media=SCRIPT, listeners=OPEN,
)
SHOW_ICON = ApiRoute(
    "showIcon", "GET /icon.svg", "daemon", None, str, "Return the page's icon", media=ICON, listeners=OPEN,
)
