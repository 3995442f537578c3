"""The sandbox's own endpoints: arrivals, exceeded limits, coming failures, the scenario in progress."""

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

import attrs
import trio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from thesetd.domain.ids import ProviderName
from thesetd.sandbox.gateway import number
from thesetd.sandbox.listing import Json
from thesetd.sandbox.log import RequestLog
from thesetd.sandbox.trouble.behaviour import Behaviour
from thesetd.sandbox.trouble.faults import BadFault, Faults, read_fault
from thesetd.sandbox.trouble.scenario import BadScenario, read_file, read_table, read_text
from thesetd.sandbox.trouble.shapes import Shapes
from thesetd.sandbox.trouble.stage import TroubleStage


@attrs.frozen(kw_only=True)
class Controls:
    """The state of a sandbox that tests inspect and change."""

    log: RequestLog
    faults: Faults
    behaviours: Mapping[ProviderName, Behaviour]
    stage: TroubleStage

    def build(self) -> Starlette:
        """Return the application: log, stats, faults, scenario, reset."""
        return Starlette(
            routes=[
                Route("/log", self._log, methods=["GET"]),
                Route("/stats", self._stats, methods=["GET"]),
                Route("/faults", self._inject, methods=["POST"]),
                Route("/faults", self._call_off, methods=["DELETE"]),
                Route("/scenario", self._play, methods=["POST"]),
                Route("/scenario", self._end_scenario, methods=["DELETE"]),
                Route("/reset", self._reset, methods=["POST"]),
            ]
        )

    def stats(self) -> Json:
        """Return the numbers of answers (provider: endpoint: status), of arrivals over each limit, and during bans."""
        return {
            "answers": self.log.counts(),
            "violations": {provider: one.meter.violations() for provider, one in self.behaviours.items()},
            "bans": {provider: one.ban.view() for provider, one in self.behaviours.items()},
        }

    def play(self, path: Path) -> None:
        """Play a scenario file, beginning with the next arrival.

        Raises:
            BadScenario: it cannot be played.
        """
        self.stage.play(read_file(path, self.behaviours))

    def reset(self) -> None:
        """Clear arrivals, windows, bans, scenario and faults."""
        self.log.reset()
        self.stage.call_off()
        self.faults.clear()
        for behaviour in self.behaviours.values():
            behaviour.reset()

    def _shapes(self) -> dict[ProviderName, Shapes]:
        return {provider: one.shapes for provider, one in self.behaviours.items()}

    async def _log(self, request: Request) -> Response:
        since = number(request.query_params.get("since"), 0)
        if since is None:
            return JSONResponse({"error": "since is a sequence number"}, HTTPStatus.BAD_REQUEST)
        return JSONResponse({"entries": [entry.as_json() for entry in self.log.since(since)]})

    async def _stats(self, _: Request) -> Response:
        return JSONResponse(self.stats())

    async def _inject(self, request: Request) -> Response:
        try:
            self.faults.inject(read_fault(await request.json(), self._shapes()), trio.current_time())
        except ValueError as error:
            text = str(error) if isinstance(error, BadFault) else "a fault is a JSON object"
            return JSONResponse({"error": text}, HTTPStatus.BAD_REQUEST)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def _call_off(self, _: Request) -> Response:
        self.faults.clear()
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def _play(self, request: Request) -> Response:
        try:
            if request.headers.get("content-type", "").startswith("application/json"):
                steps = read_table(await request.json(), self.behaviours)
            else:
                steps = read_text((await request.body()).decode(), self.behaviours)
        except ValueError as error:
            faults = error.faults if isinstance(error, BadScenario) else ("a scenario is TOML or JSON, in UTF-8",)
            return JSONResponse({"errors": faults}, HTTPStatus.BAD_REQUEST)
        self.stage.play(steps)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def _end_scenario(self, _: Request) -> Response:
        self.stage.call_off()
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def _reset(self, _: Request) -> Response:
        self.reset()
        return Response(status_code=HTTPStatus.NO_CONTENT)
