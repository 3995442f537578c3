"""Writes cancelled at random, under a server that ends connections at random: what was acknowledged is stored.

Run it by `python tests/kill/storm.py --writes 1000 --terminations 500`.
"""

import random
from collections import Counter
from functools import partial

import asyncpg
import attrs
import click
import trio
from ground import grounds
from table import report

from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.aio.loop import open_quick_loop
from thesetd.adapters.clock import SystemClock
from thesetd.adapters.postgres import PostgresStore
from thesetd.domain.errors import StoreUnavailable
from thesetd.domain.work.batches import Batch
from thesetd.domain.work.jobs import JobKind, Lane, NewJob

LONGEST_S = 0.006  # until a cancel, at first: a write takes about two milliseconds
LATER, SOONER = 1.25, 0.9  # after a cancel and after a write: on any machine a third is cancelled, at each statement
_TERMINATE = """
select count(pg_terminate_backend(pid)) from pg_stat_activity
where application_name = 'thesetd' and datname = current_database() and random() < 0.5
"""


@attrs.define
class Outcome:
    """Writes by how they ended; `midway` were acknowledged though a cancel came meanwhile.

    `missing` were acknowledged and are not stored; `unknown` were cancelled and are.
    """

    acknowledged: set[int] = attrs.field(factory=set)
    cancelled: set[int] = attrs.field(factory=set)
    midway: int = 0
    unavailable: int = 0
    terminated: int = 0
    missing: int = 0
    unknown: int = 0
    longest_s: float = LONGEST_S
    others: Counter[str] = attrs.field(factory=Counter)

    def faults(self) -> list[str]:
        """Return what is wrong."""
        return [
            *([] if self.acknowledged else ["nothing was acknowledged, so nothing is proved"]),
            *([f"{self.missing} acknowledged writes are missing"] if self.missing else []),
            *([f"{self.unknown} writes were cancelled and stored"] if self.unknown else []),
            *(f"{count} times {kind}" for kind, count in self.others.items()),
        ]


async def campaign(dsn: str, *, writes: int, terminations: int, seed: int) -> Outcome:
    """Write so many times, each with a cancel at a random moment, while backends are terminated."""
    outcome, rng, over = Outcome(), random.Random(seed), trio.Event()
    async with (
        open_quick_loop(),
        PostgresStore.open(dsn, AsyncioBridge()) as store,
        trio.open_nursery() as nursery,
    ):
        if terminations:
            nursery.start_soon(_terminate, dsn, terminations, outcome, over)
        number = 0
        while number < writes or (terminations and outcome.terminated < terminations):
            await _write(store, number, rng, outcome)
            number += 1
        over.set()
    return outcome


async def _write(store: PostgresStore, number: int, rng: random.Random, outcome: Outcome) -> None:
    job = NewJob(kind=JobKind.NOOP, lane=Lane.LOW, unique_key=str(number))
    with trio.move_on_after(rng.uniform(0.0, outcome.longest_s)) as scope:
        try:
            await store.batches.write(Batch(at=SystemClock().now(), enqueue=(job,)))
            outcome.acknowledged.add(number)
        except StoreUnavailable:  # the outcome is unknown, and said to be
            outcome.unavailable += 1
        except Exception as error:  # noqa: BLE001 - which classes there are is what is to be found out
            outcome.others[f"{type(error).__name__}: {error}"] += 1
    if number in outcome.acknowledged:
        outcome.midway += scope.cancel_called
        outcome.longest_s *= SOONER
    elif scope.cancelled_caught:
        outcome.cancelled.add(number)
        outcome.longest_s *= LATER


async def _terminate(dsn: str, terminations: int, outcome: Outcome, over: trio.Event) -> None:
    bridge = AsyncioBridge()
    connection = await bridge(asyncpg.connect, dsn)
    while outcome.terminated < terminations and not over.is_set():
        outcome.terminated += await bridge(connection.fetchval, _TERMINATE)
        await trio.sleep(0.02)
    connection.terminate()


def settle(outcome: Outcome, stored: set[int]) -> Outcome:
    """Compare with what is in the database."""
    outcome.missing = len(outcome.acknowledged - stored)
    outcome.unknown = len(outcome.cancelled & stored)
    return outcome


@click.command()
@click.option("--writes", default=1000)
@click.option("--terminations", default=500)
@click.option("--seed", default=1)
def main(*, writes: int, terminations: int, seed: int) -> None:
    """Cancel and terminate."""
    with grounds() as fresh:
        for count in (0, terminations):
            with fresh() as ground:
                run = partial(campaign, ground.auditor.dsn, writes=writes, terminations=count, seed=seed)
                outcome = trio.run(run)
                settle(outcome, {int(key) for (key,) in ground.auditor.look("select unique_key from thesetd.jobs")})
            figures = {
                "acknowledged": len(outcome.acknowledged),
                "missing": outcome.missing,
                "cancelled in the middle": outcome.midway,
                "cancelled before": len(outcome.cancelled),
                "of them stored": outcome.unknown,
                "backends terminated": outcome.terminated,
                "writes of unknown outcome": outcome.unavailable,
            }
            report("storm", figures, outcome.faults())


if __name__ == "__main__":
    main()
