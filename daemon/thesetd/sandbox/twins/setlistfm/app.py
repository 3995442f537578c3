"""The REST API 1.0 of setlist.fm: artists, setlists and venues, in JSON.

Source of shapes: recorded bodies of 2017 to 2026. A search without a hit, a page past the end and an unknown id are all
404, distinguished by the message; the gateway in front answers 403 and 429 in its own form.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Any

import attrs
from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from thesetd.ports.clock import Clock
from thesetd.sandbox.gateway import Gateway, GatewayRefused, number
from thesetd.sandbox.search import closeness, folded
from thesetd.sandbox.trouble.limits import LimitRefusal
from thesetd.sandbox.twins.setlistfm.shapes import SHAPES
from thesetd.sandbox.twins.setlistfm.source import SetlistCard, SetlistfmSource
from thesetd.sandbox.twins.twin import TwinServices

KEY = "sandbox-key"
ARTISTS_PER_PAGE = 30
SETLISTS_PER_PAGE = 20
LANGUAGES = frozenset({"en", "es", "fr", "de", "pt", "tr", "it", "pl", "*"})
FIRST_UPDATE = datetime(2008, 9, 22, tzinfo=UTC)
_CACHE = {"cache-control": "no-transform, max-age=60"}


@attrs.frozen(kw_only=True)
class SetlistfmApp:
    """The endpoints over one source."""

    source: SetlistfmSource
    clock: Clock

    @classmethod
    def make(cls, around: TwinServices) -> "SetlistfmApp":
        """Make it."""
        return cls(source=around.source, clock=around.clock)

    def over_limit(self, refusal: LimitRefusal, _request: Request) -> Response:
        """Answer an arrival over the limit: no Retry-After, only the text distinguishes the causes."""
        return SHAPES["429-quota" if refusal.quota else "429"].response()

    def authorize(self, request: Request) -> None:
        """Accept a request with the right key and a User-Agent.

        Raises:
            Refused: without them (403), or with a language or type that is not served (406).
        """
        headers = request.headers
        if headers.get("x-api-key") != KEY or not headers.get("user-agent"):
            raise GatewayRefused(SHAPES["403-forbidden"].response())
        language = headers.get("accept-language", "en").split(",")[0].split(";")[0].split("-")[0].strip().lower()
        if language not in LANGUAGES or "json" not in headers.get("accept", ""):
            raise self._refuse(HTTPStatus.NOT_ACCEPTABLE, "not acceptable")

    def build(self, gateway: Gateway) -> Starlette:
        """Return the application: /rest/1.0/..."""

        def route(path: str, label: str, handler: Callable[[Request], Any]) -> Route:
            return Route(f"/rest/1.0{path}", gateway.endpoint(label, handler))

        return Starlette(
            routes=[
                route("/search/artists", "search-artists", self._search_artists),
                route("/search/setlists", "search-setlists", self._search_setlists),
                route("/artist/{id}", "artist", self._one("artist", "unknown mbid")),
                route("/artist/{id}/setlists", "artist-setlists", self._artist_setlists),
                route("/setlist/{id}", "setlist", self._one("setlist", "unknown setlistId")),
                route("/venue/{id}", "venue", self._one("venue", "unknown venueId")),
                route("/venue/{id}/setlists", "venue-setlists", self._venue_setlists),
                Route("/{rest:path}", gateway.endpoint("unknown", self._unknown)),
            ]
        )

    async def _unknown(self, _: Request) -> Response:
        raise self._refuse(HTTPStatus.NOT_FOUND, "not found")

    def _one(self, kind: str, unknown: str) -> Callable[[Request], Any]:
        async def handler(request: Request) -> Response:
            body = self.source.entity(kind, request.path_params["id"], self.clock.now())
            if body is None:
                raise self._refuse(HTTPStatus.NOT_FOUND, unknown)
            return JSONResponse(body, headers=_CACHE)

        return handler

    async def _search_artists(self, request: Request) -> Response:
        asked = request.query_params
        name, mbid = folded(asked.get("artistName", "")), asked.get("artistMbid")
        found = [
            artist
            for artist in self.source.artists()
            if mbid in {None, artist["mbid"]} and set(name.split()) <= set(folded(artist["name"]).split())
        ]
        found.sort(key=lambda artist: str(artist["sortName"]))
        if asked.get("sort") == "relevance":
            found.sort(key=lambda artist: (folded(artist["name"]) != name, -closeness(folded(artist["name"]), name)))
        return self._page(request, "artist", found, ARTISTS_PER_PAGE)

    async def _artist_setlists(self, request: Request) -> Response:
        mbid = request.path_params["id"]
        if self.source.entity("artist", mbid, self.clock.now()) is None:
            raise self._refuse(HTTPStatus.NOT_FOUND, "unknown mbid")
        return self._setlists(request, self.source.setlists(mbid, self.clock.now()))

    async def _venue_setlists(self, request: Request) -> Response:
        venue = request.path_params["id"]
        if self.source.entity("venue", venue, self.clock.now()) is None:
            raise self._refuse(HTTPStatus.NOT_FOUND, "unknown venueId")
        here = [card for card in self.source.setlists(None, self.clock.now()) if card.venue_id == venue]
        return self._setlists(request, here)

    async def _search_setlists(self, request: Request) -> Response:
        asked = request.query_params
        day, edited = self._day(asked), self._edited(asked)
        found = [
            card
            for card in self.source.setlists(asked.get("artistMbid"), self.clock.now())
            if day in {None, card.day} and (edited is None or card.last_updated >= edited) and _wanted(card, asked)
        ]
        return self._setlists(request, found)

    def _day(self, asked: QueryParams) -> date | None:
        text = asked.get("date")
        try:
            return datetime.strptime(text, "%d-%m-%Y").replace(tzinfo=UTC).date() if text else None
        except ValueError:
            raise self._refuse(HTTPStatus.BAD_REQUEST, f"invalid date: {text}") from None

    def _edited(self, asked: QueryParams) -> datetime | None:
        text = asked.get("lastUpdated")
        try:
            moment = datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC) if text else None
        except ValueError:
            raise self._refuse(HTTPStatus.BAD_REQUEST, f"invalid lastUpdated: {text}") from None
        if moment is not None and moment < FIRST_UPDATE:
            stated = f"{FIRST_UPDATE:%Y-%m-%dT%H:%M:%SZ}, was {moment:%Y-%m-%dT%H:%M:%SZ}"
            raise self._refuse(HTTPStatus.BAD_REQUEST, f"last modified must not be before {stated}")
        return moment

    def _setlists(self, request: Request, cards: Sequence[SetlistCard]) -> Response:
        newest_first = sorted(cards, key=lambda card: (card.day, card.setlist_id), reverse=True)
        return self._page(request, "setlist", newest_first, SETLISTS_PER_PAGE)

    def _page(self, request: Request, key: str, found: Sequence[Any], size: int) -> Response:
        page = number(request.query_params.get("p"), 1)
        if not found:
            raise self._refuse(HTTPStatus.NOT_FOUND, "not found")
        if not page or (page - 1) * size >= len(found):
            raise self._refuse(HTTPStatus.NOT_FOUND, f"page does not exist: {request.query_params['p']}")
        shown = found[(page - 1) * size : page * size]
        if key == "setlist":
            now = self.clock.now()
            shown = [self.source.entity("setlist", card.setlist_id, now) for card in shown]
        body = {"type": f"{key}s", "itemsPerPage": size, "page": page, "total": len(found), key: shown}
        return JSONResponse(body, headers=_CACHE)

    def _refuse(self, status: HTTPStatus, message: str) -> GatewayRefused:
        stamp = f"{self.clock.now():%Y-%m-%dT%H:%M:%S.000+0000}"
        return GatewayRefused(
            JSONResponse({"code": status, "status": status.phrase, "message": message, "timestamp": stamp}, status)
        )


def _wanted(card: SetlistCard, asked: QueryParams) -> bool:
    """Apply the filters that compare text; all must hold."""
    exact = {
        "cityId": card.city_id,
        "countryCode": card.country_code,
        "stateCode": card.state_code,
        "venueId": card.venue_id,
        "year": str(card.day.year),
    }
    words = {"artistName": card.artist, "cityName": card.city, "tourName": card.tour, "venueName": card.venue}
    return all(asked[name] == value for name, value in exact.items() if asked.get(name)) and all(
        set(folded(asked[name]).split()) <= set(value.split()) for name, value in words.items() if asked.get(name)
    )
