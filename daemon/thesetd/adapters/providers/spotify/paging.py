"""Follows Spotify's lists to their real end.

A short page does not end a list: a recorded page in the middle held 18 of 20 items, and its successors 21 more albums.
`total` may be wrong, and `next` may continue for ever after empty pages. So `next` is followed, as an opaque address,
until it is null, repeats itself, or a page is empty. Unusable items do not make a page empty. An empty page before the
list's total is a fault of the provider, which a retry may fix.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

import attrs

from thesetd.adapters.providers.lenient import noting, structured
from thesetd.adapters.providers.refusals import sample
from thesetd.adapters.providers.spotify.answers import AskedEndpoint, body_of
from thesetd.adapters.providers.spotify.wire import CONVERTER
from thesetd.domain.errors import BadPayload, Unavailable
from thesetd.domain.gate.calls import Call, Page, Response
from thesetd.domain.ids import SPOTIFY

T = TypeVar("T")

MAX_PAGES = 500  # pages of 10 for 5,000 releases: no artist has as many

FORESEEN = 8  # pages that are foreseen: as many calls as a job has in flight at a time

_ADDRESS = re.compile(r"https?://[\x21-\x7e]+")
_OFFSET = re.compile(r"(?<=[?&]offset=)[0-9]{1,6}(?=&|$)")


@attrs.frozen(kw_only=True)
class PageWire:
    """One page with its raw items."""

    items: tuple[Any, ...]
    next: str | None = None
    total: int | None = None
    offset: int | None = None


@attrs.frozen(kw_only=True)
class ListReader(Generic[T]):
    """One list of the API: `records` maps the raw items of a page, which arrived at the given moment.

    `inside` is the key under which search wraps its page.
    """

    query: AskedEndpoint
    records: Callable[[Sequence[Any], datetime], tuple[T, ...]]
    inside: str | None = None
    max_pages: int = MAX_PAGES

    def first(self, *ids: str, params: tuple[tuple[str, str], ...]) -> Call[Page[T]]:
        """Request the first page."""
        request = self.query.endpoint.request(*ids, params=params)
        return Call(request=request, parse=lambda response: self._parse(response, frozenset()))

    def after(self, page: PageWire, seen: frozenset[str] = frozenset()) -> Call[Page[T]] | None:
        """Request the page after this one, None at the end; `seen` are the addresses followed so far."""
        address = page.next
        if not page.items or not address or address in seen or not _ADDRESS.fullmatch(address):
            return None
        if len(seen) + 1 >= self.max_pages:
            return None
        return self._onward(address, seen | {address})

    def rest(self, page: PageWire) -> tuple[Call[Page[T]], ...]:
        """Request the pages after the first one, up to the list's total, by the offset in the address of the next."""
        if page.offset is None or page.total is None or self.after(page) is None:
            return ()
        address, seen = page.next or "", frozenset[str]()
        offsets = _OFFSET.findall(address)
        step = int(offsets[0]) - page.offset if len(offsets) == 1 else 0
        if step < max(len(page.items), 1):
            return ()
        calls = []
        for offset in range(page.offset + step, min(page.total, page.offset + FORESEEN * step + 1), step):
            address = _OFFSET.sub(str(offset), address)
            seen |= {address}
            calls.append(self._onward(address, seen))
        return tuple(calls)

    def _onward(self, address: str, passed: frozenset[str]) -> Call[Page[T]]:
        request = self.query.endpoint.onward(address)
        return Call(request=request, parse=lambda response: self._parse(response, passed))

    def _parse(self, response: Response, seen: frozenset[str]) -> Page[T]:
        body = body_of(self.query, response)
        page = read_page(body.get(self.inside) if self.inside else body)
        if not page.items and page.offset is not None and page.offset < (page.total or 0) and not self.inside:
            raise Unavailable(SPOTIFY, f"{page.offset} of {page.total} items, then an empty page")
        with noting() as unusable:
            items = self.records(page.items, response.received_at)
        return Page(
            items=items,
            next=self.after(page, seen),
            total=page.total,
            rest=() if seen else self.rest(page),
            sent=len(page.items),
            rejects=tuple(unusable),
        )


def read_page(value: Any) -> PageWire:
    """Read a page.

    Raises:
        BadPayload: it is not a page, since it has no list of items.
    """
    page = page_or_none(value)
    if page is None:
        raise BadPayload(SPOTIFY, "not a page: no list of items", sample(value))
    return page


def page_or_none(value: Any) -> PageWire | None:
    """Read a page, if it is one; null items are an empty list."""
    if not isinstance(value, Mapping) or not isinstance(value.get("items", False), list | None):
        return None
    edges = structured(CONVERTER, SPOTIFY, value, _Edges)
    return PageWire(items=tuple(value["items"] or ()), next=edges.next, total=edges.total, offset=edges.offset)


@attrs.frozen(kw_only=True)
class _Edges:
    next: str | None = None
    total: int | None = None
    offset: int | None = None
