"""The OpenAPI document of the control surface, derived from the table of routes."""

from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any, get_args

import attrs

from thesetd import __version__
from thesetd.adapters.web.problems import MEDIA_TYPE
from thesetd.adapters.web.schema import Schemas, example
from thesetd.domain.documents import members
from thesetd.ports.surface.endpoints import EVENTS, JSON, ApiRoute
from thesetd.ports.surface.problems import ProblemResponse
from thesetd.ports.surface.routes import PARAMETERS, ROUTES, TAGS

_DESCRIPTION = "HTTP/1.1 with JSON. Errors are RFC 9457 problem documents; `x-scope` is what a caller needs."
_UNAVAILABLE = ProblemResponse(
    kinds=("database-unavailable",),
    when="The database, a provider or a key is missing, or too many requests are being served.",
)
_UNKNOWN_CALLER = ProblemResponse(
    kinds=("token-required", "token-unknown"), when="On TCP: the token is missing or unknown; the socket needs none."
)
_MISSING_SCOPE = ProblemResponse(
    kinds=("missing-scope",), when="The caller lacks the route's scope, which `scope` names."
)
_BROKEN = ProblemResponse(kinds=("internal-error",), when="A fault of the daemon: its log says more.")
_STREAM = (
    "Unnamed events, which reach `onmessage`: `id` is the sequence number, `data` the document. A comment line is "
    "sent at least every 15 s."
)


@cache
def openapi_document() -> dict[str, Any]:
    """Return the document, with this program's version."""
    schemas, paths = Schemas(), dict[str, dict[str, Any]]()
    for row in ROUTES:
        if "control" in row.listeners:
            item = paths.setdefault(row.path, _item(row))
            item[row.method.lower()] = _operation(row, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "thesetd",
            "version": __version__,
            "license": {"name": "MIT", "identifier": "MIT"},
            "description": _DESCRIPTION,
        },
        "servers": [{"url": "http://localhost", "description": "The control socket; the host is ignored."}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.known.items())),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _item(row: ApiRoute[Any]) -> dict[str, Any]:
    parameters = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": PARAMETERS[name].text,
            "schema": _of_path(PARAMETERS[name].example),
            "example": PARAMETERS[name].example,
        }
        for name in row.parameters
    ]
    return {"parameters": parameters} if parameters else {}


def _of_path(shown: str | int) -> dict[str, Any]:
    return {"type": "string"} if isinstance(shown, str) else {"type": "integer", "minimum": 0, "maximum": (1 << 63) - 1}


def _operation(row: ApiRoute[Any], schemas: Schemas) -> dict[str, Any]:
    operation: dict[str, Any] = {"operationId": row.name, "summary": row.summary, "tags": [row.tag]}
    if row.scope:
        operation |= {"x-scope": row.scope.value, "security": [{}, {"token": [row.scope.value]}]}
    if row.query:
        operation["parameters"] = _query(row.query, schemas)
    if row.media == EVENTS:
        operation.setdefault("parameters", []).append(_LAST_EVENT_ID)
    if row.body:
        operation["requestBody"] = {"required": True, "content": _content(JSON, row.body, schemas, whole=False)}
    refused = {
        401: _UNKNOWN_CALLER,
        403: _MISSING_SCOPE,
        **row.refused(),
        503: row.refused().get(503, _UNAVAILABLE),
        500: _BROKEN,
    }
    operation["responses"] = _answers(row, schemas) | {
        str(status): _refusal(status, refusal, schemas) for status, refusal in sorted(refused.items())
    }
    return operation


_LAST_EVENT_ID = {
    "name": "Last-Event-ID",
    "in": "header",
    "schema": {"type": "integer", "minimum": 0},
    "description": "Resume after this event.",
}


def _query(cls: type[Any], schemas: Schemas) -> list[dict[str, Any]]:
    found = []
    for one in members(cls):
        schema = schemas.of(one.type, one.says)
        schema.pop("examples", None)
        if isinstance(schema.get("type"), list):
            schema["type"] = schema["type"][0]
        text = schema.pop("description", "")
        if one.default:
            schema["default"] = one.default
        found.append({"name": one.name, "in": "query", "description": text, "schema": schema, "explode": False})
    return found


def _answers(row: ApiRoute[Any], schemas: Schemas) -> dict[str, Any]:
    if row.media == EVENTS:
        stream = {"schema": {"type": "string"}, "x-event": schemas.of(row.answers)}
        answers: dict[str, Any] = {"200": {"description": _STREAM, "content": {EVENTS: stream}}}
        if row.parameters:
            text = "The job has ended and no event follows the given one: an EventSource stops reconnecting."
            answers["204"] = {"description": text}
        return answers
    text = (row.answers.__doc__ or "").strip().split("\n")[0] if attrs.has(row.answers) else "It."
    answer: dict[str, Any] = {"description": text, "content": _content(row.media, row.answers, schemas)}
    if row.location:
        answer["headers"] = {"Location": {"schema": {"type": "string"}, "description": f"{row.location}: its status."}}
    return {str(row.status): answer}


def _content(media: str, cls: Any, schemas: Schemas, *, whole: bool = True) -> dict[str, Any]:
    """Describe a document; one that is sent may lack what is optional."""
    schema = schemas.of(cls)
    if not whole:
        described = schemas.behind(schema)
        described["required"] = [one.name for one in members(cls) if not one.optional]
        for name in described["properties"].keys() - set(described["required"]):
            described["properties"][name]["type"] = "string"  # left out, but never null
        for one in members(cls):
            for inner in filter(attrs.has, get_args(one.type)):
                schemas.behind(schemas.of(inner))["required"] = [m.name for m in members(inner) if not m.optional]
    return {media: {"schema": schema, "example": example(cls)}}


def _refusal(status: int, refusal: ProblemResponse, schemas: Schemas) -> dict[str, Any]:
    schema = schemas.of(refusal.answers)
    schemas.behind(schema)["additionalProperties"] = True  # members depend on the type
    shown: Mapping[str, Any] = example(refusal.answers) | {
        "type": f"urn:thesetd:problem:{refusal.kinds[0]}",
        "title": refusal.kinds[0].replace("-", " ").capitalize(),
        "status": status,
        "detail": refusal.when,
    }
    described: dict[str, Any] = {
        "description": refusal.when,
        "content": {MEDIA_TYPE: {"schema": schema, "example": shown}},
    }
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        described["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}}
    return described
