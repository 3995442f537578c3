"""Phase 1 of an import: find out which artist was meant."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from thesetd.actors.jobs.paging import collect
from thesetd.actors.jobs.planning import planned
from thesetd.actors.jobs.work import Work
from thesetd.domain.errors import BadReference, NotFound, Refused, UnknownArtist
from thesetd.domain.gate.calls import Call
from thesetd.domain.identity.spaces import SPACE_OF, SPACES, Ref, stands_for_nobody
from thesetd.domain.music.names import fold
from thesetd.domain.music.records import Artist, Rows
from thesetd.domain.music.reference import ArtistRef, Kind, parse_reference
from thesetd.domain.music.resolve import choose
from thesetd.domain.work.jobs import ArtistKey
from thesetd.domain.work.progress import Stage
from thesetd.ports.providers import Providers

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
        found = await planned(providers.lead, lambda: _find(ref, providers, fetch))
    except (NotFound, Refused) as error:
        raise UnknownArtist(ref.value) from error
    if any(stands_for_nobody(Ref(*one)) for one in found.ids.items()):
        raise BadReference(f"{found.name!r} stands for many artists and cannot be imported")
    return found


async def _find(ref: ArtistRef, providers: Providers, fetch: Fetch) -> Artist:
    if ref.kind is Kind.NAME:
        return await _by_name(ref.value, providers, fetch)
    knowing = next(providers.speaking(SPACE_OF[ref.kind]))
    found: Artist = await fetch(knowing.artist(ref.value))
    return found if knowing is providers.lead else await _by_act(found, providers, fetch)


async def artist_step(work: Work) -> None:
    """Make sure that the artist is known and its record fresh."""
    if not work.job.args.get("artist_fetched"):
        found = await resolve(_reference(work), work.tools.providers, work.fetch)
        space = work.tools.providers.lead.space
        key = ArtistKey(space=space, provider_id=found.ids[space])
        await work.commit(Rows(artists=(found,)), stage=Stage.INITIALIZING, part=0.5, artist=key)
        await work.reload_artist(ArtistRef(SPACES[space].written_as, key.provider_id))
    await work.commit(stage=Stage.INITIALIZING, part=1.0, last=True)


def _reference(work: Work) -> ArtistRef:
    space = work.tools.providers.lead.space
    if work.artist is not None and (key := work.artist.key_in(space)):
        return ArtistRef(SPACES[space].written_as, key.provider_id)
    return parse_reference(work.job.args["reference"])


async def _by_act(act: Artist, providers: Providers, fetch: Fetch) -> Artist:
    """Find the catalogue's record of an artist that another provider knows; keep the other's ids."""
    if catalog_id := act.ids.get(providers.lead.space):
        found: Artist = await fetch(providers.lead.artist(catalog_id))
    else:
        found = await _by_name(act.name, providers, fetch)
    return found.with_ids(act.ids)


async def _by_name(name: str, providers: Providers, fetch: Fetch) -> Artist:
    wanted = fold(name)

    def enough(hits: Sequence[Artist]) -> bool:
        found = any(fold(hit.name) == wanted for hit in hits)
        return len(hits) >= (NAMESAKES if found else SEARCH_HITS)

    return choose(name, await collect(fetch, providers.lead.search_artists(name), enough=enough))
