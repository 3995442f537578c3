"""Predicts the next concert from past ones: several memories, weighted by their recent success.

A memory is the share of past concerts at which a song was played, older ones weighing less, those of the same tour
more. Half-lives range from only the last concert (an artist with a fixed set) to a whole career. A *repeat ratio* says
how much more or less often than its share a song returns after it was left out for a number of nights: an artist that
never repeats a song the next night, or alternates two sets, is recognised by it.

Every rule predicts each concert before it is added. Its weight is the exponential of its summed success at the last ten
concerts, so that only an artist's own past decides. The constants barely matter: with any one of them doubled or
halved, mean F1 over the recorded tours (`make bench-setlists`) moves by at most 0.006.
"""

import math
from bisect import bisect_left
from collections.abc import Generator, Iterable, Mapping, Sequence
from itertools import product
from typing import NamedTuple

import attrs

HALF_LIVES = (0.3, 1.0, 3.0, 10.0, 40.0)  # concerts
TOUR_WEIGHTS = (1.0, 20.0)  # weight of a concert of the same tour
RECENT = 10  # number of last concerts by which the rules are judged
SHARPNESS = 16.0  # how strongly success at those concerts counts
PRIOR = 2.0  # imagined appearances that hold a repeat ratio at 1 until there is evidence
FORGET = 0.97  # weight of what was learned about repeats, per concert
CERTAIN = 0.995  # no share counts as more than this when odds are computed
# The rules that did best lately are a little overconfident. Fitted on the recorded artists (4,000 candidates), checked
# on four others of whom 2,600 concerts are public (85,000 candidates).
CALIBRATION = 0.85  # slope of the log odds
FARTHEST = 8.0  # log of the largest factor by which odds are scaled
HALVINGS = 30
_GAPS = (1, 2, 3, 4, 7, 15)  # upper bounds of the classes of nights since a song was played; the rest is one class


class MemoryRule(NamedTuple):
    """One memory: a half-life and a weight for the same tour."""

    half_life: float
    tour_weight: float
    repeats: bool


RULES = tuple(MemoryRule(*parts) for parts in product(HALF_LIVES, TOUR_WEIGHTS, (False, True)))


@attrs.define
class _Sums:
    """The weights of the concerts at which each song was played, and of all.

    New weights grow, instead of old ones fading.
    """

    of: dict[str, float] = attrs.field(factory=dict)
    total: float = 0.0

    def add(self, songs: Iterable[str], weight: float) -> None:
        self.total += weight
        for song in songs:
            self.of[song] = self.of.get(song, 0.0) + weight


@attrs.define
class _Met:
    """Songs after a pause of one length: how many were expected to return, and how many did."""

    songs: float = 0.0
    expected: float = 0.0
    observed: float = 0.0

    def fade(self) -> None:
        self.songs *= FORGET
        self.expected *= FORGET
        self.observed *= FORGET

    @property
    def odds_ratio(self) -> float:
        return _odds(self.observed, self.songs) / _odds(self.expected, self.songs)


def _odds(some: float, of: float) -> float:
    return (some + PRIOR) / (max(of - some, 0.0) + PRIOR)


@attrs.define
class _Memory:
    """The shares under one half-life and tour weight, with what was learned about repeats."""

    half_life: float
    tour_weight: float
    everything: _Sums = attrs.field(factory=_Sums)
    tours: dict[str, _Sums] = attrs.field(factory=dict)
    weight: float = 1.0
    met: dict[int, _Met] = attrs.field(factory=dict)

    def add(self, songs: Sequence[str], tour: str) -> None:
        self.weight *= 2 ** (1 / self.half_life)
        self.everything.add(songs, self.weight)
        if self.tour_weight != 1:
            self.tours.setdefault(tour, _Sums()).add(songs, self.weight)

    def shares(self, tour: str) -> dict[str, float]:
        same = self.tours.get(tour)
        if same is None:
            return {song: weight / self.everything.total for song, weight in self.everything.of.items()}
        extra = self.tour_weight - 1
        total = self.everything.total + extra * same.total
        return {song: (w + extra * same.of.get(song, 0.0)) / total for song, w in self.everything.of.items()}

    def learn(self, shares: Mapping[str, float], gaps: Mapping[str, int], played: set[str]) -> None:
        """Compare the expected with the played songs, by the nights since each song was last played."""
        for known in self.met.values():
            known.fade()
        for song, share in shares.items():
            gap = gaps[song]
            if (met := self.met.get(gap)) is None:
                self.met[gap] = met = _Met()
            met.songs += 1
            met.expected += share
            met.observed += song in played

    def corrected(self, shares: Mapping[str, float], gaps: Mapping[str, int]) -> dict[str, float]:
        """Return the shares with their odds changed by the repeat ratios."""
        ratio = {gap: met.odds_ratio for gap, met in self.met.items()}
        return {
            song: (odds := (sure := min(share, CERTAIN)) / (1 - sure) * ratio.get(gaps[song], 1.0)) / (1 + odds)
            for song, share in shares.items()
        }


def fitted(chances: Mapping[str, float], songs: float) -> dict[str, float]:
    """Scale all odds by one factor, so that the chances add up to the expected number of songs.

    The order is kept. Chances of exactly 0 stay 0; an unreachable number of songs leaves everything unchanged.
    """
    odds = {song: chance / (1 - chance) for song, chance in chances.items() if chance < 1}
    if not 0 < songs < sum(value > 0 for value in odds.values()):
        return dict(chances)
    low, high = -FARTHEST, FARTHEST
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        factor = math.exp(middle)
        if sum([(scaled := value * factor) / (1 + scaled) for value in odds.values()]) < songs:
            low = middle
        else:
            high = middle
    factor = math.exp(low)
    return {song: value * factor / (1 + value * factor) for song, value in odds.items()}


def _calibrated(chance: float) -> float:
    if chance <= 0:
        return 0.0
    chance = min(chance, CERTAIN)
    return 1 / (1 + math.pow((1 - chance) / chance, CALIBRATION))


def _hits(guess: Mapping[str, float], ranked: Sequence[str], played: set[str]) -> float:
    """Return which share of the played songs is among as many likeliest ones; of equal ones the first in rank are."""
    likeliest = sorted(ranked, key=guess.__getitem__, reverse=True)[: len(played)]
    return len(played.intersection(likeliest)) / len(played)


class Ensemble:
    """All rules together, fed with the songs and the tour of each concert, oldest first."""

    def __init__(self) -> None:
        self._memories = {key: _Memory(*key) for key in product(HALF_LIVES, TOUR_WEIGHTS)}
        self._success = dict.fromkeys(RULES, 0.0)
        self._last: dict[str, int] = {}
        self._concerts = 0

    def learn(self, concerts: Sequence[tuple[Sequence[str], str]]) -> Generator[None, None, None]:
        """Learn from all concerts, once.

        The generator yields after each, since a long past takes tenths of a second.
        """
        nights = [(songs, tour) for songs, tour in concerts if songs]
        for number, (songs, tour) in enumerate(nights):
            self._add(songs, tour, judged=number >= max(1, len(nights) - RECENT))
            yield

    def _add(self, songs: Sequence[str], tour: str, *, judged: bool) -> None:
        """Add a concert, after judging each rule by it and learning from it which songs return."""
        played = set(songs)
        gaps, ranked = self._gaps(), sorted(self._last, key=lambda song: (-self._last[song], song))
        for key, memory in self._memories.items():
            if self._concerts:
                shares = memory.shares(tour)
                if judged:
                    corrected = memory.corrected(shares, gaps)
                    self._success[MemoryRule(*key, repeats=False)] += _hits(shares, ranked, played)
                    self._success[MemoryRule(*key, repeats=True)] += _hits(corrected, ranked, played)
                memory.learn(shares, gaps, played)
            memory.add(sorted(played), tour)
        self._concerts += 1
        self._last |= dict.fromkeys(songs, self._concerts)

    def probabilities(self, tour: str) -> dict[str, float]:
        """Return the probability of each song ever played at the next concert, on a tour of this name."""
        weights = self._weights()
        mixed = dict.fromkeys(self._last, 0.0)
        for rule, guess in self._guesses(tour).items():
            for song, share in guess.items():
                mixed[song] += weights[rule] * share
        return {song: _calibrated(chance) for song, chance in mixed.items()}

    def nights_since(self, song: str) -> int:
        """Return how many concerts ago a song was played; 1 is the last one."""
        return self._concerts + 1 - self._last[song]

    def _guesses(self, tour: str) -> dict[MemoryRule, dict[str, float]]:
        gaps = self._gaps()
        guesses: dict[MemoryRule, dict[str, float]] = {}
        for (half_life, tour_weight), memory in self._memories.items():
            shares = memory.shares(tour)
            guesses[MemoryRule(half_life, tour_weight, repeats=False)] = shares
            guesses[MemoryRule(half_life, tour_weight, repeats=True)] = memory.corrected(shares, gaps)
        return guesses

    def _gaps(self) -> dict[str, int]:
        coming = self._concerts + 1
        return {song: bisect_left(_GAPS, coming - night) for song, night in self._last.items()}

    def _weights(self) -> dict[MemoryRule, float]:
        best = max(self._success.values())
        raw = {rule: math.exp(SHARPNESS * (value - best)) for rule, value in self._success.items()}
        total = sum(raw.values())
        return {rule: value / total for rule, value in raw.items()}
