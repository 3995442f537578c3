"""What the outside does to a daemon's calls: latency, outages, answers that get lost, a wall clock that is set."""

import random
from datetime import UTC, datetime, timedelta

import attrs
import trio

from thesetd.domain.errors import BusUnavailable, StoreUnavailable

START = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)  # a Monday: the weekly schedule fires within a simulated week
FAR = -1.0


@attrs.define
class SkewedClock:
    """The wall clock of the machine: trio's clock, and by how much somebody has set it. See `Clock`."""

    start: datetime = START
    skew_s: float = 0.0

    def now(self) -> datetime:
        """Return the present moment as this machine sees it."""
        return self.start + timedelta(seconds=trio.current_time() + self.skew_s)


@attrs.define
class Weather:
    """How the servers behave now. Moments are trio's; rates from 0 to 1.

    `lost_rate`: an answer of PostgreSQL is lost after the effect. `late_rate`: a write that was on its way when its
    process was killed arrives all the same, up to `late_s` later.
    """

    dice: random.Random
    latency_rate: float = 0.2
    latency_s: float = 0.02
    lost_rate: float = 0.0
    late_rate: float = 0.0
    late_s: float = 20.0
    store_down_until: float = FAR
    bus_down_until: float = FAR
    slow_until: float = FAR
    slow_s: float = 0.0
    store_down_at: float = FAR

    def calm(self) -> None:
        """End everything that is wrong."""
        self.store_down_until = self.bus_down_until = self.slow_until = FAR
        self.lost_rate = self.late_rate = 0.0

    def stop_store(self, seconds: float) -> None:
        """Let PostgreSQL be away."""
        self.store_down_until = max(self.store_down_until, trio.current_time() + seconds)

    def stop_bus(self, seconds: float) -> None:
        """Let Redis be away."""
        self.bus_down_until = max(self.bus_down_until, trio.current_time() + seconds)

    async def delay(self) -> None:
        """Take as long as one way takes."""
        if trio.current_time() < self.slow_until:
            await trio.sleep(self.slow_s)
        elif self.dice.random() < self.latency_rate:
            await trio.sleep(self.dice.uniform(0.0, self.latency_s))

    def refuse(self, kind: str) -> None:
        """Fail as a server fails that is not there.

        Raises:
            StoreUnavailable, BusUnavailable: by what is asked.
        """
        now = trio.current_time()
        if kind == "store" and now < self.store_down_until:
            self.store_down_at = now
            raise StoreUnavailable("the simulated database is away")
        if kind == "bus" and now < self.bus_down_until:
            raise BusUnavailable("the simulated Redis is away")

    def lose(self, kind: str) -> None:
        """Lose the answer to something that was done.

        Raises:
            StoreUnavailable: the effect is there.
        """
        if kind == "store" and self.lost_rate and self.dice.random() < self.lost_rate:
            self.store_down_at = trio.current_time()
            raise StoreUnavailable("the simulated database ended the connection before it answered")
