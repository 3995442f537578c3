"""The network to the emulated providers, in process, and what an observer beside it may hold against the daemon."""

import random
from collections import deque
from collections.abc import Mapping, Sequence

import attrs
import httpx2
import trio

from simulation.journal import Journal
from simulation.life import Life
from simulation.weather import SkewedClock, Weather
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import ProviderName

TOKEN = "/api/token"  # counts for no limit
WAY_S = 0.015  # one way, at most: less than what the limiter adds to each window for it
UNKNOWN_S = 10.0  # an order that came so shortly before a kill may not be written down yet


@attrs.define
class Order:
    """A 429 with Retry-After: nobody who has heard of it may send before `until`. `skew_s` is the clock's, then."""

    heard_at: float
    until: float
    skew_s: float


@attrs.define
class Traffic:
    """Counts what arrives at each provider over sliding windows, and what is sent against an order to stay away."""

    journal: Journal
    clock: SkewedClock
    limits: Mapping[ProviderName, Sequence[Window]]
    violations: list[str] = attrs.field(factory=list)
    sent: int = 0
    refused: int = 0
    orders: dict[str, Order] = attrs.field(factory=dict)
    _arrivals: dict[tuple[str, Window], deque[float]] = attrs.field(factory=dict)

    def departs(self, provider: str) -> None:
        """Judge a call that leaves the daemon: none may leave while an order to stay away is known."""
        self.sent += 1
        order = self.orders.get(provider)
        now = trio.current_time()
        if order is not None and order.heard_at < now < order.until:
            self.violations.append(
                f"no_call_inside_retry_after: {provider} at {now:.3f}, told at {order.heard_at:.3f} to stay away until"
                f" {order.until:.3f}"
            )

    def arrives(self, provider: str) -> None:
        """Count an arrival in every window of the configured limits."""
        now = trio.current_time()
        for window in self.limits[ProviderName(provider)]:
            arrivals = self._arrivals.setdefault((provider, window), deque())
            while arrivals and arrivals[0] <= now - window.seconds:
                arrivals.popleft()
            arrivals.append(now)
            if len(arrivals) > window.count:
                self.violations.append(f"quota_never_exceeded: {provider} {window}: {len(arrivals)} at {now:.3f}")

    def answered(self, provider: str, path: str, response: httpx2.Response, life: Life) -> None:
        """Note an answer, and the order that it may hold."""
        now = trio.current_time()
        self.journal.note(f"[{life.number}] {provider} {path} {response.status_code}")
        if response.status_code != httpx2.codes.TOO_MANY_REQUESTS:
            return
        self.refused += 1
        hint = response.headers.get("retry-after", "")
        if hint.isdigit() and int(hint) > 0:
            known = self.orders.get(provider)
            until = max(now - WAY_S + int(hint), known.until if known else 0.0)
            self.orders[provider] = Order(now, until, self.clock.skew_s)

    def died(self, weather: Weather) -> None:
        """Waive the orders that a dead process could not write down, or wrote down by a clock that was put on since."""
        now = trio.current_time()
        for provider, order in list(self.orders.items()):
            unwritten = now - order.heard_at < UNKNOWN_S or weather.store_down_at >= order.heard_at
            if unwritten or self.clock.skew_s > order.skew_s:
                del self.orders[provider]


class Network(httpx2.AsyncBaseTransport):
    """One process' connections to the providers."""

    def __init__(
        self, transport: httpx2.AsyncBaseTransport, *, life: Life, traffic: Traffic, dice: random.Random
    ) -> None:
        """Take the way to the emulated providers."""
        self._transport = transport
        self._life = life
        self._traffic = traffic
        self._dice = dice

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Carry a request there and its answer back; each way takes a little."""
        _, provider, path = request.url.path.split("/", 2)
        counts = TOKEN not in request.url.path
        self._life.cross("network")
        if counts:
            self._traffic.departs(provider)
        await trio.sleep(self._dice.uniform(0.0, WAY_S))
        if counts:
            self._traffic.arrives(provider)
        response = await self._transport.handle_async_request(request)
        await trio.sleep(self._dice.uniform(0.0, WAY_S))
        self._life.cross("network")
        self._traffic.answered(provider, path, response, self._life)
        return response
