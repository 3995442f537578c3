"""Routes of venues, and of operators' decisions about them."""

from thesetd.ports.surface.endpoints import ApiRoute, problem_response
from thesetd.ports.surface.rows.parts import BAD_ID, NOT_POSSIBLE, OPERATE, READ, UNKNOWN
from thesetd.ports.surface.venues import MergeVenueInto, VenueDecisionMade, Venues

# A row reads best in few lines: name, place, subject, scope, answer, what it does.
# fmt: off

SHOW_VENUES = ApiRoute(
    "showVenues", "GET /venues/{where}", "venues", READ, Venues,
    "Look up the venue of an id, or the venues of a name",
    refusals={404: problem_response("No venue has this id or name.", "unknown-venue")},
)
MERGE_VENUE = ApiRoute(
    "mergeVenue", "POST /venues/{venue}/merge", "venues", OPERATE, VenueDecisionMade,
    "Say that two venues are one place", body=MergeVenueInto,
    refusals={**BAD_ID, **UNKNOWN, **NOT_POSSIBLE},
)
SPLIT_VENUE = ApiRoute(
    "splitVenue", "POST /venues/{venue}/split", "venues", OPERATE, VenueDecisionMade,
    "Say that a venue is not the place that it was taken for", refusals={**UNKNOWN, **NOT_POSSIBLE},
)
UNDO_VENUE_DECISION = ApiRoute(
    "undoVenueDecision", "POST /venue-decisions/{number}/undo", "venues", OPERATE, VenueDecisionMade,
    "Undo a merge or split of venues",
    refusals={404: problem_response("There is no such decision.", "unknown-decision", "unknown"), **NOT_POSSIBLE},
)
