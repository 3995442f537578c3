"""Builds the requests to MusicBrainz, one method each, without any I/O.

A merged id is answered by 301 with the survivor's body: that is used directly, since following it would cost a second
call. 503 has two causes: "exceeding" means that we exceeded the limit; anything else is the server shedding load, even
within the limit, and succeeds with a retry. Both have bodies with an `error`, which has also been seen with status 200.
Lists are paged by offset and each page is sorted by id: a list is read to its end, and may shift meanwhile.
"""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any

from thesetd.adapters.providers.musicbrainz import endpoints
from thesetd.adapters.providers.musicbrainz.endpoints import MUSICBRAINZ
from thesetd.adapters.providers.musicbrainz.rows import to_artist, to_linked, to_records, to_release
from thesetd.adapters.providers.musicbrainz.wire import WireArtist, WireGroup, WireLinkedUrl, read_items, read_one
from thesetd.adapters.providers.refusals import error_of_status, json_object, retry_after_s, sample
from thesetd.domain.errors import BadPayload, NotFound, RateLimited, Unauthorized, Unavailable
from thesetd.domain.gate.calls import Call, Page, Response
from thesetd.domain.identity import spaces
from thesetd.domain.identity.spaces import Space
from thesetd.domain.identity.statements import Record
from thesetd.domain.ids import ProviderName
from thesetd.domain.music.records import Artist
from thesetd.domain.music.releases import Release

PAGE_SIZE = 100  # the maximum; outside of 1 to 100 a search falls back to 25
MOST_ADDRESSES = 100  # addresses in one request; more are silently dropped
SLOWER_S = 5.0  # minimum pause once the limit was exceeded: all requests are refused until the average has fallen
SEARCH_DEPTH = 300  # most hits of one name; a loose query has thousands
BLOCKED = "turned away: see providers.musicbrainz.contact"

_JSON = ("fmt", "json")  # without it the answer is XML
_INC = ("inc", "aliases url-rels")  # separated by a space: commas and repetitions cause a 400
_LUCENE = re.compile(r'([+\-&|!(){}\[\]^"~*?:\\/])')


class MusicBrainzClient:
    """The `Identities` of MusicBrainz."""

    @property
    def provider(self) -> ProviderName:
        """Return the provider's name."""
        return MUSICBRAINZ

    @property
    def space(self) -> Space:
        """Return the space of its artist ids."""
        return spaces.MUSICBRAINZ

    def downgrade(self, capability: str) -> bool:  # noqa: ARG002  # part of the port
        """Return False: every client has the same capabilities."""
        return False

    def search_artists(self, name: str) -> Call[Page[Artist]]:
        """Search names and aliases for a phrase; the score is relative to the best hit and proves nothing."""
        escaped = _LUCENE.sub(r"\\\1", name)
        return _search(f'artist:"{escaped}" OR alias:"{escaped}"', 0)

    def artist(self, provider_id: str) -> Call[Artist]:
        """Look one artist up by MBID; for a merged one, return the survivor."""

        def parse(response: Response) -> Artist:
            found = to_artist(_artist(response), response.received_at)
            if found is None:
                raise BadPayload(MUSICBRAINZ, "the artist has no usable name")
            return found

        return Call(request=endpoints.ARTIST.request(provider_id, params=(_INC, _JSON)), parse=parse)

    def described(self, artist_id: str) -> Call[tuple[Record, ...]]:
        """Look one artist up as it describes itself: the same request as `artist`."""
        request = endpoints.ARTIST.request(artist_id, params=(_INC, _JSON))
        return Call(request=request, parse=lambda response: to_records(_artist(response), artist_id))

    def linked(self, addresses: Sequence[str]) -> Call[tuple[Record, ...]]:
        """Look up by addresses in the form of their sites' links, which must match exactly.

        A single address would be answered in another form, so it is sent twice; both forms are read.
        """
        wanted = list(dict.fromkeys(addresses))[:MOST_ADDRESSES]
        resources = [("resource", one) for one in (wanted * 2 if len(wanted) == 1 else wanted)]
        request = endpoints.ADDRESSES.request(params=(*resources, ("inc", "artist-rels"), _JSON))
        return Call(request=request, parse=_linked)

    def releases(self, artist_id: str) -> Call[Page[Release]]:
        """List the artist's release groups, including bootlegs, as by the server's default."""
        return _releases(artist_id, 0)


def _search(query: str, offset: int) -> Call[Page[Artist]]:
    def parse(response: Response) -> Page[Artist]:
        body = _body(response)
        wires = read_items(_list(body, "artists"), WireArtist)
        found = (to_artist(wire, response.received_at) for wire in wires)
        after = offset + PAGE_SIZE
        more = bool(wires) and after < min(_count(body, "count"), SEARCH_DEPTH)
        return Page(
            items=tuple(artist for artist in found if artist is not None),
            next=_search(query, after) if more else None,
            total=_count(body, "count"),
        )

    params = (("query", query), ("limit", str(PAGE_SIZE)), ("offset", str(offset)), _JSON)
    return Call(request=endpoints.SEARCH_ARTISTS.request(params=params), parse=parse)


def _releases(artist_id: str, offset: int, seen: frozenset[str] = frozenset()) -> Call[Page[Release]]:
    params = (("artist", artist_id), ("limit", str(PAGE_SIZE)), ("offset", str(offset)), _JSON)
    request = endpoints.RELEASE_GROUPS.request(params=params)
    return Call(request=request, parse=partial(_release_page, artist_id, offset, seen))


def _release_page(artist_id: str, offset: int, seen: frozenset[str], response: Response) -> Page[Release]:
    body = _body(response)
    values, total = _list(body, "release-groups"), _count(body, "release-group-count")
    groups = {wire.id: wire for wire in read_items(values, WireGroup) if wire.id not in seen}
    after = offset + len(values)
    more = bool(values) and after < total
    return Page(
        items=tuple(map(to_release, groups.values())),
        next=_releases(artist_id, after, seen | groups.keys()) if more else None,
        total=total,
    )


def _linked(response: Response) -> tuple[Record, ...]:
    try:
        body = _body(response)
    except NotFound:
        return ()  # the answer to a single unknown address: no artist is linked with it
    values = _list(body, "urls") if "urls" in body else [body]
    return to_linked(read_items(values, WireLinkedUrl))


def _artist(response: Response) -> WireArtist:
    if response.status == HTTPStatus.MOVED_PERMANENTLY and isinstance(response.json, Mapping):
        return read_one(response.json, WireArtist)
    return read_one(_body(response), WireArtist)


def _body(response: Response) -> Mapping[str, Any]:
    """Return the body of a successful answer.

    Raises:
        ProviderError: of the class for its status and text; see the module.
    """
    said = response.json.get("error") if isinstance(response.json, Mapping) else None
    text = said if isinstance(said, str) else ""
    if response.status == HTTPStatus.SERVICE_UNAVAILABLE and "exceeding" in text:
        raise RateLimited(MUSICBRAINZ, text, max(SLOWER_S, retry_after_s(response) or 0.0))
    if response.status == HTTPStatus.FORBIDDEN:
        raise Unauthorized(MUSICBRAINZ, BLOCKED)
    if response.status == HTTPStatus.BAD_REQUEST and "Invalid mbid" in text:
        raise NotFound(MUSICBRAINZ, "malformed id")
    if (error := error_of_status(MUSICBRAINZ, response, text)) is not None:
        raise error
    if text:
        raise Unavailable(MUSICBRAINZ, text)
    return json_object(MUSICBRAINZ, response)


def _list(body: Mapping[str, Any], key: str) -> Sequence[Any]:
    values = body.get(key)
    if not isinstance(values, list):
        raise BadPayload(MUSICBRAINZ, f"no list of {key}", sample(body))
    return values


def _count(body: Mapping[str, Any], key: str) -> int:
    value = body.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
