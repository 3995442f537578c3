"""Takes one artist's shows and record from answers about several artists, which are refreshed at the same moment.

Identical calls are made once, by whichever job comes first. So twenty refreshes cost hardly more calls than one. Shared
answers are believed only if nothing about them is odd: otherwise the artist's own are read, as if there were none. That
is remembered, as these calls may have to wait for the quota, and the others would be made again after the wait.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial

from thesetd.actors.jobs.ahead import concurrently
from thesetd.actors.jobs.missing import Findings, unlisted
from thesetd.actors.jobs.paging import ListResult, collect
from thesetd.actors.jobs.work import JobRun
from thesetd.domain.errors import BadPayload, NotFound, Refused
from thesetd.domain.gate.calls import Call, Page
from thesetd.domain.identity.statements import Record
from thesetd.domain.music.acts import described
from thesetd.domain.shows.sweep import CAPACITY
from thesetd.domain.work.jobs import TOGETHER
from thesetd.ports.providers import ShowDetails, Shows

ALONE = "alone"  # in the checkpoint: shared answers did not settle it
NO_ANSWER = (NotFound, Refused, BadPayload)  # as if it took fewer ids in a call: how many is not documented
MOST_LACKING = 2  # stored shows: three more lists cost more than a question for each of these


async def read_together(work: JobRun, found: Findings, shows: Shows, artist_id: str, since: datetime) -> bool:
    """Take an artist's shows from the lists that its job shares with others; return whether these settle it.

    They do not if there are none, if a list is refused, too deep, incomplete or partly unreadable, or if it lacks more
    stored shows of the artist than could well be requested by their ids.
    """
    together = _together(work, shows, artist_id)
    if not together:
        return False
    reads = [partial(_items, work, first) for first in shows.artist_shows(artist_id, since, together)]
    lists = await concurrently(reads)
    items = [one for each in lists if each is not None for one in each]
    if None in lists or await _lacks_many(work, shows, [*found.shows, *items]):
        work.checkpoint[ALONE] = True
        await work.commit()
        return False
    found.shows += items
    return True


async def _lacks_many(work: JobRun, shows: Shows, found: Sequence[ShowDetails]) -> bool:
    return len(await unlisted(work, shows, {one.show.provider_id for one in found})) > MOST_LACKING


async def record_together(work: JobRun, shows: Shows, artist_id: str) -> Record | None:
    """Return what the provider says of an artist in the call that its job shares; None if it does not say anything."""
    with suppress(*NO_ANSWER):
        for call in shows.artists(_together(work, shows, artist_id)):
            for artist in await work.fetch(call, shared=work.job.shared):
                if artist.ids.get(shows.space) == artist_id:
                    return described(artist, shows.space)
    return None


def _together(work: JobRun, shows: Shows, artist_id: str) -> Sequence[str]:
    """Return the ids that share calls with this one, and itself; none if there are no others."""
    together: Sequence[str] = work.job.args.get(TOGETHER, {}).get(shows.provider, ())
    return together if artist_id in together and ALONE not in work.checkpoint else ()


async def _items(work: JobRun, first: Call[Page[ShowDetails]]) -> Sequence[ShowDetails] | None:
    """Return the artist's shows in a shared list, None if it is not to be relied on."""
    fetch = partial(work.fetch, shared=work.job.shared)
    listed = ListResult[ShowDetails]()

    async def rest(call: Call[Page[ShowDetails]]) -> Page[ShowDetails]:
        return begin if call is first else await fetch(call)

    with suppress(*NO_ANSWER):
        begin = await fetch(first)
        if (begin.total or 0) <= CAPACITY:
            await collect(rest, first, into=listed, now=work.tools.clock.now)
    return listed.items if listed.whole and not listed.rejects else None
