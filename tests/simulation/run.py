"""Runs simulations from the command line: one seed as it failed, or very many, in memory or on servers of its own."""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

import attrs
import trio

sys.path.insert(0, str(Path(__file__).parents[1]))

import folders  # noqa: F401 - it finds what tests share
from simulation.on_servers import simulate_on
from simulation.whole import Outcome, Plan, simulate
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.aio.loop import open_quick_loop
from thesetd.adapters.embedded.postgres import EmbeddedPostgres
from thesetd.adapters.embedded.redis import EmbeddedRedis
from thesetd.adapters.postgres import migrate
from thesetd.app.run import SystemClock


def main() -> None:
    """Run what the arguments say; exit with 1 where an invariant was hurt."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="so many seeds, from --seed on")
    parser.add_argument("--jobs", type=int, default=1, help="processes at once")
    parser.add_argument("--servers", action="store_true", help="on a PostgreSQL and a Redis of its own, one at a time")
    parser.add_argument("--faults", default="", help="names of faults, with commas between; all by default")
    parser.add_argument("--log", help="write every line of the (one) run to this file")
    for field in attrs.fields(Plan):
        if field.name != "faults":
            default = 1 if field.name == "seed" else field.default
            parser.add_argument(f"--{field.name.replace('_', '-')}", type=type(default), default=default)
    args = parser.parse_args()
    names = frozenset(filter(None, args.faults.split(",")))
    own = {f.name: getattr(args, f.name) for f in attrs.fields(Plan) if f.name != "faults"}
    plans = [Plan(**own | {"seed": args.seed + offset}, faults=names) for offset in range(args.seeds)]
    if args.log or args.jobs == 1 or args.servers:
        with ExitStack() as stack:
            out = stack.enter_context(Path(args.log).open("w")) if args.log else None
            once = on_servers if args.servers else simulate
            good = [show(once(plan, out=out)) for plan in plans]
    else:
        with ProcessPoolExecutor(args.jobs) as pool:
            good = [show(outcome) for outcome in pool.map(simulate, plans, chunksize=4)]
    print(f"{sum(good)} of {len(good)} seeds without a violation")
    sys.exit(0 if all(good) else 1)


def on_servers(plan: Plan, out: TextIO | None = None) -> Outcome:
    """Run a plan on fresh servers, which end with it: they live in this loop, in real time, the run in a thread."""
    return trio.run(_serve, plan, out)


async def _serve(plan: Plan, out: TextIO | None) -> Outcome:
    with TemporaryDirectory() as folder:
        async with (
            EmbeddedPostgres.run(Path(folder) / "postgres", settings={"fsync": "off"}) as dsn,
            EmbeddedRedis.run(Path(folder) / "redis") as url,
        ):
            async with open_quick_loop():
                await migrate(dsn, AsyncioBridge(), at=SystemClock().now())
            return await trio.to_thread.run_sync(partial(simulate_on, plan, dsn, url, out=out))


def show(outcome: Outcome) -> bool:
    """Print one run in a line, and what it takes to repeat it where it failed."""
    print(
        f"seed {outcome.plan.seed}: {outcome.sha256[:16]} {len(outcome.violations)} violations, {outcome.lives} lives,"
        f" {outcome.promised} imports, {outcome.jobs} jobs, {outcome.calls} calls, {outcome.virtual_s / 86400:.2f} days"
        f" in {outcome.wall_s:.1f} s",
        flush=True,
    )
    if outcome.violations:
        print(outcome.report(), flush=True)
    return not outcome.violations


if __name__ == "__main__":
    main()
