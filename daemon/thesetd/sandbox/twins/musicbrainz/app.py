"""Web service 2 of MusicBrainz, in JSON: artists, the addresses they are linked with, release groups.

Source of shapes: recorded bodies of 2014 to 2026 and the server's public source. Keys come in a new order with every
answer; a page of a list is sorted by id; a merged id is answered by 301 with the survivor's body.
"""

import json
import random
import re
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

import attrs
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from thesetd.sandbox.gateway import Gateway, GatewayRefused, number
from thesetd.sandbox.listing import Json
from thesetd.sandbox.search import closeness, folded
from thesetd.sandbox.trouble.limits import LimitRefusal
from thesetd.sandbox.twins.musicbrainz.shapes import HELP, SHAPES
from thesetd.sandbox.twins.musicbrainz.source import MusicBrainzSource
from thesetd.sandbox.twins.twin import TwinServices

MOST, USUAL = 100, 25
_MBID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_AGENT = re.compile(r"\S+/\S+ \(.*\S+.*\)")
_QUERY = re.compile(r'artist:"((?:[^"\\]|\\.)*)"')
_IN_SEARCH = ("id", "name", "sort-name", "type", "country", "aliases")


@attrs.frozen(kw_only=True)
class MusicBrainzApp:
    """The endpoints over one source."""

    source: MusicBrainzSource
    dice: random.Random

    @classmethod
    def make(cls, around: TwinServices) -> "MusicBrainzApp":
        """Make it."""
        return cls(source=around.source, dice=around.dice)

    def authorize(self, request: Request) -> None:
        """Accept a request whose User-Agent names application, version and contact.

        Raises:
            Refused: any other User-Agent (403).
        """
        if not _AGENT.fullmatch(request.headers.get("user-agent", "")):
            raise GatewayRefused(SHAPES["403-forbidden"].response())

    def over_limit(self, _refusal: LimitRefusal, _request: Request) -> Response:
        """Answer an arrival over the limit."""
        return SHAPES["503-limit"].response()

    def build(self, gateway: Gateway) -> Starlette:
        """Build the application: /ws/2/..."""

        def route(path: str, label: str, handler: Callable[[Request], Response]) -> Route:
            async def answer(request: Request) -> Response:
                if request.query_params.get("fmt") != "json":
                    return SHAPES["200-xml"].response()
                incs = request.query_params.getlist("inc")
                if len(incs) > 1 or "," in "".join(incs):
                    raise _refuse(HTTPStatus.BAD_REQUEST, "not a valid inc parameter for this resource.")
                return handler(request)

            return Route(f"/ws/2{path}", gateway.endpoint(label, answer))

        return Starlette(
            routes=[
                route("/artist", "search-artists", self._search),
                route("/artist/{id}", "artist", self._artist),
                route("/url", "addresses", self._addresses),
                route("/release-group", "release-groups", self._groups),
                Route("/{rest:path}", gateway.endpoint("unknown", _unknown)),
            ]
        )

    def _artist(self, request: Request) -> Response:
        asked = request.path_params["id"].lower()
        body = self._known(asked)
        shown = {key: value for key, value in body.items() if key not in {"aliases", "relations", "release-groups"}}
        incs = request.query_params.get("inc", "").split(" ")
        shown |= {key: body[key] for key, inc in (("aliases", "aliases"), ("relations", "url-rels")) if inc in incs}
        if body["id"] == asked:
            return self._reply(shown)
        onward = {"location": str(request.url).replace(request.path_params["id"], body["id"])}
        return self._reply(shown, HTTPStatus.MOVED_PERMANENTLY, onward)

    def _search(self, request: Request) -> Response:
        query = _QUERY.search(request.query_params.get("query", ""))
        if query is None:
            raise _refuse(HTTPStatus.BAD_REQUEST, "The given parameters do not match any available query type.")
        wanted = folded(re.sub(r"\\(.)", r"\1", query[1]))
        scored = [(closeness(folded(body["name"]), wanted), body["id"], body) for body in self.source.artists()]
        found = sorted((one for one in scored if one[0]), key=lambda one: (-one[0], one[1]))
        limit = number(request.query_params.get("limit"), USUAL) or USUAL
        start = number(request.query_params.get("offset"), 0) or 0
        shown = [
            {**{key: body.get(key) for key in _IN_SEARCH}, "score": 100 * score // found[0][0]}
            for score, _, body in found[start : start + (limit if limit <= MOST else USUAL)]
        ]
        return self._reply({"created": "", "count": len(found), "offset": start, "artists": shown})

    def _addresses(self, request: Request) -> Response:
        resources = request.query_params.getlist("resource")[:MOST]
        found = [address for one in dict.fromkeys(resources) if (address := self._address(one))]
        if len(resources) == 1:
            if not found:
                raise GatewayRefused(SHAPES["404"].response())
            return self._reply(found[0])
        return self._reply({"url-count": len(found), "url-offset": 0, "urls": found})

    def _address(self, resource: str) -> Json | None:
        """Return an address with its artists; it must match exactly, as in the real look-up."""
        relations = [
            {
                **{key: value for key, value in relation.items() if key != "url"},
                "direction": "backward",
                "target-type": "artist",
                "artist": {key: body.get(key) for key in ("id", "name", "sort-name", "type", "disambiguation")},
            }
            for body in self.source.artists()
            for relation in body["relations"]
            if relation["url"]["resource"] == resource
        ]
        return {"id": "url", "resource": resource, "relations": relations} if relations else None

    def _groups(self, request: Request) -> Response:
        body = self._known(request.query_params.get("artist", ""))
        groups = self.source.groups(body["id"])
        limit, start = number(request.query_params.get("limit"), USUAL), number(request.query_params.get("offset"), 0)
        if limit is None or start is None:
            raise _refuse(HTTPStatus.BAD_REQUEST, "The 'limit' and 'offset' parameters must be positive integers")
        page: Sequence[Json] = sorted(groups[start : start + min(limit, MOST)], key=lambda group: str(group["id"]))
        return self._reply(
            {"release-group-count": len(groups), "release-group-offset": start, "release-groups": list(page)}
        )

    def _known(self, mbid: str) -> Json:
        if not _MBID.fullmatch(mbid):
            raise _refuse(HTTPStatus.BAD_REQUEST, "Invalid mbid.")
        body = self.source.artist(mbid)
        if body is None:
            raise GatewayRefused(SHAPES["404"].response())
        return body

    def _reply(self, body: Json, status: int = HTTPStatus.OK, headers: dict[str, str] | None = None) -> Response:
        keys = list(body)
        self.dice.shuffle(keys)
        content = json.dumps({key: body[key] for key in keys}).encode()
        return Response(content, status, headers, "application/json; charset=utf-8")


def _refuse(status: HTTPStatus, message: str) -> GatewayRefused:
    return GatewayRefused(JSONResponse({"error": message, "help": HELP}, status))


async def _unknown(_: Request) -> Any:
    raise GatewayRefused(SHAPES["404"].response())
