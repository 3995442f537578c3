"""Reads an artist's whole history of setlists, and finds pages that have vanished from it.

An import fetches the latest setlists, which is what a user waits for. If the list continues, a separate job reads it
from beginning to end, as the background quota allows; after an interruption it continues with the missing pages. A
stored page that is absent from a list read to its end is requested once by its id. If the provider does not know it,
the page is marked as gone, with the evidence; it returns when a list holds it again.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import attrs

from thesetd.actors.jobs.missing import MOST_MISSING
from thesetd.actors.jobs.work import JobRun
from thesetd.domain.errors import BadPayload, NotFound, ProviderError, RateLimited
from thesetd.domain.freshness.rereading import list_id
from thesetd.domain.gate.calls import Page
from thesetd.domain.music.records import GonePage, ReadList, Reject, Rows
from thesetd.domain.work.jobs import HISTORY, JobKind, Lane, NewJob
from thesetd.domain.work.progress import Amendment
from thesetd.ports.providers import SetlistDetails, Setlists

EDITED = "edited"  # the kind of list that says until when edits are stored
LISTED = "listed"  # in the checkpoint: a list was read to its end, and every page was seen since that moment
PAGES = 5  # pages of one batch: 100 setlists
PAST_PAGES = 5  # pages of latest setlists: what a prediction uses; a busy artist has 2,000, a day has 1,440 calls
PAST_PAGE = 20  # setlists on one page
LATEST = PAST_PAGES * PAST_PAGE
ALL_AGAIN = timedelta(days=7)  # time after which a refresh reads all of these pages, not only up to the first known one
AGAIN = timedelta(days=365)  # time after which a whole history is read again


def edits_stored(work: JobRun, artist_id: str, at: datetime) -> ReadList:
    """Return what says that every edit of the artist's setlists up to a moment of the provider's clock is stored.

    It is stored in one batch with the last of them.
    """
    return ReadList(id=edits_id(work, artist_id), read_at=at)


def edits_id(work: JobRun, artist_id: str) -> UUID:
    """Return under which id that moment is stored."""
    return list_id(work.known().id, f"{EDITED}:{artist_id}")


async def history_due(work: JobRun) -> bool:
    """Return whether an artist's whole history has not been read recently."""
    key = list_id(work.known().id, HISTORY)
    known = (await work.tools.reading.repertoires.lists([key])).get(key)
    return known is None or work.tools.clock.now() - known.read_at >= AGAIN


async def known_from(work: JobRun, artist_id: str) -> Callable[[Sequence[SetlistDetails]], bool]:
    """Return whether the rest of a list, newest first, is known: its last entry has the stored version.

    Older pages are edited too, whole tours at a time, and old data is deleted after a while, so now and then a refresh
    reads on nevertheless. An import always does.
    """
    known: Mapping[str, str] = {}
    if not work.watched:
        since = work.tools.clock.now() - ALL_AGAIN
        pages = work.tools.reading.pages
        known = await pages.versions(work.known().id, artist_id, since=since, limit=LATEST)

    def enough(read: Sequence[SetlistDetails]) -> bool:
        last = read[-1].setlist if read else None
        return last is not None and last.version_id != "" and known.get(last.setlistfm_id) == last.version_id

    return enough


def history_job(work: JobRun) -> NewJob:
    """Make the job that reads an artist's whole history."""
    return NewJob(
        kind=JobKind.REFRESH_SETLISTS,
        lane=Lane.LOW,
        unique_key=f"{HISTORY}:{work.key().provider_id}",
        args={HISTORY: True},
        artist=work.key(),
    )


async def history_step(work: JobRun) -> None:
    """Read the artist's whole history, if that is the job; then request pages that a whole list lacks."""
    for setlists in work.tools.providers.setlists:
        artist_id = work.known().ids.get(setlists.space)
        if artist_id is not None and work.job.args.get(HISTORY):
            await _read_whole(work, setlists, artist_id)
        if artist_id is not None and LISTED in work.checkpoint:
            await _ask_for_missing(work, setlists, artist_id)


async def _read_whole(work: JobRun, setlists: Setlists, artist_id: str) -> None:
    now = work.tools.clock.now()
    at = {"page": 1, "sent": 0, "since": now.isoformat(), **work.checkpoint.get(HISTORY, {})}
    since = datetime.fromisoformat(at["since"])
    while at["page"] is not None:
        pages = await _read_some(work, setlists, artist_id, at["page"], since)
        at["sent"] += sum(len(page.items) if page.sent is None else page.sent for page in pages)
        _note_time(at, pages)
        at["page"] = None if pages[-1].next is None else at["page"] + len(pages)
        work.checkpoint[HISTORY] = dict(at)
        total = pages[0].total
        items = [one for page in pages for one in page.items]
        rows = setlist_rows(items, [one for page in pages for one in page.rejects])
        if at["page"] is None:
            lists = [ReadList(id=list_id(work.known().id, HISTORY), read_at=since, total=total)]
            if "as_of" in at and at["sent"] >= at["most"]:  # no entry was deleted meanwhile, which hides another
                lists.append(edits_stored(work, artist_id, datetime.fromisoformat(at["as_of"])))
            rows = attrs.evolve(rows, lists=tuple(lists))
            if total is not None and at["sent"] >= total:
                work.checkpoint[LISTED] = at["since"]
        await work.commit(rows, amendment=_amendment(at["sent"], total))


def _note_time(at: dict[str, Any], pages: Sequence[Page[SetlistDetails]]) -> None:
    """Note the earliest time of the pages so far, and the greatest total that one of them claimed."""
    times = [page.as_of for page in pages if page.as_of is not None]
    if "as_of" in at:
        times.append(datetime.fromisoformat(at["as_of"]))
    if times:
        at["as_of"] = min(times).isoformat()
    at["most"] = max(at.get("most", 0), *(page.total or 0 for page in pages))


def _amendment(sent: int, total: int | None) -> Amendment:
    """Report to earlier imports how far the history is; the end of the job reports that nothing is missing."""
    return Amendment(what=HISTORY, text=still_coming(sent, total), counts={"past_setlists": sent})


def still_coming(sent: int, total: int | None) -> str:
    """Return in words how much of a history is stored."""
    return f"{sent} of {total} past setlists are here, the others follow in the background"


async def _read_some(
    work: JobRun, setlists: Setlists, artist_id: str, number: int, since: datetime
) -> list[Page[SetlistDetails]]:
    """Read some pages of a list, from answers no older than the start of the reading.

    Pages before a used-up quota or a penalty are returned: the cache does not keep them for as long as that may last.
    """
    pages: list[Page[SetlistDetails]] = []
    while len(pages) < PAGES and (not pages or pages[-1].next is not None):
        call = setlists.artist_setlists(artist_id, number + len(pages))
        try:
            pages.append(await work.fetch(attrs.evolve(call, since=since)))
        except RateLimited:
            if not pages:
                raise
            break
    return pages


async def _ask_for_missing(work: JobRun, setlists: Setlists, artist_id: str) -> None:
    since = datetime.fromisoformat(work.checkpoint[LISTED])
    missing = await work.tools.reading.pages.unseen(work.known().id, artist_id, since=since, limit=MOST_MISSING)
    found: list[SetlistDetails] = []
    gone: list[GonePage] = []
    for page in missing:
        try:
            found.append(await work.fetch(setlists.setlist(page)))
        except NotFound:
            evidence = (
                f"{work.tools.clock.now():%Y-%m-%d}: unknown by its id, and not in the list of {work.known().name}"
            )
            gone.append(GonePage(setlistfm_id=page, because=evidence))
        except BadPayload:
            continue  # the page exists, and its list has already reported what is wrong with it
        except ProviderError:
            if not work.watched:
                raise
            break  # no caller waits for this: the next refresh requests it again
    if found or gone:
        rows = setlist_rows(found, [reject for one in found for reject in one.rejects])
        await work.commit(attrs.evolve(rows, gone_pages=tuple(gone)))


def setlist_rows(details: Sequence[SetlistDetails], rejects: Sequence[Reject] = ()) -> Rows:
    """Return the rows of setlists, each once."""
    return Rows(
        shows=tuple({d.show.provider_id: d.show for d in details}.values()),
        venues=tuple({(d.venue.provider, d.venue.provider_id): d.venue for d in details if d.venue}.values()),
        actual_setlists=tuple({d.setlist.setlistfm_id: d.setlist for d in details}.values()),
        rejects=tuple(rejects),
    )
