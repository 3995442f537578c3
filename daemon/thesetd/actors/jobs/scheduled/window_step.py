"""Read the shows of a stretch of time from a provider that lists them by dates, whoever plays.

A schedule that fires each hour reads a twenty-fourth of the coming year, so that a day brings all of it with about as
many calls as there are pages. That needs countries in the provider's configuration: nobody wants the world's shows.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

import attrs

from thesetd.actors.jobs.missing import ask_for
from thesetd.actors.jobs.paging import ListResult, collect, listed_of
from thesetd.actors.jobs.work import JobRun
from thesetd.domain.music.records import Reject, Rows
from thesetd.domain.shows.sweep import Finished, Sweep
from thesetd.ports.providers import ShowDetails, SweptShows

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


async def window_step(work: JobRun) -> None:
    """Read this hour's stretch from every provider that lists shows by dates, for the countries that are wanted."""
    if work.job.args["schedule"] != SWEPT:
        return
    since, until = slice_at(work.job.created_at)
    for shows in work.tools.providers.shows:
        if isinstance(shows, SweptShows) and shows.countries:
            await _sweep(work, shows, since, until)


async def _sweep(work: JobRun, shows: SweptShows, since: datetime, until: datetime) -> None:
    """Read a stretch window by window; each is one batch, and a later run continues behind the last of them."""
    if "swept" in work.checkpoint:
        since = datetime.fromisoformat(work.checkpoint["swept"]) + _SECOND
    if work.job.created_at.hour == 0 and "swept" not in work.checkpoint:
        await _store_undated(work, shows)
    sweep = Sweep(since, until, countries=shows.countries)
    found: dict[str, ShowDetails] = {}
    rejects: list[Reject] = []
    while (ask := sweep.ask) is not None:
        page = await work.fetch(shows.window(ask))
        found |= {one.show.provider_id: one for one in page.items}
        rejects += page.rejects
        finished = sweep.take(listed_of(page))
        if finished is not None:
            await _store(work, shows, finished, found, rejects)
            found, rejects = {}, []


async def _store(
    work: JobRun, shows: SweptShows, window: Finished, found: dict[str, ShowDetails], rejects: list[Reject]
) -> None:
    """Store the shows of a window that was read; ask for those that it should hold, or say that it holds more."""
    asked: dict[str, ShowDetails] = {}
    if window.whole:
        asked = {one.show.provider_id: one for one in await _missing(work, shows, window)}
    else:
        work.remark(
            f"only {len(window.ids)} of {window.total} events from {window.window.since:%Y-%m-%d} on are listed"
        )
    work.checkpoint["swept"] = window.window.until.isoformat()
    rows = _rows((found | asked).values(), rejects)
    await work.commit(attrs.evolve(rows, unlisted=tuple(one.show.key for one in asked.values())))


async def _missing(work: JobRun, shows: SweptShows, window: Finished) -> list[ShowDetails]:
    about, listed = window.window, len(window.ids)
    stored = await work.tools.reading.repertoires.announced(
        about, shows.provider, now=work.tools.clock.now(), countries=shows.countries
    )
    told = f"the {listed} events listed from {about.since:%Y-%m-%d %H:%M} to {about.until:%Y-%m-%d %H:%M} UTC"
    return await ask_for(work, shows, [one for one in stored if one not in window.ids], told)


async def _store_undated(work: JobRun, shows: SweptShows) -> None:
    """Store the events without a date, which no window holds; ask for those that are listed no more."""
    whole, seen = True, set[str]()
    for first in shows.undated():
        listed: ListResult[ShowDetails] = ListResult()
        await collect(work.fetch, first, into=listed, now=work.tools.clock.now)
        if listed.short:
            work.remark(f"only {listed.sent} of {listed.total} events without a date are listed")
        found = {one.show.provider_id: one for one in listed.items}
        whole, seen = whole and listed.whole, seen | found.keys() | {one.key for one in listed.rejects}
        await work.commit(_rows(found.values(), listed.rejects))
    if whole and seen:
        stored = await work.tools.reading.repertoires.announced(
            None, shows.provider, now=work.tools.clock.now(), countries=shows.countries
        )
        missing = [one for one in stored if one not in seen]
        asked = await ask_for(work, shows, missing, f"the {len(seen)} events listed without a date")
        rows = _rows(asked, ())
        await work.commit(attrs.evolve(rows, unlisted=tuple(one.show.key for one in asked)))


def _rows(found: Collection[ShowDetails], rejects: Iterable[Reject]) -> Rows:
    return Rows(
        shows=tuple(one.show for one in found),
        venues=tuple({one.venue.provider_id: one.venue for one in found if one.venue}.values()),
        rejects=(*rejects, *(reject for one in found for reject in one.rejects)),
    )
