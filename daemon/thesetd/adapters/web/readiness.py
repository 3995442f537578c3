"""Reports whether the daemon can work, in the same way on both listeners."""

from http import HTTPStatus

from starlette.responses import JSONResponse, Response

from thesetd import __version__
from thesetd.domain.documents import written
from thesetd.ports.control import Overview
from thesetd.ports.probes import ADVICE, is_ok
from thesetd.ports.surface.daemon import Health

# Prefixes of checks that only inform: work that is held or paused waits, and Redis still does what it is needed for.
TOLD = ("provider ", "pause of ", *ADVICE)


def readiness_response(overview: Overview) -> Response:
    """Answer 200 if all dependencies of the daemon were recently proved to work, else 503; the checks say why."""
    checks = overview.readiness()
    ready = is_ready(checks)
    status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
    return JSONResponse(written(Health(ready=ready, version=__version__, checks=checks)), status)


def is_ready(checks: dict[str, str]) -> bool:
    """Return whether every check is "ok", except those that only inform."""
    return all(is_ok(result) for name, result in checks.items() if not name.startswith(TOLD))
