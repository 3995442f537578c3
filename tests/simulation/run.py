"""Runs simulations from the command line: one seed as it failed, or very many."""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import attrs

sys.path.insert(0, str(Path(__file__).parents[1]))

from simulation.whole import Outcome, Plan, simulate


def main() -> None:
    """Run what the arguments say; exit with 1 where an invariant was hurt."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="so many seeds, from --seed on")
    parser.add_argument("--jobs", type=int, default=1, help="processes at once")
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
    if args.log or args.jobs == 1:
        with ExitStack() as stack:
            out = stack.enter_context(Path(args.log).open("w")) if args.log else None
            good = [show(simulate(plan, out=out)) for plan in plans]
    else:
        with ProcessPoolExecutor(args.jobs) as pool:
            good = [show(outcome) for outcome in pool.map(simulate, plans, chunksize=4)]
    print(f"{sum(good)} of {len(good)} seeds without a violation")
    sys.exit(0 if all(good) else 1)


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
