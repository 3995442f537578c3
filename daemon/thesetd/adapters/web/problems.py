"""Maps errors to RFC 9457 problem documents: one table gives the status of each error, and what to do about it.

An answer never exposes internals: an error that is not in the table becomes a bare 500 and is logged.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import attrs
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from thesetd.adapters.web.page.answers import for_a_person, notice
from thesetd.domain.errors import (
    AmbiguousArtist,
    BadReference,
    BreakerOpen,
    Candidate,
    NotConfigured,
    NotFound,
    NotOffered,
    Paused,
    ProviderError,
    RateLimited,
    StoreRejected,
    StoreUnavailable,
    ThesetdError,
    Unauthorized,
    Unavailable,
    UnknownArtist,
    UnknownDecision,
    UnknownShow,
)

MEDIA_TYPE = "application/problem+json"
STORE_RETRY_S = 5


@attrs.frozen(kw_only=True)
class Problem:
    """A problem document: `kind` completes its type, `more` are its extension members."""

    status: HTTPStatus
    kind: str
    detail: str
    more: Mapping[str, Any] = attrs.field(factory=dict)
    retry_after_s: float | None = None
    headers: Mapping[str, str] = attrs.field(factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the document."""
        return {
            "type": f"urn:thesetd:problem:{self.kind}",
            "title": self.kind.replace("-", " ").capitalize(),
            "status": self.status.value,
            "detail": self.detail,
            **self.more,
        }

    def sent_headers(self) -> Mapping[str, str]:
        """Return the headers of the answer, with Retry-After if waiting helps (RFC 9110, 10.2.3: whole seconds)."""
        if self.retry_after_s is None:
            return self.headers
        return {**self.headers, "retry-after": str(max(1, math.ceil(self.retry_after_s)))}

    def response(self) -> Response:
        """Return the answer to a program."""
        body = json.dumps(self.as_json(), ensure_ascii=False).encode()
        return Response(body, self.status, self.sent_headers(), MEDIA_TYPE)


class RequestProblem(Exception):
    """The request itself is invalid; `problem` says how."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def bad_request(kind: str, detail: str, **more: Any) -> RequestProblem:
    """Return a 400."""
    return RequestProblem(Problem(status=HTTPStatus.BAD_REQUEST, kind=kind, detail=detail, more=more))


def not_found(kind: str, detail: str, **more: Any) -> RequestProblem:
    """Return a 404."""
    return RequestProblem(Problem(status=HTTPStatus.NOT_FOUND, kind=kind, detail=detail, more=more))


def conflict(kind: str, detail: str, **more: Any) -> RequestProblem:
    """Return a 409."""
    return RequestProblem(Problem(status=HTTPStatus.CONFLICT, kind=kind, detail=detail, more=more))


def _candidate(candidate: Candidate) -> dict[str, Any]:
    return {
        "id": candidate.spotify_id,
        "name": candidate.name,
        "followers": candidate.followers,
        "genres": list(candidate.genres),
    }


def _bad_reference(error: BadReference) -> Problem:
    return Problem(status=HTTPStatus.BAD_REQUEST, kind="bad-reference", detail=str(error))


def _unknown_artist(error: UnknownArtist) -> Problem:
    close = [_candidate(c) for c in error.close]
    detail = f"{error}: check the spelling, or give an id"
    return Problem(status=HTTPStatus.NOT_FOUND, kind="unknown-artist", detail=detail, more={"close": close})


def _ambiguous_artist(error: AmbiguousArtist) -> Problem:
    candidates = [_candidate(c) for c in error.candidates]
    return Problem(
        status=HTTPStatus.CONFLICT, kind="ambiguous-artist", detail=str(error), more={"candidates": candidates}
    )


def _not_configured(error: NotConfigured) -> Problem:
    return Problem(status=HTTPStatus.SERVICE_UNAVAILABLE, kind="not-configured", detail=str(error))


def _unauthorized(error: Unauthorized) -> Problem:
    detail = f"{error}: correct the credentials in [providers.{error.provider}] and run `thesetctl reload`"
    return _provider(HTTPStatus.BAD_GATEWAY, "unauthorized", error, detail)


def _rate_limited(error: RateLimited) -> Problem:
    detail = f"{error}: try again later"
    return _provider(HTTPStatus.SERVICE_UNAVAILABLE, "rate-limited", error, detail, error.retry_after_s)


def _breaker_open(error: BreakerOpen) -> Problem:
    return _provider(HTTPStatus.SERVICE_UNAVAILABLE, "provider-resting", error, str(error), error.retry_after_s)


def _unavailable(error: Unavailable) -> Problem:
    return _provider(HTTPStatus.SERVICE_UNAVAILABLE, "provider-unavailable", error, f"{error}: try again later")


def _paused(error: Paused) -> Problem:
    detail = f"{error}: `thesetctl resume {error.what}` ends the pause"
    return Problem(status=HTTPStatus.SERVICE_UNAVAILABLE, kind="paused", detail=detail)


def _not_offered(error: NotOffered) -> Problem:
    more = {"provider": error.provider}
    return Problem(status=HTTPStatus.CONFLICT, kind="not-offered", detail=str(error), more=more)


def _unknown_id(error: NotFound) -> Problem:
    return _provider(HTTPStatus.NOT_FOUND, "unknown-id", error, f"{error}: check the id")


def _provider_error(error: ProviderError) -> Problem:
    return _provider(HTTPStatus.BAD_GATEWAY, "provider-error", error, f"{error}: the daemon's log has more")


def _provider(
    status: HTTPStatus, kind: str, error: ProviderError, detail: str, retry_after_s: float | None = None
) -> Problem:
    return Problem(
        status=status, kind=kind, detail=detail, more={"provider": error.provider}, retry_after_s=retry_after_s
    )


def _store_unavailable(_: StoreUnavailable) -> Problem:
    return Problem(
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        kind="database-unavailable",
        detail="the database is unavailable, read-only or overloaded: try again in a few seconds",
        retry_after_s=STORE_RETRY_S,
    )


def _store_rejected(error: StoreRejected) -> Problem:
    return Problem(
        status=HTTPStatus.INTERNAL_SERVER_ERROR, kind="database-refused", detail=f"the database refuses it: {error}"
    )


def _unknown_show(error: UnknownShow) -> Problem:
    return Problem(status=HTTPStatus.NOT_FOUND, kind="unknown-show", detail=str(error))


def _unknown_decision(error: UnknownDecision) -> Problem:
    return Problem(status=HTTPStatus.NOT_FOUND, kind="unknown-decision", detail=str(error))


# The nearest class in an error's inheritance chain decides.
_TABLE: Mapping[type[ThesetdError], Callable[[Any], Problem]] = {
    BadReference: _bad_reference,
    UnknownArtist: _unknown_artist,
    AmbiguousArtist: _ambiguous_artist,
    NotConfigured: _not_configured,
    Unauthorized: _unauthorized,
    RateLimited: _rate_limited,
    BreakerOpen: _breaker_open,
    Unavailable: _unavailable,
    Paused: _paused,
    NotOffered: _not_offered,
    NotFound: _unknown_id,
    ProviderError: _provider_error,
    StoreUnavailable: _store_unavailable,
    StoreRejected: _store_rejected,
    UnknownDecision: _unknown_decision,
    UnknownShow: _unknown_show,
}


def problem_of(error: Exception) -> Problem | None:
    """Return the problem document of an error; None if it is an internal one."""
    return next((_TABLE[kind](error) for kind in type(error).__mro__ if kind in _TABLE), None)


def reply(request: Request, problem: Problem) -> Response:
    """Answer a browser with a page and a program with the document."""
    if for_a_person(request):
        title = problem.kind.replace("-", " ").capitalize()
        return notice(title, problem.detail, problem.status, headers=problem.sent_headers())
    return problem.response()


async def _answer_request_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestProblem)
    return reply(request, error.problem)


async def _answer_error(request: Request, error: Exception) -> Response:
    problem = problem_of(error)
    if problem is None:
        raise error
    return reply(request, problem)


async def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status, headers = HTTPStatus(error.status_code), error.headers or {}
    if status is HTTPStatus.NOT_FOUND:
        detail = f"no such path {request.url.path}: {_what_there_is(request)}"
    elif status is HTTPStatus.METHOD_NOT_ALLOWED:
        detail = f"{request.method} is not possible at {request.url.path}: use {headers['Allow']}"
    else:
        detail = error.detail
    kind = status.phrase.lower().replace(" ", "-")
    return reply(request, Problem(status=status, kind=kind, detail=detail, headers=headers))


def _what_there_is(request: Request) -> str:
    paths = [str(route.path) for route in request.app.routes]
    for path in paths:
        parts = re.split(r"\{(\w+)[^}]*\}", path)
        form = "".join(f"(?P<{part}>[^/]*)" if at % 2 else re.escape(part) for at, part in enumerate(parts))
        found = re.fullmatch(form, request.url.path)
        if empty := [name for name, value in found.groupdict().items() if not value] if found else []:
            return f"{' and '.join(empty)} is empty in {path}"
    return "GET /openapi.json lists all" if "/openapi.json" in paths else f"expected one of {', '.join(paths)}"


async def _answer_crash(request: Request, _: Exception) -> Response:
    detail = "internal error: see the daemon's log"
    return reply(request, Problem(status=HTTPStatus.INTERNAL_SERVER_ERROR, kind="internal-error", detail=detail))


HANDLERS: Mapping[Any, Callable[[Request, Exception], Any]] = {
    RequestProblem: _answer_request_problem,
    ThesetdError: _answer_error,
    HTTPException: _answer_http,
    Exception: _answer_crash,
}
