"""Finds what was edited in an artist's setlists since everything was known, by one question instead of its list.

setlist.fm lists what was edited since a moment: new pages, songs that appear late, pages that move to another day, and
corrections of years-old ones. If all of an artist's setlists are stored up to some moment, one call with one short page
finds all of that. The first page of the list costs as much and shows the latest 20 setlists only; all of it has up to
124 pages. So the list is read instead only

- where it is as cheap: it has one page, which also shows what was deleted;
- now and then, since deleted pages and those of another artist by now are not among the edited ones;
- for a user or an operator, who wants the list as it is.

Up to when everything is known is a time of the provider's clock. It moves on with a question that was answered
completely, in one batch with the answer; what overlaps is read twice. The question includes the last known edit, unless
that was one of many at one moment, so an empty answer contradicts what is stored, and is not believed: that page is
requested by its id. If it is gone, nothing else was edited; else the list is read.

An edit of a page beyond the latest ones, which no look has counted before, is stored without teaching the index: a
corrected title of years ago is found by whichever look comes next, and is not worth an earlier one.

One question for many artists, by country and year or for the whole site, was rejected: a page holds 20 edits of any
acts in order of their dates, of which few are ours, and all pages have to be read before the moment may move on. With
a twentieth of the acts ours, a page brings one change; a question for an artist brings up to 20, and is asked when the
index expects some.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import attrs

from thesetd.actors.jobs.missing import Findings
from thesetd.actors.jobs.paging import ListResult, follow
from thesetd.actors.jobs.setlists.history_step import (
    LATEST,
    PAST_PAGE,
    edits_id,
    edits_stored,
    history_job,
    setlist_rows,
)
from thesetd.actors.jobs.work import ANEW, JobRun
from thesetd.domain.errors import NotFound, Refused
from thesetd.domain.facts import ProviderDegraded
from thesetd.domain.freshness.nights import AWAITED
from thesetd.domain.freshness.rereading import list_id
from thesetd.domain.music.records import GonePage
from thesetd.domain.work.jobs import HISTORY, Lane
from thesetd.ports.providers import SetlistDetails, Setlists
from thesetd.ports.store import LastEdit

OVERLAP = timedelta(hours=1)  # answers may be copies, and a search may lag; with more, edits of a tour are read again
MOST_TOGETHER = 10  # pages edited at one moment, up to which an answer includes them again
MOST_PAGES = 25  # of one answer: 500 edits. More are as good as a whole history, which a job of its own reads
LISTED_AGAIN = timedelta(days=30)  # time after which the list is read nevertheless, or half of what data may be kept


@attrs.frozen(kw_only=True)
class _Question:
    """What was edited `since`? `known` are the versions of the latest pages, `last` is the last edit that is stored."""

    since: datetime
    known: Mapping[str, str]
    last: LastEdit | None


async def read_edits(
    work: JobRun, found: Findings, setlists: Setlists, artist_id: str
) -> Sequence[SetlistDetails] | None:
    """Fetch what was edited since everything was known, and return it; None if the list has to be read instead."""
    question = await _question(work, setlists, artist_id)
    if question is None:
        return None
    before, call = len(found.past), setlists.edited_setlists(artist_id, question.since)
    try:
        listed = await follow(work, found.past, found.rejects, call, most_pages=MOST_PAGES, doubting=True)
    except Refused as error:
        work.tools.observer.notify(
            ProviderDegraded(provider=setlists.provider, cause=type(error).__name__, reason=str(error))
        )
        return None
    edited = found.past[before:]
    if not edited and question.last is not None and not await _is_gone(work, found, setlists, question.last):
        return None
    _conclude(work, found, setlists, artist_id, listed)
    found.past[before:] = await _without_old(work, question, edited)
    return edited


async def _question(work: JobRun, setlists: Setlists, artist_id: str) -> _Question | None:
    """Return the question, None if the list is to be read."""
    if work.lane is Lane.INTERACTIVE or ANEW in work.checkpoint or ANEW in work.job.args:
        return None
    reading, artist, now = work.tools.reading, work.known().id, work.tools.clock.now()
    edits, history = edits_id(work, artist_id), list_id(artist, HISTORY)
    lists = await reading.repertoires.lists([edits, history])
    read = lists.get(edits) or lists.get(history)
    if read is None:
        return None
    kept = work.tools.retentions.get(setlists.provider)
    again = LISTED_AGAIN if kept is None else min(LISTED_AGAIN, kept / 2)
    known = await reading.pages.versions(artist, artist_id, since=now - again, limit=LATEST)
    if len(known) <= PAST_PAGE:
        return None
    last = await reading.pages.last_edit(artist, artist_id)
    if last is not None and last.together > MOST_TOGETHER:
        last = None
    since = read.read_at - OVERLAP
    return _Question(since=since if last is None else min(since, last.at), known=known, last=last)


async def _without_old(work: JobRun, question: _Question, edited: list[SetlistDetails]) -> list[SetlistDetails]:
    """Store edits of old pages by themselves, so that they do not count as changes; return the others."""
    if len(question.known) < LATEST:
        return edited
    before = work.tools.clock.now().date() - AWAITED
    old = [one for one in edited if one.setlist.event_date < before and one.setlist.setlistfm_id not in question.known]
    if old:
        changed = work.checkpoint.get("changed", [])
        await work.commit(setlist_rows(old))
        work.checkpoint["changed"] = changed
    return [one for one in edited if one not in old]


async def _is_gone(work: JobRun, found: Findings, setlists: Setlists, last: LastEdit) -> bool:
    """Return whether the page that an empty answer lacks is gone, and note that."""
    now = work.tools.clock.now()
    try:
        await work.fetch(attrs.evolve(setlists.setlist(last.page), since=now))
    except NotFound:
        because = f"{now:%Y-%m-%d}: unknown by its id, and not among those of {work.known().name} edited since"
        found.gone_pages.append(GonePage(setlistfm_id=last.page, because=because))
        return True
    return False


def _conclude(
    work: JobRun, found: Findings, setlists: Setlists, artist_id: str, listed: ListResult[SetlistDetails]
) -> None:
    """Note up to when everything is known now, if the answer was complete."""
    if not listed.ended:
        found.later.append(history_job(work))
    elif listed.short:
        found.fall_short(work, setlists, f"{listed.sent} of {listed.total} edited setlists are listed")
    elif listed.rejects:
        work.remark(f"{len(listed.rejects)} of {listed.sent} setlists cannot be read")
    elif listed.whole and not listed.moved and listed.as_of is not None:
        found.lists.append(edits_stored(work, artist_id, listed.as_of))
