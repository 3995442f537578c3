"""Assigns pages of setlist.fm to shows: which page is the setlist of which show.

This is a pure function of all pages and events of one act and the operators' rulings. It is run again whenever any of
them changes, so a corrected page moves to another show and back without further code, and the order in which pages and
events arrive cannot matter. The assignment is one to one and optimal as a whole, so two nights in one hall never swap.
Uncertain cases are decided too, with their evidence, and put up for review.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time

import attrs

from thesetd.domain.distance import distance_km
from thesetd.domain.setlists.clusters import ALIKE, Cluster, clusters_of, overlap
from thesetd.domain.setlists.fits import Fits
from thesetd.domain.setlists.hints import HintTurn
from thesetd.domain.setlists.inferred_kinds import with_inferred_kinds
from thesetd.domain.setlists.kinds import PageKind
from thesetd.domain.setlists.pages import Decision, KnownShow, PageVerdict, Ruling, SetlistPage, concerts_of
from thesetd.domain.setlists.pairing import best_pairs
from thesetd.domain.setlists.proximity import Proximity, proximity

MARGIN = 10.0  # difference of weight; if another assignment is worse by less, the case is reviewed
ORDER = 0.01  # weight that keeps equal candidates in chronological order


def assign_pages(
    pages: Iterable[SetlistPage], events: Iterable[KnownShow], rulings: Iterable[Ruling] = ()
) -> tuple[Decision, ...]:
    """Decide for every page of one act where it belongs.

    Args:
        pages: all pages of the act; of two versions of one page, the one edited last counts.
        events: all of its shows that do not come from pages.
        rulings: operators' decisions; the last one about a page counts.

    Returns:
        one decision for each page, in the order of their ids.
    """
    newest = {page.id: page for page in sorted(pages, key=lambda one: (*one.fullness[1:], one.fullness[0]))}
    known = [newest[key] for key in sorted(newest)]
    events = tuple(events)
    stands_for = concerts_of(events)
    shows = sorted({show.key: show for show in stands_for.values()}.values(), key=_in_time)
    ruled = {ruling.page: ruling for ruling in rulings if ruling.page in newest}
    valid = {key: one for key, one in ruled.items() if one.show is None or one.show in stands_for}
    night = _Nights(with_inferred_kinds(known, shows), shows, {key: _at(one, stands_for) for key, one in valid.items()})
    vacated = {day: event.key for event in sorted(events, key=lambda one: one.key) for day in event.vacated}
    decisions = {one.page: _waiting(one, newest[one.page], vacated) for one in night.decisions()}
    for lost in ruled.keys() - valid.keys():
        reason = f"show {ruled[lost].show}, which an operator chose, is no longer known"
        decisions[lost] = attrs.evolve(decisions[lost], review=reason)
    return tuple(decisions[key] for key in sorted(decisions))


def _in_time(show: KnownShow) -> tuple[date, time, int, str]:
    return show.day or date.max, show.start or time.max, show.rank, show.key


def _at(ruling: Ruling, stands_for: Mapping[str, KnownShow]) -> Ruling:
    return ruling if ruling.show is None else attrs.evolve(ruling, show=stands_for[ruling.show].key)


def _waiting(decision: Decision, page: SetlistPage, vacated: Mapping[date, str]) -> Decision:
    """Ignore an empty page on a day from which its show was moved, unless an operator decided about it.

    If songs were nevertheless played that day, it is put up for review.
    """
    if decision.verdict is not PageVerdict.OWN or page.day not in vacated or decision.ruled:
        return decision
    if page.songs:
        reason = f"songs on a day that show {vacated[page.day]} has left"
        return attrs.evolve(decision, review=decision.review or reason)
    evidence = (f"empty, and show {vacated[page.day]} has left that day",)
    return attrs.evolve(decision, verdict=PageVerdict.WAITING, evidence=evidence, review=None)


class _Nights:
    """The nights of one act, paired with its shows.

    `_weights` holds the weight of each possible pair, by page and then show; `_rivals` the pages of each show.
    """

    def __init__(self, pages: Sequence[SetlistPage], shows: Sequence[KnownShow], rulings: Mapping[str, Ruling]) -> None:
        ruled_in = {page for page, ruling in rulings.items() if ruling.show is not None}
        concerts = [page for page in pages if page.kind is PageKind.CONCERT or page.id in ruled_in]
        self._fits = Fits(pages, shows)
        self._shows = {show.key: show for show in shows}
        self._nights = {one.leader.id: one for one in clusters_of(concerts, self._fits.on, rulings)}
        self._homeless = {page for page, ruling in rulings.items() if ruling.show is None}
        self._small = [page for page in pages if page.kind is not PageKind.CONCERT and page.id not in ruled_in]
        self._pairs = self._ruled()
        taken = set(self._pairs.values())
        self._weights = self._weigh(taken)
        self._rivals: dict[str, list[str]] = defaultdict(list)
        for page, shows_of_page in self._weights.items():
            for show_key in shows_of_page:
                self._rivals[show_key].append(page)
        self._pairs |= self._best()
        self._handed = self._hand_over()
        self._taken = {show: page for page, show in self._pairs.items()}

    def decisions(self) -> list[Decision]:
        """Return a decision for every page."""
        aliases = self._doubles()
        found: list[Decision] = []
        for key, night in self._nights.items():
            if key not in aliases:
                first = self._joined(night) if key in self._pairs else self._alone(night)
                more = [page for guest, host in aliases.items() if host == key for page in self._nights[guest].pages]
                found += [first, *_aliases(night, first, [*night.pages[1:], *more])]
        return found + [self._beside(page) for page in self._small]

    def _ruled(self) -> dict[str, str]:
        """Pair the nights with rulings; of two for one show, the fuller one leads."""
        pairs: dict[str, str] = {}
        for night in sorted(self._nights.values(), key=lambda one: one.leader.fullness, reverse=True):
            show = night.ruling.show if night.ruling else None
            if show is not None and show not in pairs.values():
                pairs[night.leader.id] = show
        return pairs

    def _weigh(self, taken: set[str]) -> dict[str, dict[str, float]]:
        free = sorted(page for page, night in self._nights.items() if night.ruling is None)
        return {
            page: {
                show.key: weight
                for show in self._fits.around(self._nights[page].leader.day)
                if show.key not in taken and (weight := self._fits.weight(self._nights[page], show)) > 0
            }
            for page in free
        }

    def _best(self) -> dict[str, str]:
        """Pair the rest, one group of interdependent nights and shows at a time."""
        rank = {show: number for number, show in enumerate(self._shows)}
        pairs: dict[str, str] = {}
        for pages in self._components():
            nights = sorted(pages, key=lambda page: _by_time(self._nights[page]))
            order = sorted({show for page in pages for show in self._weights[page]}, key=lambda show: rank[show])
            weights = {
                (page, show): weight + ORDER / (1 + abs(number - order.index(show)))
                for number, page in enumerate(nights)
                for show, weight in self._weights[page].items()
            }
            pairs |= best_pairs(nights, order, weights)
        return pairs

    def _hand_over(self) -> dict[str, str]:
        """Return the nights with songs that take over the show of an empty page, because they fit it and have none.

        Songs are better evidence than the hall's right name or the right day on an empty page.
        """
        empty = [(page, show) for page, show in self._pairs.items() if not self._nights[page].leader.songs]
        handed: dict[str, str] = {}
        for page, show in sorted(empty, key=lambda pair: pair[1]):
            fit = {
                rival: self._weights[rival][show]
                for rival in self._rivals[show]
                if rival not in self._pairs and self._nights[rival].leader.songs
            }
            if fit and not (self._nights[page].hint or self._nights[page].ruling):
                heir = max(sorted(fit), key=lambda rival: fit[rival])
                self._pairs[heir] = self._pairs.pop(page)
                handed[page] = heir
        return handed

    def _components(self) -> list[set[str]]:
        """Return the groups of pages that compete for shows, directly or through others."""
        found: list[set[str]] = []
        seen: set[str] = set()
        for start in self._weights:
            if start in seen or not self._weights[start]:
                continue
            group, todo = {start}, [start]
            while todo:
                rivals = {rival for show in self._weights[todo.pop()] for rival in self._rivals[show]}
                todo += sorted(rivals - group)
                group |= rivals
            found.append(group)
            seen |= group
        return found

    def _doubles(self) -> dict[str, str]:
        """Return the nights that duplicate another one under a different venue, or are ruled to the same show."""
        joined = defaultdict(list)
        for page in sorted(self._pairs):
            joined[self._nights[page].leader.day].append(self._nights[page])
        found: dict[str, str] = {}
        for key, night in self._nights.items():
            if key in self._pairs:
                continue
            if key in self._handed:
                found[key] = self._handed[key]
                continue
            if night.ruling is not None:
                if night.ruling.show is not None:
                    found[key] = self._taken[night.ruling.show]
                continue
            host = next((one for one in joined[night.leader.day] if _double(night, one)), None)
            if host is not None:
                found[key] = host.leader.id
        return found

    def _joined(self, night: Cluster) -> Decision:
        page, show = night.leader, self._shows[self._pairs[night.leader.id]]
        review = None if night.ruling else self._doubt(night, show)
        return Decision(
            page=page.id,
            verdict=PageVerdict.JOINED,
            kind=page.kind,
            show=show.key,
            day=page.day if show.holds(page.day) else show.day or page.day,
            completes=bool(page.songs),
            ruled=night.ruling is not None,
            evidence=(*_evidence(night, show), *(self._others(page, show) if review else ())),
            review=review,
        )

    def _others(self, page: SetlistPage, show: KnownShow) -> list[str]:
        """Return the text that names the other shows an operator may choose."""
        return [
            f"or show {other.key}, {other.day} {other.start.strftime('%H:%M') if other.start else ''}".rstrip()
            for other in self._fits.around(page.day)
            if other.key != show.key and proximity(page.place, other.place) is not Proximity.FAR
        ]

    def _doubt(self, night: Cluster, show: KnownShow) -> str | None:
        """Return why a joined page needs a review, None if it does not."""
        page = night.leader
        reasons = {
            "the show is cancelled, but songs were played": show.cancelled and bool(page.songs),
            "two full pages of one night share few songs": night.doubtful,
            "an empty page fits the show's hall or day better": page.id in self._handed.values(),
            "dated the day after a show whose start is not known": not show.holds(page.day) and show.start is None,
            "few songs, and another hall of the town": self._fits.is_small(page)
            and proximity(page.place, show.place) is Proximity.CITY,
            "same day, but the place is not known": proximity(page.place, show.place) is Proximity.UNKNOWN,
            "dated a day off, like the pages of the nights beside it": self._moved_in_a_run(page, show),
            "another assignment is as good": self._as_good(page.id, show.key),
            "a late show of the night before in the same hall has no page": self._left_over(page),
        }
        return next((reason for reason, applies in reasons.items() if applies), None)

    def _moved_in_a_run(self, page: SetlistPage, show: KnownShow) -> bool:
        """Return whether a page is dated across a midnight and so is the page of an adjacent show."""
        if show.holds(page.day):
            return False
        beside = self._fits.on(page.day) or [
            other
            for other in self._shows.values()
            if (rival := self._nights.get(self._taken.get(other.key, ""))) is not None
            and show.holds(rival.leader.day)
            and not other.holds(rival.leader.day)
        ]
        return bool(beside)

    def _left_over(self, page: SetlistPage) -> bool:
        return any(show.key not in self._taken for show in self._fits.very_late(page))

    def _as_good(self, page: str, show: str) -> bool:
        """Return whether a free show, a free night, or a swap of two pairs would fit as well."""
        mine = self._weights[page][show]
        if any(rival not in self._pairs and self._weights[rival][show] > mine - MARGIN for rival in self._rivals[show]):
            return True
        for other, weight in self._weights[page].items():
            holder = self._taken.get(other)
            if other == show or holder not in {None, *self._rivals[show]}:
                continue
            swapped, lost = (self._weights[holder][show], self._weights[holder][other]) if holder else (0.0, 0.0)
            if weight + swapped > mine + lost - MARGIN:
                return True
        return False

    def _alone(self, night: Cluster) -> Decision:
        """Decide about a night that fits no show: it becomes a show of its own."""
        page, ruled = night.leader, night.ruling is not None
        return Decision(
            page=page.id,
            verdict=PageVerdict.OWN,
            kind=page.kind,
            day=page.day,
            completes=bool(page.songs),
            ruled=ruled,
            evidence=("decided by an operator",) if ruled else ("no known show fits",),
            review=None if ruled else self._near_miss(page),
        )

    def _near_miss(self, page: SetlistPage) -> str | None:
        """Return the show without a page that might be meant nevertheless."""
        for show in (*self._fits.around(page.day), *self._fits.evening_after(page)):
            if show.key in self._taken:
                continue
            if show.holds(page.day):
                km = distance_km(page.place, show.place)
                return f"same day as show {show.key}, {'another town' if km is None else f'{km:.0f} km away'}"
            if proximity(page.place, show.place) is Proximity.SAME:
                side = "after" if show.day_before(page.day) else "before"
                return f"dated the day {side} show {show.key} in the same hall"
        for show in self._fits.very_late(page):
            if overlap(page, self._nights[self._taken[show.key]].leader) >= ALIKE:
                return f"perhaps another page of show {show.key}, dated after midnight"
        return None

    def _beside(self, page: SetlistPage) -> Decision:
        """Decide about a session, VIP set or street set: attached to a show in the same hall, or alone."""
        hosts = (one for one in self._fits.on(page.day) if proximity(page.place, one.place) is Proximity.SAME)
        host = None if page.id in self._homeless else next(hosts, None)
        return Decision(
            page=page.id,
            verdict=PageVerdict.BESIDE if host else PageVerdict.OWN,
            kind=page.kind,
            show=host.key if host else None,
            day=page.day,
            ruled=page.id in self._homeless,
            evidence=(f"a {page.kind.value} set of {len(page.songs)} songs, no concert",),
        )


def _double(night: Cluster, joined: Cluster) -> bool:
    """Return whether a night without a show is a joined one under another venue's name."""
    page, other = night.leader, joined.leader
    return (
        not (night.hint and joined.hint)
        and proximity(page.place, other.place) in {Proximity.CITY, Proximity.UNKNOWN}
        and overlap(page, other) >= ALIKE
    )


def _aliases(night: Cluster, first: Decision, pages: Iterable[SetlistPage]) -> list[Decision]:
    lead = len(night.leader.songs)
    return [
        Decision(
            page=page.id,
            verdict=PageVerdict.ALIAS,
            kind=page.kind,
            show=first.show,
            leader=first.page,
            day=first.day,
            ruled=first.ruled,
            evidence=("another page of the same night", f"{len(page.songs)} songs beside {lead}"),
            review="two full pages of one night share few songs" if night.doubtful and not first.ruled else None,
        )
        for page in pages
    ]


def _by_time(night: Cluster) -> tuple[object, ...]:
    page = night.leader
    later = {HintTurn.LATE: 1, HintTurn.THIRD: 2}.get(night.hint.turn or HintTurn.EARLY, 0)
    return page.day, later, night.hint.clock or time.max, page.id


def _evidence(night: Cluster, show: KnownShow) -> tuple[str, ...]:
    """Return the evidence for a joined page."""
    page = night.leader
    if night.ruling is not None:
        return ("decided by an operator",)
    place = {Proximity.SAME: "same venue", Proximity.CITY: "same town"}.get(proximity(page.place, show.place))
    across = "dated after midnight" if show.day_before(page.day) else "dated before midnight"
    day = "same day" if show.holds(page.day) else across
    return tuple(filter(None, (day, place, "its note states the hour" if night.hint else None)))
