"""Routes of the daemon itself."""

from typing import Any

from thesetd.ports.surface.daemon import Actors, Health, Reload
from thesetd.ports.surface.endpoints import TEXT, Endpoint, Kind, refusal
from thesetd.ports.surface.rows.parts import OPEN, OPERATE, READ

# A row reads best in few lines: name, place, subject, scope, answer, what it does.
# fmt: off

LIST_ACTORS = Endpoint("listActors", "GET /actors", "daemon", READ, Actors, "List the actors in start order")
SHOW_HEALTH = Endpoint(
    "showHealth", "GET /health", "daemon", READ, Health, "Show whether the daemon can work", kind=Kind.PROBE,
)
RELOAD = Endpoint(
    "reload", "POST /reload", "daemon", OPERATE, Reload, "Reload the configuration, and put in force what can be",
    refusals={409: refusal("It has faults, which `faults` lists; nothing was changed.", "configuration-refused")},
)
DESCRIBE = Endpoint("describe", "GET /openapi.json", "daemon", READ, dict[str, Any], "Return this description")
SHOW_METRICS = Endpoint(
    "showMetrics", "GET /metrics", "daemon", None, str, "Return the metrics", media=TEXT, listeners=OPEN,
    kind=Kind.PROBE,
)
PROBE_LIFE = Endpoint(
    "probeLife", "GET /healthz", "daemon", None, str, "Say that the process lives", media=TEXT, listeners=OPEN,
    kind=Kind.PROBE,
)
PROBE_READINESS = Endpoint(
    "probeReadiness", "GET /readyz", "daemon", None, Health, "Say whether the daemon can work", listeners=OPEN,
    kind=Kind.PROBE,
)
