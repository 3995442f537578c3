"""Estimates where in a concert a song belongs."""

from collections.abc import Mapping, Sequence
from statistics import mean

import attrs

from thesetd.domain.prediction.concerts import Concert

SHOWN = 15  # last concerts that a reason refers to
PLACED = 5  # latest performances that determine a song's place
UNPLAYED_PLACE = 0.6  # part of the main set at which an unplayed song is expected


@attrs.frozen(kw_only=True)
class Habit:
    """How a song was played: at `times` of the last `shows` concerts, latest `ago` concerts ago (1 is the last one).

    `place` is 0 for the opener and 1 for the closer, averaged over the latest performances.
    """

    times: int
    shows: int
    ago: int
    place: float
    encores: float
    first: float
    last: float

    @property
    def is_encore(self) -> bool:
        """Return whether it was mostly played in an encore."""
        return self.encores > 0.5  # noqa: PLR2004 - more often than not


def habits(concerts: Sequence[Concert]) -> dict[str, Habit]:
    """Return how each song was played."""
    played: dict[str, list[tuple[int, float, bool, bool, bool]]] = {}
    for ago, concert in enumerate(reversed(concerts), start=1):
        end = len(concert.songs) - 1
        for index, song in enumerate(concert.songs):
            encore = index > end - concert.encores
            played.setdefault(song, []).append((ago, index / max(end, 1), encore, index == 0, index == end))
    shows = min(len(concerts), SHOWN)
    return {song: _habit(performances, shows) for song, performances in played.items()}


def _habit(performances: Sequence[tuple[int, float, bool, bool, bool]], shows: int) -> Habit:
    latest = performances[:PLACED]
    return Habit(
        times=sum(ago <= shows for ago, *_ in performances),
        shows=shows,
        ago=performances[0][0],
        place=mean(place for _, place, *_ in latest),
        encores=mean(encore for _, _, encore, _, _ in latest),
        first=mean(first for *_, first, _ in latest),
        last=mean(last for *_, last in latest),
    )


def in_playing_order(
    songs: Sequence[str], known: Mapping[str, Habit], *, opener: str | None, closer: str | None
) -> list[str]:
    """Sort songs in their expected order: the opener, the main set, the encore, the closer."""

    def place(song: str) -> tuple[int, float]:
        habit = known.get(song)
        if song == opener:
            return 0, 0.0
        if song == closer:
            return 3, 0.0
        return (1, UNPLAYED_PLACE) if habit is None else (2 if habit.is_encore else 1, habit.place)

    return sorted(songs, key=place)
