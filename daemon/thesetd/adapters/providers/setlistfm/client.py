"""Builds the requests to setlist.fm 1.0, one method each, without any I/O.

404 has two meanings: an unknown id, or an empty search or list (or a page beyond its end). Lists count pages from 1,
only the server sets their size, and they may shift while they are read: rows are stored by id, so reading one twice
does no harm.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Generic, TypeVar

import attrs

from thesetd.adapters.providers.lenient import note, noting
from thesetd.adapters.providers.refusals import error_of_status, json_object, sample, time_of
from thesetd.adapters.providers.setlistfm import endpoints
from thesetd.adapters.providers.setlistfm.rows import faults_of, to_artist, to_setlist
from thesetd.adapters.providers.setlistfm.wire import (
    WireArtist,
    WireCity,
    WirePage,
    WireSetlist,
    read_items,
    read_one,
)
from thesetd.domain.errors import BadPayload, Unauthorized, Unavailable
from thesetd.domain.gate.calls import Call, Page, Response
from thesetd.domain.gate.endpoints import Endpoint
from thesetd.domain.identity import spaces
from thesetd.domain.identity.spaces import Space
from thesetd.domain.ids import SETLISTFM, ProviderName
from thesetd.domain.music.records import Artist
from thesetd.ports.providers import SetlistDetails

KEY_REFUSED = "the key is refused: check providers.setlistfm.api_key (keys lapse after about a year without requests)"

LANGUAGE = "answered in another language than English: the names of cities are left out"
FIRST_EDIT = datetime(2008, 9, 22, tzinfo=UTC)  # an earlier `lastUpdated` is refused with 400
MOST_SAID = 200  # most characters of a fault

Params = tuple[tuple[str, str], ...]
Wire = TypeVar("Wire", bound=WireArtist | WireSetlist)
Row = TypeVar("Row")


class SetlistfmClient:
    """The `Setlists` of setlist.fm."""

    @property
    def provider(self) -> ProviderName:
        """Return the provider's name."""
        return SETLISTFM

    @property
    def space(self) -> Space:
        """Return the space of its artist ids."""
        return spaces.MUSICBRAINZ

    def downgrade(self, capability: str) -> bool:  # noqa: ARG002  # part of the port
        """Return False: every key has the same capabilities."""
        return False

    def search_artists(self, name: str) -> Call[Page[Artist]]:
        """Search by name, sorted by relevance: the default order by sort name hides the artist among tribute bands."""
        return _Listing(
            endpoint=endpoints.ARTISTS,
            key="artist",
            wire=WireArtist,
            row=to_artist,
            params=(("artistName", name), ("sort", "relevance")),
        ).page()

    def artist(self, provider_id: str) -> Call[Artist]:
        """Look one artist up by MBID."""
        return _lookup(endpoints.ARTIST, provider_id, WireArtist, to_artist)

    def artist_setlists(self, artist_id: str, page: int = 1) -> Call[Page[SetlistDetails]]:
        """List the artist's setlists, newest first; those of the next two days are already listed, without songs."""
        return _setlists(endpoints.ARTIST_SETLISTS, artist_id).page(page)

    def edited_setlists(self, artist_id: str, since: datetime) -> Call[Page[SetlistDetails]]:
        """List the artist's setlists that were edited at a moment (aware UTC) or later, in no particular order.

        Source: `GET /search/setlists`, whose `lastUpdated` is a second in UTC, inclusive.
        """
        moment = max(since, FIRST_EDIT).astimezone(UTC)
        params = (("artistMbid", artist_id), ("lastUpdated", f"{moment:%Y%m%d%H%M%S}"))
        return _setlists(endpoints.EDITED_SETLISTS, params=params).page()

    def setlist(self, setlist_id: str) -> Call[SetlistDetails]:
        """Look one setlist up in its current version."""
        return _lookup(endpoints.SETLIST, setlist_id, WireSetlist, to_setlist)


@attrs.frozen(kw_only=True)
class _Listing(Generic[Wire, Row]):
    """One list of the API: its path, its items, and how an item becomes a row (None: left out)."""

    endpoint: Endpoint
    key: str
    wire: type[Wire]
    row: Callable[[Wire, datetime], Row | None]
    ids: tuple[str, ...] = ()
    params: Params = ()

    def page(self, number: int = 1) -> Call[Page[Row]]:
        """Request one page, counted from 1."""
        params = (*self.params, ("p", str(number)))
        return Call(request=self.endpoint.request(*self.ids, params=params), parse=partial(self._parse, number))

    def _parse(self, number: int, response: Response) -> Page[Row]:
        if response.status == HTTPStatus.NOT_FOUND:
            return Page(items=(), total=0 if number == 1 else None, as_of=time_of(response))
        _refuse(response)
        body = json_object(SETLISTFM, response)
        if not isinstance(body.get(self.key), list):
            raise BadPayload(SETLISTFM, f"a list without {self.key}", sample(body))
        about = read_one(body, WirePage)
        with noting() as unusable:
            found = [(wire, self.row(wire, response.received_at)) for wire in read_items(body, self.key, self.wire)]
            for wire in (wire for wire, row in found if row is None):
                note(self.key, _id_of(wire), faults_of(wire)[:MOST_SAID], attrs.asdict(wire))
            if foreign := next((city for wire, _ in found if (city := _city_of(wire)) and city.is_foreign), None):
                note(self.key, "", f"{LANGUAGE} ({foreign.country.name!r})"[:MOST_SAID], attrs.asdict(foreign))
        sent, size, total = len(body[self.key]), about.size or 0, about.total or 0
        if not sent and (number - 1) * size < total:
            raise Unavailable(SETLISTFM, f"page {number} of {total} items is empty")
        return Page(
            items=tuple(row for _, row in found if row is not None),
            next=self.page(number + 1) if sent and number * size < total else None,
            total=about.total,
            sent=sent,
            as_of=time_of(response),
            rejects=tuple(unusable),
        )


def _setlists(endpoint: Endpoint, *ids: str, params: Params = ()) -> _Listing[WireSetlist, SetlistDetails]:
    return _Listing(endpoint=endpoint, ids=ids, key="setlist", wire=WireSetlist, row=to_setlist, params=params)


def _lookup(
    endpoint: Endpoint, provider_id: str, wire: type[Wire], row: Callable[[Wire, datetime], Row | None]
) -> Call[Row]:
    def parse(response: Response) -> Row:
        _refuse(response)
        body = json_object(SETLISTFM, response)
        with noting() as left_out:
            said = read_one(body, wire)
            found = row(said, response.received_at)
        if found is None:
            raise BadPayload(SETLISTFM, f"a {endpoint.name} {faults_of(said)}"[:MOST_SAID], sample(body))
        return attrs.evolve(found, rejects=tuple(left_out)) if isinstance(found, SetlistDetails) else found

    return Call(request=endpoint.request(provider_id), parse=parse)


def _city_of(wire: WireArtist | WireSetlist) -> WireCity | None:
    return wire.venue.city if isinstance(wire, WireSetlist) and wire.venue else None


def _id_of(wire: WireArtist | WireSetlist) -> str:
    return wire.mbid if isinstance(wire, WireArtist) else wire.id


def _refuse(response: Response) -> None:
    """Raise the error for a status. Bodies of errors have three forms and add nothing to the status."""
    if response.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise Unauthorized(SETLISTFM, KEY_REFUSED)
    error = error_of_status(SETLISTFM, response)
    if error is not None:
        raise error
