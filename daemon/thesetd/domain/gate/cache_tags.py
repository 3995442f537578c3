"""Tags cache entries by what they are about, so that they can be invalidated early.

    provider:<provider>                  every answer of a provider
    endpoint:<provider>:<endpoint>       every answer of an endpoint
    artist:<space>:<id>                  everything that names this artist, by whatever provider
    <topic>:<space>:<id>                 of that, what is about one topic, e.g. its shows

An artist is named by the request (path or parameters) or by the answer; the endpoint's row says where.
"""

import re
from collections.abc import Iterable
from itertools import islice

from thesetd.domain.gate.calls import Request, Response
from thesetd.domain.gate.endpoints import Endpoint, Topic
from thesetd.domain.identity.spaces import Space

MOST_ARTISTS = 100  # artists that one answer is tagged with: a full page of a search, or of songs with guests

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")  # artist ids of providers; anything else is not an id and makes no tag


def tags_of(endpoint: Endpoint, request: Request, response: Response) -> tuple[str, ...]:
    """Return the tags of an answer, without repetitions."""
    named = dict.fromkeys(name for name in endpoint.artists(request, response) if _ID.fullmatch(name))
    general = (f"provider:{endpoint.provider}", f"endpoint:{endpoint.provider}:{endpoint.name}")
    artists = [(endpoint.space, name) for name in islice(named, MOST_ARTISTS)]
    return (*general, *artist_tags(artists), *artist_tags(artists, endpoint.topic))


def artist_tags(ids: Iterable[tuple[Space, str]], topic: Topic | None = None) -> tuple[str, ...]:
    """Return the tags of an artist's ids: for everything about the artist, or for one topic."""
    kind = topic.value if topic else "artist"
    return tuple(f"{kind}:{space}:{provider_id}" for space, provider_id in ids)
