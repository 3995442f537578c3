"""The routes about setlists: reviews, rulings, and the scores of predictions."""

from typing import Any
from uuid import UUID

import attrs
from starlette.requests import Request

from thesetd.adapters.web.problems import bad_request, not_found
from thesetd.adapters.web.requests import number, sent
from thesetd.adapters.web.routes.songs import decision_made, id_in_path
from thesetd.adapters.web.table import Handlers
from thesetd.domain.music.edits import BillActs, Edit, MatchSong, PlacePage, UndoRuling
from thesetd.domain.setlists.views import PredictionScore
from thesetd.ports.songs import SongDesk
from thesetd.ports.surface import routes
from thesetd.ports.surface.songs import BillOf, DecisionMade, NameMeans, PlaceAt, Predictions, Reviews

MOST = 200  # most reviews of each kind, or artists
NONE = "none"  # stands for no known show, or no song


class SetlistRoutes:
    """The routes about past setlists."""

    def __init__(self, desk: SongDesk) -> None:
        """Take the desk."""
        self._desk = desk

    def handlers(self) -> Handlers:
        """Return them."""
        return {
            routes.LIST_REVIEWS: self._reviews,
            routes.PLACE_PAGE: self._place,
            routes.MATCH_SONG: self._match,
            routes.SAY_BILL: self._bill,
            routes.UNDO_RULING: self._undo,
            routes.LIST_PREDICTIONS: self._predictions,
            routes.SHOW_PREDICTION: self._predictions,
        }

    async def _reviews(self, _: Request) -> Reviews:
        return Reviews(reviews=await self._desk.reviews(limit=MOST))

    async def _predictions(self, request: Request) -> Predictions:
        slug = request.path_params.get("slug")
        found = await self._desk.scores(slug, limit=MOST)
        if slug is not None and not found:
            raise not_found("unknown-prediction", f"no prediction of {slug[:60]!r} has been scored yet")
        return Predictions(predictions=tuple(map(_rounded, found)))

    async def _place(self, request: Request) -> DecisionMade:
        show = (await sent(request, PlaceAt)).show
        return await self._edit(PlacePage(page=request.path_params["page"], show=_id(show, "show")))

    async def _match(self, request: Request) -> DecisionMade:
        said = await sent(request, NameMeans)
        return await self._edit(MatchSong(slug=said.artist, name=said.name, song=_id(said.song, "song")))

    async def _bill(self, request: Request) -> DecisionMade:
        said = (await sent(request, BillOf)).artists.split()
        artists = () if said == [NONE] else tuple(said)
        return await self._edit(BillActs(show=id_in_path(request, "show"), artists=artists))

    async def _undo(self, request: Request) -> DecisionMade:
        about, said = request.path_params["about"], request.path_params["number"]
        answer = number(said)
        if about not in {"page", "song", "bill"} or answer is None:
            raise not_found("unknown-ruling", f"no decision {said[:40]!r}")
        return await self._edit(UndoRuling(about=about, number=answer))

    async def _edit(self, edit: Edit) -> DecisionMade:
        return decision_made(await self._desk.edit(edit))


def _id(value: str, name: str) -> UUID | None:
    if value == NONE:
        return None
    try:
        return UUID(value)
    except ValueError:
        problem = f"invalid {name} {value[:40]!r}: expected the id of a {name}, or none"
        raise bad_request("invalid-id", problem) from None


def _rounded(one: PredictionScore) -> PredictionScore:
    """Return a score without insignificant digits."""
    shares: dict[str, Any] = {
        name: round(value, 4) for name, value in attrs.asdict(one).items() if isinstance(value, float)
    }
    return attrs.evolve(one, **shares)
