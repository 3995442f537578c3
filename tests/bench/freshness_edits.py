"""Calls per found change of setlists: an artist's list read page by page, beside one question for what was edited.

Artists on tour as in `freshness_setlists`, each with a history of 10 to 1,500 older setlists; both ways answer at the
same moments, those of the daemon's looks. A list shows the latest 20 on a page and all of the latest hundred once a
week; a question finds edits of any age, 20 on a page, and has the list read once a month. Older setlists are edited as
often as is recorded at least: 27 of 100 once between one and five and a half years after the show (fact sheet of
setlist.fm, section 6). Returns 1 if a question does not find more with fewer calls.

    python tests/bench/freshness_edits.py [--shows 1000] [--days 120] [--calls 100] [--seeds 3]
"""

import argparse
import math
import random
import statistics
import sys
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path

import attrs

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.freshness_setlists import AFTERWARDS, DAY_S, Show, season, timed

OLD_PER_DAY = 0.27 / (4.5 * 365.0)  # edits of one older setlist
PAGE, LATEST = 20, 100
WEEK_S, MONTH_S = 7 * DAY_S, 30 * DAY_S


@attrs.define
class Setlist:
    """A setlist: when its show was over, and the seconds at which it appeared or was edited."""

    over: float
    news: Sequence[float]
    found: int = 0
    delays: list[float] = attrs.field(factory=list)

    def look(self, now: float) -> bool:
        """Look at it; say whether there was news."""
        there = bisect_right(self.news, now)
        if there == self.found:
            return False
        self.delays += [now - at for at in self.news[self.found : there]]
        self.found = there
        return True


def setlists(shows: Sequence[Show], rng: random.Random, end: float) -> list[Setlist]:
    """Return an artist's setlists, the newest first: those of its tour, and older ones."""
    tour = [Setlist(one.over, [] if one.appears is None else sorted((one.appears, *one.edits))) for one in shows]
    old = []
    for number in range(int(10 * 150 ** rng.random())):
        edits = rng.random() < OLD_PER_DAY * end / DAY_S
        old.append(Setlist(-(number + 30) * 4 * DAY_S, [rng.random() * end] if edits else []))
    return sorted((*tour, *old), key=lambda one: -one.over)


def by_list(every: Sequence[Setlist], now: float, read_at: float) -> tuple[int, float]:
    """Look at the list; return the calls, and when the latest hundred were read last."""
    there = [one for one in every if one.over <= now]
    whole = now - read_at >= WEEK_S
    for one in there[: LATEST if whole else PAGE]:
        one.look(now)
    return (max(1, math.ceil(min(len(there), LATEST) / PAGE)) if whole else 1), now if whole else read_at


def by_question(every: Sequence[Setlist], now: float, read_at: float) -> tuple[int, float]:
    """Ask what was edited, or read the list where that is as good; return the calls, and when that was last."""
    there = [one for one in every if one.over <= now]
    if len(there) <= PAGE or now - read_at >= MONTH_S:
        for one in there[:LATEST]:
            one.look(now)
        return max(1, math.ceil(min(len(there), LATEST) / PAGE)), now
    return max(1, math.ceil(sum(one.look(now) for one in there) / PAGE)), read_at


def main() -> int:
    """Print the table; return 1 if a question is not better."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option, default in (("shows", 1_000), ("days", 120), ("calls", 100), ("seeds", 3)):
        parser.add_argument(f"--{option}", type=int, default=default)
    size = parser.parse_args()
    end, missed = (size.days + AFTERWARDS) * DAY_S, 0
    for seed in range(size.seeds):
        shows, looks = season(seed, size.shows, size.days), list[tuple[float, int]]()
        timed(shows, end, size.calls, looks)
        costs = []
        for name, way in (("the list", by_list), ("what was edited", by_question)):
            rng, acts = random.Random(seed), dict[int, list[Setlist]]()
            for number in sorted({one.artist for one in shows}):
                acts[number] = setlists([one for one in shows if one.artist == number], rng, end)
            read, calls = dict.fromkeys(acts, 0.0), 0
            for now, number in looks:
                cost, read[number] = way(acts[number], now, read[number])
                calls += cost
            found = [one for every in acts.values() for one in every]
            old = [delay for one in found if one.over < 0 for delay in one.delays]
            there = sum(bool(one.news) and one.news[0] <= end for one in found if one.over < 0)
            changes = sum(len(one.delays) for one in found)
            costs.append((calls / changes, changes))
            print(
                f"seed {seed}: {name:16} {calls} calls, {changes} changes found, {calls / changes:.2f} calls for each;"
                f" of older setlists {len(old)} of {there}, after {statistics.median(old) / DAY_S:.1f} days"
            )
        missed += costs[1][0] >= costs[0][0] or costs[1][1] <= costs[0][1]
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
