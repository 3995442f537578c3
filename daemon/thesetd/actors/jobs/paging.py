"""Follows a provider's list page by page, and compares what arrived with what the provider claims."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Generic, TypeVar

import attrs

from thesetd.actors.jobs.work import JobRun
from thesetd.domain.errors import RateLimited
from thesetd.domain.gate.calls import Call, Page
from thesetd.domain.music.records import Reject
from thesetd.domain.shows.sweep import SweptPage
from thesetd.ports.providers import ShowDetails

T = TypeVar("T")

MOST_PAGES = 200  # an endless `next` was seen; the longest real list (2,470 setlists) has 124 pages
READINGS = 2  # readings of a list whose total changes meanwhile, or that lacks no more than providers hide
HIDDEN, HIDDEN_SHARE = 2, 0.03  # items that a total counts but no page shows. Source: a recorded list, 81 of 83 albums


@attrs.define
class ListResult(Generic[T]):
    """The outcome of a list: its usable items, its rejects, how many items were sent, and its claimed total.

    `ended` says that it was followed to its end by the provider's rule, `moved` that its total changed meanwhile;
    `as_of` is the earliest time of its pages, where they state one.
    """

    items: list[T] = attrs.field(factory=list)
    rejects: list[Reject] = attrs.field(factory=list)
    sent: int = 0
    total: int | None = None
    ended: bool = False
    moved: bool = False
    as_of: datetime | None = None

    @property
    def whole(self) -> bool:
        """Return whether items missing from the list do not exist."""
        return self.ended and (self.total is None or self.sent >= self.total)

    @property
    def short(self) -> bool:
        """Return whether more items are missing than providers are known to hide."""
        hidden = max(HIDDEN, HIDDEN_SHARE * (self.total or 0))
        return self.ended and self.total is not None and self.sent + hidden < self.total

    @property
    def doubtful(self) -> bool:
        """Return whether no more items are missing than providers hide: they may be hidden, or lost in transit."""
        return self.ended and not self.whole and not self.short


async def collect(
    fetch: Callable[[Call[Page[T]]], Awaitable[Page[T]]],
    first: Call[Page[T]],
    *,
    most_pages: int = MOST_PAGES,
    enough: Callable[[Sequence[T]], bool] = lambda _: False,
    into: ListResult[T] | None = None,
    now: Callable[[], datetime] | None = None,
    doubting: bool = False,
) -> list[T]:
    """Return the items of a list, up to its end or until there are enough.

    The provider's own rule defines the end; a page that was already requested ends the list too.

    Args:
        fetch: performs a call.
        first: the first page.
        most_pages: the longest list.
        enough: decides, from the items of one reading, whether to stop before the end.
        into: receives each page as it arrives, so that earlier ones are kept if a later page fails.
        now: if given, a list whose total changes while it is read is read again, from answers no older than this.
        doubting: a `doubtful` list is read again as well: hidden items are missing twice.
    """
    listed: ListResult[T] = ListResult() if into is None else into
    for reading in range(1, READINGS + 1):
        await _read(fetch, first, most_pages, enough, listed)
        if not (listed.moved or (doubting and listed.doubtful)) or now is None or reading == READINGS:
            break
        first = attrs.evolve(first, since=now())
        listed.rejects.clear()
    return listed.items


async def follow(
    work: JobRun,
    found: list[T],
    rejects: list[Reject],
    first: Call[Page[T]],
    *,
    most_pages: int = MOST_PAGES,
    enough: Callable[[Sequence[T]], bool] = lambda _: False,
    doubting: bool = False,
    partly: bool = False,
) -> ListResult[T]:
    """Follow a list; earlier pages are kept if a later one fails.

    With `partly` they are the result, which has not ended, if that was for the quota or a penalty.
    """
    listed: ListResult[T] = ListResult()
    try:
        await collect(
            work.fetch,
            first,
            into=listed,
            most_pages=most_pages,
            enough=enough,
            now=work.tools.clock.now,
            doubting=doubting or work.watched,
        )
    except RateLimited:
        if not (partly and listed.items):
            raise
    finally:
        found.extend(listed.items)
        rejects.extend(listed.rejects)
    return listed


async def _read(
    fetch: Callable[[Call[Page[T]]], Awaitable[Page[T]]],
    first: Call[Page[T]],
    most_pages: int,
    enough: Callable[[Sequence[T]], bool],
    listed: ListResult[T],
) -> None:
    """Read a list once."""
    listed.sent, listed.total, listed.ended, begun = 0, None, False, len(listed.items)
    listed.moved, listed.as_of = False, None
    totals: set[int] = set()
    asked: set[str] = set()
    onward: Call[Page[T]] | None = first
    while onward is not None and onward.request.key not in asked and len(asked) < most_pages:
        if enough(listed.items[begun:]):
            return
        asked.add(onward.request.key)
        page = await fetch(onward if first.since is None else attrs.evolve(onward, since=first.since))
        listed.items.extend(page.items)
        listed.rejects.extend(page.rejects)
        listed.sent += len(page.items) if page.sent is None else page.sent
        if page.total is not None:
            listed.total = page.total
            totals.add(page.total)
            listed.moved = len(totals) > 1
        if page.as_of is not None:
            listed.as_of = min(page.as_of, listed.as_of or page.as_of)
        onward = page.next
    listed.ended = onward is None


def listed_of(page: Page[ShowDetails]) -> SweptPage:
    """Return what a page of a window held, including unusable items."""
    ids = tuple(one.show.provider_id for one in page.items)
    unusable = tuple(reject.key for reject in page.rejects if reject.kind == "show" and reject.key not in ids)
    starts = {one.show.provider_id: one.show.starts_at for one in page.items if one.show.starts_at is not None}
    return SweptPage(ids=tuple(sorted((*ids, *unusable))), total=page.total or 0, starts=starts)
