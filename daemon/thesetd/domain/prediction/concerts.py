"""Reads an artist's past concerts for a prediction: which songs, in which order, on which tour."""

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import TypedDict, TypeVar

import attrs

from thesetd.domain.music.records import ActualSetlist
from thesetd.domain.setlists.entries import performed_key
from thesetd.domain.setlists.kinds import (
    FRAGMENT,
    BillSlot,
    PageKind,
    kind_of,
    slot_of,
    told_kind,
    tour_name,
    usual_length,
)
from thesetd.domain.setlists.matching import Method, SongIndex, match_entry

T = TypeVar("T")

NEW_RUN_DAYS = 45  # days without a concert, after which an unnamed tour counts as a new one


class _Words(TypedDict):
    info: str
    set_names: list[str]
    venue: str


@attrs.frozen(kw_only=True)
class Concert:
    """One night: keys of its songs in order, each once; the last `encores` of them were encores."""

    day: date
    id: str
    songs: tuple[str, ...]
    encores: int = 0
    tour: str = ""
    slot: BillSlot = BillSlot.HEADLINE


@attrs.frozen(kw_only=True)
class ConcertHistory:
    """The concerts of an artist, oldest first, and the commonest spelling of each song's title by key."""

    concerts: tuple[Concert, ...]
    titles: Mapping[str, str]


def reading_concerts(
    setlists: Sequence[ActualSetlist], catalogue: SongIndex | None = None, *, before: date | None = None
) -> Generator[None, None, ConcertHistory]:
    """Read the concerts from stored setlists; sessions, VIP sets, street sets and fragments are left out.

    The generator yields after each setlist, so that others can run.

    Args:
        setlists: in any order; two pages of one night with the same songs count once.
        catalogue: the artist's songs, whose ids are used as keys; songs that are not in it are keyed by their names.
        before: only earlier concerts count; None takes all.
    """
    pages = sorted(
        {s.setlistfm_id: s for s in setlists if before is None or s.event_date < before}.values(),
        key=lambda s: (s.event_date, s.setlistfm_id),
    )
    own = catalogue or SongIndex(())
    played: list[tuple[ActualSetlist, list[tuple[str, str]], list[tuple[str, str]]]] = []
    for page in pages:
        played.append((page, _songs(page.songs, own), _songs(page.encore_songs, own)))
        yield
    sizes = [(page, len(main) + len(encore)) for page, main, encore in played]
    usual = usual_length(size for page, size in sizes if told_kind(size, **_words(page)) is PageKind.CONCERT)
    nights: dict[tuple[date, tuple[str, ...]], Concert] = {}
    spellings: dict[str, Counter[str]] = {}
    for page, main, encore in played:
        count = len(main) + len(encore)
        if not count or count < FRAGMENT * (usual or 0):
            continue
        if kind_of(count, usual=usual, **_words(page)) is not PageKind.CONCERT:
            continue
        concert = _concert(page, main, encore)
        nights.setdefault((concert.day, concert.songs), concert)
        for key, title in chain(main, encore):
            spellings.setdefault(key, Counter())[title] += 1
    return ConcertHistory(
        concerts=_with_tours(list(nights.values())),
        titles={key: max(names, key=lambda name: (names[name], name)) for key, names in spellings.items()},
    )


def finished(work: Generator[None, None, T]) -> T:
    """Return what a generator returns, without its pauses."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: T = end.value
            return result


def _songs(entries: Sequence[Mapping[str, object]], own: SongIndex) -> list[tuple[str, str]]:
    """Return the key and title of each performed song; a solo counts only if it is a known song."""
    matches = (match for entry in entries for match in match_entry(entry, own).matches)
    return [
        (match.song or performed_key(match.title), match.title) for match in matches if match.method is not Method.NONE
    ]


def _words(page: ActualSetlist) -> _Words:
    names = {str(song["set"]) for song in (*page.songs, *page.encore_songs) if song.get("set")}
    return {"info": page.info or "", "set_names": sorted(names), "venue": page.place.name}


def _concert(page: ActualSetlist, main: Sequence[tuple[str, str]], encore: Sequence[tuple[str, str]]) -> Concert:
    songs = tuple(dict.fromkeys(key for key, _ in chain(main, encore)))
    return Concert(
        day=page.event_date,
        id=page.setlistfm_id,
        songs=songs,
        encores=len(songs) - len({key for key, _ in main}),
        tour=tour_name(page.tour or ""),
        slot=slot_of(page.info or "", page.tour or ""),
    )


def _with_tours(concerts: Sequence[Concert]) -> tuple[Concert, ...]:
    """Name the tour of each concert; a concert without a named tour belongs to the run of nights around it."""
    named: list[Concert] = []
    run = 0
    for concert in concerts:
        if named and (concert.day - named[-1].day).days > NEW_RUN_DAYS:
            run += 1
        named.append(attrs.evolve(concert, tour=concert.tour or f"run {run}"))
    return tuple(named)
