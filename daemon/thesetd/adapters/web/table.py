"""Makes a listener's routes from the table of routes and its handlers.

A handler returns the document of its row, which is written as JSON with the row's status; a handler with more to say (a
stream, a text, another status) returns a response.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from thesetd.adapters.web.access.policy import Access, require
from thesetd.adapters.web.requests import refuse_nul
from thesetd.domain.documents import written
from thesetd.ports.surface.endpoints import ApiRoute
from thesetd.ports.surface.routes import PARAMETERS, ROUTES

Handler = Callable[[Request], Awaitable[object]]
Handlers = Mapping[ApiRoute[Any], Handler]


def routes_of(listener: str, handlers: Handlers, access: Access) -> list[Route]:
    """Return the routes of a listener; `access` identifies its callers.

    Raises:
        LookupError: a row of the table has no handler, or a handler has no row.
    """
    rows = [row for row in ROUTES if listener in row.listeners]
    if odd := {row.place for row in rows} ^ {row.place for row in handlers}:
        raise LookupError(f"rows without a handler, or handlers without a row, of {listener}: {', '.join(sorted(odd))}")
    by_path: dict[str, list[ApiRoute[Any]]] = {}
    for row in rows:
        by_path.setdefault(row.path, []).append(row)
    return [_route(path, same, handlers, access) for path, same in by_path.items()]


def _route(path: str, rows: Iterable[ApiRoute[Any]], handlers: Handlers, access: Access) -> Route:
    answers = {row.method: _answering(row, handlers[row], access) for row in rows}

    async def choose(request: Request) -> Response:
        return await answers["GET" if request.method == "HEAD" else request.method](request)

    return Route(pattern(path), choose, methods=list(answers))


class _Open(Convertor[str]):
    """A parameter that may contain slashes, but does not end in what follows such a parameter in the table."""

    regex = "(?s:.*)" + "".join(
        f"(?<!/{word})" for word in sorted({row.path.rpartition("}/")[2] for row in ROUTES if "}/" in row.path})
    )

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("open", _Open())


def pattern(path: str) -> str:
    """Return a path in Starlette's syntax; parameters that may contain slashes are marked."""
    for name, parameter in PARAMETERS.items():
        if parameter.slashes:
            path = path.replace(f"{{{name}}}", f"{{{name}:open}}")
    return path


def _answering(row: ApiRoute[Any], handler: Handler, access: Access) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        await require(row.scope, request.scope, access)
        if row.takes_text:
            refuse_nul(request)
        result = await handler(request)
        if isinstance(result, Response):
            return result
        document = written(result)
        headers = {"location": row.location.format_map(document)} if row.location else None
        return JSONResponse(document, row.status, headers)

    return answer
