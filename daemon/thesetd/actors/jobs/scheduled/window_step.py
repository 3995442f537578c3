"""Reads the shows of a period from a provider that lists them by date, for all acts.

A schedule that fires every hour reads a twenty-fourth of the coming year, so that a day covers all of it with about as
many calls as there are pages. This requires countries in the provider's configuration, since all shows in the world
would be too many.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import attrs

from thesetd.actors.jobs.missing import ShowLookups, ask_for
from thesetd.actors.jobs.paging import ListResult, collect, listed_of
from thesetd.actors.jobs.work import JobRun
from thesetd.domain.errors import ProviderError
from thesetd.domain.music.records import Reject, Rows, Show
from thesetd.domain.shows.sweep import EARLIER, Finished, Sweep, SweepWindow
from thesetd.ports.providers import ShowDetails, SweptShows

SWEPT = "sync-upcoming-shows"
YEAR = timedelta(days=366)
SLICES = 24
PART = 100  # shows of one batch: with as many new acts it takes about half a second
_SECOND = timedelta(seconds=1)


def slice_at(now: datetime) -> tuple[datetime, datetime]:
    """Return the period of the coming year that is read in this hour of the day; both ends are included."""
    begin = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    length = YEAR / SLICES
    since = begin + now.hour * length
    return since, since + length - _SECOND


async def window_step(work: JobRun) -> None:
    """Read this hour's period from every provider that lists shows by date, for the configured countries."""
    if work.job.args["schedule"] != SWEPT:
        return
    since, until = slice_at(work.job.created_at)
    for shows in work.tools.providers.shows:
        if isinstance(shows, SweptShows) and shows.countries:
            await _sweep(work, shows, since, until)


async def _sweep(work: JobRun, shows: SweptShows, since: datetime, until: datetime) -> None:
    """Read a period window by window; each window is one batch, and a later run continues after the last of them."""
    if "swept" in work.checkpoint:
        since = datetime.fromisoformat(work.checkpoint["swept"]) + _SECOND
    if work.job.created_at.hour == 0 and "swept" not in work.checkpoint:
        await _store_undated(work, shows)
    known = await _stored(work, shows, SweepWindow(since=since, until=until))
    before = await _stored(work, shows, SweepWindow(since=since - EARLIER, until=since - _SECOND))
    earlier, begins = (sorted(filter(None, stored.values())) for stored in (before, known))
    sweep = Sweep(since, until, countries=shows.countries, known=begins, earlier=earlier)
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
    """Store the shows of a window; request those that it should hold, or report that it holds more."""
    rows = _rows(found.values(), rejects)
    if not window.whole:
        work.remark(
            f"only {len(window.ids)} of {window.total} events from {window.window.since:%Y-%m-%d} on are listed"
        )
    elif missing := await _missing(work, shows, window):
        await _commit(work, rows)
        about, listed = window.window, len(window.ids)
        told = f"the {listed} events listed from {about.since:%Y-%m-%d %H:%M} to {about.until:%Y-%m-%d %H:%M} UTC"
        rows = await _asked(work, shows, missing, told)
    await _commit(work, rows, swept=window.window.until)


async def _commit(work: JobRun, rows: Rows, swept: datetime | None = None) -> None:
    """Store rows in parts, because users' imports wait for the writer meanwhile; the last part records `swept`."""
    *parts, last = [rows.shows[begin : begin + PART] for begin in range(0, len(rows.shows), PART)] or [()]
    venues = {one.provider_id: one for one in rows.venues}

    def part_of(shows: Sequence[Show]) -> Rows:
        wanted = dict.fromkeys(one.venue_provider_id for one in shows)
        return Rows(shows=tuple(shows), venues=tuple(venues[one] for one in wanted if one in venues))

    for shows in parts:
        await work.commit(part_of(shows))
    if swept is not None:
        work.checkpoint["swept"] = swept.isoformat()
    await work.commit(attrs.evolve(part_of(last), rejects=rows.rejects, unlisted=rows.unlisted))


async def _missing(work: JobRun, shows: SweptShows, window: Finished) -> list[str]:
    listed = set(window.ids)
    return [one for one in await _stored(work, shows, window.window) if one not in listed]


async def _stored(work: JobRun, shows: SweptShows, about: SweepWindow | None) -> Mapping[str, datetime | None]:
    """Return the provider's shows that are stored in a window, or without a date, by their ids."""
    return await work.tools.reading.repertoires.announced(
        about, shows.provider, now=work.tools.clock.now(), countries=shows.countries
    )


async def _asked(work: JobRun, shows: SweptShows, missing: Sequence[str], listed: str) -> Rows:
    """Return the answers about shows by id; if a call fails, earlier answers are stored."""
    asked = ShowLookups()
    try:
        await ask_for(work, shows, missing, listed, asked)
    except ProviderError:
        await work.commit(_of(shows, asked))
        raise
    return _of(shows, asked)


def _of(shows: SweptShows, asked: ShowLookups) -> Rows:
    rows = _rows(asked.found, asked.rejects)
    return attrs.evolve(rows, unlisted=tuple((shows.provider, one) for one in asked.ids))


async def _store_undated(work: JobRun, shows: SweptShows) -> None:
    """Store the events without a date, which no window holds; request those that are no longer listed."""
    whole, seen = True, set[str]()
    for first in shows.undated():
        listed: ListResult[ShowDetails] = ListResult()
        await collect(work.fetch, first, into=listed, now=work.tools.clock.now)
        if listed.short:
            work.remark(f"only {listed.sent} of {listed.total} events without a date are listed")
        found = {one.show.provider_id: one for one in listed.items}
        whole, seen = whole and listed.whole, seen | found.keys() | {one.key for one in listed.rejects}
        await _commit(work, _rows(found.values(), listed.rejects))
    if whole and seen:
        missing = [one for one in await _stored(work, shows, None) if one not in seen]
        await work.commit(await _asked(work, shows, missing, f"the {len(seen)} events listed without a date"))


def _rows(found: Collection[ShowDetails], rejects: Iterable[Reject]) -> Rows:
    return Rows(
        shows=tuple(one.show for one in found),
        venues=tuple({one.venue.provider_id: one.venue for one in found if one.venue}.values()),
        rejects=(*rejects, *(reject for one in found for reject in one.rejects)),
    )
