"""Describes an endpoint in one row: its path, its topic, how long an answer is fresh, and where it names artists.

Each provider's folder has the table of its rows. Requests are built from them; the cache, its tags, and the keys of
`cache.lifetimes` are derived from them.
"""

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache
from typing import Any
from urllib.parse import quote

import attrs

from thesetd.domain.gate.calls import Request, Response
from thesetd.domain.identity.spaces import Space
from thesetd.domain.ids import ProviderName

ARTIST = "{artist}"  # placeholder in a path: the id of an artist, in the provider's space
OTHER = "{id}"  # placeholder in a path: the id of anything else
_ID = re.compile(r"\{(?:artist|id)\}")

DOCUMENTED = "documented to TheSet's users"


class Topic(Enum):
    """The topic of an answer, which decides when its cache entry is invalidated early."""

    PROFILE = "profile"  # data of an artist; invalidated on request
    CATALOG = "catalog"  # invalidated by a new album, or on request
    SHOWS = "shows"  # invalidated when one changes, or on request
    SETLISTS = "setlists"  # invalidated on request


@attrs.frozen(kw_only=True)
class Endpoint:
    """One endpoint of a provider.

    `path` is relative to the base address, with `{artist}` and `{id}` for ids. An answer is fresh for `fresh_s`
    seconds; `source` says why. Artists of `space` are named in the path, in the parameters `artist_params` (joined by
    commas), and in the body at `artists_at`, a path of keys in which a list stands for all of its items. `cost` is what
    one request counts for.
    """

    provider: ProviderName
    space: Space
    name: str
    path: str
    topic: Topic
    fresh_s: float
    source: str = DOCUMENTED
    artist_params: tuple[str, ...] = ()
    artists_at: tuple[str, ...] = ()
    cost: int = 1

    @property
    def names_one(self) -> bool:
        """Return whether a request names a single thing, so that "not found" refers to it."""
        return _ID.search(self.path) is not None

    def request(self, *ids: str, params: tuple[tuple[str, str], ...] = ()) -> Request:
        """Build a request, with the ids in the order of the path."""
        values = iter(ids)
        return self.onward(_ID.sub(lambda _: quote(next(values), safe=""), self.path), params)

    def onward(self, path: str, params: tuple[tuple[str, str], ...] = ()) -> Request:
        """Build a request for an address that the provider returned, such as that of the next page."""
        return Request(provider=self.provider, endpoint=self.name, path=path, params=params, cost=self.cost)

    def artists(self, request: Request, response: Response) -> Iterator[str]:
        """Return the ids of the artists that a request and its answer name; some of them may be invalid."""
        if ARTIST in self.path and (named := _pattern(self.path).search(request.path)):
            yield named[1]
        for key, value in request.params:
            if key in self.artist_params:
                yield from value.split(",")
        if self.artists_at:
            yield from _texts(response.json, self.artists_at)


@cache
def _pattern(path: str) -> re.Pattern[str]:
    """Return a pattern that finds a path's artist at the end of any address."""
    before, _, after = path.partition(ARTIST)
    return re.compile(rf"(?:^|/){re.escape(before)}([^/?.]+){re.escape(after)}(?:$|\?)")


def _texts(value: Any, place: tuple[str, ...]) -> Iterator[str]:
    """Return the texts at a place in a JSON value; a list on the path stands for all of its items."""
    if isinstance(value, list):
        for item in value:
            yield from _texts(item, place)
    elif isinstance(value, Mapping) and place:
        yield from _texts(value.get(place[0]), place[1:])
    elif isinstance(value, str) and not place:
        yield value
