"""The songs that people vote on, when a prediction changes.

Nothing that people may have voted on is deleted, and no song gets another row. A song that leaves the prediction is
marked as dropped and stands behind the others; it returns under its old row. Rows that the application added stay
exactly as they are. A locked list only gains songs at its end.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import count
from typing import Generic, TypeVar

import attrs

Id = TypeVar("Id", bound=Hashable)


@attrs.frozen(kw_only=True)
class OfferedSong(Generic[Id]):
    """One row of a predicted setlist; `probability` is None for rows that the application added."""

    song: Id
    position: int
    title: str
    probability: float | None = None
    encore: bool = False
    reason: str | None = None
    dropped: bool = False
    added_after_lock: bool = False


def changed_rows(
    current: Sequence[OfferedSong[Id]], predicted: Sequence[OfferedSong[Id]], *, locked: bool
) -> tuple[OfferedSong[Id], ...]:
    """Return the rows to write so that a stored list follows a prediction; rows that stay as they are are left out.

    Args:
        current: all rows of the list, dropped ones included.
        predicted: the prediction in its order, each song once; positions are numbered again.
        locked: the list must not change any more.
    """
    known = {row.song: row for row in current}
    wanted = _appended(current, predicted) if locked else _arranged(current, predicted)
    return tuple(row for row in wanted if known.get(row.song) != row)


def under_present_rows(
    predicted: Sequence[OfferedSong[Id]], current: Sequence[OfferedSong[Id]], standing: Callable[[Id], Id]
) -> tuple[OfferedSong[Id], ...]:
    """Return a prediction with the rows that a list has for its songs: one that was merged stands for the other.

    Args:
        predicted: the prediction.
        current: all rows of the list, dropped ones included.
        standing: the song that a row stands for.
    """
    present: dict[Id, Id] = {}
    for row in sorted(current, key=lambda row: (row.dropped, row.position)):
        present.setdefault(standing(row.song), row.song)
    own = {row.song for row in current}
    return tuple(
        song if song.song in own else attrs.evolve(song, song=present.get(song.song, song.song)) for song in predicted
    )


def _arranged(current: Sequence[OfferedSong[Id]], predicted: Sequence[OfferedSong[Id]]) -> Iterator[OfferedSong[Id]]:
    """Place the predicted songs first and the dropped ones behind, around the rows of the application."""
    foreign = {row.song: row.position for row in current if row.probability is None}
    taken = set(foreign.values())
    free = (position for position in count(1) if position not in taken)
    for song in predicted:
        if song.song not in foreign:
            yield attrs.evolve(song, position=next(free), dropped=False, added_after_lock=False)
    here = {song.song for song in predicted} | foreign.keys()
    gone = sorted((row for row in current if row.song not in here), key=lambda row: row.position)
    for row in gone:
        yield attrs.evolve(row, position=next(free), dropped=True)


def _appended(current: Sequence[OfferedSong[Id]], predicted: Sequence[OfferedSong[Id]]) -> Iterator[OfferedSong[Id]]:
    """Take back what was dropped and is predicted again, in its old place, and add what is new at the end."""
    known = {row.song: row for row in current}
    end = count(max((row.position for row in current), default=0) + 1)
    for song in predicted:
        if song.song in known:
            yield attrs.evolve(known[song.song], dropped=False)
        else:
            yield attrs.evolve(song, position=next(end), added_after_lock=True)
