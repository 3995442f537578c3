"""Routes of limits, calls and cached responses."""

from typing import Any

from thesetd.ports.surface.endpoints import ApiRoute, problem_response
from thesetd.ports.surface.gate import AllLimits, CallCounts, CallsWanted, Invalidated, NewLimits, Stale
from thesetd.ports.surface.rows.parts import BAD_ARTIST, NO_ARTIST, OPERATE, READ

# A row reads best in few lines: name, place, subject, scope, answer, what it does.
# fmt: off

LIST_LIMITS = ApiRoute(
    "listLimits", "GET /limits", "providers", READ, AllLimits, "Show each provider's limits, lanes and penalty",
)
SET_LIMITS = ApiRoute(
    "setLimits", "POST /limits/{provider}", "providers", OPERATE, AllLimits,
    "Change a provider's limits, for a time or until the daemon restarts", body=NewLimits,
    refusals={
        400: problem_response("Invalid limits or duration.", "bad-limits", "bad-duration"),
        404: problem_response("Unknown provider; `providers` lists the known ones.", "unknown-provider"),
    },
)
COUNT_CALLS = ApiRoute(
    "countCalls", "GET /calls", "providers", READ, CallCounts, "Count the calls to the providers", query=CallsWanted,
    refusals={400: problem_response("Invalid grouping or duration.", "bad-grouping", "bad-duration")},
)
SHOW_CACHE = ApiRoute(
    "showCache", "GET /cache", "providers", READ, dict[str, Any], "Show cache hits and misses by layer and endpoint",
)
INVALIDATE = ApiRoute(
    "invalidateCache", "POST /cache/invalidate", "providers", OPERATE, Invalidated,
    "Invalidate an artist's cached responses", body=Stale, refusals={**BAD_ARTIST, **NO_ARTIST},
)
