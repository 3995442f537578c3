"""The Discovery API v2 of Ticketmaster: attractions, events and venues.

Source of shapes and limits: recorded bodies of 2016 to 2025 and a probe of the live API of October 2026. Listings are
relative to `now`: past events are not found any more.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import attrs
import trio
from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from thesetd.ports.clock import Clock
from thesetd.sandbox.gateway import Gateway, GatewayRefused, listed, number
from thesetd.sandbox.listing import Json
from thesetd.sandbox.search import folded
from thesetd.sandbox.trouble.limits import LimitRefusal, Meter
from thesetd.sandbox.twins.ticketmaster.shapes import SHAPES
from thesetd.sandbox.twins.ticketmaster.source import EventCard, NameCard, TicketmasterSource
from thesetd.sandbox.twins.twin import TwinServices

KEY = "sandbox-key"
MAX_SIZE = 200
MAX_DEPTH = 1000
MAX_TOTAL = 10_000
MUSIC = "KZFzniwnSyZfZ7v7nJ"
_DATE = "%Y-%m-%dT%H:%M:%SZ"
_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_EMBEDDED = {"event": "events", "attraction": "attractions", "venue": "venues"}
_LATE = datetime.max.replace(tzinfo=UTC)

_EVENT_ORDERS: dict[str, Callable[[EventCard], Any]] = {
    "date": lambda card: card.starts_at or _LATE,
    "name": lambda card: card.name,
    "id": lambda card: card.event_id,
    "relevance": lambda card: (card.starts_at or _LATE, card.event_id),
}


def refuse(code: str, detail: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> GatewayRefused:
    """Return the refusal with this code."""
    text = "404" if status == HTTPStatus.NOT_FOUND else "400 BAD_REQUEST"
    about = {"about": {"href": f"/discovery/v2/errors.html#{code}"}}
    return GatewayRefused(
        JSONResponse({"errors": [{"code": code, "detail": detail, "status": text, "_links": about}]}, status)
    )


@attrs.frozen(kw_only=True)
class TicketmasterApp:
    """The endpoints over one source."""

    source: TicketmasterSource
    clock: Clock
    meter: Meter

    @classmethod
    def make(cls, around: TwinServices) -> "TicketmasterApp":
        """Make it."""
        return cls(source=around.source, clock=around.clock, meter=around.behaviour.meter)

    def over_limit(self, refusal: LimitRefusal, request: Request) -> Response:
        """Answer an arrival over the limit; the quota's body repeats the key."""
        shape = SHAPES["429-quota" if refusal.quota else "429-spike"]
        return shape.response(apikey=request.query_params["apikey"])

    def authorize(self, request: Request) -> None:
        """Accept a request with the right key.

        Raises:
            Refused: no key or a wrong one.
        """
        if request.query_params.get("apikey") != KEY:
            raise GatewayRefused(SHAPES["401-key"].response())

    def build(self, gateway: Gateway) -> Starlette:
        """Return the application: /discovery/v2/..., each path with or without `.json`."""
        routes = []
        for kind, plural in _EMBEDDED.items():
            many, one = gateway.endpoint(plural, self._search(kind)), gateway.endpoint(kind, self._one(kind))
            for suffix in (".json", ""):
                path = f"/discovery/v2/{plural}"
                routes += [Route(path + suffix, many), Route(f"{path}/{{id}}{suffix}", one)]
        return Starlette(routes=[*routes, Route("/{rest:path}", gateway.endpoint("unknown", _unknown))])

    def _one(self, kind: str) -> Callable[[Request], Any]:
        async def handler(request: Request) -> Response:
            tm_id = request.path_params["id"]
            body = self.source.entity(kind, tm_id, self.clock.now())
            if body is None:
                locale = request.query_params.get("locale", "en-us")
                detail = f"Resource not found with provided criteria (locale={locale}, id={tm_id})"
                raise refuse("DIS1004", detail, HTTPStatus.NOT_FOUND)
            return self._reply(body)

        return handler

    def _search(self, kind: str) -> Callable[[Request], Any]:
        async def handler(request: Request) -> Response:
            asked, now = request.query_params, self.clock.now()
            size, page = _paging(asked)
            if kind == "event":
                ids = [card.event_id for card in self._events(asked, now)]
            else:
                ids = [card.card_id for card in self._names(kind, asked)]
            shown = ids[page * size : (page + 1) * size]
            bodies = [body for body in (self.source.entity(kind, one, now) for one in shown) if body is not None]
            return self._reply(_envelope(request, _EMBEDDED[kind], bodies, total=min(len(ids), MAX_TOTAL)))

        return handler

    def _events(self, asked: QueryParams, now: datetime) -> Sequence[EventCard]:
        order, _, direction = asked.get("sort", "relevance,desc").partition(",")
        if order not in _EVENT_ORDERS or direction not in {"", "asc", "desc"}:
            raise refuse("DIS1005", f'Query param "sort" may take one of these values only - {sorted(_EVENT_ORDERS)}')
        attractions = frozenset(listed(asked.get("attractionId"))) or None
        cards = [card for card in self.source.events(attractions, now) if _wanted(card, asked)]
        cards.sort(key=lambda card: card.event_id)
        return sorted(cards, key=_EVENT_ORDERS[order], reverse=direction == "desc" and order != "relevance")

    def _names(self, kind: str, asked: QueryParams) -> Sequence[NameCard]:
        order, _, direction = asked.get("sort", "relevance,desc").partition(",")
        if order not in {"name", "relevance"} or direction not in {"", "asc", "desc"}:
            raise refuse(
                "DIS1005", "Query param \"sort\" may take one of these two values only - {'name,asc', 'name,desc'}"
            )
        ids = listed(asked.get("id"))
        words = set(folded(asked.get("keyword", "")).split())
        cards = [
            card
            for card in self.source.names(kind)
            if words <= set(card.text.split())
            and (not ids or card.card_id in ids)
            and asked.get("segmentId") in {None, "", card.segment_id}
            and asked.get("countryCode") in {None, "", card.country_code}
        ]
        return sorted(cards, key=lambda card: card.name, reverse=direction == "desc") if order == "name" else cards

    def _reply(self, body: Json) -> Response:
        """Answer 200, with the quota's headers; only a 200 has them."""
        headers = {}
        if quota := self.meter.quota(trio.current_time()):
            size, rest, reset_s = quota
            reset = int((self.clock.now().timestamp() + reset_s) * 1000)
            headers = {
                "Rate-Limit": str(size),
                "Rate-Limit-Available": str(rest),
                "Rate-Limit-Over": "0",
                "Rate-Limit-Reset": str(reset),
            }
        return JSONResponse(body, headers=headers)


async def _unknown(_: Request) -> Response:
    raise refuse("DIS1004", "Resource not found", HTTPStatus.NOT_FOUND)


def _paging(asked: QueryParams) -> tuple[int, int]:
    size, page = number(asked.get("size"), 20), number(asked.get("page"), 0)
    size, page = 20 if size is None else size, page or 0
    if not 1 <= size <= MAX_SIZE:
        raise refuse("DIS1036", 'Query param "size" must be less than 200')
    if size * page >= MAX_DEPTH:
        raise refuse("DIS1035", "API Limits Exceeded: Max paging depth exceeded. (page * size) must be less than 1,000")
    return size, page


def _moment(asked: QueryParams, name: str) -> datetime | None:
    text = asked.get(name)
    if not text:
        return None
    try:
        if _FORM.fullmatch(text):
            return datetime.strptime(text, _DATE).replace(tzinfo=UTC)
    except ValueError:
        pass
    raise refuse(
        "DIS1015", "Query param with date must be of valid format YYYY-MM-DDTHH:mm:ssZ {example: 2020-08-01T14:00:00Z }"
    )


def _wanted(card: EventCard, asked: QueryParams) -> bool:
    ids, venues = listed(asked.get("id")), listed(asked.get("venueId"))
    return (
        (not ids or card.event_id in ids)
        and (not venues or card.venue_id in venues)
        and set(folded(asked.get("keyword", "")).split()) <= set(card.text.split())
        and asked.get("segmentId") in {None, "", card.segment_id}
        and asked.get("classificationName", "music").lower() in {"music", MUSIC.lower()}
        and asked.get("countryCode") in {None, "", card.country_code}
        and folded(asked.get("city", "")) in {"", folded(card.city)}
        and _announced(card, asked)
        and _in_time(card, asked)
    )


def _announced(card: EventCard, asked: QueryParams) -> bool:
    """Hide events without a date or time unless they are asked for; `only` with `only` finds nothing (observed)."""
    for flag, name in ((card.tba, "includeTBA"), (card.tbd, "includeTBD")):
        wish = asked.get(name, "no")
        if (flag and wish == "no") or (not flag and wish == "only"):
            return False
    return True


def _in_time(card: EventCard, asked: QueryParams) -> bool:
    """Compare the start with both bounds, inclusive. An event without a date never matches a query with one."""
    since, until = _moment(asked, "startDateTime"), _moment(asked, "endDateTime")
    if since is None and until is None:
        return True
    if card.local_date is None:
        return False
    start = card.starts_at or datetime.combine(card.local_date, time(), UTC)
    return (since is None or start >= since) and (until is None or start <= until)


def _envelope(request: Request, key: str, bodies: Sequence[Json], *, total: int) -> Json:
    """Wrap a page; its links are relative and lack the key, and an empty result has no `_embedded`."""
    size, page = _paging(request.query_params)
    pages = -(-total // size)
    path = "/discovery/v2/" + request.url.path.rsplit("/", 1)[-1]
    kept = [(name, value) for name, value in request.query_params.items() if name not in {"apikey", "page", "size"}]
    asked = f"&{urlencode(kept, safe=',')}" if kept else ""

    def link(number: int) -> Json:
        return {"href": f"{path}?page={number}&size={size}{asked}"}

    links = {"self": link(page)}
    if total:
        links |= {"first": link(0), "last": link(pages - 1)}
        links |= {"next": link(page + 1)} if page + 1 < pages else {}
        links |= {"prev": link(page - 1)} if page else {}
    around = {"_links": links, "page": {"size": size, "totalElements": total, "totalPages": pages, "number": page}}
    return {"_embedded": {key: list(bodies)}, **around} if bodies else around
