"""Acts of recorded bills: each is on the bill or refused with a reason, beside two simple rules.

The rules: *as it comes* takes every attraction for an act, the first for the headliner; *artist alone* stores of each
bill the act whose list it came with, as an import does that knows no other artist: here the first of the bill.
"""

import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.worlds import machine
from thesetd.adapters.providers.ticketmaster.rows import to_show
from thesetd.adapters.providers.ticketmaster.wire import WireEvent, read_one

CORPUS = Path(os.environ.get("THESETD_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")
AT = datetime(2026, 11, 28, tzinfo=UTC)


def events() -> Iterator[dict[str, Any]]:
    """Return every recorded event, the latest answer about each id."""
    found: dict[str, dict[str, Any]] = {}
    for file in sorted((CORPUS / "ticketmaster").glob("event*/*.json")):
        body = json.loads(file.read_text("utf-8"))
        listed = body.get("_embedded", {}).get("events", []) if "page" in body else [body]
        found |= {one["id"]: one for one in listed if isinstance(one, dict) and one.get("id")}
    yield from found.values()


def main() -> int:
    """Print the figures; 1 where an act of a bill is neither stored nor told."""
    print(f"\nbills, {machine()}")
    if not CORPUS.is_dir():
        print("no recorded events: set THESETD_CORPUS to their folder")
        return 0
    bills = sent = stored = told = lost = headed = first = 0
    for raw in events():
        acts = {one["id"] for one in raw.get("_embedded", {}).get("attractions", []) if one.get("id")}
        details = to_show(read_one(raw, WireEvent), AT)
        if details is None or not acts:
            continue
        on_bill = [act for act in details.show.bill if not act.is_festival]
        known = {act.provider_id for act in details.show.bill}
        refused = {one.key for one in details.rejects if one.kind == "act"}
        bills, sent, stored = bills + 1, sent + len(acts), stored + len(on_bill)
        told, lost = told + len(refused), lost + len(acts - known - refused)
        headed += sum(act.is_headliner for act in on_bill) == (1 if on_bill else 0)
        first += bool(on_bill) and next(iter(raw["_embedded"]["attractions"]))["id"] == on_bill[0].provider_id
    places = sent - stored - told - lost
    print(f"  {bills} events with {sent} attractions: {stored} acts, {places} festivals, {told} refused with a reason")
    print(f"  thesetd        {stored} of {stored} acts, {headed} of {bills} bills with their headliner; {lost} lost")
    print(f"  as it comes    {stored} of {sent} entries are acts, {first} of {bills} bills with their headliner")
    print(f"  artist alone   {min(bills, stored)} of {stored} acts")
    met = not lost and headed == bills
    print(f"target: every act stored or told, every bill headed: {'met' if met else 'missed'}")
    return not met


if __name__ == "__main__":
    sys.exit(main())
