"""The control socket's view of who is who: an artist's ids and links, open questions, and people's words."""

from collections.abc import Sequence
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from thesetd.adapters.web.problems import bad_request
from thesetd.adapters.web.requests import members, number
from thesetd.domain.identity.decisions import Verb
from thesetd.domain.identity.reporting import review_json
from thesetd.domain.work.batches import Decided
from thesetd.ports.control import Curator

MOST_REVIEWS = 500
_EXAMPLE = '{"verb": "link", "artist": "...", "ids": "..."}'
_UNDO = '{"verb": "undo", "number": "7"}'


class IdentityRoutes:
    """The routes about who is who."""

    def __init__(self, curator: Curator) -> None:
        """Take who reads and decides."""
        self._curator = curator

    def routes(self) -> Sequence[Route]:
        """Return them."""
        return [
            Route("/artists/{artist:path}/identity", self._show),
            Route("/identity/reviews", self._list_reviews),
            Route("/identity/decisions", self._decide, methods=["POST"]),
        ]

    async def _show(self, request: Request) -> Response:
        return JSONResponse((await self._curator.artist(request.path_params["artist"])).as_json())

    async def _list_reviews(self, _: Request) -> Response:
        return JSONResponse({"reviews": [review_json(one) for one in await self._curator.reviews(MOST_REVIEWS)]})

    async def _decide(self, request: Request) -> Response:
        body = await members(request, _EXAMPLE, {"verb"}, frozenset({"artist", "ids", "number"}))
        verbs = {verb.value: verb for verb in Verb}
        verb, artist, ids = verbs.get(body["verb"]), body.get("artist", ""), body.get("ids", "").split()
        match verb:
            case Verb.UNDO:
                undone = number(body.get("number", ""))
                if undone is None:
                    raise bad_request("bad-decision", f"the number of a decision is missing: send {_UNDO}")
                decided = await self._curator.undo(undone)
            case Verb.LINK | Verb.MERGE if artist and body.get("ids"):
                decided = await self._curator.join(verb, artist, body["ids"])
            case Verb.UNLINK | Verb.SPLIT if artist and ids:
                decided = await self._curator.part(verb, artist, ids)
            case _:
                raise bad_request("bad-decision", f"expected one of {', '.join(verbs)} with its members: {_EXAMPLE}")
        return JSONResponse(_reply(decided), HTTPStatus.OK)


def _reply(decided: Decided) -> dict[str, object]:
    known = decided.artist
    return {
        "number": decided.number,
        "artist_id": str(known.id) if known else None,
        "slug": known.slug if known else None,
        "name": known.name if known else None,
        "moved": list(decided.moved),
        "remarks": list(decided.remarks),
    }
