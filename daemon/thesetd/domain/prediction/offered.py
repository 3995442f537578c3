"""Updates the songs offered for voting when a prediction changes.

Nothing that may have votes is deleted, and no song changes its row. A song that leaves the prediction is marked as
dropped and placed after the others; if it returns, it keeps its row. Rows that the application added stay unchanged. A
locked list only gains songs at its end.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import count
from typing import Generic, TypeVar

import attrs

from thesetd.domain.frozen import frozen_row

Id = TypeVar("Id", bound=Hashable)


@frozen_row(kw_only=True)
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
    """Return the rows to write so that a stored list follows a prediction; unchanged rows are left out.

    Args:
        current: all rows of the list, dropped ones included.
        predicted: the prediction in its order, each song once; positions are renumbered.
        locked: the list may only gain songs at its end.
    """
    known = {row.song: row for row in current}
    wanted = _appended(current, predicted) if locked else _arranged(current, predicted)
    return tuple(row for row in wanted if known.get(row.song) != row)


def under_present_rows(
    predicted: Sequence[OfferedSong[Id]], current: Sequence[OfferedSong[Id]], standing: Callable[[Id], Id]
) -> tuple[OfferedSong[Id], ...]:
    """Return a prediction that uses the rows a list has for its songs, also for songs that were merged.

    Of several rows of one song it uses one that is not dropped, since it may have votes, and of those the song's own.

    Args:
        predicted: the prediction.
        current: all rows of the list, dropped ones included.
        standing: the song that each row stands for.
    """
    present: dict[Id, Id] = {}
    for row in sorted(current, key=lambda row: (row.dropped, standing(row.song) != row.song, row.position)):
        present.setdefault(standing(row.song), row.song)
    rows = ((song, present.get(song.song, song.song)) for song in predicted)
    return tuple(song if row == song.song else attrs.evolve(song, song=row) for song, row in rows)


def _arranged(current: Sequence[OfferedSong[Id]], predicted: Sequence[OfferedSong[Id]]) -> Iterator[OfferedSong[Id]]:
    """Place the predicted songs first and the dropped ones after them, around the rows of the application."""
    foreign = {row.song: row.position for row in current if row.probability is None}
    taken = set(foreign.values())
    free = (position for position in count(1) if position not in taken)
    for song in predicted:
        if song.song not in foreign:
            yield _placed(song, next(free))
    here = {song.song for song in predicted} | foreign.keys()
    gone = sorted((row for row in current if row.song not in here), key=lambda row: row.position)
    for row in gone:
        yield attrs.evolve(row, position=next(free), dropped=True)


def _placed(song: OfferedSong[Id], position: int) -> OfferedSong[Id]:
    """Return a predicted song at its place, where most are already."""
    if (song.position, song.dropped, song.added_after_lock) == (position, False, False):
        return song
    return attrs.evolve(song, position=position, dropped=False, added_after_lock=False)


def _appended(current: Sequence[OfferedSong[Id]], predicted: Sequence[OfferedSong[Id]]) -> Iterator[OfferedSong[Id]]:
    """Restore dropped songs that are predicted again, in their old places, and add new songs at the end."""
    known = {row.song: row for row in current}
    end = count(max((row.position for row in current), default=0) + 1)
    for song in predicted:
        if song.song in known:
            yield attrs.evolve(known[song.song], dropped=False)
        else:
            yield attrs.evolve(song, position=next(end), added_after_lock=True)
