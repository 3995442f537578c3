"""Builds the requests to Ticketmaster Discovery v2, one method each, without any I/O.

Links between pages are never followed: they lack the key, and older ones were templates without the sort. Each next
page is built here instead. The API lists only `size * page < 1000`, so a list ends after 1,000 items, whatever its
total; that is ample for one artist, but a sweep has to choose windows that hold fewer.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Generic, TypeVar

import attrs

from thesetd.adapters.providers.lenient import note, noting
from thesetd.adapters.providers.ticketmaster import endpoints
from thesetd.adapters.providers.ticketmaster.faults import answer
from thesetd.adapters.providers.ticketmaster.rows import MUSIC, to_artist, to_found_artist, to_show
from thesetd.adapters.providers.ticketmaster.wire import (
    WireAttraction,
    WireEvent,
    WirePage,
    read_items,
    read_one,
    read_page,
)
from thesetd.domain.errors import BadPayload, Unavailable
from thesetd.domain.gate.calls import Call, Page, Response
from thesetd.domain.gate.endpoints import Endpoint
from thesetd.domain.identity import spaces
from thesetd.domain.identity.spaces import Space
from thesetd.domain.ids import TICKETMASTER, ProviderName
from thesetd.domain.music.names import fold
from thesetd.domain.music.records import Artist
from thesetd.domain.shows.sweep import Ask
from thesetd.ports.providers import ShowDetails

PAGE_SIZE = 200  # the accepted maximum; the error says "less than 200", which is off by one
MAX_DEPTH = 1000  # size * page must stay below this. Source: the API's error DIS1035
SEARCH_SIZE = 100  # one call is cheaper than a second page: the day has 5,000
NOTHING_SAID = "a test record, or one without a name, an act or a date"
LOCALE = "en-us,en,*"  # fixed, or names change between languages; without `*` records of other locales are omitted

Params = tuple[tuple[str, str], ...]
Wire = TypeVar("Wire", bound=WireAttraction | WireEvent)
Row = TypeVar("Row")


class TicketmasterClient:
    """The `Shows` of Ticketmaster; `countries` (ISO codes, empty for all) narrow every list of events."""

    def __init__(self, countries: Sequence[str] = ()) -> None:
        self.countries = tuple(countries)
        self._countries: Params = (("countryCode", ",".join(countries)),) if countries else ()

    @property
    def provider(self) -> ProviderName:
        """Return the provider's name."""
        return TICKETMASTER

    @property
    def space(self) -> Space:
        """Return the space of its artist ids."""
        return spaces.TICKETMASTER

    def downgrade(self, capability: str) -> bool:  # noqa: ARG002  # part of the port
        """Return False: every key has the same capabilities."""
        return False

    def search_artists(self, name: str) -> Call[Page[Artist]]:
        """Search attractions of the music segment, and of all segments if none of those has the name.

        An attraction outside of music may have the name; add-ons and test records are left out.
        """
        keyword = ("keyword", name)
        music = _attractions(to_found_artist, (keyword, ("segmentId", MUSIC)), SEARCH_SIZE).page()

        def read(response: Response) -> Page[Artist]:
            page = music.parse(response)
            named = any(fold(artist.name) == fold(name) for artist in page.items)
            all_trades = _attractions(to_found_artist, (keyword,), SEARCH_SIZE).page()
            return page if named or page.next is not None else attrs.evolve(page, next=all_trades)

        return attrs.evolve(music, parse=read)

    def artist(self, provider_id: str) -> Call[Artist]:
        """Look one attraction up, of any kind."""
        return _lookup(endpoints.ATTRACTION, provider_id, WireAttraction, to_artist)

    def artists(self, artist_ids: Sequence[str]) -> Sequence[Call[tuple[Artist, ...]]]:
        """Look attractions up, a hundred with one call."""

        def read(page: Call[Page[Artist]], response: Response) -> tuple[Artist, ...]:
            return page.parse(response).items

        parts = [artist_ids[first : first + SEARCH_SIZE] for first in range(0, len(artist_ids), SEARCH_SIZE)]
        pages = [_attractions(to_artist, (("id", ",".join(part)),), SEARCH_SIZE).page() for part in parts]
        return [Call(request=page.request, parse=partial(read, page)) for page in pages]

    def artist_shows(
        self, artist_id: str, since: datetime, together: Collection[str] = ()
    ) -> Sequence[Call[Page[ShowDetails]]]:
        """List the events of an attraction: dated ones since a moment, and those without a date.

        An event without a date never matches a query with one, and a query for both kinds of undated events finds none;
        hence three lists. Each may list the events of several attractions.
        """
        ids = sorted({artist_id, *together})
        act = (("attractionId", ",".join(ids)),)
        choices: tuple[Params, ...] = (
            (("startDateTime", _instant(since)),),
            (("includeTBA", "only"),),
            (("includeTBD", "only"),),
        )
        wanted = partial(_has_act, artist_id) if len(ids) > 1 else None
        return [attrs.evolve(self._events((*act, *choice)), wanted=wanted).page() for choice in choices]

    def window(self, ask: Ask, artist_id: str = "") -> Call[Page[ShowDetails]]:
        """List one page of the events that start in a window: an artist's, or all of music.

        They are those of one country, or of all configured ones.
        """
        window = ask.window
        times = (("startDateTime", _instant(window.since)), ("endDateTime", _instant(window.until)))
        where = (("countryCode", window.country),) if window.country else self._countries
        whose = ("attractionId", artist_id) if artist_id else ("segmentId", MUSIC)
        params = (whose, *times, *where, ("sort", "id,asc"))
        return attrs.evolve(self._events(()), params=params, size=ask.size).page(ask.page)

    def undated(self) -> Sequence[Call[Page[ShowDetails]]]:
        """List the music events without a date, in two lists: one query for both kinds finds none."""
        return [self._events((("segmentId", MUSIC), (kind, "only"))).page() for kind in ("includeTBA", "includeTBD")]

    def show(self, show_id: str) -> Call[ShowDetails]:
        """Look one event up."""
        return _lookup(endpoints.EVENT, show_id, WireEvent, to_show)

    def _events(self, params: Params) -> "_Listing[WireEvent, ShowDetails]":
        return _Listing(
            endpoint=endpoints.EVENTS,
            key="events",
            wire=WireEvent,
            row=to_show,
            params=(*params, *self._countries, ("sort", "id,asc")),  # the only order without ties
            size=PAGE_SIZE,
        )


@attrs.frozen(kw_only=True)
class _Listing(Generic[Wire, Row]):
    """One list of the API: its items, how an item becomes a row (None: left out), and how it continues.

    `wanted` selects the items that are taken from a list that is shared with others; all of them if None.
    """

    endpoint: Endpoint
    key: str
    wire: type[Wire]
    row: Callable[[Wire, datetime], Row | None]
    params: Params
    size: int
    wanted: Callable[[Wire], bool] | None = None

    def page(self, number: int = 0, seen: frozenset[str] = frozenset()) -> Call[Page[Row]]:
        """Request one page, counted from 0; items with ids in `seen` were on an earlier one (the list shifts)."""
        paging = (("size", str(self.size)), ("page", str(number)), ("locale", LOCALE))
        request = self.endpoint.request(params=(*self.params, *paging))
        return Call(request=request, parse=partial(self._parse, number, seen))

    def _parse(self, number: int, seen: frozenset[str], response: Response) -> Page[Row]:
        body = answer(response)
        about = read_page(body)
        if about is None:
            raise Unavailable(TICKETMASTER, "a list without its page block")
        with noting() as unusable:
            sent, wires = read_items(body, self.key, self.wire)
            fresh = {wire.id: wire for wire in wires if wire.id not in seen}
            wanted = fresh.values() if self.wanted is None else filter(self.wanted, fresh.values())
            found = [(wire, self.row(wire, response.received_at)) for wire in wanted]
            for wire in (wire for wire, row in found if row is None):
                note(wire.told_as, wire.id, NOTHING_SAID, attrs.asdict(wire))
        if not sent and self._holds_more(number, about):
            raise Unavailable(TICKETMASTER, f"page {number + 1} of {about.total} {self.key} is empty")
        more = bool(fresh) and self._continues(number + 1, sent, about)
        return Page(
            items=tuple(row for _, row in found if row is not None),
            next=self.page(number + 1, seen | fresh.keys()) if more else None,
            total=about.total,
            sent=sent,
            rejects=tuple(unusable),
        )

    def _holds_more(self, number: int, about: WirePage) -> bool:
        """Return whether the list continues after this many pages, by its total."""
        size = about.size if about.size and about.size > 0 else self.size
        return number * size < min(about.total or 0, MAX_DEPTH)

    def _continues(self, number: int, sent: int, about: WirePage) -> bool:
        """Return whether the list continues, by the page's length, the depth limit, and the claimed number of pages."""
        size = about.size if about.size and about.size > 0 else self.size
        return sent >= size and number * size < MAX_DEPTH and (about.pages is None or number < about.pages)


def _attractions(
    row: Callable[[WireAttraction, datetime], Artist | None], params: Params, size: int
) -> _Listing[WireAttraction, Artist]:
    return _Listing(
        endpoint=endpoints.ATTRACTIONS, key="attractions", wire=WireAttraction, row=row, params=params, size=size
    )


def _lookup(
    endpoint: Endpoint, provider_id: str, wire: type[Wire], row: Callable[[Wire, datetime], Row | None]
) -> Call[Row]:
    def parse(response: Response) -> Row:
        with noting() as left_out:
            found = row(read_one(answer(response), wire), response.received_at)
        if found is None:
            raise BadPayload(TICKETMASTER, f"the {endpoint.name} has no usable name")
        return attrs.evolve(found, rejects=(*found.rejects, *left_out)) if isinstance(found, ShowDetails) else found

    return Call(request=endpoint.request(provider_id, params=(("locale", LOCALE),)), parse=parse)


def _has_act(attraction_id: str, event: WireEvent) -> bool:
    return any(act.id == attraction_id for act in event.parts.attractions)


def _instant(moment: datetime) -> str:
    """Return a moment in the only accepted form: UTC, whole seconds, a Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
