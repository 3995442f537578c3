"""Torture: the same import again and again, disturbed at its first call to the outside, at its second, and so on."""

from collections.abc import Callable
from functools import partial
from typing import Any

import attrs
import httpx2

from fake_world import _said
from simulation.life import Life
from simulation.plans import ALONE
from simulation.whole import Outcome, Simulation
from thesetd.domain.errors import BusUnavailable, StoreUnavailable

Disturb = Callable[[Life, int], None]


def kill(life: Life, crossing: int) -> None:
    """End the process at this crossing of the border."""
    life.kill_at = crossing


def fail(life: Life, crossing: int) -> None:
    """Let this crossing end in an error: on the way out nothing was done, on the way back it was."""
    life.fail_at, life.failure = crossing, partial(_error, crossing)


def _error(crossing: int, kind: str) -> Exception | None:
    errors: dict[str, Exception] = {
        "store": StoreUnavailable("torture"),
        "bus": BusUnavailable("torture"),
        "network": httpx2.ConnectError("torture") if crossing % 2 else httpx2.ReadTimeout("torture"),
    }
    return errors.get(kind)


@attrs.frozen
class Ordeal:
    """A disturbed import: what came of it, and the rows that it left."""

    outcome: Outcome
    rows: dict[str, Any]
    crossings: int


def ordeal(disturb: Disturb, crossing: int, **more: Any) -> Ordeal:
    """Import the artist, disturbed once, in the first life; crossing 0 is none."""
    sim = Simulation(ALONE, **more)
    sim.weather.latency_rate = 0.0
    lives: list[Life] = []

    def begin(life: Life) -> None:
        if not lives:
            disturb(life, crossing)
        lives.append(life)

    sim.on_life = begin
    outcome = sim.run()
    return Ordeal(outcome, rows_of(sim.servers.store.world), lives[0].crossings)


def rows_of(world: Any) -> dict[str, Any]:
    """Return every row that an import leaves, without the moments at which it was fetched."""
    tables = {**world.records, "artists": world.artists}
    rows: dict[str, Any] = {
        name: {key: _said(row) if attrs.has(type(row)) else row for key, row in table.items()}
        for name, table in tables.items()
    }
    return rows | {"playing": world.playing}
