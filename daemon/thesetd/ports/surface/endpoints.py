"""Defines the rows of the table of routes."""

import re
from collections.abc import Mapping
from enum import Enum, StrEnum
from http import HTTPStatus
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import attrs

from thesetd.ports.surface.problems import ProblemDocument, ProblemResponse

T = TypeVar("T")

JSON, EVENTS, TEXT = "application/json", "text/event-stream", "text/plain"
_PARAMETER = re.compile(r"\{(\w+)\}")


class Scope(StrEnum):
    """What a caller may do: read, request imports, or operate the daemon; no scope contains another."""

    READ = "read"
    IMPORT = "import"
    OPERATE = "operate"


class PlaceKind(Enum):
    """The kind of capacity that a request occupies."""

    STREAM = "stream"
    IMPORT = "import"
    COMMAND = "command"
    PROBE = "probe"


@attrs.frozen(kw_only=True)
class Parameter:
    """A variable part of a path: what it names, an example, and whether it may contain slashes."""

    text: str
    example: str | int
    slashes: bool = False


@attrs.frozen(eq=False)
class ApiRoute(Generic[T]):
    """One route.

    Args:
        name: unique, in camel case; used by generated clients.
        place: method and path, as "GET /jobs/{job_id}".
        tag: the subject that it is listed under.
        scope: who may use it; None if every client that can connect may use it.
        answers: the class of its document, or of a stream's items.
        summary: what it does, in the imperative.
        body: the class of the document that it takes.
        query: the class of its query.
        status: the status of the answer.
        location: the path to follow next, a template over the members of the answer.
        media: the media type of the answer.
        refusals: its other answers, by status, in addition to those of its body and of every request.
        kind: which of the listener's capacities a request occupies.
        listeners: where it is served.
    """

    name: str
    place: str
    tag: str
    scope: Scope | None
    answers: type[T]
    summary: str
    body: type[Any] | None = attrs.field(default=None, kw_only=True)
    query: type[Any] | None = attrs.field(default=None, kw_only=True)
    status: int = attrs.field(default=200, kw_only=True)
    location: str | None = attrs.field(default=None, kw_only=True)
    media: str = attrs.field(default=JSON, kw_only=True)
    refusals: Mapping[int, ProblemResponse] = attrs.field(factory=dict, kw_only=True)
    kind: PlaceKind = attrs.field(default=PlaceKind.COMMAND, kw_only=True)
    listeners: frozenset[str] = attrs.field(default=frozenset({"control"}), kw_only=True)

    @property
    def method(self) -> str:
        """Return GET, POST, PUT or DELETE."""
        return self.place.split(" ")[0]

    @property
    def path(self) -> str:
        """Return the path, with its parameters in braces."""
        return self.place.split(" ")[1]

    @property
    def parameters(self) -> tuple[str, ...]:
        """Return the names of the path's parameters."""
        return tuple(_PARAMETER.findall(self.path))

    def at(self, **parameters: object) -> str:
        """Return the path for these parameters."""
        return _PARAMETER.sub(lambda match: quote(str(parameters[match[1]]), safe=""), self.path)

    @property
    def takes_text(self) -> bool:
        """Return whether its address has variable parts: in the path or behind it."""
        return bool(self.parameters or self.query)

    def refused(self) -> Mapping[int, ProblemResponse]:
        """Return every refusal that it documents, including those of its address and its body."""
        bad = [*([BAD_TEXT] if self.takes_text else []), *([BAD_BODY] if self.body else [])]
        bad += [refusal for status, refusal in self.refusals.items() if status == HTTPStatus.BAD_REQUEST]
        kinds = tuple(kind for one in bad for kind in one.kinds)
        return {
            **self.refusals,
            **({HTTPStatus.BAD_REQUEST.value: attrs.evolve(bad[-1], kinds=kinds)} if bad else {}),
            **({408: BODY_TOO_SLOW, 413: BODY_TOO_LARGE} if self.body else {}),
        }


BAD_TEXT = ProblemResponse(kinds=("bad-text",), when="The address contains %00.")
BAD_BODY = ProblemResponse(kinds=("bad-json", "bad-body"), when="The body is invalid.")
BODY_TOO_SLOW = ProblemResponse(kinds=("body-too-slow",), when="The body did not arrive in time.")
BODY_TOO_LARGE = ProblemResponse(kinds=("body-too-large",), when="The body has more than 64 KiB.")


def problem_response(when: str, *kinds: str, answers: type[ProblemDocument] = ProblemDocument) -> ProblemResponse:
    """Return a refusal."""
    return ProblemResponse(kinds=kinds, when=when, answers=answers)
