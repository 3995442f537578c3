"""The routes about venues: look-up, merge, split, undo."""

from starlette.requests import Request

from thesetd.adapters.web.problems import conflict, not_found
from thesetd.adapters.web.requests import number, sent
from thesetd.adapters.web.routes.songs import id_in_body, id_in_path
from thesetd.adapters.web.table import Handlers
from thesetd.domain.music.edits import Edit
from thesetd.domain.shows.venue_edits import MergeVenues, SplitVenue, UndoVenueDecision, VenueView
from thesetd.ports.surface import routes
from thesetd.ports.surface.decisions import DecisionShown
from thesetd.ports.surface.venues import (
    MergeVenueInto,
    VenueDecisionMade,
    VenueLinkShown,
    Venues,
    VenueShown,
)
from thesetd.ports.venues import VenueDesk

MOST_VENUES = 100  # most venues of one name


class VenueRoutes:
    """The routes about venues."""

    def __init__(self, desk: VenueDesk) -> None:
        """Take the desk."""
        self._desk = desk

    def handlers(self) -> Handlers:
        """Return them."""
        return {
            routes.SHOW_VENUES: self._show,
            routes.MERGE_VENUE: self._merge,
            routes.SPLIT_VENUE: self._split,
            routes.UNDO_VENUE_DECISION: self._undo,
        }

    async def _show(self, request: Request) -> Venues:
        what = request.path_params["where"]
        found = await self._desk.venues(what, limit=MOST_VENUES)
        if not found:
            raise not_found("unknown-venue", f"no venue {what[:60]!r}: expected an id or a name")
        return Venues(venues=tuple(map(_shown, found)))

    async def _merge(self, request: Request) -> VenueDecisionMade:
        into = (await sent(request, MergeVenueInto)).into
        return await self._edit(
            MergeVenues(venue=id_in_path(request, "venue"), into=id_in_body(into, "into", of="a venue"))
        )

    async def _split(self, request: Request) -> VenueDecisionMade:
        return await self._edit(SplitVenue(venue=id_in_path(request, "venue")))

    async def _undo(self, request: Request) -> VenueDecisionMade:
        decision = number(request.path_params["number"])
        if decision is None:
            raise not_found("unknown-decision", f"no decision {request.path_params['number'][:40]!r}")
        return await self._edit(UndoVenueDecision(number=decision))

    async def _edit(self, edit: Edit) -> VenueDecisionMade:
        edited = await self._desk.edit(edit)
        if not edited.found:
            raise not_found("unknown", edited.problem)
        if edited.problem:
            raise conflict("not-possible", edited.problem)
        return VenueDecisionMade(decision=edited.number)


def _shown(view: VenueView) -> VenueShown:
    return VenueShown(
        id=view.id,
        name=view.name,
        city=view.city,
        country_code=view.country_code,
        ticketmaster_id=view.ticketmaster_id,
        setlistfm_id=view.setlistfm_id,
        same_as=view.same_as,
        links=tuple(
            VenueLinkShown(
                other=one.other,
                name=one.name,
                verdict=one.verdict,
                shared_nights=one.shared_nights,
                apart_nights=one.apart_nights,
                by_person=one.by_person,
            )
            for one in view.links
        ),
        decisions=tuple(
            DecisionShown(
                number=one.number, what=one.what, words=one.words, made_at=one.made_at, undone_at=one.undone_at
            )
            for one in view.decisions
        ),
    )
