"""Infers what a page describes from the shows and pages around it if its words do not say."""

from collections.abc import Sequence
from datetime import time

import attrs

from thesetd.domain.setlists.fits import AFTERNOON, DAWN
from thesetd.domain.setlists.hints import read_hint
from thesetd.domain.setlists.kinds import SHORT, PageKind, told_kind, usual_length
from thesetd.domain.setlists.pages import KnownShow, SetlistPage
from thesetd.domain.setlists.proximity import Proximity, proximity


def with_inferred_kinds(pages: Sequence[SetlistPage], shows: Sequence[KnownShow]) -> list[SetlistPage]:
    """Return the pages with the kinds that follow from other pages and shows.

    A short page whose note names an hour in the afternoon is a VIP set if the hall has a concert later that day. A page
    that is called a session only by its hall's name ("Radio City Music Hall") is a concert if the act sells a show
    there.
    """
    usual = SHORT * (usual_length(len(page.songs) for page in pages if page.kind is PageKind.CONCERT) or 0)
    full = [page for page in pages if len(page.songs) >= max(usual, 1) and _hour(page) >= AFTERNOON]
    evening = [show for show in shows if show.start is not None and show.start >= AFTERNOON]

    def kind(page: SetlistPage) -> PageKind:
        if page.kind is PageKind.CONCERT:
            beside = page.songs and len(page.songs) < usual and DAWN <= _hour(page) < AFTERNOON
            later = beside and (_is_there(page, full) or _is_sold(page, evening))
            return PageKind.VIP if later else page.kind
        by_hall = page.kind in {PageKind.SESSION, PageKind.TV} and _words(page) is PageKind.CONCERT
        return PageKind.CONCERT if by_hall and _is_sold(page, shows) else page.kind

    return [page if (found := kind(page)) is page.kind else attrs.evolve(page, kind=found) for page in pages]


def _hour(page: SetlistPage) -> time:
    return read_hint(page.info).clock or time.max


def _words(page: SetlistPage) -> PageKind:
    return told_kind(len(page.songs), info=page.info, set_names=page.set_names)


def _is_there(page: SetlistPage, others: Sequence[SetlistPage]) -> bool:
    return any(
        one.day == page.day and one is not page and proximity(one.place, page.place) is Proximity.SAME for one in others
    )


def _is_sold(page: SetlistPage, shows: Sequence[KnownShow]) -> bool:
    return any(show.holds(page.day) and proximity(show.place, page.place) is Proximity.SAME for show in shows)
