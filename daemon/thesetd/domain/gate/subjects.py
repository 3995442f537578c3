"""What an answer is about, as tags: by them answers are forgotten before their time.

    provider:<provider>                  every answer of a provider
    endpoint:<provider>:<endpoint>       every answer of an endpoint
    artist:<provider>:<id>               everything that names this artist
    <topic>:<provider>:<id>              of that, what is about one topic, e.g. its shows

An artist is named by the request (path or parameters) or by the answer; where each endpoint does so is in tables.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from thesetd.domain.gate.calls import Request, Response
from thesetd.domain.gate.lifetimes import Topic
from thesetd.domain.ids import SETLISTFM, SPOTIFY, TICKETMASTER, ProviderName
from thesetd.domain.work.jobs import KnownArtist

MOST_ARTISTS = 100  # that one answer is filed under: a full page of a search, or of songs with guests

_PATH = re.compile(r"(?:^|/)(?:artists?|attractions)/([^/?.]+)")
_PARAMS = frozenset({"attractionId", "artistMbid", "seed_artists"})
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")  # what providers call artists; anything else is no id and makes no tag
_IN_ANSWERS: Mapping[tuple[ProviderName, str], tuple[str, ...]] = {
    (SPOTIFY, "search-artists"): ("artists", "items", "id"),
    (SPOTIFY, "artists-several"): ("artists", "id"),
    (SPOTIFY, "album"): ("artists", "id"),
    (SPOTIFY, "albums-several"): ("albums", "artists", "id"),
    (SPOTIFY, "album-tracks"): ("items", "artists", "id"),
    (SPOTIFY, "track"): ("artists", "id"),
    (SPOTIFY, "tracks-several"): ("tracks", "artists", "id"),
    (TICKETMASTER, "attractions"): ("_embedded", "attractions", "id"),
    (TICKETMASTER, "event"): ("_embedded", "attractions", "id"),
    (SETLISTFM, "artists"): ("artist", "mbid"),
    (SETLISTFM, "setlist"): ("artist", "mbid"),
    (SETLISTFM, "venue-setlists"): ("setlist", "artist", "mbid"),
}


def tags_of(request: Request, response: Response, topic: Topic) -> tuple[str, ...]:
    """Give the tags of an answer, each once."""
    named = dict.fromkeys(name for name in _names(request, response) if _ID.fullmatch(name))
    general = (f"provider:{request.provider}", f"endpoint:{request.provider}:{request.endpoint}")
    artists = [(request.provider, name) for name in islice(named, MOST_ARTISTS)]
    return (*general, *artist_tags(artists), *artist_tags(artists, topic))


def artist_tags(ids: Iterable[tuple[ProviderName, str]], topic: Topic | None = None) -> tuple[str, ...]:
    """Give the tags of what is known of an artist under its ids: of everything, or of one topic."""
    kind = topic.value if topic else "artist"
    return tuple(f"{kind}:{provider}:{provider_id}" for provider, provider_id in ids)


def ids_of(artist: KnownArtist) -> tuple[tuple[ProviderName, str], ...]:
    """Give what the providers call an artist, where that is known."""
    ids = ((SPOTIFY, artist.spotify_id), (TICKETMASTER, artist.ticketmaster_id), (SETLISTFM, artist.mbid))
    return tuple((provider, provider_id) for provider, provider_id in ids if provider_id)


def _names(request: Request, response: Response) -> Iterator[str]:
    yield from _PATH.findall(request.path)
    for key, value in request.params:
        if key in _PARAMS:
            yield from value.split(",")
    place = _IN_ANSWERS.get((request.provider, request.endpoint), ())
    if place:
        yield from _texts(response.json, place)


def _texts(value: Any, place: tuple[str, ...]) -> Iterator[str]:
    """Give the texts at a place in a JSON value; lists on the way stand for all their items."""
    if isinstance(value, list):
        for item in value:
            yield from _texts(item, place)
    elif isinstance(value, Mapping) and place:
        yield from _texts(value.get(place[0]), place[1:])
    elif isinstance(value, str) and not place:
        yield value
