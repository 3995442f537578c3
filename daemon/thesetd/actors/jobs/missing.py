"""Collects what lists brought and what they lack.

If a list holds less than it claims, the job requests it again, now or in a later job. A show that a complete list no
longer holds is requested once by its id; only that can prove it withdrawn. A show that its provider still knows is
requested again after a day, the one requested longest ago first; less and less often if its answers stay the same.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta

import attrs

from thesetd.actors.jobs.identifying import Sought, spaces_asked
from thesetd.actors.jobs.work import ANEW, JobRun
from thesetd.domain.errors import BadPayload, NotFound, QuotaSpent, Unavailable
from thesetd.domain.identity.spaces import Space
from thesetd.domain.identity.statements import Record
from thesetd.domain.ids import ProviderName
from thesetd.domain.music.records import GonePage, ReadList, Reject, Rows, Show
from thesetd.domain.work.jobs import JobKind, Lane, NewJob, look_job
from thesetd.ports.providers import Artists, SetlistDetails, Setlists, ShowDetails, Shows

RETRY_LATER_S = 600.0
MOST_MISSING = 20  # shows or pages requested by id in one go; the next refresh continues after them


@attrs.define
class ShowLookups:
    """Shows that were requested by id, and the answers; unreadable ones are rejects."""

    ids: list[str] = attrs.field(factory=list)
    found: list[ShowDetails] = attrs.field(factory=list)
    rejects: list[Reject] = attrs.field(factory=list)


async def ask_for(work: JobRun, shows: Shows, missing: Sequence[str], listed: str, into: ShowLookups) -> None:
    """Request shows by id; a show that its provider no longer knows, or knows under another id, is withdrawn.

    Args:
        work: the job.
        shows: the provider.
        missing: the ids of stored shows that were not listed, in the order in which to request them.
        listed: the evidence: the list that lacks them.
        into: receives each answer as it arrives, so that earlier ones are kept if a later call fails.
    """
    for show_id in missing[:MOST_MISSING]:
        why = ""
        try:
            answer = await work.fetch(shows.show(show_id), is_spare=True)
            into.found.append(answer)
            why = "" if answer.show.provider_id == show_id else f"known as {answer.show.provider_id}"
        except NotFound:
            why = "unknown by its id"
        except BadPayload as error:
            into.rejects.append(Reject(kind="show", key=show_id, reason=str(error), sample=error.sample))
        into.ids.append(show_id)
        if why:
            into.found.append(_withdrawn(work, shows, show_id, f"{why}, and not among {listed}"))


def _withdrawn(work: JobRun, shows: Shows, show_id: str, evidence: str) -> ShowDetails:
    now = work.tools.clock.now()
    return ShowDetails(
        show=Show(
            provider=shows.provider,
            provider_id=show_id,
            name="",
            fetched_at=now,
            status="withdrawn",
            gone_because=f"{now:%Y-%m-%d}: {evidence}",
        )
    )


@attrs.define
class Findings:
    """What the two branches brought, in order of arrival: while a list shifts, an item may appear on two pages.

    `doubted` are the spaces in which, when the step began, only the artist's name spoke for an id or for candidates.
    """

    doubted: frozenset[Space] = frozenset()
    sought: dict[Space, Sought] = attrs.field(factory=dict)
    without: set[Space] = attrs.field(factory=set)
    records: list[Record] = attrs.field(factory=list)
    shows: list[ShowDetails] = attrs.field(factory=list)
    past: list[SetlistDetails] = attrs.field(factory=list)
    past_total: int | None = None
    later: list[NewJob] = attrs.field(factory=list)
    rejects: list[Reject] = attrs.field(factory=list)
    unlisted: list[tuple[ProviderName, str]] = attrs.field(factory=list)
    lists: list[ReadList] = attrs.field(factory=list)
    gone_pages: list[GonePage] = attrs.field(factory=list)
    short: Unavailable | None = None

    def fall_short(self, work: JobRun, client: Artists, text: str) -> None:
        """Note that a list holds less than it claims; this job or a later one requests it again."""
        work.remark(f"only {text}")
        self.short = self.short or Unavailable(client.provider, f"only {text}")
        self.look_later(work, client)

    def look_later(self, work: JobRun, client: Artists) -> None:
        """Enqueue a job that fetches what a user's import lacks."""
        if work.watched:
            self.later.append(anew(work, later_job(work, looking_kind(client), RETRY_LATER_S)))

    def take_sought(self, work: JobRun, client: Artists, sought: Sought) -> None:
        """Keep the result of a search; a search that held less than it claims is repeated."""
        self.sought[client.space] = sought
        if sought.lacking:
            self.fall_short(work, client, f"{sought.lacking} at {client.provider}")
            # If one provider did not list everything, another's id may be unproven: its rows are fetched as well.
            for other in (*work.tools.providers.shows, *work.tools.providers.setlists):
                self.look_later(work, other)

    def asked(self, work: JobRun) -> frozenset[Space]:
        """Return the spaces whose candidates can be searched for."""
        return spaces_asked(work.tools.providers, self.without)

    def total(self) -> dict[str, int]:
        """Return the number of the artist's setlists, if not all of them were read."""
        return {} if self.past_total is None else {"past_setlists_total": self.past_total}

    def rows(self) -> Rows:
        """Return each show, venue and setlist once."""
        details: list[ShowDetails | SetlistDetails] = [*self.shows, *self.past]
        return Rows(
            shows=tuple({(d.show.provider, d.show.provider_id): d.show for d in details}.values()),
            venues=tuple({(d.venue.provider, d.venue.provider_id): d.venue for d in details if d.venue}.values()),
            actual_setlists=tuple({d.setlist.setlistfm_id: d.setlist for d in self.past}.values()),
            rejects=(*self.rejects, *(one for d in self.shows for one in d.rejects)),
            unlisted=tuple(self.unlisted),
            lists=tuple(self.lists),
            gone_pages=tuple(self.gone_pages),
        )


async def ask_for_missing(work: JobRun, found: Findings, shows: Shows) -> None:
    """Request once each stored show that the complete lists no longer hold.

    What a user waits for does not lack these: they are not announced any more. If the rest of the quota is reserved for
    users, a later job of the background requests them. If this is one, the next refresh does: what this one has found
    is stored, and its lists are not read again for the sake of a few shows.
    """
    listed = {one.show.provider_id for one in found.shows if one.show.provider == shows.provider}
    unreadable = {one.key for one in found.rejects if one.kind == "show"}
    missing, asked = await unlisted(work, shows, listed | unreadable), ShowLookups()
    try:
        await ask_for(work, shows, missing, f"the {len(listed)} events listed for {work.known().name}", asked)
    except QuotaSpent as error:
        if work.lane is not Lane.INTERACTIVE:
            left = len(missing) - len(asked.ids)
            work.remark(f"shows that its lists lack ({left}) are left to the next refresh: {error}")
            return
        later = later_job(work, JobKind.REFRESH_SHOWS, error.retry_after_s or RETRY_LATER_S)
        found.later.append(attrs.evolve(later, lane=Lane.HIGH))
    finally:
        found.shows += asked.found
        found.rejects += asked.rejects
        found.unlisted += [(shows.provider, one) for one in asked.ids]


async def unlisted(work: JobRun, shows: Shows, listed: Collection[str]) -> list[str]:
    """Return the ids of the artist's stored shows that are not listed, in the order in which to request them."""
    stored = await work.tools.reading.repertoires.announced(work.known().id, shows.provider, now=work.tools.clock.now())
    return [show_id for show_id in stored if show_id not in listed]


def looking_kind(client: Artists) -> JobKind:
    """Return the kind of job that queries a provider."""
    if isinstance(client, Setlists):
        return JobKind.REFRESH_SETLISTS
    return JobKind.REFRESH_SHOWS if isinstance(client, Shows) else JobKind.REFRESH_CATALOG


def anew(work: JobRun, job: NewJob) -> NewJob:
    """Return a job that fetches what a list lacked: it does not accept answers received up to now."""
    return attrs.evolve(job, args={**job.args, ANEW: work.tools.clock.now().isoformat()})


def later_job(work: JobRun, kind: JobKind, wait_s: float) -> NewJob:
    """Return the job that fetches what is missing. It is as urgent as this one: the same user waits for it."""
    not_before = work.tools.clock.now() + timedelta(seconds=wait_s)
    return look_job(kind, work.job.lane, work.key(), not_before=not_before)
