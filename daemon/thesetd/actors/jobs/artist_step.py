"""Phase 1 of an import: find out which artist was meant."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import attrs

from thesetd.actors.jobs.paging import collect
from thesetd.actors.jobs.planning import planned
from thesetd.actors.jobs.work import Providers, Work
from thesetd.domain.errors import BadReference, NotFound, Refused, UnknownArtist
from thesetd.domain.gate.calls import Call
from thesetd.domain.ids import SPOTIFY
from thesetd.domain.music.names import fold
from thesetd.domain.music.records import Artist, Rows
from thesetd.domain.music.reference import VARIOUS_ARTISTS, ArtistRef, Kind, parse_reference
from thesetd.domain.music.resolve import choose
from thesetd.domain.work.jobs import ArtistKey
from thesetd.domain.work.progress import Stage

SEARCH_HITS = 50  # a wanted artist was seen at rank 11; one page where pages hold 50, five where they hold 10

NAMESAKES = 10  # hits looked at although one fits: a namesake that is ranked lower is hardly meant

Fetch = Callable[[Call[Any]], Awaitable[Any]]


async def resolve(ref: ArtistRef, providers: Providers, fetch: Fetch) -> Artist:
    """Ask the providers for the artist that was meant; the record has the ids that were learnt on the way.

    Raises:
        UnknownArtist, AmbiguousArtist: none, or several, could be meant.
        BadReference: the one that was meant is no artist.
        ProviderError, NotConfigured: it could not be found out.
    """
    try:
        found = await planned(providers.catalog, lambda: _find(ref, providers, fetch))
    except (NotFound, Refused) as error:
        raise UnknownArtist(ref.value) from error
    if found.spotify_id == VARIOUS_ARTISTS:
        raise BadReference(f"{found.name!r} stands for many artists and cannot be imported")
    return found


async def _find(ref: ArtistRef, providers: Providers, fetch: Fetch) -> Artist:
    match ref.kind:
        case Kind.SPOTIFY:
            found: Artist = await fetch(providers.catalog.artist(ref.value))
            return found
        case Kind.TICKETMASTER:
            return await _by_act(await fetch(providers.shows.artist(ref.value)), providers, fetch)
        case Kind.MBID:
            return await _by_act(await fetch(providers.setlists.artist(ref.value)), providers, fetch)
        case Kind.NAME:
            return await _by_name(ref.value, providers, fetch)


async def artist_step(work: Work) -> None:
    """Make sure that the artist is known and its record fresh."""
    if not work.job.args.get("artist_fetched"):
        found = await resolve(_reference(work), work.tools.providers, work.fetch)
        assert found.spotify_id is not None
        key = ArtistKey(provider=SPOTIFY, provider_id=found.spotify_id)
        await work.commit(Rows(artists=(found,)), stage=Stage.INITIALIZING, part=0.5, artist=key)
        await work.reload_artist(ArtistRef(Kind.SPOTIFY, found.spotify_id))
    await work.commit(stage=Stage.INITIALIZING, part=1.0, last=True)


def _reference(work: Work) -> ArtistRef:
    if work.artist is not None and work.artist.spotify_id:
        return ArtistRef(Kind.SPOTIFY, work.artist.spotify_id)
    return parse_reference(work.job.args["reference"])


async def _by_act(act: Artist, providers: Providers, fetch: Fetch) -> Artist:
    """Find the catalogue's record of an artist that another provider knows; keep the other's ids."""
    if act.spotify_id:
        found: Artist = await fetch(providers.catalog.artist(act.spotify_id))
    else:
        found = await _by_name(act.name, providers, fetch)
    return attrs.evolve(
        found, ticketmaster_id=found.ticketmaster_id or act.ticketmaster_id, mbid=found.mbid or act.mbid
    )


async def _by_name(name: str, providers: Providers, fetch: Fetch) -> Artist:
    wanted = fold(name)

    def enough(hits: Sequence[Artist]) -> bool:
        found = any(fold(hit.name) == wanted for hit in hits)
        return len(hits) >= (NAMESAKES if found else SEARCH_HITS)

    return choose(name, await collect(fetch, providers.catalog.search_artists(name), enough=enough))
