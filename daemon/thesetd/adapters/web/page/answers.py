"""Answers browsers: the page, its style and script, and pages instead of problem documents."""

from collections.abc import Mapping
from http import HTTPStatus
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

from thesetd.adapters.web.page.glance import Glances
from thesetd.adapters.web.page.markup import badge, element, joined
from thesetd.adapters.web.page.render import html_document, page
from thesetd.ports.surface.status import Status

# No external resources, no inline scripts, no framing of the page.
HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
ASSETS: Mapping[str, str] = {
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
_BODIES = {name: (files("thesetd.adapters.web.page") / "assets" / name).read_bytes() for name in ASSETS}


def for_a_person(request: Request) -> bool:
    """Return whether a browser sent the request: it prefers HTML, which programs do not."""
    return "text/html" in request.headers.get("accept", "")


def html(text: str, status: HTTPStatus = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Response:
    """Return a page that may load nothing but its own style and script."""
    return Response(text, status, {**(headers or {}), **HEADERS}, "text/html")


async def asset(request: Request) -> Response:
    """Return the style, the script or the icon."""
    name = request.url.path.rpartition("/")[2]
    return Response(_BODIES[name], headers={**HEADERS, "content-type": ASSETS[name]})


def notice(
    title: str, detail: str, status: HTTPStatus, *, headers: Mapping[str, str] | None = None, live: bool = False
) -> Response:
    """Return a page with one message and a link back; a live one reloads by itself."""
    said = element("p", badge(str(status.value), "bad"), " ", detail)
    home = element("p", element("a", "Status page", href="/"))
    link = element("span", id="link", role="status")
    header = element("header", element("h1", title), link)
    return html(
        html_document(title, joined([header, element("main", said, home, id="main")]), live=live), status, headers
    )


class StatusPage:
    """The two forms of the overview."""

    def __init__(self, glances: Glances) -> None:
        """Take the source of the overview."""
        self._glances = glances

    async def page(self, _: Request) -> Response:
        """Return the page."""
        return html(page(await self._glances.take()))

    async def status(self, _: Request) -> Status:
        """Return the overview for programs."""
        return await self._glances.take()
