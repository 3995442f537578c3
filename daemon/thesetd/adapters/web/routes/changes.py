"""The routes of the change feed."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from thesetd.adapters.web.problems import Problem, RequestProblem, bad_request
from thesetd.adapters.web.requests import limit_of, number
from thesetd.adapters.web.streams.changes import ChangeStream
from thesetd.adapters.web.table import Handlers
from thesetd.domain.changes import ChangeKind, Changes
from thesetd.domain.ids import Seq
from thesetd.ports.control import Feed
from thesetd.ports.surface import routes
from thesetd.ports.surface.changes import MOST_CHANGES, ChangesWanted


class ChangeRoutes:
    """List changes, and follow them."""

    def __init__(self, feed: Feed) -> None:
        """Take the feed."""
        self._feed = feed

    def handlers(self) -> Handlers:
        """Return them."""
        return {routes.LIST_CHANGES: self._list, routes.FOLLOW_CHANGES: self._follow}

    async def _list(self, request: Request) -> Changes:
        limit = limit_of(request, usual=ChangesWanted().limit, most=MOST_CHANGES)
        return await self._page(request, request.query_params.get("since"), limit)

    async def _follow(self, request: Request) -> Response:
        typed = request.headers.get("last-event-id") or request.query_params.get("since")
        page = await self._page(request, typed, 1)
        since = since_of(typed)
        return ChangeStream(self._feed, since=page.last if since is None else since, kinds=_kinds(request))

    async def _page(self, request: Request, typed: str | None, limit: int) -> Changes:
        since = since_of(typed)
        page = await self._feed.changes(since=since, kinds=_kinds(request), limit=limit)
        if since is not None and not page.reaches(since):
            raise RequestProblem(_gone(since, page))
        return page


def _gone(since: Seq, page: Changes) -> Problem:
    why = "has not come so far" if since > page.last else f"begins with {page.oldest}"
    detail = f"the feed {why}: read the rows again, then resume with since={page.last}"
    more = {"oldest": page.oldest, "last": page.last}
    return Problem(status=HTTPStatus.GONE, kind="changes-gone", detail=detail, more=more)


def since_of(typed: str | None) -> Seq | None:
    """Read the number of a change.

    Raises:
        RequestProblem: it is not one.
    """
    if not typed:
        return None
    value = number(typed)
    if value is None:
        raise bad_request("bad-since", f"invalid number {typed[:40]!r}: expected the `seq` of a change")
    return Seq(value)


def _kinds(request: Request) -> tuple[ChangeKind, ...]:
    typed = [name for value in request.query_params.getlist("kinds") for name in value.split(",")]
    known = {kind.value: kind for kind in ChangeKind}
    if unknown := [name for name in typed if name not in known]:
        raise bad_request(
            "unknown-change-kind", f"unknown kind {unknown[0][:40]!r}: expected one of {', '.join(known)}"
        )
    return tuple(known[name] for name in typed)
