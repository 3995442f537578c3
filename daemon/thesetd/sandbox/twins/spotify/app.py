"""The Spotify Web API and its token endpoint, in extended or development mode.

Source of shapes and texts: recorded bodies of 2024 and 2025; for development mode the OpenAPI document 2026.5.31 and
the migration guide of February 2026 (batch endpoints 403, pages of 10, fields cut).
"""

import base64
import binascii
import hashlib
import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, quote

import attrs
import trio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from thesetd.sandbox.gateway import Gateway, GatewayRefused, listed, number
from thesetd.sandbox.listing import Json, ListSlots, of_groups, slots_shown
from thesetd.sandbox.search import parse_query
from thesetd.sandbox.trouble.behaviour import Behaviour
from thesetd.sandbox.trouble.limits import LimitRefusal
from thesetd.sandbox.twins.spotify.shapes import SHAPES, spotify_error
from thesetd.sandbox.twins.spotify.source import SpotifySource
from thesetd.sandbox.twins.twin import TwinServices

EXTENDED, DEVELOPMENT = "extended", "development"
CLIENT_ID = "sandbox"
CLIENT_SECRET = "sandbox-secret"  # noqa: S105 - opens nothing but the sandbox
GROUPS = ("album", "single", "compilation", "appears_on")
MAX_SEARCH_DEPTH = 1000
EMBEDDED_TRACKS = 50
_ID = re.compile(r"[0-9A-Za-z]{22}")
_CUT = {  # OpenAPI 2026.5.31, `deprecated`; external_ids was on the list and came back in March 2026
    "artist": ("followers", "popularity"),
    "album": ("album_group", "available_markets", "label", "popularity"),
    "track": ("available_markets", "linked_from", "popularity"),
}
_BATCH = {"artist": 50, "album": 20, "track": 50, "audio-features": 100}
_SEARCHED = ("album", "artist", "track")


def refuse(status: HTTPStatus, message: str) -> GatewayRefused:
    """Return the refusal with this text."""
    return GatewayRefused(JSONResponse(spotify_error(status, message), status))


class Tokens:
    """Issued access tokens, and until when they are valid (monotonic seconds)."""

    def __init__(self, dice: random.Random, lifetime_s: float) -> None:
        self.lifetime_s = lifetime_s
        self._dice = dice
        self._expiry: dict[str, float] = {}

    def issue(self) -> str:
        """Make a token."""
        token = f"BQ{self._dice.getrandbits(480):0120x}"
        self._expiry[token] = trio.current_time() + self.lifetime_s
        return token

    def expire(self) -> None:
        """Expire every issued token at once."""
        self._expiry = dict.fromkeys(self._expiry, trio.current_time())

    def authorize(self, request: Request) -> None:
        """Accept a request with a valid token.

        Raises:
            Refused: no token, an unknown one, or an expired one.
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise refuse(HTTPStatus.UNAUTHORIZED, "No token provided")
        if token not in self._expiry:
            raise refuse(HTTPStatus.UNAUTHORIZED, "Invalid access token")
        if self._expiry[token] <= trio.current_time():
            refused = refuse(HTTPStatus.UNAUTHORIZED, "The access token expired")
            refused.response.headers["www-authenticate"] = (
                'Bearer realm="spotify", error="invalid_token", error_description="The access token expired"'
            )
            raise refused


@attrs.frozen
class Cut:
    """The requested page of a list."""

    limit: int
    offset: int


@attrs.frozen(kw_only=True)
class SpotifyApp:
    """The endpoints over one source."""

    source: SpotifySource
    behaviour: Behaviour
    tokens: Tokens

    @classmethod
    def make(cls, around: TwinServices) -> "SpotifyApp":
        """Make it, with tokens that a scenario can let expire."""
        tokens = Tokens(around.dice, around.token_lifetime_s)
        around.behaviour.expire_tokens = tokens.expire
        return cls(source=around.source, behaviour=around.behaviour, tokens=tokens)

    def authorize(self, request: Request) -> None:
        """Accept a request with a valid token; see `Tokens.authorize`."""
        self.tokens.authorize(request)

    def over_limit(self, refusal: LimitRefusal, _request: Request) -> Response:
        """Answer an arrival over the limit, with whole seconds to wait."""
        shape = SHAPES["429-quota" if refusal.quota else "429"]
        return shape.response(str(int(refusal.retry_after_s) + 1))

    def build(self, gateway: Gateway) -> Starlette:
        """Return the application: /api/token and /v1/..."""

        def route(path: str, label: str, handler: Callable[[Request], Any]) -> Route:
            return Route(path, gateway.endpoint(label, handler), methods=["GET"])

        token = Route("/api/token", gateway.endpoint("token", self._token, open_to_all=True), methods=["POST"])
        return Starlette(
            routes=[
                token,
                route("/v1/search", "search", self._search),
                route("/v1/artists", "artists", self._several("artist", "artists")),
                route("/v1/artists/{id}", "artist", self._one("artist")),
                route("/v1/artists/{id}/albums", "artist-albums", self._artist_albums),
                route("/v1/artists/{id}/top-tracks", "top-tracks", self._top_tracks),
                route("/v1/albums", "albums", self._several("album", "albums")),
                route("/v1/albums/{id}", "album", self._one("album")),
                route("/v1/albums/{id}/tracks", "album-tracks", self._album_tracks),
                route("/v1/tracks", "tracks", self._several("track", "tracks")),
                route("/v1/tracks/{id}", "track", self._one("track")),
                route("/v1/audio-features", "audio-features", self._several("audio-features", "audio_features")),
                route("/v1/audio-features/{id}", "audio-features-one", self._one("audio-features")),
                route("/v1/recommendations", "recommendations", self._recommendations),
                route("/{rest:path}", "unknown", _unknown),
            ]
        )

    async def _token(self, request: Request) -> Response:
        form = parse_qs((await request.body()).decode("latin-1"))
        if _basic(request) != (CLIENT_ID, CLIENT_SECRET):
            return SHAPES["400-token"].response()
        if form.get("grant_type") != ["client_credentials"]:
            body = {"error": "unsupported_grant_type", "error_description": "grant_type parameter is missing"}
            return JSONResponse(body, HTTPStatus.BAD_REQUEST)
        return JSONResponse(
            {"access_token": self.tokens.issue(), "token_type": "Bearer", "expires_in": int(self.tokens.lifetime_s)}
        )

    def _one(self, kind: str) -> Callable[[Request], Any]:
        async def handler(request: Request) -> Response:
            if kind == "audio-features":
                self._extended_only()
            body = self._entity(request, kind, _id(request.path_params["id"]))
            if body is None:
                raise refuse(HTTPStatus.NOT_FOUND, "Resource not found")
            return self._reply(request, body)

        return handler

    def _several(self, kind: str, key: str) -> Callable[[Request], Any]:
        async def handler(request: Request) -> Response:
            self._extended_only()
            ids = [_id(one) for one in listed(request.query_params.get("ids"))]
            if not ids:
                raise refuse(HTTPStatus.BAD_REQUEST, "Missing required field: ids")
            if len(ids) > _BATCH[kind]:
                raise refuse(HTTPStatus.BAD_REQUEST, "Too many ids requested")
            return self._reply(request, {key: [self._entity(request, kind, one) for one in ids]})

        return handler

    async def _artist_albums(self, request: Request) -> Response:
        listing = self.source.listing("artist-albums", _id(request.path_params["id"]))
        cut = self._cut(request, small=10)
        groups = frozenset(listed(request.query_params.get("include_groups")) or GROUPS)
        if not groups <= set(GROUPS):
            raise refuse(HTTPStatus.BAD_REQUEST, "Invalid include_groups")
        if listing is None:
            raise refuse(HTTPStatus.NOT_FOUND, "Resource not found")
        return self._reply(request, _page(_here(request), of_groups(listing, groups), cut, _kept(request)))

    async def _album_tracks(self, request: Request) -> Response:
        listing = self.source.listing("album-tracks", _id(request.path_params["id"]))
        cut = self._cut(request, small=50)
        if listing is None:
            raise refuse(HTTPStatus.NOT_FOUND, "Resource not found")
        return self._reply(request, _page(_here(request), listing, cut, _kept(request)))

    async def _top_tracks(self, request: Request) -> Response:
        self._extended_only()
        listing = self.source.listing("top-tracks", _id(request.path_params["id"]))
        if listing is None:
            raise refuse(HTTPStatus.NOT_FOUND, "Resource not found")
        return self._reply(request, {"tracks": slots_shown(listing, 0, 10)})

    async def _recommendations(self, request: Request) -> Response:
        seeds = {_id(one) for name in ("seed_artists", "seed_tracks") for one in listed(request.query_params.get(name))}
        body = self.source.recommendations(frozenset(seeds)) if self.behaviour.mode == EXTENDED else None
        if body is None:
            raise refuse(HTTPStatus.NOT_FOUND, "Resource not found")
        limit = number(request.query_params.get("limit"), 20)
        return self._reply(request, {**body, "tracks": body["tracks"][:limit]})

    async def _search(self, request: Request) -> Response:
        text = request.query_params.get("q") or request.query_params.get("query")  # next links say `query`
        kinds = listed(request.query_params.get("type"))
        if not text:
            raise refuse(HTTPStatus.BAD_REQUEST, "No search query")
        if not kinds or not set(kinds) <= set(_SEARCHED):
            raise refuse(HTTPStatus.BAD_REQUEST, "Bad search type field")
        cut = self._cut(request, small=10)
        if cut.offset + cut.limit > MAX_SEARCH_DEPTH:
            raise refuse(HTTPStatus.NOT_FOUND, "Not found.")
        query = parse_query(text)
        here = _here(request)
        body = {
            f"{kind}s": _page(here, self.source.search(kind, query), cut, {"query": text, "type": kind})
            for kind in kinds
        }
        return self._reply(request, body)

    def _entity(self, request: Request, kind: str, spotify_id: str) -> Json | None:
        body = self.source.entity(kind, spotify_id)
        if body is None or kind != "album":
            return body
        tracks = self.source.listing("embedded-tracks", spotify_id) or []
        url = f"{_origin(request)}{request.scope['root_path']}/v1/albums/{spotify_id}/tracks"
        return {**body, "tracks": _page(url, tracks, Cut(EMBEDDED_TRACKS, 0), {})}

    def _cut(self, request: Request, *, small: int) -> Cut:
        """Read limit and offset; development mode has pages of at most `small`."""
        largest, default = (small, min(small, 5)) if self.behaviour.mode == DEVELOPMENT else (50, 20)
        limit = number(request.query_params.get("limit"), default)
        offset = number(request.query_params.get("offset"), 0)
        if limit is None or not 1 <= limit <= largest:
            raise refuse(HTTPStatus.BAD_REQUEST, "Invalid limit")
        if offset is None:
            raise refuse(HTTPStatus.BAD_REQUEST, "Invalid offset")
        return Cut(limit, offset)

    def _extended_only(self) -> None:
        if self.behaviour.mode == DEVELOPMENT:
            raise refuse(HTTPStatus.FORBIDDEN, "Forbidden")

    def _reply(self, request: Request, body: Json) -> Response:
        market = request.query_params.get("market")
        shaped = _shaped(body, cut=self.behaviour.mode == DEVELOPMENT, market=market is not None)
        content = json.dumps(shaped, ensure_ascii=False, separators=(",", ":")).encode()
        etag = f'"MC-{hashlib.sha256(content).hexdigest()[:32]}"'
        headers = {"etag": etag, "cache-control": "public, max-age=0"}
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Response(content, headers=headers, media_type="application/json; charset=utf-8")


async def _unknown(_: Request) -> Response:
    raise refuse(HTTPStatus.NOT_FOUND, "Service not found")


def _basic(request: Request) -> tuple[str, str]:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    try:
        pair = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    name, _, secret = pair.partition(":")
    return (name, secret) if scheme.lower() == "basic" else ("", "")


def _id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise refuse(HTTPStatus.BAD_REQUEST, "Invalid base62 id")
    return text


def _origin(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"


def _here(request: Request) -> str:
    return _origin(request) + request.url.path


def _kept(request: Request) -> dict[str, str]:
    """Return the parameters that the links of a page repeat."""
    return {name: request.query_params[name] for name in ("include_groups", "market") if name in request.query_params}


def _page(url: str, listing: ListSlots, cut: Cut, extra: Mapping[str, str]) -> Json:
    """Cut a page. Its links put offset and limit first and leave commas bare, as the real ones do."""
    more = "".join(f"&{name}={quote(value, safe=',')}" for name, value in extra.items())

    def link(start: int) -> str:
        return f"{url}?offset={start}&limit={cut.limit}{more}"

    behind = cut.offset + cut.limit
    return {
        "href": link(cut.offset),
        "limit": cut.limit,
        "next": link(behind) if behind < len(listing) else None,
        "offset": cut.offset,
        "previous": link(max(0, cut.offset - cut.limit)) if cut.offset else None,
        "total": len(listing),
        "items": slots_shown(listing, cut.offset, cut.limit),
    }


def _shaped(value: Any, *, cut: bool, market: bool) -> Any:
    """Remove the fields missing in development mode; with a market, replace the markets by `is_playable`."""
    if isinstance(value, list):
        return [_shaped(one, cut=cut, market=market) for one in value]
    if not isinstance(value, dict):
        return value
    gone: Sequence[str] = _CUT.get(value.get("type", ""), ()) if cut else ()
    kept = {name: _shaped(one, cut=cut, market=market) for name, one in value.items() if name not in gone}
    if market and value.get("type") in {"album", "track"}:
        kept.pop("available_markets", None)
        kept["is_playable"] = True
    return kept
