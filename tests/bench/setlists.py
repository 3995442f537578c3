"""How good predicted setlists are: every recorded concert, predicted from the earlier ones only.

    python tests/bench/setlists.py [corpus]

Prints F1 at the real length beside three simple rules, openers and closers, recall at 40, calibration, and the time of
a prediction, for two halves of the artists, on one of which the constants are compared, and for all. Exits with 1 if a
target is missed.
"""

import json
import os
import platform
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from typing import Any

from thesetd.adapters.providers.setlistfm.rows import to_setlist
from thesetd.adapters.providers.setlistfm.wire import WireSetlist, read_one
from thesetd.domain.errors import BadPayload
from thesetd.domain.music.records import ActualSetlist
from thesetd.domain.prediction.concerts import Concert, finished, reading_concerts
from thesetd.domain.prediction.prediction import Coming, Prediction, Predictor
from thesetd.domain.prediction.scoring import Score, score
from thesetd.domain.setlists.nights import assign_pages
from thesetd.domain.setlists.pages import KnownShow, PageVerdict, SetlistPage
from thesetd.domain.setlists.proximity import Place

AT = datetime(2026, 11, 22, tzinfo=UTC)
FEW = 15  # concerts; an artist with fewer is no tour
WARM_UP = 3  # concerts before the first prediction
FIXED = 0.95  # F1 of the last show from which an artist's sets count as fixed
CHANGING = 0.3  # F1 of the last show up to which they change every night
PAGES = 2000  # of an act with a long history
TARGETS = {"f1": 0.76, "fixed": 0.95, "behind": -0.03, "recall": 0.40}


def recorded(corpus: Path, fewest: int = FEW) -> dict[str, list[ActualSetlist]]:
    """Read every setlist under the corpus, the newest version of each, by the names of artists with some concerts."""
    found: dict[str, tuple[str, ActualSetlist]] = {}
    for path in sorted((corpus / "setlistfm").glob("**/*.json")):
        if "legacy" in str(path):
            continue
        for body in _bodies(json.loads(path.read_bytes())):
            try:
                details = to_setlist(read_one(body, WireSetlist), AT)
            except BadPayload:
                continue
            if details is not None:
                known = found.get(details.setlist.setlistfm_id)
                if known is None or _version(details.setlist) >= _version(known[1]):
                    found[details.setlist.setlistfm_id] = body["artist"]["name"], details.setlist
    artists: dict[str, list[ActualSetlist]] = {}
    for name, setlist in found.values():
        artists.setdefault(name, []).append(setlist)
    return {
        name: pages
        for name, pages in sorted(artists.items())
        if len(finished(reading_concerts(pages)).concerts) >= fewest
    }


def _version(setlist: ActualSetlist) -> datetime:
    return setlist.last_updated or datetime.min.replace(tzinfo=UTC)


def _bodies(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict) and "eventDate" in value and isinstance(value.get("artist"), dict):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _bodies(part)


def last_show(past: Sequence[Concert], count: int) -> list[str]:
    """Play the last show again."""
    return list(past[-1].songs[:count])


def most_played(past: Sequence[Concert], count: int) -> list[str]:
    """Play what was played most often, the latest first among equals."""
    times = Counter(song for concert in past for song in concert.songs)
    latest = {song: number for number, concert in enumerate(past) for song in concert.songs}
    return sorted(times, key=lambda song: (-times[song], -latest[song]))[:count]


def last_five(past: Sequence[Concert], count: int) -> list[str]:
    """Play what was played most often at the last five shows."""
    return most_played(past[-5:], count)


RULES: dict[str, Callable[[Sequence[Concert], int], list[str]]] = {
    "last show": last_show,
    "most played": most_played,
    "last five": last_five,
}


class Tour:
    """The predictions of one artist's concerts, each made without the later ones."""

    def __init__(self, name: str, pages: list[ActualSetlist]) -> None:
        self.name = name
        self.scores: list[Score] = []
        self.rules: dict[str, list[float]] = {rule: [] for rule in RULES}
        self.ends: list[tuple[bool, bool]] = []
        self.seconds: list[float] = []
        self.slices: list[float] = []
        self.chances: list[tuple[float, bool]] = []
        self.lengths: list[tuple[int, int]] = []
        concerts = finished(reading_concerts(pages)).concerts
        for number in range(WARM_UP, len(concerts)):
            self._predict(pages, concerts[:number], concerts[number])

    def _predict(self, pages: list[ActualSetlist], past: Sequence[Concert], concert: Concert) -> None:
        earlier = {one.id for one in past}
        began = time.thread_time()
        forecast = Predictor((), [page for page in pages if page.setlistfm_id in earlier])
        self.slices.append(time.thread_time() - began)
        prediction = finished(self._timed(forecast.predicting(Coming(day=concert.day))))
        self.seconds.append(time.thread_time() - began)
        self.scores.append(score(prediction, concert))
        for rule, songs in RULES.items():
            self.rules[rule].append(_f1(songs(past, len(concert.songs)), concert.songs))
        self.ends.append((past[-1].songs[0] == concert.songs[0], past[-1].songs[-1] == concert.songs[-1]))
        self.lengths.append((prediction.length, len(concert.songs)))
        self._calibrate(prediction, set(concert.songs))

    def _timed(self, work: Generator[None, None, Prediction]) -> Generator[None, None, Prediction]:
        """Note how long each part takes during which nothing else can run."""
        while True:
            began = time.thread_time()
            try:
                next(work)
            except StopIteration as end:
                made: Prediction = end.value
                return made
            finally:
                self.slices.append(time.thread_time() - began)
            yield

    def _calibrate(self, prediction: Prediction, played: set[str]) -> None:
        self.chances += [(one.probability, one.key in played) for one in prediction.candidates]

    @property
    def f1(self) -> float:
        """The mean over its concerts."""
        return statistics.fmean(one.f1 for one in self.scores)

    @property
    def behind(self) -> float:
        """The lead over the better of the two rules that everybody can think of, negative if behind."""
        return self.f1 - max(self.rule("last show"), self.rule("most played"))

    def rule(self, name: str) -> float:
        """The mean of a simple rule."""
        return statistics.fmean(self.rules[name])

    def row(self) -> list[float]:
        """The figures of the table, in its order."""
        count = len(self.scores)
        return [
            self.f1,
            *map(self.rule, RULES),
            statistics.fmean(one.recall for one in self.scores),
            sum(one.opener for one in self.scores) / count,
            sum(first for first, _ in self.ends) / count,
            sum(one.closer for one in self.scores) / count,
            sum(last for _, last in self.ends) / count,
            statistics.fmean(abs(expected - real) for expected, real in self.lengths),
        ]


def _f1(guess: Sequence[str], played: Sequence[str]) -> float:
    return 2 * len(set(guess) & set(played)) / (len(guess) + len(played)) if guess else 0.0


def table(title: str, tours: Sequence[Tour]) -> list[float]:
    """Print the tours and return the means over artists."""
    heads = ("F1", "last", "most", "five", "R@40", "open", "last's", "close", "last's", "length±")
    print(f"\n{title}\n{'':24s}{'shows':>6s}" + "".join(f"{head:>8s}" for head in heads))
    for tour in tours:
        print(f"{tour.name[:23]:24s}{len(tour.scores):6d}" + "".join(f"{value:8.3f}" for value in tour.row()))
    means = [statistics.fmean(column) for column in zip(*(tour.row() for tour in tours), strict=True)]
    print(f"{'mean over artists':24s}{sum(len(t.scores) for t in tours):6d}" + "".join(f"{v:8.3f}" for v in means))
    return means


def calibration(tours: Sequence[Tour]) -> None:
    """Print for each tenth of probability how many candidates were expected and how many were played."""
    chances = [chance for tour in tours for chance in tour.chances]
    print(f"\ncalibration\n{'probability':14s}{'candidates':>11s}{'expected':>10s}{'played':>8s}")
    for tenth in range(10):
        inside = [(p, hit) for p, hit in chances if min(int(p * 10), 9) == tenth]
        if inside:
            expected = statistics.fmean(p for p, _ in inside)
            hits = statistics.fmean(hit for _, hit in inside)
            print(f"{tenth / 10:.1f} to {tenth / 10 + 0.1:.1f}    {len(inside):11d}{expected:10.3f}{hits:8.3f}")


def decided(count: int) -> float:
    """Return the seconds that it takes to decide about the pages of an act that has played so many nights."""
    halls = [Place(ids=frozenset({f"setlistfm:{n}"}), name=f"Hall {n}", city=f"City {n}") for n in range(count // 7)]
    first = date(1990, 1, 1)
    nights = [
        SetlistPage(
            id=f"{night:08x}",
            day=first + timedelta(days=night + night // 3),
            place=halls[night % len(halls)],
            songs=tuple(f"song {(night * 7 + number) % 120}" for number in range(20)),
        )
        for night in range(count)
    ]
    sold = [KnownShow(key=page.id, day=page.day, start=clock(20), place=page.place) for page in nights[count // 2 :]]
    began = time.thread_time()
    decisions = assign_pages(nights, sold)
    assert sum(one.verdict is PageVerdict.JOINED for one in decisions) == len(sold)
    return time.thread_time() - began


def missed(tours: Sequence[Tour], means: Sequence[float]) -> list[str]:
    """Return the targets that were missed, in words."""
    faults = [] if means[0] >= TARGETS["f1"] else [f"mean F1 {means[0]:.3f}"]
    for tour in tours:
        if tour.behind < TARGETS["behind"]:
            faults.append(f"{tour.name} is {-tour.behind:.3f} behind a simple rule")
        if tour.rule("last show") >= FIXED and tour.f1 < TARGETS["fixed"]:
            faults.append(f"{tour.name}: F1 {tour.f1:.3f} with fixed sets")
        if tour.rule("last show") <= CHANGING and tour.row()[4] < TARGETS["recall"]:
            faults.append(f"{tour.name}: recall {tour.row()[4]:.3f} at 40")
    for end, ours in (("openers", 5), ("closers", 7)):
        if means[ours] < means[ours + 1]:
            faults.append(f"{end} {means[ours]:.3f}, the last show's {means[ours + 1]:.3f}")
    return faults


def main() -> int:
    """Run it."""
    default = os.environ.get("THESETD_CORPUS") or str(Path(__file__).parents[3] / "shared" / "corpus")
    corpus = Path(sys.argv[1] if len(sys.argv) > 1 else default)
    artists = recorded(corpus)
    if not artists:
        print(f"no recorded tours in {corpus}: pass the corpus as the argument or set THESETD_CORPUS")
        return 2
    print(f"{platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}, {platform.system()}")
    tours = [Tour(name, pages) for name, pages in artists.items()]
    table("one half of the artists, on which constants are compared", tours[::2])
    if tours[1:]:
        table("the other half", tours[1::2])
    means = table("all recorded tours", tours)
    calibration(tours)
    seconds = [value for tour in tours for value in tour.seconds]
    print(f"\n{len(seconds)} predictions: median {statistics.median(seconds) * 1e3:.1f} ms of CPU", end="")
    print(f", slowest {max(seconds) * 1e3:.1f} ms of CPU", end="")
    slices = [value for tour in tours for value in tour.slices]
    print(f", longest part without a pause {max(slices) * 1e3:.1f} ms of CPU")
    print(f"{PAGES} pages of one act decided in {decided(PAGES) * 1e3:.0f} ms of CPU")
    faults = missed(tours, means)
    print("\n" + ("missed: " + "; ".join(faults) if faults else "every target met"))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
