"""The routes of webhooks."""

from starlette.requests import Request

from thesetd.adapters.web.problems import RequestProblem, not_found
from thesetd.adapters.web.routes.changes import since_of
from thesetd.adapters.web.table import Handlers
from thesetd.ports.control import WebhookDesk
from thesetd.ports.surface import routes
from thesetd.ports.surface.webhooks import MOST_MESSAGES, Replayed, WebhookDetails, WebhookList, WebhookTested


class WebhookRoutes:
    """Show, replay and test webhooks."""

    def __init__(self, desk: WebhookDesk) -> None:
        """Take the desk."""
        self._desk = desk

    def handlers(self) -> Handlers:
        """Return them."""
        return {
            routes.LIST_WEBHOOKS: self._list,
            routes.SHOW_WEBHOOK: self._show,
            routes.REPLAY_WEBHOOK: self._replay,
            routes.TEST_WEBHOOK: self._test,
        }

    async def _list(self, _: Request) -> WebhookList:
        return WebhookList(webhooks=tuple(await self._desk.overview()))

    async def _show(self, request: Request) -> WebhookDetails:
        name = request.path_params["webhook"]
        views = {view.name: view for view in await self._desk.overview()}
        try:
            failed = await self._desk.failed(name, limit=MOST_MESSAGES)
        except KeyError:
            raise await self._unknown(name) from None
        return WebhookDetails(webhook=views[name], messages=tuple(failed))

    async def _replay(self, request: Request) -> Replayed:
        name, since = request.path_params["webhook"], since_of(request.query_params.get("since"))
        try:
            return Replayed(webhook=name, messages=await self._desk.replay(name, since=since))
        except KeyError:
            raise await self._unknown(name) from None

    async def _test(self, request: Request) -> WebhookTested:
        name = request.path_params["webhook"]
        try:
            return await self._desk.test(name)
        except KeyError:
            raise await self._unknown(name) from None

    async def _unknown(self, name: str) -> RequestProblem:
        known = [view.name for view in await self._desk.overview()]
        detail = f"no webhook {name[:40]!r}: {'expected one of ' + ', '.join(known) if known else 'none is configured'}"
        return not_found("unknown-webhook", detail, webhooks=known)
