"""One line per campaign: its name, its figures, and whether anything was found."""

import sys
from collections.abc import Mapping, Sequence

FAULTS_SHOWN = 10


def report(name: str, figures: Mapping[str, object], faults: Sequence[str]) -> None:
    """Print the line, and the faults below it; where there are any the program ends with 1."""
    told = ", ".join(f"{value} {what}" for what, value in figures.items())
    print(f"{'FAULTS' if faults else 'ok':6}  {name:12}  {told}; {len(faults)} faults", flush=True)
    for fault in faults[:FAULTS_SHOWN]:
        print(f"        {fault}")
    if faults:
        sys.exit(1)


def milliseconds(seconds: Sequence[float]) -> str:
    """Return median and worst of some times."""
    ordered = sorted(seconds)
    return f"{ordered[len(ordered) // 2] * 1000:.0f} / {ordered[-1] * 1000:.0f} ms"
