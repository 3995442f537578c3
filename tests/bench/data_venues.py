"""How right the matching of venues is on the recorded pairs of two providers, beside simple rules.

Names are recorded, concerts are not: the pairs were collected from different years. For the second table nights are
drawn: two names of one place share one, two or four on the average, a tenth of them reported a day off; two places of
one city share one in three cases (an act that plays twice, a wrong page), and the nights that a place does not share
are at another one. What the table shows is the rule, not how often nights are known.
"""

import csv
import os
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from bench.worlds import machine
from thesetd.domain.music.names import fold
from thesetd.domain.shows.venues import Nights, VenueAddress, VenueVerdict, judge

CORPUS = Path(os.environ.get("THESETD_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")
WORLDS = 100
NIGHTS, OFF, STRAY = (1, 2, 4), 0.1, 1 / 3


class Pair(NamedTuple):
    """Two venues with what a person says of them."""

    sold: VenueAddress
    listed: VenueAddress
    same: bool


def pairs() -> list[Pair]:
    """Read the labelled pairs."""
    with (CORPUS / "matching/venue_pairs.csv").open(encoding="utf-8") as file:
        return [
            Pair(
                VenueAddress(name=row["tm_venue"], city=row["tm_city"]),
                VenueAddress(name=row["slfm_venue"], city=row["slfm_city"]),
                row["should_match"] == "1",
            )
            for row in csv.DictReader(file)
        ]


def figures(found: list[tuple[bool, bool]]) -> tuple[float, float]:
    """Return precision and recall of (said, true) answers."""
    right = sum(said and true for said, true in found)
    return right / max(1, sum(said for said, _ in found)), right / max(1, sum(true for _, true in found))


def show(title: str, rule: Callable[[Pair], bool], rows: list[Pair]) -> tuple[float, float]:
    """Print one rule's line."""
    precision, recall = figures([(rule(row), row.same) for row in rows])
    print(f"  {title:<28} {precision:>9.3f} {recall:>7.3f}")
    return precision, recall


def drawn(pair: Pair, average: int, rng: random.Random) -> Nights:
    """Draw the nights that two venues share and do not share."""
    if pair.same:
        known = sum(rng.random() < average / 12 for _ in range(12))
        off = sum(rng.random() < OFF for _ in range(known))
        return Nights(known - off, 0)
    return Nights(int(rng.random() < STRAY), 2)


def main() -> int:
    """Print the tables; 1 where a target is missed."""
    print(f"\nvenues, {machine()}")
    if not CORPUS.is_dir():
        print("no recorded pairs: set THESETD_CORPUS to their folder")
        return 0
    rows = pairs()
    print(f"{len(rows)} pairs, {sum(row.same for row in rows)} of one place   precision  recall")
    names = show("thesetd, names alone", lambda p: judge(p.sold, p.listed) is VenueVerdict.SAME, rows)
    show("equal names", lambda p: fold(p.sold.name) == fold(p.listed.name), rows)
    show(
        "equal names and cities",
        lambda p: (fold(p.sold.name), fold(p.sold.city)) == (fold(p.listed.name), fold(p.listed.city)),
        rows,
    )
    show(
        "a word shared in one city",
        lambda p: p.sold.city == p.listed.city and bool({*fold(p.sold.name).split()} & {*fold(p.listed.name).split()}),
        rows,
    )
    for average in NIGHTS:
        rng = random.Random(11)
        many = [(pair, drawn(pair, average, rng)) for _ in range(WORLDS) for pair in rows]
        both = figures([(judge(p.sold, p.listed, nights) is VenueVerdict.SAME, p.same) for p, nights in many])
        print(f"  {f'thesetd, {average} shared nights':<28} {both[0]:>9.3f} {both[1]:>7.3f}")
    met = names[0] == 1.0 and names[1] >= 0.5 and both[0] == 1.0 and both[1] >= 0.75
    print("every target met (1.00 / 0.50 and 1.00 / 0.75)" if met else "missed its target: venues")
    return not met


if __name__ == "__main__":
    sys.exit(main())
