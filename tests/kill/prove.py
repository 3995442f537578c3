"""Every campaign at length, one after another, and one table of what came of them: about a quarter of an hour."""

import subprocess
import sys
import time
from pathlib import Path

from ground import machine

CAMPAIGNS = (
    "kills --kills 200 --imports 100",
    "kills --kills 20 --imports 20 --real",
    "kills --kills 60 --imports 30 --flap",
    "restarts --rounds 10 --imports 100",
    "outages --restarts 10 --wipes 5 --rest 8",
    "nodes --seconds 60 --every 10",
    "zombies --rounds 15",
    "silences --rounds 30",
    "poison --innocent 50",
    "webhooks --kills 20 --restarts 4 --imports 8",
    "storm --writes 1000 --terminations 500",
)
LONGEST_S = 420


def main() -> int:
    """Run them; 1 where anything was found."""
    began, failed = time.monotonic(), 0
    print(f"{machine()}\nPostgreSQL with fsync on, Redis, providers over loopback; nothing is mocked\n", flush=True)
    for campaign in CAMPAIGNS:
        name, *options = campaign.split()
        program = [sys.executable, str(Path(__file__).with_name(f"{name}.py")), *options]
        try:
            failed += subprocess.run(program, timeout=LONGEST_S, check=False).returncode != 0
        except subprocess.TimeoutExpired:
            failed += 1
            print(f"FAULTS  {campaign}: not done after {LONGEST_S} s", flush=True)
    print(f"\n{len(CAMPAIGNS) - failed} of {len(CAMPAIGNS)} without a fault, {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
