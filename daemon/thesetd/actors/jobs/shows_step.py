"""Phase 2 of an import: coming shows and past setlists from every provider that has some, at the same time.

Either provider may fail without stopping the import: the catalogue is what a waiting person needs most. What had come
until then is kept. Where the provider is unwell or holds us off the rest becomes a job of its own for later; where it
refuses what we ask, the import says so. A job that exists only for that provider ends as its error says instead.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import attrs
import trio

from thesetd.actors.jobs.paging import MOST_PAGES, Listed, collect
from thesetd.actors.jobs.work import Work
from thesetd.domain.errors import (
    BadPayload,
    NotConfigured,
    NotFound,
    RateLimited,
    Refused,
    Unauthorized,
    Unavailable,
)
from thesetd.domain.facts import ProviderDegraded
from thesetd.domain.gate.calls import Call, Page
from thesetd.domain.identity.sentences import unproven
from thesetd.domain.identity.spaces import spoken_by
from thesetd.domain.ids import ProviderName
from thesetd.domain.music.records import Artist, Reject, Rows, Show
from thesetd.domain.music.resolve import match_artist, namesakes
from thesetd.domain.work.jobs import JobKind, Lane, NewJob
from thesetd.domain.work.progress import Stage
from thesetd.ports.providers import Artists, SetlistDetails, Setlists, ShowDetails, Shows

P = TypeVar("P", bound=Artists)
T = TypeVar("T")

PAST_PAGES = (
    5  # the 100 latest concerts: what a prediction looks at; a busy artist has 2,000, a quota 1,440 calls a day
)
ACT_HITS = 100  # attractions or artists looked through for one of exactly this name
RETRY_LATER_S = 600.0
MOST_MISSING = 20  # events asked for by id in one go; the rest comes with the next refresh


@attrs.define
class _Found:
    """What the two branches brought, as it came: lists that move are met with the same item on two pages."""

    acts: dict[ProviderName, list[Artist]] = attrs.field(factory=dict)
    shows: list[ShowDetails] = attrs.field(factory=list)
    past: list[SetlistDetails] = attrs.field(factory=list)
    later: list[NewJob] = attrs.field(factory=list)
    rejects: list[Reject] = attrs.field(factory=list)

    def fall_short(self, work: Work, kind: JobKind, text: str) -> None:
        """Say that a list holds less than it claims; a job for later looks again."""
        work.remark(f"only {text}")
        if work.watched:
            self.later.append(_later(work, kind, RETRY_LATER_S))

    def rows(self) -> Rows:
        """Give each show, venue and setlist once."""
        details: list[ShowDetails | SetlistDetails] = [*self.shows, *self.past]
        return Rows(
            shows=tuple({(d.show.provider, d.show.provider_id): d.show for d in details}.values()),
            venues=tuple({(d.venue.provider, d.venue.provider_id): d.venue for d in details if d.venue}.values()),
            actual_setlists=tuple({d.setlist.setlistfm_id: d.setlist for d in self.past}.values()),
            rejects=(*self.rejects, *(one for d in self.shows for one in d.rejects)),
        )


async def shows_step(work: Work, *, coming: bool = True, past: bool = True) -> None:
    """Bring the artist's coming shows, past setlists and their venues."""
    await work.commit(stage=Stage.FETCHING_SHOWS)
    found = _Found()
    providers = work.tools.providers
    for shows in providers.shows:
        await _tolerate(work, found, JobKind.REFRESH_SHOWS, shows, _find_act)
    before = work.known()
    async with trio.open_nursery() as nursery:
        for shows in providers.shows if coming else ():
            nursery.start_soon(_tolerate, work, found, JobKind.REFRESH_SHOWS, shows, _coming)
        for setlists in providers.setlists if past else ():
            nursery.start_soon(_tolerate, work, found, JobKind.REFRESH_SETLISTS, setlists, _past)
    for shows in providers.shows:
        if shows.space not in before.ids and before.ids != work.known().ids:
            await _learn_act(work, found, shows)  # what was learnt may tell acts of one name apart
            if coming:
                await _tolerate(work, found, JobKind.REFRESH_SHOWS, shows, _coming)
        if shows.space not in work.known().ids:
            _remark_namesakes(work, found.acts.get(shows.provider, []), shows)
    await _store(work, found)


def _remark_namesakes(work: Work, hits: Sequence[Artist], provider: Artists) -> None:
    """Say that there are candidates of the artist's name although none is taken."""
    if same := namesakes(work.as_record(), hits):
        work.remark(unproven(len(same), spoken_by(provider.space)))


async def _tolerate(
    work: Work, found: _Found, retry: JobKind, provider: P, branch: Callable[[Work, _Found, P], Awaitable[None]]
) -> None:
    """Run one branch; its error costs only its own part, unless that is all that the job exists for."""
    try:
        await branch(work, found, provider)
    except (RateLimited, Unavailable, Unauthorized) as error:
        if work.job.kind is retry:
            raise
        if work.watched:
            found.later.append(_later(work, retry, getattr(error, "retry_after_s", None) or RETRY_LATER_S))
        work.remark(f"{provider.provider} is asked again later: {error.message}")
    except (NotFound, Refused, BadPayload) as error:
        if work.job.kind is retry:
            raise
        if isinstance(error, BadPayload):
            found.rejects.append(
                Reject(kind="page", key=work.key().provider_id, reason=str(error), sample=error.sample)
            )
        work.tools.observer.notify(ProviderDegraded(provider=provider.provider, reason=str(error)))
        work.remark(f"not all of {error}")
    except NotConfigured as error:
        if work.job.kind is retry:
            raise
        work.tools.observer.notify(ProviderDegraded(provider=provider.provider, reason=str(error)))
        work.remark(f"without {provider.provider}: {error}")


async def _listed(
    work: Work, found: list[T], rejects: list[Reject], first: Call[Page[T]], *, most_pages: int = MOST_PAGES
) -> Listed[T]:
    """Follow a list; what has come is kept also when a later page fails."""
    listed: Listed[T] = Listed()
    try:
        await collect(work.fetch, first, into=listed, most_pages=most_pages, now=work.tools.clock.now)
    finally:
        found.extend(listed.items)
        rejects.extend(listed.rejects)
    return listed


async def _find_act(work: Work, found: _Found, shows: Shows) -> None:
    """Learn what a provider of shows calls the artist, and with it often an id of another's."""
    known = work.known()
    if shows.space in known.ids:
        return
    hits = Listed(found.acts.setdefault(shows.provider, []))
    await collect(work.fetch, shows.search_artists(known.name), enough=lambda hits: len(hits) >= ACT_HITS, into=hits)
    await _learn_act(work, found, shows)


async def _learn_act(work: Work, found: _Found, shows: Shows) -> None:
    act = match_artist(work.as_record(), found.acts.get(shows.provider, []))
    if act is not None:
        await work.learn(act.ids)


async def _coming(work: Work, found: _Found, shows: Shows) -> None:
    artist_id = work.known().ids.get(shows.space)
    if artist_id is None:
        return
    # Tonight's show has begun somewhere. The day's beginning, so that equal questions are equal all day.
    since = (work.tools.clock.now() - timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    whole = True
    for first in shows.artist_shows(artist_id, since):
        listed = await _listed(work, found.shows, found.rejects, first)
        whole = whole and listed.whole
        if listed.short:
            found.fall_short(work, JobKind.REFRESH_SHOWS, f"{listed.sent} of {listed.total} events are listed")
        if listed.items:
            await work.commit(stage=Stage.FETCHING_SHOWS, part=0.5, counts={"shows": len(found.rows().shows)})
    if whole:
        await _ask_for_missing(work, found, shows, since)


async def _ask_for_missing(work: Work, found: _Found, shows: Shows, since: datetime) -> None:
    """Ask once for each show that is stored and that the complete lists no longer hold; none is called gone for less.

    An id that the provider does not know any more is withdrawn; a show that is only out of the lists stays.
    """
    listed = {one.show.provider_id for one in found.shows if one.show.provider == shows.provider}
    stored = await work.tools.reading.repertoires.announced(work.known().id, shows.provider, since=since.date())
    for missing in sorted(stored - listed)[:MOST_MISSING]:
        try:
            found.shows.append(await work.fetch(shows.show(missing)))
        except NotFound:
            found.shows.append(ShowDetails(show=_withdrawn(shows.provider, missing, len(listed), work)))


def _withdrawn(provider: ProviderName, show_id: str, listed: int, work: Work) -> Show:
    now = work.tools.clock.now()
    evidence = f"{now:%Y-%m-%d}: unknown by its id, and not among the {listed} events listed for {work.known().name}"
    return Show(
        provider=provider, provider_id=show_id, name="", fetched_at=now, status="withdrawn", gone_because=evidence
    )


async def _past(work: Work, found: _Found, setlists: Setlists) -> None:
    known = work.known()
    artist_id = known.ids.get(setlists.space)
    if artist_id is None:
        hits = await collect(work.fetch, setlists.search_artists(known.name), most_pages=1)
        match = match_artist(work.as_record(), hits)
        if match is None or setlists.space not in match.ids:
            _remark_namesakes(work, hits, setlists)
            return
        artist_id = match.ids[setlists.space]
        await work.learn({setlists.space: artist_id})
    try:
        pages = setlists.artist_setlists(artist_id)
        listed = await _listed(work, found.past, found.rejects, pages, most_pages=PAST_PAGES)
    except NotFound:
        return  # nobody has written down a setlist of this artist
    if listed.short:
        found.fall_short(work, JobKind.REFRESH_SETLISTS, f"{listed.sent} of {listed.total} setlists are listed")
    await work.commit(stage=Stage.FETCHING_SHOWS, part=0.8, counts={"past_setlists": len(found.rows().actual_setlists)})


async def _store(work: Work, found: _Found) -> None:
    rows = found.rows()
    counts = {"shows": len(rows.shows), "venues": len(rows.venues), "past_setlists": len(rows.actual_setlists)}
    await work.commit(stage=Stage.SYNCING_VENUES, counts=counts)
    await work.commit(Rows(venues=rows.venues), stage=Stage.SYNCING_VENUES, part=0.5)
    await work.commit(attrs.evolve(rows, venues=()), stage=Stage.SHOWS_COMPLETE, enqueue=tuple(found.later), last=True)


def _later(work: Work, kind: JobKind, wait_s: float) -> NewJob:
    return NewJob(
        kind=kind,
        lane=Lane.HIGH,
        unique_key=f"{kind.value}:{work.key().provider_id}",
        artist=work.key(),
        not_before=work.tools.clock.now() + timedelta(seconds=wait_s),
    )
