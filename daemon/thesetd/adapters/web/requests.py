"""Reads requests: bodies within limits and deadlines, JSON of the expected form, numbers."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, TypeVar

import trio
from starlette.requests import ClientDisconnect, Request

from thesetd.adapters.strict_json import decode_json
from thesetd.adapters.web.listener.connection import MAX_BODY_BYTES
from thesetd.adapters.web.problems import Problem, RequestProblem, bad_request
from thesetd.domain.documents import members

T = TypeVar("T")

BODY_TIMEOUT_S = 10.0
MOST_SHOWN = 40  # characters of a name that a client sent
_MAX_ID = (1 << 63) - 1
_ID_DIGITS = 19

_BODY_TOO_LARGE = Problem(
    status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    kind="body-too-large",
    detail=f"the body has more than {MAX_BODY_BYTES} bytes",
    headers={"connection": "close"},
)
_BODY_TOO_SLOW = Problem(
    status=HTTPStatus.REQUEST_TIMEOUT,
    kind="body-too-slow",
    detail=f"the body did not arrive within {BODY_TIMEOUT_S:.0f} s",
    headers={"connection": "close"},
)


async def sent(request: Request, cls: type[T]) -> T:
    """Read a body that is an object with the text members of a class.

    Raises:
        RequestProblem: it is something else, too large, or too slow.
    """
    known = members(cls)
    example = json.dumps({one.name: one.says.example or "..." for one in known}, ensure_ascii=False)
    document = await sent_object(request, example)
    required = {one.name for one in known if not one.optional}
    faults = [f"{name} is missing" for name in sorted(required - set(document))]
    faults += [f"there is no {name[:MOST_SHOWN]!r}" for name in document if name not in {one.name for one in known}]
    faults += [f"{name} must be text without NUL" for name, value in document.items() if not isinstance(value, str)]
    if faults:
        raise bad_request("bad-body", f"{faults[0]}: the body must be an object like {example}")
    return cls(**{one.attribute: document[one.name] for one in known if one.name in document})


async def sent_object(request: Request, example: str) -> Mapping[str, Any]:
    """Read a body that is a JSON object, whatever its members.

    Raises:
        RequestProblem: it is something else, too large, or too slow.
    """
    try:
        document: Any = decode_json(await _body(request))
    except ValueError as error:
        raise bad_request("bad-json", f"the body is not acceptable as JSON ({error}): send {example}") from None
    if not isinstance(document, dict):
        raise bad_request("bad-body", f"the body must be an object like {example}")
    return document


async def _body(request: Request) -> bytes:
    try:
        with trio.fail_after(BODY_TIMEOUT_S):
            body = await request.body()
    except trio.TooSlowError:
        raise RequestProblem(_BODY_TOO_SLOW) from None
    except ClientDisconnect:
        raise bad_request("bad-body", "the body ended early") from None
    if len(body) > MAX_BODY_BYTES:
        raise RequestProblem(_BODY_TOO_LARGE)
    return body


def refuse_nul(request: Request) -> None:
    """Check that the address can be stored and looked up: PostgreSQL's text has no NUL.

    Raises:
        RequestProblem: a part of the path or of the query has one.
    """
    queried = [text for pair in request.query_params.multi_items() for text in pair]
    if any("\0" in str(value) for value in (*request.path_params.values(), *queried)):
        raise bad_request("bad-text", "the address contains %00: leave it out")


def number(typed: str) -> int | None:
    """Read a whole number that PostgreSQL's bigint holds; None for anything else."""
    if not (typed.isascii() and typed.isdigit() and len(typed) <= _ID_DIGITS):
        return None
    value = int(typed)
    return value if value <= _MAX_ID else None


def limit_of(request: Request, *, usual: int, most: int) -> int:
    """Read how many items a list may have; `usual` if the request does not say.

    Raises:
        RequestProblem: it is not a number from 1 to `most`.
    """
    typed = request.query_params.get("limit")
    value = usual if typed is None else number(typed)
    if value is None or not 1 <= value <= most:
        raise bad_request("bad-limit", f"the limit must be a number from 1 to {most}")
    return value
