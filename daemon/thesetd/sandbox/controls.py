"""The sandbox's own endpoints: what arrived, which limits were hurt, and which failures come next."""

from collections.abc import Mapping
from http import HTTPStatus

import attrs
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from thesetd.domain.ids import ProviderName
from thesetd.sandbox.faults import BadFault, Faults, read_fault
from thesetd.sandbox.gateway import number
from thesetd.sandbox.limits import Meter
from thesetd.sandbox.listing import Json
from thesetd.sandbox.log import RequestLog


@attrs.frozen(kw_only=True)
class Controls:
    """The state of a sandbox that tests look at and change."""

    log: RequestLog
    faults: Faults
    meters: Mapping[ProviderName, Meter]

    def build(self) -> Starlette:
        """Give the application: log, stats, faults, reset."""
        return Starlette(
            routes=[
                Route("/log", self._log, methods=["GET"]),
                Route("/stats", self._stats, methods=["GET"]),
                Route("/faults", self._inject, methods=["POST"]),
                Route("/faults", self._call_off, methods=["DELETE"]),
                Route("/reset", self._reset, methods=["POST"]),
            ]
        )

    def stats(self) -> Json:
        """Give the numbers of answers (provider: endpoint: status) and of arrivals over each limit."""
        return {
            "answers": self.log.counts(),
            "violations": {provider: meter.violations() for provider, meter in self.meters.items()},
        }

    def reset(self) -> None:
        """Forget what arrived, open every window, call off every fault."""
        self.log.reset()
        self.faults.clear()
        for meter in self.meters.values():
            meter.reset()

    async def _log(self, request: Request) -> Response:
        since = number(request.query_params.get("since"), 0)
        if since is None:
            return JSONResponse({"error": "since is a sequence number"}, HTTPStatus.BAD_REQUEST)
        return JSONResponse({"entries": [entry.as_json() for entry in self.log.since(since)]})

    async def _stats(self, _: Request) -> Response:
        return JSONResponse(self.stats())

    async def _inject(self, request: Request) -> Response:
        try:
            self.faults.inject(read_fault(await request.json()))
        except ValueError as error:
            text = str(error) if isinstance(error, BadFault) else "a fault is a JSON object"
            return JSONResponse({"error": text}, HTTPStatus.BAD_REQUEST)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def _call_off(self, _: Request) -> Response:
        self.faults.clear()
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def _reset(self, _: Request) -> Response:
        self.reset()
        return Response(status_code=HTTPStatus.NO_CONTENT)
