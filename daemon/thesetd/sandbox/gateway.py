"""Defines the steps that every request to an emulated provider passes before it is answered, in this order.

They are: log, the scenario's present effects, credentials, bans, limits, latency, injected faults, random errors, the
endpoint itself. Arrivals are counted when they arrive, before any latency, because that is when a provider counts them.
"""

import random
from collections.abc import Callable, Sequence
from http import HTTPStatus

import attrs
import trio
from starlette.requests import Request
from starlette.responses import Response

from thesetd.domain.ids import ProviderName
from thesetd.sandbox.log import RequestLog
from thesetd.sandbox.trouble.behaviour import Behaviour
from thesetd.sandbox.trouble.faults import HANG, SLOW, Fault, Faults
from thesetd.sandbox.trouble.hostile import HOSTILE, HostileHandler
from thesetd.sandbox.trouble.limits import LimitRefusal
from thesetd.sandbox.trouble.stage import TroubleStage

_GONE = 0  # the status of an arrival whose client disconnected before the answer
_STORM = ("500", "502", "503", "504")


class GatewayRefused(Exception):
    """An endpoint refuses the request; `response` is the provider's form of the refusal."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


@attrs.frozen
class Weather:
    """How the network and the provider behave. Latency in seconds, jitter on top of it, error rate from 0 to 1."""

    latency_s: float = 0.0
    jitter_s: float = 0.0
    error_rate: float = 0.0


class Gateway:
    """The front of one provider."""

    def __init__(
        self,
        provider: ProviderName,
        *,
        log: RequestLog,
        behaviour: Behaviour,
        stage: TroubleStage,
        faults: Faults,
        weather: Weather,
        dice: random.Random,
        authorize: Callable[[Request], None],
        over_limit: Callable[[LimitRefusal, Request], Response],
    ) -> None:
        """Prepare. `authorize` raises `GatewayRefused`; `over_limit` makes the provider's 429."""
        self.provider = provider
        self._behaviour = behaviour
        self._stage = stage
        self._log = log
        self._faults = faults
        self._weather = weather
        self._dice = dice
        self._authorize = authorize
        self._over_limit = over_limit

    def endpoint(self, label: str, handler: HostileHandler, *, open_to_all: bool = False) -> HostileHandler:
        """Put a handler behind the gateway.

        One that is `open_to_all` needs no credentials and does not count for limits.
        """
        self._behaviour.endpoints.add(label)

        async def guarded(request: Request) -> Response:
            arrival = trio.current_time()
            entry = self._log.arrived(
                monotonic_s=arrival,
                provider=self.provider,
                endpoint=label,
                method=request.method,
                path=request.url.path,
                params=request.query_params.multi_items(),
            )
            self._stage.arrived(self.provider, label, arrival)
            status = _GONE
            try:
                response = await self._answer(request, handler, label, None if open_to_all else arrival)
                status = response.status_code
            finally:
                self._log.answered(entry, status)
            return response

        return guarded

    async def _answer(self, request: Request, handler: HostileHandler, label: str, arrival: float | None) -> Response:
        try:
            if arrival is not None and (turned_away := self._admit(request, arrival)):
                return turned_away
            await self._delay()
            if fault := self._faults.take(self.provider, label, trio.current_time()):
                return await self._fail(fault, request, handler)
            if self._dice.random() < self._weather.error_rate:
                return self._behaviour.shapes[self._dice.choice(_STORM)].response()
            return await handler(request)
        except GatewayRefused as refused:
            return refused.response

    def _admit(self, request: Request, arrival: float) -> Response | None:
        """Check credentials, ban and limits; return the answer of a refused call."""
        self._authorize(request)
        if met := self._behaviour.ban.arrive(arrival):
            sentence, hint = met
            return self._behaviour.shapes[sentence.answer].with_hint(hint, _apikey(request))
        refusal = self._behaviour.meter.arrive(arrival)
        return self._over_limit(refusal, request) if refusal else None

    async def _delay(self) -> None:
        latency = self._weather.latency_s + self._weather.jitter_s * self._dice.random()
        if latency:
            await trio.sleep(latency)

    async def _fail(self, fault: Fault, request: Request, handler: HostileHandler) -> Response:
        if fault.shape == HANG:
            return await _until_gone(request)
        if fault.shape == SLOW:
            await trio.sleep(fault.delay_s)
            return await handler(request)
        if fault.shape in HOSTILE:
            return await HOSTILE[fault.shape](request, handler)
        return fault.response(self._behaviour.shapes, _apikey(request))


def _apikey(request: Request) -> str:
    return request.query_params.get("apikey", "")


async def _until_gone(request: Request) -> Response:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return Response(status_code=HTTPStatus.GATEWAY_TIMEOUT)


def number(text: str | None, default: int) -> int | None:
    """Read a decimal parameter: the default if it is absent, None if it is not a number."""
    if text is None:
        return default
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None  # noqa: PLR2004 - digits


def listed(text: str | None) -> Sequence[str]:
    """Read a comma separated parameter."""
    return [part for part in (text or "").split(",") if part]
