"""A season of shows and 1,440 calls a day: how soon a setlist is here after it appeared, beside daily polling.

Appearance and edits are drawn from what is recorded (fact sheet of setlist.fm, sections 6 and 7), not from the hazards
that the daemon expects: of 1,295 shows 22.5 % never have a setlist; most others have songs one to five hours after the
show, a quarter in the days, few in the weeks after it; last edits as counted over 1,278 shows. Prints delays from
appearance to the look that saw it; returns 1 if a target is missed.

    python tests/bench/freshness_setlists.py [--shows 3000] [--days 120] [--calls 1440] [--seeds 3]
"""

import argparse
import heapq
import random
import statistics
import sys
import time
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import attrs

from thesetd.domain.freshness.copies import DUE_DAYS, USUAL, Aspect
from thesetd.domain.freshness.nights import AWAITED, LEAST, Night, timed_age_days
from thesetd.domain.freshness.rate import ChangeRate
from thesetd.domain.freshness.threshold import first_threshold, moved

BEGIN = datetime(2026, 5, 1, tzinfo=UTC)
DAY_S, MINUTE_S = 86_400.0, 60.0
AFTERWARDS = 60  # days after the last show
MOST_SHARE = 1 / 3  # of the median delay of daily polling
NEVER = 0.225
APPEARS = ((0.75, 1 / 24, 5 / 24), (0.15, 5 / 24, 3.0), (0.08, 3.0, 14.0), (0.02, 14.0, 50.0))  # share, days from, to
LAST_EDIT = ((0.23, 0.04, 1.0), (0.15, 1.0, 7.0), (0.14, 7.0, 30.0), (0.21, 30.0, 365.0), (0.27, 365.0, 2000.0))


@attrs.define
class Show:
    """A show by number of its artist, with the seconds at which it is over, songs appear and edits are made."""

    artist: int
    over: float
    appears: float | None
    edits: Sequence[float]
    first: bool
    seen: float | None = None
    delays: list[float] = attrs.field(factory=list)

    def look(self, now: float) -> bool:
        """Look at it; say whether there was news."""
        since = self.seen if self.seen is not None else -1.0
        if self.appears is None or self.appears > now:
            return False
        news = [at for at in (self.appears, *self.edits) if since < at <= now]
        if news:
            self.delays.append(now - news[0])
        self.seen = now
        return bool(news)


def drawn(rng: random.Random, table: Sequence[tuple[float, float, float]]) -> float:
    """Draw days from a table of shares and bounds; within a row on a logarithmic scale."""
    _, low, high = rng.choices(table, [share for share, *_ in table])[0]
    return float(low * (high / low) ** rng.random())


def season(seed: int, shows: int, days: int) -> list[Show]:
    """Make the shows of artists on tour, eight to forty each, one every day or two."""
    rng, made, artist = random.Random(seed), [], 0
    while len(made) < shows:
        at = rng.random() * days
        for number in range(rng.randint(8, 40)):
            over = (int(at) + rng.gauss(1.1, 0.25)) * DAY_S  # about 02:30 UTC, all over the world
            appears = None if rng.random() < NEVER else over + DAY_S * drawn(rng, APPEARS)
            edits: list[float] = []
            if appears is not None:
                last = drawn(rng, LAST_EDIT) * DAY_S
                edits = [*sorted(over + last ** rng.random() for _ in range(rng.randint(0, 3))), over + last]
            made.append(Show(artist, over, appears, [at for at in edits if at > (appears or 0.0)], number == 0))
            at += rng.choice((1, 1, 2, 3))
        artist += 1
    return made[:shows]


@attrs.frozen
class Outcome:
    """Delays in seconds from appearance, and from edits, to the look that saw them; shows that were forgotten."""

    appeared: Sequence[float]
    edited: Sequence[float]
    forgotten: int
    calls: int
    most: int  # calls in any 24 hours


def judged(shows: Sequence[Show], end: float, calls: Sequence[float]) -> Outcome:
    """Say what came of a season."""
    appeared = [show.delays[0] for show in shows if show.delays]
    edited = [delay for show in shows for delay in show.delays[1:]]
    missing = [show for show in shows if show.appears is not None and show.appears < end - 27 * DAY_S]
    window: deque[float] = deque()
    most = 0
    for at in calls:
        window.append(at)
        while window[0] <= at - DAY_S:
            window.popleft()
        most = max(most, len(window))
    return Outcome(appeared, edited, sum(not show.delays for show in missing), len(calls), most)


def daily(shows: Sequence[Show], end: float, _: int) -> Outcome:
    """Ask at two in the night for every show of the last 30 days, one call for each artist."""
    calls = []
    for day in range(int(end / DAY_S)):
        now = day * DAY_S + 2 * 3600.0
        due = [show for show in shows if now - 30 * DAY_S < show.over <= now]
        for show in due:
            show.look(now)
        calls += [now] * len({show.artist for show in due})
    return judged(shows, end, calls)


def timed(shows: Sequence[Show], end: float, per_day: int, looks: list[tuple[float, int]] | None = None) -> Outcome:
    """The daemon's: whoever is worth most by the hazard of news, one call at a time, the budget spread evenly.

    `looks` receives each look, by its second and artist.
    """
    tours: dict[int, list[Show]] = {}
    for show in shows:
        tours.setdefault(show.artist, []).append(show)
    rate = ChangeRate(USUAL[Aspect.SETLISTS].per_day / 10)
    threshold = first_threshold(rate.usual_per_day, 1.0, 7.0)
    looked, due_at = dict.fromkeys(tours, 0.0), dict.fromkeys(tours, 0.0)
    heap = [(0.0, artist) for artist in tours]
    calls, now, gap = [], 0.0, DAY_S / per_day
    while now < end:
        now += gap
        due, artist = heap[0]
        if due > now and looked[artist] + LEAST.total_seconds() > now:
            continue
        heapq.heappop(heap)
        age = now - looked[artist]
        threshold = moved(threshold, lag_days=(now - due_at[artist]) / DAY_S, age_days=age / DAY_S, copies=len(tours))
        for show in tours[artist]:
            show.look(now)
        calls.append(now)
        if looks is not None:
            looks.append((now, artist))
        looked[artist] = now
        nights = [night(show) for show in tours[artist] if abs(show.over - now) < AWAITED.total_seconds()]
        days = timed_age_days(nights, moment(now), rate, 1.0, threshold, oldest_days=DUE_DAYS)
        due_at[artist] = now + days * DAY_S
        heapq.heappush(heap, (due_at[artist], artist))
    return judged(shows, end, calls)


def night(show: Show) -> Night:
    """Return what the daemon knows of a show."""
    seen = show.appears if show.delays else None
    return Night(over_at=moment(show.over), written_at=None if seen is None else moment(seen), first=show.first)


def moment(seconds: float) -> datetime:
    """Return a moment of the season."""
    return BEGIN + timedelta(seconds=seconds)


def main() -> int:
    """Print the table; return 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option, default in (("shows", 3_000), ("days", 120), ("calls", 1_440), ("seeds", 3)):
        parser.add_argument(f"--{option}", type=int, default=default)
    size = parser.parse_args()
    began, missed = time.monotonic(), 0
    end = (size.days + AFTERWARDS) * DAY_S
    for seed in range(size.seeds):
        medians = {}
        for name, policy in (("daily polling", daily), ("timed by the event", timed)):
            found = policy(season(seed, size.shows, size.days), end, size.calls)
            ranked, edited = sorted(found.appeared), statistics.median(found.edited)
            medians[name] = statistics.median(ranked)
            print(
                f"seed {seed}: {name:18} median {medians[name] / 3600:5.2f} h, nine tenths within"
                f" {ranked[int(0.9 * len(ranked))] / 3600:6.2f} h, edits {edited / 3600:.1f} h,"
                f" {len(ranked)} appeared, {found.forgotten} forgotten, {found.calls} calls, {found.most} in 24 h"
            )
            if name != "daily polling":
                missed += found.forgotten > 0 or found.most > size.calls
        share = medians["timed by the event"] / medians["daily polling"]
        missed += share > MOST_SHARE
        print(
            f"{'ok    ' if share <= MOST_SHARE else 'MISSED'} {share:.2f} of daily polling's, at most {MOST_SHARE:.2f}"
        )
    print(f"{time.monotonic() - began:.0f} s")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
