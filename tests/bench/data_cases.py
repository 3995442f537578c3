"""What is shown by tests and not by a figure: how many of them pass, by what they prove, in one table.

Each line runs the tests that hold the labelled cases of a subject, with the right values written out in them.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from bench.worlds import machine

ROOT = Path(__file__).parents[2]
TESTS = {
    "titles and songs": ("tests/domain/music",),
    "cases of identity": (
        "tests/domain/identity",
        "tests/contracts/test_identity.py",
        "tests/simulation/test_identity_stories.py",
        "tests/simulation/test_namesake_stories.py",
        "tests/adapters/postgres/identity",
        "tests/actors/jobs/test_identifying.py",
    ),
    "cases of shows": (
        "tests/domain/shows",
        "tests/adapters/postgres/rows",
        "tests/adapters/postgres/test_three_values.py",
        "tests/adapters/providers/ticketmaster",
        "tests/actors/jobs/test_lists.py",
    ),
    "cases of setlists": (
        "tests/domain/setlists",
        "tests/domain/prediction",
        "tests/adapters/postgres/setlists",
        "tests/actors/jobs/test_history.py",
    ),
    "cases by whole imports": ("tests/cases",),
    "votes, 5 of 5 kept": ("tests/adapters/postgres/test_peoples_work.py",),
    "imports twice, no row written": ("tests/app/test_end_to_end.py", "-k", "unchanged_artist or importing_again"),
    "answers damaged at 0.3": ("tests/simulation/test_spoiled.py",),
}
_COUNT = re.compile(r"(\d+) (passed|failed|error|skipped)")


def main() -> int:
    """Print the table; 1 where a test fails."""
    print(f"\nlabelled cases as tests, {machine()}")
    missed = []
    for what, arguments in TESTS.items():
        begun = time.perf_counter()
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *arguments]
        run = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": ""}
        )
        counts = {kind: int(count) for count, kind in _COUNT.findall(run.stdout[-500:])}
        passed = counts.pop("passed", 0)
        others = "".join(f", {count} {kind}" for kind, count in counts.items())
        print(f"  {what:32} {passed} passed{others}; {time.perf_counter() - begun:.0f} s", flush=True)
        if run.returncode:
            missed.append(what)
            print("\n".join(line for line in run.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))))
    print(f"missed: {', '.join(missed)}" if missed else "every case passes")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
