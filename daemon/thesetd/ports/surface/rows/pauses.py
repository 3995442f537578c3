"""Routes of pauses and breakers."""

from thesetd.ports.surface.daemon import Breakers, Pauses, PauseView, Resumed
from thesetd.ports.surface.endpoints import ApiRoute, problem_response
from thesetd.ports.surface.rows.parts import OPERATE, READ

_NO_PAUSE = {404: problem_response("Nothing of that name can be paused; `names` lists what can.", "unknown-pause")}

# A row reads best in few lines: name, place, subject, scope, answer, what it does.
# fmt: off

LIST_PAUSES = ApiRoute("listPauses", "GET /pauses", "jobs", READ, Pauses, "List what is paused")
PAUSE = ApiRoute(
    "pause", "PUT /pauses/{what}", "jobs", OPERATE, PauseView, "Pause a provider, a schedule, or all",
    refusals=_NO_PAUSE,
)
RESUME = ApiRoute("resume", "DELETE /pauses/{what}", "jobs", OPERATE, Resumed, "End a pause", refusals=_NO_PAUSE)
LIST_BREAKERS = ApiRoute("listBreakers", "GET /breakers", "providers", READ, Breakers, "List the circuit breakers")
RESET_BREAKER = ApiRoute(
    "resetBreaker", "POST /breakers/{name}/reset", "providers", OPERATE, Breakers,
    "Close a breaker and forget its failures",
    refusals={404: problem_response("Unknown breaker; `breakers` lists the known ones.", "unknown-breaker")},
)
