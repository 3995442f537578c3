"""Routes of the daemon itself."""

from typing import Any

from thesetd.ports.surface.daemon import Actors, Configuration, Health, Reload, TapFilter, TappedFact
from thesetd.ports.surface.endpoints import EVENTS, TEXT, ApiRoute, PlaceKind, problem_response
from thesetd.ports.surface.rows.parts import OPEN, OPERATE, READ

# A row reads best in few lines: name, place, subject, scope, answer, what it does.
# fmt: off

LIST_ACTORS = ApiRoute("listActors", "GET /actors", "daemon", READ, Actors, "List the actors in start order")
SHOW_HEALTH = ApiRoute(
    "showHealth", "GET /health", "daemon", READ, Health, "Show whether the daemon can work", kind=PlaceKind.PROBE,
)
RELOAD = ApiRoute(
    "reload", "POST /reload", "daemon", OPERATE, Reload, "Reload the configuration, and put in force what can be",
    refusals={
        409: problem_response("It has faults, which `faults` lists; nothing was changed.", "configuration-refused")
    },
)
SHOW_CONFIG = ApiRoute(
    "showConfig", "GET /config", "daemon", READ, Configuration,
    "Show the configuration in force, where each value comes from, and what a reload or a restart would change",
)
FOLLOW_FACTS = ApiRoute(
    "followFacts", "GET /tap", "daemon", READ, TappedFact, "Follow calls and events of the daemon as they happen",
    query=TapFilter, media=EVENTS, kind=PlaceKind.STREAM,
    refusals={
        400: problem_response(
            "Unknown event or provider, or an invalid number of a job, or sample.",
            "bad-event", "bad-provider", "bad-job", "bad-sample",
        )
    },
)
DESCRIBE = ApiRoute("describe", "GET /openapi.json", "daemon", READ, dict[str, Any], "Return this description")
SHOW_METRICS = ApiRoute(
    "showMetrics", "GET /metrics", "daemon", None, str, "Return the metrics", media=TEXT, listeners=OPEN,
    kind=PlaceKind.PROBE,
)
PROBE_LIFE = ApiRoute(
    "probeLife", "GET /healthz", "daemon", None, str, "Say that the process lives", media=TEXT, listeners=OPEN,
    kind=PlaceKind.PROBE,
)
PROBE_READINESS = ApiRoute(
    "probeReadiness", "GET /readyz", "daemon", None, Health, "Say whether the daemon can work", listeners=OPEN,
    kind=PlaceKind.PROBE,
)
