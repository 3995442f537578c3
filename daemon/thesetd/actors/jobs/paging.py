"""Follow a list of a provider, page after page."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from thesetd.domain.gate.calls import Call, Page

T = TypeVar("T")

MOST_PAGES = 200  # an endless `next` was seen; the longest real list (2,470 setlists) has 124 pages


async def collect(
    fetch: Callable[[Call[Page[T]]], Awaitable[Page[T]]],
    first: Call[Page[T]],
    *,
    most_pages: int = MOST_PAGES,
    enough: Callable[[Sequence[T]], bool] = lambda _: False,
    into: list[T] | None = None,
) -> list[T]:
    """Give the items of a list, to its end or until there are enough.

    The end is where the provider's own rule says so; a page that was already asked for ends the list too. `into`, where
    given, takes each page as it comes, so that what has come is there also when a later page fails.
    """
    items: list[T] = [] if into is None else into
    asked: set[str] = set()
    onward: Call[Page[T]] | None = first
    while onward is not None and onward.request.key not in asked and len(asked) < most_pages and not enough(items):
        asked.add(onward.request.key)
        page = await fetch(onward)
        items.extend(page.items)
        onward = page.next
    return items
