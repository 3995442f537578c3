"""Identifies artists: the only place that queries providers about identities.

Providers' answers become the input of decisions (`Learnt`); identities are decided in the writer's transaction, by
`domain.identity`, and the artist with its ids is returned. A search shows which others have the name: a name is unique
only if all candidates were seen.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import attrs

from thesetd.actors.jobs.paging import ListResult, collect
from thesetd.domain.errors import NotFound
from thesetd.domain.gate.calls import Call
from thesetd.domain.identity.agreement import Agreement, compare
from thesetd.domain.identity.learning import Learnt
from thesetd.domain.identity.spaces import Ref, Space
from thesetd.domain.identity.statements import Appearance, Record, Search
from thesetd.domain.music.acts import described, own_id
from thesetd.domain.music.names import fold
from thesetd.domain.music.records import Artist
from thesetd.ports.providers import Artists, Providers, SetlistDetails, ShowDetails

MOST_HITS = 300  # most hits of a search by name: ten pages of setlist.fm
CATALOG_HITS = 50  # a wanted artist was seen at rank 11; that is one page of 50, or five pages of 10
TAIL = 10  # if hits are sorted by relevance, none with the name follows after this many with other names

FetchCall = Callable[[Call[Any]], Awaitable[Any]]


@attrs.frozen(kw_only=True)
class Sought:
    """The result of a search by name: the artists of this name, and whether these are all."""

    space: Space
    hits: tuple[Artist, ...]
    name: str
    complete: bool
    lacking: str = ""  # how many of how many hits arrived or can be read, if not all

    def learnt(self, wanted: Iterable[Ref] = ()) -> Learnt:
        """Return what this says about identities."""
        asked = Record(ref=Ref(self.space, ""), name=self.name)
        records = (described(hit, self.space) for hit in self.hits if self.space in hit.ids)
        near = tuple(one for one in records if one.links or compare(one, asked) is not Agreement.OTHER)
        search = Search(space=self.space, name=self.name, complete=self.complete)
        return Learnt(records=near, searches=frozenset({search}), wanted=frozenset(wanted), complete=True)

    def named(self) -> list[Artist]:
        """Return the hits that have the name, signs read as letters."""
        asked = Record(ref=Ref(self.space, ""), name=self.name)
        return [hit for hit in self.hits if self.space in hit.ids and compare(described(hit, self.space), asked).same]


async def seek(fetch: FetchCall, client: Artists, name: str, *, most: int = MOST_HITS, soon: bool = False) -> Sought:
    """Search for a name until the list ends, or has no more hits with this name.

    With `soon` the first hits are enough if one of them has the name, whatever follows.
    """

    def clear(hits: Sequence[Artist]) -> bool:
        return not any(fold(hit.name) == fold(name) for hit in hits[-TAIL:])

    def enough(hits: Sequence[Artist]) -> bool:
        found = any(fold(hit.name) == fold(name) for hit in hits)
        return len(hits) >= most or (found and most < MOST_HITS and (clear(hits) or (soon and len(hits) >= TAIL)))

    listed: ListResult[Artist] = ListResult()
    await collect(fetch, client.search_artists(name), enough=enough, into=listed)
    hits = tuple(listed.items)
    lacking = _lacking(listed, client.space) if listed.ended else ""
    whole = not lacking if listed.ended else clear(hits)
    return Sought(space=client.space, hits=hits, name=name, complete=whole, lacking=lacking)


def _lacking(listed: ListResult[Artist], space: Space) -> str:
    """Say what a search lacks; a hit of which a field cannot be read is there all the same."""
    if not listed.whole:
        return f"{listed.sent} of {listed.total} search results for the name are listed"
    known = {hit.ids.get(space) for hit in listed.items}
    unread = sum(reject.key not in known for reject in listed.rejects)
    return f"{listed.sent - unread} of {listed.sent} search results for the name are readable" if unread else ""


def spaces_asked(providers: Providers, without: Iterable[Space] = ()) -> frozenset[Space]:
    """Return the spaces whose candidates can be searched for."""
    inside = (*providers.catalog, *providers.shows, *providers.setlists)
    return frozenset(client.space for client in inside) - frozenset(without)


def pages_of(ref: Ref, name: str, details: Iterable[SetlistDetails], total: int | None = None) -> Record:
    """Return what pages of setlists say about the artist they belong to."""
    found = tuple(details)
    names = [act.name for one in found[:1] for act in one.show.bill[:1] if act.name]
    return Record(
        ref=ref,
        name=next(iter(names), name),
        concerts=nights(found),
        items=frozenset(one.setlist.setlistfm_id for one in found),
        audience=total,
    )


def events_of(ref: Ref, name: str, details: Iterable[ShowDetails]) -> Record:
    """Return what events say about an act on their bills."""
    mine = [one for one in details if any(own_id(act, one.show.provider) == ref for act in one.show.bill)]
    return Record(ref=ref, name=name, concerts=nights(mine), items=frozenset(one.show.provider_id for one in mine))


def nights(details: Iterable[ShowDetails | SetlistDetails]) -> frozenset[Appearance]:
    """Return the nights and cities of concerts."""
    return frozenset(
        Appearance(one.show.local_date, one.venue.city)
        for one in details
        if one.show.local_date is not None and one.venue is not None and one.venue.city and not one.show.is_addon
    )


async def looked_up(fetch: FetchCall, client: Artists, artist_id: str) -> Record | None:
    """Return what a provider says of an id, None if it no longer knows it."""
    try:
        return described(await fetch(client.artist(artist_id)), client.space)
    except NotFound:
        return None
