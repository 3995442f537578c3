"""The control socket's routes about setlists: what is to be reviewed, people's answers, how good predictions were."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from thesetd.adapters.web.problems import bad_request, conflict, not_found
from thesetd.adapters.web.requests import members, number
from thesetd.domain.music.edits import Edit, MatchSong, PlacePage, UndoRuling
from thesetd.domain.setlists.views import PredictionScore, Review
from thesetd.ports.songs import SongDesk

MOST = 200  # reviews of each kind, or artists
NONE = "none"  # no show of those that are known, or no song


class SetlistRoutes:
    """The routes about setlists that were played."""

    def __init__(self, desk: SongDesk) -> None:
        """Take who looks up and decides."""
        self._desk = desk

    def routes(self) -> Sequence[Route]:
        """Return them."""
        return [
            Route("/reviews", self._reviews),
            Route("/setlist-pages/{page}/place", self._place, methods=["POST"]),
            Route("/song-names", self._match, methods=["POST"]),
            Route("/rulings/{about}/{number}/undo", self._undo, methods=["POST"]),
            Route("/predictions", self._predictions),
            Route("/predictions/{slug}", self._predictions),
        ]

    async def _reviews(self, _: Request) -> Response:
        return JSONResponse({"reviews": [_review(one) for one in await self._desk.reviews(limit=MOST)]})

    async def _predictions(self, request: Request) -> Response:
        slug = request.path_params.get("slug")
        found = await self._desk.scores(slug, limit=MOST)
        if slug is not None and not found:
            raise not_found("unknown-prediction", f"no prediction of {slug[:60]!r} has been scored yet")
        return JSONResponse({"predictions": [_score(one) for one in found]})

    async def _place(self, request: Request) -> Response:
        show = (await members(request, '{"show": "..."}', {"show"}))["show"]
        return await self._edit(PlacePage(page=request.path_params["page"], show=_id(show, "show")))

    async def _match(self, request: Request) -> Response:
        wanted = {"artist", "name", "song"}
        said = await members(request, '{"artist": "...", "name": "...", "song": "..."}', wanted)
        return await self._edit(MatchSong(slug=said["artist"], name=said["name"], song=_id(said["song"], "song")))

    async def _undo(self, request: Request) -> Response:
        about, said = request.path_params["about"], request.path_params["number"]
        answer = number(said)
        if about not in {"page", "song"} or answer is None:
            raise not_found("unknown-ruling", f"no answer {said[:40]!r}")
        return await self._edit(UndoRuling(about=about, number=answer))

    async def _edit(self, edit: Edit) -> Response:
        edited = await self._desk.edit(edit)
        if not edited.found:
            raise not_found("unknown", edited.problem)
        if edited.problem:
            raise conflict("not-possible", edited.problem)
        return JSONResponse({"decision": edited.number, "song": str(edited.song) if edited.song else None})


def _id(value: str, name: str) -> UUID | None:
    if value == NONE:
        return None
    try:
        return UUID(value)
    except ValueError:
        problem = f"invalid {name} {value[:40]!r}: expected the id of a {name}, or none"
        raise bad_request("invalid-id", problem) from None


def _review(one: Review) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "about": one.about,
        "artist": one.artist,
        "slug": one.slug,
        "why": one.why,
        "evidence": list(one.evidence),
        "day": one.day.isoformat() if one.day else None,
        "place": one.place,
        "songs": one.songs,
        "show": str(one.show) if one.show else None,
        "url": one.url,
        "proposals": list(one.proposals),
    }


def _score(one: PredictionScore) -> dict[str, Any]:
    return {
        "artist": one.artist,
        "slug": one.slug,
        "shows": one.shows,
        "f1": round(one.f1, 4),
        "recall": round(one.recall, 4),
        "openers": round(one.openers, 4),
        "closers": round(one.closers, 4),
        "brier": round(one.brier, 4),
        "last": one.last.isoformat() if one.last else None,
    }
