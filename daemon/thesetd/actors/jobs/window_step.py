"""Read the shows of a stretch of time from a provider that lists them by dates, whoever plays.

A schedule that fires each hour reads a twenty-fourth of the coming year, so that a day brings all of it with about as
many calls as there are pages. That needs countries in the provider's configuration: nobody wants the world's shows.
"""

from datetime import datetime, timedelta

from thesetd.actors.jobs.work import Work
from thesetd.domain.gate.calls import Page
from thesetd.domain.music.records import Reject, Rows
from thesetd.domain.shows.sweep import Finished, Listed, Sweep
from thesetd.ports.providers import ShowDetails, Windows

SWEPT = "sync-upcoming-shows"
YEAR = timedelta(days=366)
SLICES = 24
_SECOND = timedelta(seconds=1)


def slice_at(now: datetime) -> tuple[datetime, datetime]:
    """Return the stretch of the coming year that is read in this hour of the day; both ends are part of it."""
    begin = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    length = YEAR / SLICES
    since = begin + now.hour * length
    return since, since + length - _SECOND


async def window_step(work: Work) -> None:
    """Read this hour's stretch from every provider that lists shows by dates, for the countries that are wanted."""
    if work.job.args["schedule"] != SWEPT:
        return
    since, until = slice_at(work.job.created_at)
    for shows in work.tools.providers.shows:
        if isinstance(shows, Windows) and shows.countries:
            await _sweep(work, shows, since, until)


async def _sweep(work: Work, shows: Windows, since: datetime, until: datetime) -> None:
    """Read a stretch window by window; each is one batch, and a later run goes on behind the last of them."""
    if "swept" in work.checkpoint:
        since = datetime.fromisoformat(work.checkpoint["swept"]) + _SECOND
    sweep = Sweep(since, until, countries=shows.countries)
    found: dict[str, ShowDetails] = {}
    rejects: list[Reject] = []
    while (ask := sweep.ask) is not None:
        page = await work.fetch(shows.window(ask))
        found |= {one.show.provider_id: one for one in page.items}
        rejects += page.rejects
        finished = sweep.take(_listed(page))
        if finished is not None:
            await _store(work, finished, found, rejects)
            found, rejects = {}, []


async def _store(work: Work, window: Finished, found: dict[str, ShowDetails], rejects: list[Reject]) -> None:
    """Store the shows of a window that was read, and say if it holds more than could be had."""
    if not window.whole:
        work.remark(
            f"only {len(window.ids)} of {window.total} events from {window.window.since:%Y-%m-%d} on are listed"
        )
    work.checkpoint["swept"] = window.window.until.isoformat()
    rows = Rows(
        shows=tuple(one.show for one in found.values()),
        venues=tuple({one.venue.provider_id: one.venue for one in found.values() if one.venue}.values()),
        rejects=(*rejects, *(reject for one in found.values() for reject in one.rejects)),
    )
    await work.commit(rows)


def _listed(page: Page[ShowDetails]) -> Listed:
    """Return what a page held; what could not be used counts as well."""
    ids = tuple(one.show.provider_id for one in page.items)
    unusable = tuple(reject.key for reject in page.rejects if reject.kind == "show" and reject.key not in ids)
    starts = {one.show.provider_id: one.show.starts_at for one in page.items if one.show.starts_at is not None}
    return Listed(ids=tuple(sorted((*ids, *unusable))), total=page.total or 0, starts=starts)
