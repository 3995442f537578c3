"""Groups pages by night: duplicates are one night, two shows of a day are two."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date

import attrs

from thesetd.domain.setlists.hints import NightHint, read_hint
from thesetd.domain.setlists.pages import KnownShow, Ruling, SetlistPage
from thesetd.domain.setlists.proximity import Proximity, proximity
from thesetd.domain.shows.listings import minutes_apart

SAME_CLOCK_MINUTES = 60
ALIKE = 0.5  # share of the shorter page's songs in the longer one that proves two full pages to be one night
FULL = 5  # songs; a page with fewer is weak evidence


@attrs.frozen(kw_only=True)
class Cluster:
    """The pages of one night, the leading one first. `doubtful` if two full pages share hardly any song."""

    pages: tuple[SetlistPage, ...]
    hint: NightHint
    ruling: Ruling | None = None
    doubtful: bool = False

    @property
    def leader(self) -> SetlistPage:
        """The page whose songs count."""
        return self.pages[0]


@attrs.define
class _Night:
    pages: list[SetlistPage]
    hint: NightHint
    ruling: Ruling | None = None

    def takes(self, hint: NightHint, ruling: Ruling | None) -> bool:
        if ruling is not None or self.ruling is not None:
            return ruling is not None and self.ruling is not None and ruling.show == self.ruling.show
        if hint.turn and self.hint.turn:
            return hint.turn is self.hint.turn
        if hint.clock and self.hint.clock:
            return minutes_apart(hint.clock, self.hint.clock) <= SAME_CLOCK_MINUTES
        return False


def clusters_of(
    pages: Sequence[SetlistPage], events_on: Callable[[date], Sequence[KnownShow]], rulings: Mapping[str, Ruling]
) -> list[Cluster]:
    """Return the nights that concert pages describe.

    Pages of one day and hall are one night, unless their notes name two hours or two events are known there. A page
    without a note takes a night that no other page describes, the fullest page first; otherwise it is a duplicate.
    """
    days: dict[date, list[SetlistPage]] = defaultdict(list)
    for page in sorted(pages, key=lambda one: one.fullness, reverse=True):
        days[page.day].append(page)
    return [
        cluster
        for day in sorted(days)
        for group in _by_hall(days[day])
        for cluster in _split(group, _known_there(group[0], events_on(day)), rulings)
    ]


def overlap(one: SetlistPage, other: SetlistPage) -> float:
    """Return the share of the shorter page's songs that the longer one has as well, 1 if one is empty."""
    shorter = min(len(set(one.songs)), len(set(other.songs)))
    return len(set(one.songs) & set(other.songs)) / shorter if shorter else 1.0


def _by_hall(pages: Sequence[SetlistPage]) -> list[list[SetlistPage]]:
    """Group the pages of a day by hall; a chain of pairs in the same hall is one group, in whatever order it came."""
    groups: list[list[SetlistPage]] = []
    for page in pages:
        near = [g for g in groups if any(proximity(page.place, other.place) is Proximity.SAME for other in g)]
        merged = [page, *(other for group in near for other in group)]
        groups = [*(group for group in groups if group not in near), sorted(merged, key=_fullest_first)]
    return sorted(groups, key=lambda group: group[0].id)


def _fullest_first(page: SetlistPage) -> tuple[float, float, str]:
    songs, updated, identity = page.fullness
    return -songs, -updated, identity


def _known_there(page: SetlistPage, events: Sequence[KnownShow]) -> set[str]:
    """Return the events of a page's day in its hall or, if there is none, those in its town."""
    near = {event.key: proximity(page.place, event.place) for event in events}
    same = {key for key, close in near.items() if close is Proximity.SAME}
    return same or {key for key, close in near.items() if close is Proximity.CITY}


def _split(group: Sequence[SetlistPage], known: set[str], rulings: Mapping[str, Ruling]) -> list[Cluster]:
    nights: list[_Night] = []
    silent: list[SetlistPage] = []
    for page in group:
        hint, ruling = read_hint(page.info), rulings.get(page.id)
        night = next((night for night in nights if night.takes(hint, ruling)), None)
        if night is not None:
            night.pages.append(page)
        elif hint or ruling is not None:
            nights.append(_Night([page], hint, ruling))
        else:
            silent.append(page)
    elsewhere = sum(night.ruling is not None and night.ruling.show not in known for night in nights)
    turns = any(night.hint.turn for night in nights)  # "second show" implies a first one
    room = max(len(known) + elsewhere, 2 if turns else 1)
    for page in silent:
        if len(nights) < room:
            nights.append(_Night([page], NightHint()))
        else:
            max(nights, key=lambda night: _likeness(page, night)).pages.append(page)
    return [_cluster(night) for night in nights]


def _likeness(page: SetlistPage, night: _Night) -> tuple[bool, float, int, str]:
    first = night.pages[0]
    homeless = night.ruling is not None and night.ruling.show is None
    return not homeless, overlap(page, first), len(first.songs), first.id


def _cluster(night: _Night) -> Cluster:
    ruling = night.ruling
    pages = sorted(night.pages, key=lambda page: (ruling is not None and page.id != ruling.page, *_fullest_first(page)))
    first = pages[0]
    doubtful = any(
        min(len(first.songs), len(page.songs)) >= FULL and overlap(first, page) < ALIKE for page in pages[1:]
    )
    return Cluster(pages=tuple(pages), hint=night.hint, ruling=ruling, doubtful=doubtful)
