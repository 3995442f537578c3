"""Phase 2 of an import: coming shows and past setlists from every provider that has some, concurrently.

Any provider may fail without stopping the import: the catalogue is what a waiting user needs most. Answers received
before are kept. If the provider is unavailable or rate-limits us, a separate job fetches the rest later; if it refuses
the request, the import says so. A job that exists only for that provider ends as its error says instead.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import attrs
import trio

from thesetd.actors.jobs.ahead import concurrently
from thesetd.actors.jobs.catalogue.catalog_step import begin_albums
from thesetd.actors.jobs.first_lists import begin_linked, begin_lists, shows_from
from thesetd.actors.jobs.identifying import (
    CATALOG_HITS,
    MOST_HITS,
    events_of,
    looked_up,
    nights,
    pages_of,
    seek,
)
from thesetd.actors.jobs.missing import RETRY_LATER_S, Findings, ask_for_missing, later_job
from thesetd.actors.jobs.paging import ListResult, collect, follow, listed_of
from thesetd.actors.jobs.planning import planned
from thesetd.actors.jobs.scheduled.together import read_together, record_together
from thesetd.actors.jobs.setlists.edits import read_edits
from thesetd.actors.jobs.setlists.history_step import (
    LISTED,
    PAST_PAGES,
    edits_stored,
    history_due,
    history_job,
    known_from,
    still_coming,
)
from thesetd.actors.jobs.work import JobRun
from thesetd.domain.errors import (
    BadPayload,
    NotConfigured,
    NotFound,
    RateLimited,
    Refused,
    ThesetdError,
    Unauthorized,
    Unavailable,
)
from thesetd.domain.facts import ProviderDegraded
from thesetd.domain.gate.calls import Call, Page
from thesetd.domain.identity.learning import Learnt
from thesetd.domain.identity.spaces import Ref
from thesetd.domain.identity.statements import Record
from thesetd.domain.ids import ProviderName
from thesetd.domain.music.acts import described
from thesetd.domain.music.records import Artist, Reject
from thesetd.domain.shows.sweep import CAPACITY, Sweep
from thesetd.domain.work.jobs import HISTORY, JobKind, NewJob
from thesetd.domain.work.outcomes import clock_text
from thesetd.domain.work.progress import Stage
from thesetd.ports.providers import Artists, SetlistDetails, Setlists, ShowDetails, Shows, SweptShows

P = TypeVar("P", bound=Artists)
T = TypeVar("T")

MOST_COMPARED = 6  # candidates of a name whose concerts are compared: one call each
_MISSING = {
    JobKind.REFRESH_SHOWS: "shows",
    JobKind.REFRESH_SETLISTS: "setlists",
    JobKind.REFRESH_CATALOG: "namesakes",
}
YEARS_AHEAD = timedelta(days=3 * 366)  # of an artist with more events than the depth limit of lists


async def shows_step(work: JobRun, *, coming: bool = True, past: bool = True) -> None:
    """Fetch the artist's coming shows, past setlists and their venues; a whole history has its own step."""
    if work.job.args.get(HISTORY):
        return
    await work.report(stage=Stage.FETCHING_SHOWS)
    found = Findings()
    providers = work.tools.providers
    begin_lists(work, coming=coming, past=past)
    await _identify(work, found, past=past)
    async with trio.open_nursery() as nursery:
        for shows in providers.shows if coming else ():
            nursery.start_soon(_tolerate, work, found, JobKind.REFRESH_SHOWS, shows, _coming)
        for setlists in providers.setlists if past else ():
            nursery.start_soon(_tolerate, work, found, JobKind.REFRESH_SETLISTS, setlists, _past)
    for setlists in providers.setlists if past else ():
        await _tolerate(work, found, JobKind.REFRESH_SETLISTS, setlists, _compare)
    begin_albums(work)
    await _store(work, found)
    for remark in work.unsettled:
        work.remark(remark)


async def _identify(work: JobRun, found: Findings, *, past: bool) -> None:
    """Search for the artist where it has no id, or one that only its name proves; then for namesakes elsewhere."""
    providers = work.tools.providers
    if work.watched and work.known().ids.keys() - {providers.lead.space}:  # others are searched for in any case
        if not work.is_decided:
            await work.learn_of(Learnt(asked=found.asked(work)))
        found.doubted = work.by_name
    coming = [(JobKind.REFRESH_SHOWS, shows) for shows in providers.shows]
    setlists = [(JobKind.REFRESH_SETLISTS, one) for one in providers.setlists] if past else []
    for retry, provider in (*coming, *setlists):
        await _tolerate(work, found, retry, provider, _find)
    for retry, provider in ((JobKind.REFRESH_CATALOG, providers.lead), *coming, *setlists):
        await _tolerate(work, found, retry, provider, _find_namesakes)


async def _tolerate(
    work: JobRun, found: Findings, retry: JobKind, provider: P, branch: Callable[[JobRun, Findings, P], Awaitable[None]]
) -> None:
    """Run one branch; its error affects only its own part, unless that is the job's only purpose."""
    try:
        await branch(work, found, provider)
    except (RateLimited, Unavailable, Unauthorized) as error:
        if work.job.kind is retry:
            raise
        _tell(work, provider, error)
        if work.watched:
            later = later_job(work, retry, getattr(error, "retry_after_s", None) or RETRY_LATER_S)
            found.later.append(later)
            work.lack(retry.value, _promise(provider.provider, later, work.tools.clock.now(), error.message))
    except (NotFound, Refused, BadPayload) as error:
        if work.job.kind is retry:
            raise
        if isinstance(error, BadPayload):
            found.rejects.append(
                Reject(kind="page", key=work.key().provider_id, reason=str(error), sample=error.sample)
            )
        _tell(work, provider, error)
        work.remark(f"not all of {error}")
    except NotConfigured as error:
        if work.job.kind is retry:
            raise
        found.without.add(provider.space)
        _tell(work, provider, error)
        work.remark(f"without {provider.provider}: {error}")


def _tell(work: JobRun, provider: Artists, error: ThesetdError) -> None:
    cause = type(error).__name__
    work.tools.observer.notify(ProviderDegraded(provider=provider.provider, cause=cause, reason=str(error)))


async def _find(work: JobRun, found: Findings, client: Artists) -> None:
    """Find the artist's id at a provider; its links often contain another provider's id as well.

    An id that only the name proves is searched for again: there may be a namesake now.
    """
    if client.space in work.known().ids and client.space not in found.doubted:
        return
    sought = await seek(work.fetch, client, work.known().name)
    found.take_sought(work, client, sought)
    begin_linked(work, client, sought.hits)
    await work.learn_of(attrs.evolve(sought.learnt(), asked=found.asked(work)))


async def _find_namesakes(work: JobRun, found: Findings, client: Artists) -> None:
    """Search for namesakes even if the artist is known, if only a name connects it to other providers.

    The name has to be unique everywhere, whichever provider first gave the known id.
    """
    known = work.known()
    open_ = [sought for space, sought in found.sought.items() if space not in known.ids and sought.named()]
    if not (open_ or found.doubted) or client.space in found.sought:
        return
    most = CATALOG_HITS if client is work.tools.providers.lead else MOST_HITS
    sought = await planned(client, lambda: seek(work.fetch, client, known.name, most=most))
    found.take_sought(work, client, sought)
    await work.learn_of(attrs.evolve(sought.learnt(), asked=found.asked(work)))


async def _coming(work: JobRun, found: Findings, shows: Shows) -> None:
    """Read the lists of all of the artist's ids there; only all of them together prove that a show is withdrawn."""
    since = shows_from(work)
    known = work.known().ids_in(shows.space)
    whole = bool(known)
    for artist_id in known:
        events = await _events(work, found, shows, artist_id, since)
        if not events.count and await _is_gone(work, found, shows, artist_id):
            await _succeed(work, found, shows, artist_id)
            successors = sorted(set(work.known().ids_in(shows.space)) - set(known))
            read = [await _events(work, found, shows, successor, since) for successor in successors]
            events = _Events(whole=bool(read) and all(one.whole for one in read))
        whole = whole and events.whole
    if whole:
        await ask_for_missing(work, found, shows)


@attrs.frozen(kw_only=True)
class _Events:
    """How many events the lists of one id held, and whether these are all."""

    count: int = 0
    whole: bool


async def _events(work: JobRun, found: Findings, shows: Shows, artist_id: str, since: datetime) -> _Events:
    """Read the lists of one id at the same time, or take its shows from lists that other artists' refreshes share."""
    begun = len(found.shows)
    if await read_together(work, found, shows, artist_id, since):
        return _Events(count=len(found.shows) - begun, whole=True)
    read = partial(_events_of, work, found, shows, artist_id, since)
    lists = [partial(read, first=first) for first in shows.artist_shows(artist_id, since)]
    whole = all(await concurrently(lists))
    return _Events(count=len(found.shows) - begun, whole=whole)


async def _events_of(
    work: JobRun, found: Findings, shows: Shows, artist_id: str, since: datetime, *, first: Call[Page[ShowDetails]]
) -> bool:
    """Read one list of events; return whether it is whole."""
    listed = await follow(work, found.shows, found.rejects, first)
    whole = listed.whole
    deep = (listed.total or 0) > CAPACITY and isinstance(shows, SweptShows)
    if deep and isinstance(shows, SweptShows):
        whole = await _by_windows(work, found, shows, artist_id, since)
    if listed.short and not deep:
        found.fall_short(work, shows, f"{listed.sent} of {listed.total} events are listed")
    elif listed.rejects:
        work.remark(f"{len(listed.rejects)} of {listed.sent} events cannot be read")
        found.look_later(work, shows)
    if listed.items:
        await work.report(stage=Stage.FETCHING_SHOWS, part=0.5, counts={"shows": len(found.rows().shows)})
    return whole


async def _by_windows(work: JobRun, found: Findings, shows: SweptShows, artist_id: str, since: datetime) -> bool:
    """Read an artist's dated events window by window; return whether all of them were available."""
    whole, sweep = True, Sweep(since, since + YEARS_AHEAD)
    while (ask := sweep.ask) is not None:
        page = await work.fetch(shows.window(ask, artist_id))
        found.shows += page.items
        found.rejects += page.rejects
        if (window := sweep.take(listed_of(page))) is not None and not window.whole:
            whole = False
            text = f"{len(window.ids)} of {window.total} events from {window.window.since:%Y-%m-%d} on are listed"
            found.fall_short(work, shows, text)
    return whole


async def _past(work: JobRun, found: Findings, setlists: Setlists) -> None:
    artist_id = work.known().ids.get(setlists.space)
    if artist_id is None:
        return
    if not work.watched and (edited := await read_edits(work, found, setlists, artist_id)) is not None:
        await _tell_of(work, found, setlists, artist_id, edited)
        return
    if not await _pages(work, found, setlists, artist_id) and await _is_gone(work, found, setlists, artist_id):
        await _succeed(work, found, setlists, artist_id)
        successor = work.known().ids.get(setlists.space)
        if successor not in {artist_id, None}:
            await _pages(work, found, setlists, successor or "")


async def _is_gone(work: JobRun, found: Findings, client: Artists, artist_id: str) -> bool:
    """Return whether a provider no longer knows an id without items; else its answer may disprove a claimed id."""
    record = await record_together(work, client, artist_id) if isinstance(client, Shows) else None
    record = record or await looked_up(work.fetch, client, artist_id)
    if record is not None:
        found.records.append(record)
    return record is None


async def _pages(work: JobRun, found: Findings, setlists: Setlists, artist_id: str) -> int:
    """Read the list; return how many setlists it held."""
    before = len(found.past)
    with suppress(NotFound):  # there is no setlist of this artist
        first = setlists.artist_setlists(artist_id)
        enough, partly = await known_from(work, artist_id), not work.watched
        listed = await follow(
            work, found.past, found.rejects, first, most_pages=PAST_PAGES, enough=enough, partly=partly
        )
        if listed.short:
            found.fall_short(work, setlists, f"{listed.sent} of {listed.total} setlists are listed")
        elif listed.rejects:
            work.remark(f"{len(listed.rejects)} of {listed.sent} setlists cannot be read")
            found.look_later(work, setlists)
        await _note_rest(work, found, listed, artist_id)
    pages = found.past[before:]
    await _tell_of(work, found, setlists, artist_id, pages)
    return len(pages)


async def _tell_of(
    work: JobRun, found: Findings, setlists: Setlists, artist_id: str, pages: Sequence[SetlistDetails]
) -> None:
    """Keep what pages that were requested for one id say about the artist's identity, and report their number."""
    mbids = {one.setlist.artist_mbid for one in pages}
    ref, name = Ref(setlists.space, artist_id), work.known().name
    records = [pages_of(Ref(setlists.space, mbid), name, _under(pages, mbid)) for mbid in sorted(mbids)]
    if mbids and artist_id not in mbids:
        records.append(Record(ref=ref, name=name, moved_to=records[0].ref if len(records) == 1 else None))
    if pages:
        found.records += [attrs.evolve(record, concerts=frozenset(), items=frozenset()) for record in records]
        counts = {"past_setlists": len(found.rows().actual_setlists), **found.total()}
        await work.report(stage=Stage.FETCHING_SHOWS, part=0.8, counts=counts)


async def _note_rest(work: JobRun, found: Findings, listed: ListResult[SetlistDetails], artist_id: str) -> None:
    """Note that a list was read to its end, or else enqueue a job that reads the rest."""
    if listed.whole:
        since = min((one.setlist.fetched_at for one in listed.items), default=work.tools.clock.now())
        work.checkpoint[LISTED] = since.isoformat()
        if listed.as_of is not None and not listed.rejects and not listed.moved:
            found.lists.append(edits_stored(work, artist_id, listed.as_of))
    elif not listed.ended and await history_due(work):
        found.past_total = listed.total
        found.later.append(history_job(work))
        if work.watched:
            work.lack(HISTORY, still_coming(listed.sent, listed.total))


def _under(pages: Sequence[SetlistDetails], mbid: str) -> list[SetlistDetails]:
    return [one for one in pages if one.setlist.artist_mbid == mbid]


async def _compare(work: JobRun, found: Findings, setlists: Setlists) -> None:
    """If names alone do not decide, compare where candidates and the artist played; then fetch the artist's pages."""
    sought = found.sought.get(setlists.space)
    if sought is None or setlists.space in work.known().ids or not sought.named():
        return
    records = [events_of(ref, work.known().name, found.shows) for ref in sorted(work.refs())]
    records += [await _first_page(work, setlists, one) for one in sought.named()[:MOST_COMPARED]]
    await work.learn_of(Learnt(records=tuple(r for r in records if r.items), asked=found.asked(work)))
    await _past(work, found, setlists)


async def _first_page(work: JobRun, setlists: Setlists, candidate: Artist) -> Record:
    ref = Ref(setlists.space, candidate.ids[setlists.space])
    page = await work.fetch(setlists.artist_setlists(ref.id))
    return attrs.evolve(pages_of(ref, candidate.name, page.items, page.total), name=candidate.name)


async def _succeed(work: JobRun, found: Findings, client: Shows | Setlists, artist_id: str) -> None:
    """Look for the id that replaces one its provider no longer knows: it has the same name and the same items."""
    known, gone = work.known(), Ref(client.space, artist_id)
    sought = await seek(work.fetch, client, known.name)
    records = [Record(ref=gone, name=known.name, gone=True)]
    records += [await _held(work, client, one) for one in sought.named()[:MOST_COMPARED]]
    await work.learn_of(sought.learnt().joined(Learnt(records=tuple(records), asked=found.asked(work))))
    if gone in work.lost:
        reason = f"{client.provider} no longer knows this id of {known.name}"
        found.rejects.append(Reject(kind="artist", key=artist_id, reason=reason))


async def _held(work: JobRun, client: Shows | Setlists, candidate: Artist) -> Record:
    if isinstance(client, Setlists):
        return await _first_page(work, client, candidate)
    ref = Ref(client.space, candidate.ids[client.space])
    events: ListResult[ShowDetails] = ListResult()
    for first in client.artist_shows(ref.id, shows_from(work)):
        await collect(work.fetch, first, into=events)
    items = frozenset(one.show.provider_id for one in events.items)
    return attrs.evolve(described(candidate, client.space), concerts=nights(events.items), items=items)


async def _store(work: JobRun, found: Findings) -> None:
    rows = found.rows()
    counts = {"shows": len(rows.shows), "venues": len(rows.venues), "past_setlists": len(rows.actual_setlists)}
    counts |= found.total()
    await work.report(stage=Stage.SYNCING_VENUES, counts=counts)
    if found.records:
        about = Learnt(wanted=work.refs(), complete=True, asked=found.asked(work))
        rows = attrs.evolve(rows, identity=Learnt(records=tuple(found.records), asked=about.asked).joined(about))
    short = found.short if found.short is not None and work.looks_again() else None
    await work.decide(rows, stage=Stage.SHOWS_COMPLETE, enqueue=tuple(found.later), last=short is None)
    if short is not None:
        raise short


def _promise(provider: ProviderName, job: NewJob, now: datetime, why: str) -> str:
    """Return in words what is missing, when it will come, and why."""
    assert job.not_before is not None
    return f"{provider} is asked again at {clock_text(job.not_before, now)} for {_MISSING[job.kind]}: {why}"
