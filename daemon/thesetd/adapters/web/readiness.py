"""Whether the daemon can work, told the same way on both listeners."""

from http import HTTPStatus

from starlette.responses import JSONResponse, Response

from thesetd import __version__
from thesetd.ports.control import Overview

OK = "ok"
PROVIDER = "provider "  # begins the name of a check that tells of a provider


async def readiness_response(overview: Overview) -> Response:
    """Answer 200 when all that the daemon depends on answers, else 503; the checks say what does not and why."""
    checks = await overview.readiness()
    ready = is_ready(checks)
    status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
    return JSONResponse({"ready": ready, "version": __version__, "checks": checks}, status)


def is_ready(checks: dict[str, str]) -> bool:
    """Say whether every check is "ok", but for those of providers: work for one that refuses us waits."""
    return all(result == OK for name, result in checks.items() if not name.startswith(PROVIDER))
