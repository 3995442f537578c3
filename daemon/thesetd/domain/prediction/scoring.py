"""Scores a prediction once the show is over."""

from collections.abc import Sequence

import attrs

from thesetd.domain.prediction.concerts import Concert
from thesetd.domain.prediction.prediction import LikelySong, Prediction


@attrs.frozen(kw_only=True)
class Score:
    """A prediction compared with what was played; all shares are 0 to 1.

    `f1` uses as many of the likeliest candidates as songs were played. `recall` is the share of the played songs among
    all candidates. `brier` is the mean squared error of the probabilities, with unpredicted songs counted as
    probability 0.
    """

    played: int
    candidates: int
    hits: int
    f1: float
    recall: float
    opener: bool
    closer: bool
    brier: float


def score(prediction: Prediction, concert: Concert) -> Score:
    """Compare a stored prediction with the concert."""
    candidates = sorted(prediction.candidates, key=lambda one: one.position)
    expected = [one.key for one in candidates[: prediction.length]]
    played = set(concert.songs)
    likeliest = sorted(candidates, key=lambda one: (-one.probability, one.position))
    first = {one.key for one in likeliest[: len(played)]}
    hits = len(first & played)
    found = {one.key for one in candidates} & played
    return Score(
        played=len(played),
        candidates=len(candidates),
        hits=hits,
        f1=2 * hits / (len(first) + len(played)) if played else 0.0,
        recall=len(found) / len(played) if played else 0.0,
        opener=expected[:1] == list(concert.songs[:1]) != [],
        closer=expected[-1:] == list(concert.songs[-1:]) != [],
        brier=_brier(candidates, played),
    )


def _brier(candidates: Sequence[LikelySong], played: set[str]) -> float:
    errors = [(one.probability - (one.key in played)) ** 2 for one in candidates]
    missed = len(played) - len({one.key for one in candidates} & played)
    return (sum(errors) + missed) / max(len(errors) + missed, 1)
