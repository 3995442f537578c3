"""A limiter in memory, and what a gate needs around it, for tests of the actors."""

import math
import random
from collections.abc import Callable, Sequence
from itertools import count

import trio

from fakes import FakeClock, FakeLedger, FakePenaltyBox
from thesetd.actors.gate.call_log import CallRecords
from thesetd.actors.gate.gate import Gate, GateServices
from thesetd.actors.supervision.guard import BreakerGuard
from thesetd.domain.errors import Unavailable
from thesetd.domain.gate.breaker import Breaker
from thesetd.domain.gate.calls import Response
from thesetd.domain.gate.credentials import fingerprint
from thesetd.domain.gate.limiter import HORIZON_S, SlidingLog, Slot, counted_from
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import SPOTIFY, ProviderName
from thesetd.ports.gate import KnownLimits, Limiter
from thesetd.ports.observer import Observer
from thesetd.ports.pulse import idle
from thesetd.ports.transport import Transport

AHEAD_S = 0.3  # how far ahead a slot is reserved


class FakeLimiter:
    """A `thesetd.ports.gate.Limiter` for one process alone."""

    def __init__(self, windows: Sequence[Window] = ()) -> None:
        """Start with nothing reserved."""
        self._log = SlidingLog(windows)
        self.configured = tuple(windows)
        self._temporary_until = -math.inf
        self.learnt: list[Response] = []
        self._changed = trio.Event()
        self.doubt = ""

    async def reserve(
        self,
        cost: int = 1,
        *,
        replies_per_s: float | None = None,
        on_wait: Callable[[float], None] | None = None,
    ) -> Slot:
        """Reserve a slot when it is near."""
        await trio.lowlevel.checkpoint()
        while AHEAD_S < (moment := self._earliest(cost, replies_per_s)) - trio.current_time() <= HORIZON_S:
            if on_wait is not None:
                on_wait(moment)
            with idle(), trio.move_on_at(moment - AHEAD_S / 2):
                await self._changed.wait()
        if moment - trio.current_time() <= AHEAD_S:
            self._log.record(trio.current_time(), moment, cost)
        return Slot(moment, cost)

    def _earliest(self, cost: int, replies_per_s: float | None) -> float:
        return self._log.earliest(trio.current_time(), cost, replies_per_s)

    def amend(self, slot: Slot, sent_at: float | None) -> None:
        """Move a slot or take it back."""
        self._log.remove(slot.moment, slot.cost)
        if sent_at is not None:
            self._log.record(trio.current_time(), sent_at, slot.cost)

    def answered(self, slot: Slot, arrived_by: float) -> None:
        """Move a slot whose call may have arrived late."""
        if (moment := counted_from(slot.moment, arrived_by)) != slot.moment:
            self.amend(slot, moment)

    def fill(self, calls: int) -> None:
        """Count calls that were made just now."""
        now = trio.current_time()
        self._log.record(now, now, calls)

    def moments(self) -> list[float]:
        """Return the moments of all slots that were taken."""
        return list(self._log._moments)

    def set_windows(self, windows: Sequence[Window]) -> None:
        """Change the limits."""
        self.configured = tuple(windows)
        self._replace(windows)

    def _replace(self, windows: Sequence[Window]) -> None:
        self._log.set_windows(windows)
        self._changed.set()
        self._changed = trio.Event()

    async def override(self, windows: Sequence[Window], for_s: float) -> None:
        """Change the limits; the fake does not change them back."""
        await trio.lowlevel.checkpoint()
        self._temporary_until = trio.current_time() + for_s
        if for_s > 0:
            self._replace(windows)

    @property
    def limits(self) -> KnownLimits:
        """Return what this is set to."""
        return self

    @property
    def temporary_s(self) -> float:
        """Return for how long other limits are in force."""
        return max(0.0, self._temporary_until - trio.current_time())

    def learn(self, response: Response) -> None:
        """Keep what was seen."""
        self.learnt.append(response)

    async def usage(self) -> tuple[tuple[Window, int], ...]:
        """Count what is taken."""
        await trio.lowlevel.checkpoint()
        now = trio.current_time()
        return tuple((window, self._log.taken(now, window)) for window in self._log.windows)


class GateParts:
    """A gate over fakes; its parts are open to a test."""

    def __init__(
        self,
        transport: Transport,
        observer: Observer,
        *,
        windows: Sequence[Window] = (),
        provider: ProviderName = SPOTIFY,
        limiter: Limiter | None = None,
        ledger: FakeLedger | None = None,
        node: str = "call",
    ) -> None:
        """Make the gate of a node, over a limiter and a ledger in memory where no others are given."""
        self.breaker = Breaker(name=provider)
        self.limiter = FakeLimiter(windows)
        self.box = FakePenaltyBox()
        self.ledger = ledger or FakeLedger()
        self.records = CallRecords()
        self.clock = FakeClock()
        numbers = count()
        call_key: Callable[[], str] = lambda: f"{node}-{next(numbers)}"  # noqa: E731 - a name for the type
        self.around = GateServices(
            box=self.box,
            ledger=self.ledger,
            records=self.records,
            clock=self.clock,
            observer=observer,
            rng=random.Random(1),
            call_key=call_key,
        )
        self.gate = Gate(
            provider,
            fingerprint("credential"),
            transport=transport,
            limiter=limiter or self.limiter,
            guard=BreakerGuard(self.breaker, Unavailable, observer),
            around=self.around,
        )
