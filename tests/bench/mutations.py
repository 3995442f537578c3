"""Print what the clients make of 40,000 damaged copies of every recorded body: `make prove-mutations`."""

import os
import sys
from pathlib import Path

from bench.damage import Tally, readers, tally

MUTATIONS = int(os.environ.get("THESETD_MUTATIONS", "40000"))
CORPUS = Path(os.environ.get("THESETD_CORPUS", Path(__file__).parents[3] / "shared" / "corpus"))
HEAD = f"{'endpoint':32}{'bodies':>8}{'damaged':>9}{'refused':>9}{'sent':>9}{'rejects':>9}{'lost':>6}{'changed':>9}"


def row(found: Tally) -> str:
    """Return one line of the table."""
    said = (found.bodies, found.damaged, found.refused, found.sent, found.rejects, len(found.lost), len(found.changed))
    return f"{found.folder:32}" + "".join(f"{n:>{w}}" for n, w in zip(said, (8, 9, 9, 9, 9, 6, 9), strict=True))


def main() -> None:
    """Print the table and the first faults; end with 1 if there are any."""
    if not CORPUS.is_dir():
        sys.exit("no recorded bodies: set THESETD_CORPUS")
    print(HEAD)
    each, faults = -(-MUTATIONS // len(readers())), []
    for folder in readers():
        found = tally(CORPUS, folder, each)
        print(row(found), flush=True)
        faults += found.lost + found.changed or ([] if found.bodies else [f"{folder}: no recorded body"])
    for fault in faults[:20]:
        print(f"  {fault[:300]}")
    met = "missed" if faults else "met"
    print(f"target: no crash, nothing lost silently, no value changed by what was not said: {met}")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
