"""The routes that refresh an artist or a show for a waiting caller."""

from uuid import UUID

from starlette.requests import Request

from thesetd.adapters.web.listener.request_ids import request_id_of
from thesetd.adapters.web.problems import bad_request, not_found
from thesetd.adapters.web.table import Handlers
from thesetd.domain.freshness.copies import Aspect
from thesetd.domain.work.accepted import Accepted
from thesetd.ports.control import Refresher
from thesetd.ports.surface import routes


class RefreshRoutes:
    """The routes about refreshes."""

    def __init__(self, refresher: Refresher) -> None:
        """Take the refresher."""
        self._refresher = refresher

    def handlers(self) -> Handlers:
        """Return them."""
        return {routes.REFRESH_ARTIST: self._artist, routes.REFRESH_SHOW: self._show}

    async def _artist(self, request: Request) -> Accepted:
        typed = request.query_params.get("aspect", Aspect.SHOWS.value)
        known = {aspect.value: aspect for aspect in Aspect}
        if typed not in known:
            raise bad_request("bad-aspect", f"unknown aspect {typed[:40]!r}: expected {', '.join(known)}")
        return await self._refresher.refresh_artist(
            request.path_params["artist"], known[typed], request_id_of(request.scope)
        )

    async def _show(self, request: Request) -> Accepted:
        typed = request.path_params["show"]
        try:
            show = UUID(typed)
        except ValueError:
            raise not_found("unknown-show", f"no show {typed[:40]!r}: expected the id of its row") from None
        return await self._refresher.refresh_show(show, request_id_of(request.scope))
