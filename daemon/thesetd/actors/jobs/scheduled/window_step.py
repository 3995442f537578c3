"""Reads the shows of coming weeks from a provider that lists them by date, for all acts.

Each run reads the weeks that are due, see `thesetd.domain.freshness.weeks`, with a part of the calls that the quota has
for it. What was read is stored window by window, with how far that is: whatever stops a run, the next one continues
after the last window. This requires countries in the provider's configuration, since all shows in the world would be
too many.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import attrs

from thesetd.actors.jobs.missing import MOST_MISSING, ShowLookups, ask_for
from thesetd.actors.jobs.paging import ListResult, collect, listed_of
from thesetd.actors.jobs.scheduled.sweep_step import BY_HAND
from thesetd.actors.jobs.scheduled.week_calls import SWEPT, calls_for_weeks, due_weeks
from thesetd.actors.jobs.work import JobRun
from thesetd.domain.errors import ProviderError, QuotaSpent
from thesetd.domain.freshness.weeks import Stretch, WeekLook, next_stretch
from thesetd.domain.gate.calls import Call, Page
from thesetd.domain.music.records import Reject, Rows, Show
from thesetd.domain.shows.sweep import EARLIER, FULL_PAGES, Finished, Sweep, SweepWindow
from thesetd.ports.providers import ShowDetails, SweptShows

PART = 100  # shows of one batch: with as many new acts it takes about half a second
COUNTED = "weeks"  # in the checkpoint: what the run has read so far, by provider
_SECOND = timedelta(seconds=1)


async def window_step(work: JobRun) -> None:
    """Read the weeks that are due from every provider that lists shows by date, for the configured countries.

    A run that was held up until the next one leaves its weeks to that.
    """
    if work.job.args["schedule"] != SWEPT:
        return
    now = work.tools.clock.now()
    until = datetime.fromisoformat(work.job.args["until"]) if "until" in work.job.args else now + BY_HAND
    for shows in work.tools.providers.shows:
        if isinstance(shows, SweptShows) and shows.countries:
            if now >= until:
                work.remark("its weeks are left to the next run")
            else:
                await _Weeks(work, shows).read(until)


@attrs.define
class _Weeks:
    """A run's reading of one provider's weeks; what it has read so far is in the job's checkpoint."""

    work: JobRun
    shows: SweptShows

    async def read(self, until: datetime) -> None:
        """Read what is due until the calls for it are spent, and remark how much that was, and why it was not all."""
        why, left = "no quota left", 0
        try:
            await self._read_undated()
            left = await self._read_weeks(until)
        except QuotaSpent as error:
            why, left = error.message, len(await due_weeks(self.work, self.shows))
        count = self._count()
        text = f"{count['read']} of {count['due']} due weeks read with {count['calls']} calls"
        text += f", {count['changed']} shows changed"
        if count["due"] or count["calls"]:
            self.work.remark(f"{text}; {left} left: {why}" if left else text)
        else:
            self.work.remark("no week was due")

    async def _read_weeks(self, until: datetime) -> int:
        """Read weeks while there are calls; return how many are still due."""
        now = self.work.tools.clock.now()
        due = await due_weeks(self.work, self.shows)
        self._add(due=max(0, len(due) + self._count()["read"] - self._count()["due"]))
        calls = calls_for_weeks(await self.work.tools.budget_of(self.shows.provider), now, until)
        while due and self._count()["calls"] < calls:
            await self._read(next_stretch(due, now), calls)
            now = self.work.tools.clock.now()
            due = await due_weeks(self.work, self.shows)
        return len(due)

    async def _read(self, stretch: Stretch, calls: int) -> None:
        """Read a stretch window by window, to its end or until the calls are spent; each window is stored."""
        since, country = stretch.since, stretch.country
        before = SweepWindow(since=since - EARLIER, until=since - _SECOND, country=country)
        known = await self._stored(SweepWindow(since=since, until=stretch.until, country=country))
        begins, earlier = (sorted(filter(None, one.values())) for one in (known, await self._stored(before)))
        pages = min(FULL_PAGES, max(1, calls - self._count()["calls"]))  # a window that is not whole is read again
        sweep = Sweep(since, stretch.until, country=country, pages=pages, known=begins, earlier=earlier)
        found: dict[str, ShowDetails] = {}
        rejects: list[Reject] = []
        while stretch.weeks and (ask := sweep.ask) is not None:
            page = await self._fetch(self.shows.window(ask))
            found |= {one.show.provider_id: one for one in page.items}
            rejects += page.rejects
            if (finished := sweep.take(listed_of(page))) is not None:
                changed = await self._store(finished, _rows(found.values(), rejects), calls)
                stretch = await self._note(stretch, finished.window.until, changed)
                found, rejects = {}, []
                if self._count()["calls"] >= calls:
                    return

    async def _note(self, stretch: Stretch, reached: datetime, changed: int) -> Stretch:
        """Store how far a reading has come; return what is left of it."""
        look = stretch.look(self.shows.provider, reached, changed)
        self._add(read=len(look.complete()), changed=changed)
        await self.work.commit(week_look=look)
        return stretch.after(look)

    async def _store(self, window: Finished, rows: Rows, calls: int) -> int:
        """Store the shows of a window; request those that it should hold, or report that it holds more.

        Return how many shows had changed.
        """
        changed, about, listed = await self._commit(rows), window.window, set(window.ids)
        if not window.whole:
            self.work.remark(f"only {len(listed)} of {window.total} events from {about.since:%Y-%m-%d} on are listed")
            return changed
        missing = [one for one in await self._stored(about) if one not in listed]
        evidence = (
            f"the {len(listed)} events listed from {about.since:%Y-%m-%d %H:%M} to {about.until:%Y-%m-%d %H:%M} UTC"
        )
        while missing:
            changed += await self._ask(missing[:MOST_MISSING], evidence)
            del missing[:MOST_MISSING]
            if missing and self._count()["calls"] >= calls:
                self.work.remark(f"{len(missing)} events that a list lacks are left to a later run")
                break
        return changed

    async def _ask(self, missing: Sequence[str], listed: str) -> int:
        """Request shows by their ids, and store the answers, also if a call fails; return how many had changed."""
        asked = ShowLookups()
        try:
            await ask_for(self.work, self.shows, missing, listed, asked)
        except ProviderError:
            await self._commit(_of(self.shows, asked))
            raise
        self._add(calls=len(asked.ids))
        return await self._commit(_of(self.shows, asked))

    async def _commit(self, rows: Rows) -> int:
        """Store rows in parts, because users' imports wait for the writer meanwhile; return how many shows changed."""
        *parts, last = [rows.shows[begin : begin + PART] for begin in range(0, len(rows.shows), PART)] or [()]
        venues = {one.provider_id: one for one in rows.venues}
        changed = Counter[str]()

        def part_of(shows: Sequence[Show]) -> Rows:
            wanted = dict.fromkeys(one.venue_provider_id for one in shows)
            return Rows(shows=tuple(shows), venues=tuple(venues[one] for one in wanted if one in venues))

        for shows in parts:
            changed.update((await self.work.commit(part_of(shows))).changed)
        rest = attrs.evolve(part_of(last), rejects=rows.rejects, unlisted=rows.unlisted)
        if rest:
            changed.update((await self.work.commit(rest)).changed)
        return changed["shows"] or min(changed["artist_shows"], len(rows.shows))

    async def _stored(self, about: SweepWindow | None) -> Mapping[str, datetime | None]:
        """Return the provider's shows that are stored in a window, or without a date, by their ids."""
        return await self.work.tools.reading.repertoires.announced(
            about, self.shows.provider, now=self.work.tools.clock.now(), countries=self.shows.countries
        )

    async def _read_undated(self) -> None:
        """Once a day, store the events without a date, which no week holds; request those that are no longer listed."""
        now, provider = self.work.tools.clock.now(), self.shows.provider
        index = await self.work.tools.reading.plans.weeks(provider, self.shows.countries)
        if "until" in self.work.job.args and not index.is_undated_due(now):
            return
        whole, seen = True, set[str]()
        for first in self.shows.undated():
            listed: ListResult[ShowDetails] = ListResult()
            await collect(self._fetch, first, into=listed, now=self.work.tools.clock.now)
            if listed.short:
                self.work.remark(f"only {listed.sent} of {listed.total} events without a date are listed")
            found = {one.show.provider_id: one for one in listed.items}
            whole, seen = whole and listed.whole, seen | found.keys() | {one.key for one in listed.rejects}
            await self._commit(_rows(found.values(), listed.rejects))
        if whole and seen:
            missing = [one for one in await self._stored(None) if one not in seen]
            await self._ask(missing[:MOST_MISSING], f"the {len(seen)} events listed without a date")
        await self.work.commit(week_look=WeekLook(provider=provider, begun_at=now, reached=now))

    async def _fetch(self, call: Call[Page[ShowDetails]]) -> Page[ShowDetails]:
        """Request a page as a refresh does: it leaves users' reserve, and keeps to the pace of the quota."""
        page = await self.work.fetch(call, is_spare=True)
        self._add(calls=1)
        return page

    def _count(self) -> Mapping[str, int]:
        counted: Mapping[str, int] = self.work.checkpoint.get(COUNTED, {}).get(self.shows.provider, {})
        return Counter(counted)

    def _add(self, **more: int) -> None:
        counts = self.work.checkpoint.get(COUNTED, {})
        counted = {key: self._count()[key] + more.get(key, 0) for key in ("due", "read", "calls", "changed")}
        self.work.checkpoint[COUNTED] = {**counts, self.shows.provider: counted}


def _of(shows: SweptShows, asked: ShowLookups) -> Rows:
    rows = _rows(asked.found, asked.rejects)
    return attrs.evolve(rows, unlisted=tuple((shows.provider, one) for one in asked.ids))


def _rows(found: Collection[ShowDetails], rejects: Iterable[Reject]) -> Rows:
    return Rows(
        shows=tuple(one.show for one in found),
        venues=tuple({one.venue.provider_id: one.venue for one in found if one.venue}.values()),
        rejects=(*rejects, *(reject for one in found for reject in one.rejects)),
    )
