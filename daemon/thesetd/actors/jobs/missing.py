"""Shows that a complete list no longer holds: each is asked for once by its id, and none is called gone for less.

One that its provider still knows is asked for again after a day, the one that was asked longest ago first.
"""

from collections.abc import Sequence

from thesetd.actors.jobs.work import JobRun
from thesetd.domain.errors import NotFound
from thesetd.domain.music.records import Show
from thesetd.ports.providers import ShowDetails, Shows

MOST_MISSING = 20  # events asked for by id in one go; the next refresh goes on behind them


async def ask_for(work: JobRun, shows: Shows, missing: Sequence[str], listed: str) -> list[ShowDetails]:
    """Return what a provider says of shows by their ids; one that it does not know any more is withdrawn.

    Args:
        work: the job.
        shows: the provider.
        missing: the ids of shows that are stored and were not listed, in the order in which to ask.
        listed: the evidence: what list they are not in.
    """
    found = []
    for show_id in missing[:MOST_MISSING]:
        try:
            found.append(await work.fetch(shows.show(show_id)))
        except NotFound:
            now = work.tools.clock.now()
            evidence = f"{now:%Y-%m-%d}: unknown by its id, and not among {listed}"
            gone = Show(
                provider=shows.provider,
                provider_id=show_id,
                name="",
                fetched_at=now,
                status="withdrawn",
                gone_because=evidence,
            )
            found.append(ShowDetails(show=gone))
    return found
