"""Routes of plans: estimates of work without doing it."""

from thesetd.ports.surface.endpoints import ApiRoute
from thesetd.ports.surface.plans import CleanupPlanned, Planned, PlanWanted
from thesetd.ports.surface.rows.parts import BAD_ARTIST, MANY_ARTISTS, READ

# A row reads best in few lines: name, place, subject, scope, answer, what it does.
# fmt: off

PLAN_IMPORT = ApiRoute(
    "planImport", "GET /plans/import", "freshness", READ, Planned, "Tell what an import would take, without doing it",
    query=PlanWanted, refusals={**BAD_ARTIST, **MANY_ARTISTS},
)
PLAN_REFRESH = ApiRoute(
    "planRefresh", "GET /plans/refresh", "freshness", READ, Planned, "Tell what it takes to refresh all that is due",
)
PLAN_CLEANUP = ApiRoute(
    "planCleanup", "GET /plans/cleanup", "freshness", READ, CleanupPlanned,
    "Count what a clean-up would delete, clear or mark, without doing it",
)
PLAN_DAY = ApiRoute(
    "planDay", "GET /plans/day", "freshness", READ, Planned, "Tell what a day of refreshes takes",
)
