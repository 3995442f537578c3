"""Runs of schedules, pins and interest, over the in-memory store of `fakes`."""

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from fake_world import StoredJob, World
from thesetd.domain.freshness.copies import ASKED_BY, LOOKS, SHARING, Aspect
from thesetd.domain.freshness.interest import Interest
from thesetd.domain.freshness.pins import Pin, PinView
from thesetd.domain.freshness.plans import Looked, PastImport
from thesetd.domain.freshness.runs import PastRun
from thesetd.domain.freshness.weeks import WeekIndex
from thesetd.domain.ids import ProviderName
from thesetd.domain.work.jobs import HISTORY, LOOK_UP_S, TOGETHER, JobKind, JobState, KnownArtist, Lane
from thesetd.domain.work.schedules import DEFAULTS
from thesetd.ports.freshness import Overdue
from thesetd.ports.gate import CallRecord


class FakeFreshness:
    """A `FreshnessStore`, `InterestStore` and `PlanningStore`."""

    world: World
    calls: dict[str, CallRecord]
    ping: Callable[[], Awaitable[None]]

    async def runs(self, schedule: str, *, limit: int) -> tuple[PastRun, ...]:
        """Return a schedule's last runs; see `thesetd.ports.freshness.FreshnessStore`."""
        await self.ping()
        kept = [one for one in self.world.runs.values() if one.run.schedule == schedule]
        kept.sort(key=lambda one: (one.at, one.job_id), reverse=True)
        return tuple(map(self._past, kept[:limit]))

    async def pins(self, *, now: datetime) -> tuple[PinView, ...]:
        """Return the pins that hold; see `thesetd.ports.freshness.FreshnessStore`."""
        await self.ping()
        found = []
        for pin in self._holding(now):
            known = self.world.known(pin.artist_id)
            assert known is not None
            found.append(PinView(pin=pin, slug=known.slug, name=known.name, looked_at=self._looked_at(pin)))
        return tuple(sorted(found, key=lambda view: (view.name, view.pin.aspect.value)))

    async def pin(self, pins: Sequence[Pin]) -> None:
        """Keep pins; see `thesetd.ports.freshness.FreshnessStore`."""
        await self.ping()
        for pin in pins:
            self.world.pins[pin.artist_id, pin.aspect] = pin

    async def unpin(self, artist_id: UUID, aspects: Sequence[Aspect]) -> int:
        """Delete pins of an artist; see `thesetd.ports.freshness.FreshnessStore`."""
        await self.ping()
        gone = [key for key in self.world.pins if key[0] == artist_id and key[1] in (aspects or Aspect)]
        for key in gone:
            del self.world.pins[key]
        return len(gone)

    async def overdue(self, *, now: datetime, limit: int) -> tuple[Overdue, ...]:
        """Return artists whose pinned aspects are too old; see `thesetd.ports.freshness.FreshnessStore`."""
        await self.ping()
        late = [
            (self._looked_at(pin) or datetime.min.replace(tzinfo=now.tzinfo), pin.artist_id, pin.aspect, known)
            for pin in self._holding(now)
            if (known := self.world.known(pin.artist_id))
            and known.ids
            and self.world.index.is_free((pin.aspect, pin.artist_id), now=now, before=now - pin.max_age, latest=now)
        ]
        found: dict[Aspect, list[KnownArtist]] = defaultdict(list)
        for *_, aspect, known in sorted(late, key=lambda one: one[:3])[:limit]:
            found[aspect].append(known)
        return tuple(Overdue(aspect=aspect, artists=tuple(found[aspect])) for aspect in sorted(found))

    async def timed(self, *, now: datetime, limit: int) -> tuple[KnownArtist, ...]:
        """Return artists whose setlists are due by their shows; see `thesetd.ports.freshness.TimedStore`."""
        await self.ping()
        index, found = self.world.index, []
        for row in index.timed:
            key, known = (Aspect.SETLISTS, row), self.world.known(row)
            if known and known.mbid and index.copies[key].due_at <= now and not index.is_ordered(key, now):
                found.append((index.place(key, None, now)[1], row, known))
        return tuple(known for *_, known in sorted(found, key=lambda one: one[:2])[:limit])

    async def promised(self, schedule: str, *, now: datetime, limit: int) -> tuple[KnownArtist, ...]:
        """Return artists whose setlists miss a target, whatever the schedule; see `TimedStore`."""
        await self.ping()
        index, before, found = self.world.index, now - DEFAULTS[schedule].target, []
        for row in index.timed:
            key, known = (Aspect.SETLISTS, row), self.world.known(row)
            looked_at = index.copies[key].looked_at
            if known and known.mbid and looked_at and looked_at <= before and not index.is_ordered(key, now):
                found.append((looked_at, row, known))
        return tuple(known for *_, known in sorted(found, key=lambda one: one[:2])[:limit])

    async def untimed(self, *, now: datetime, before: datetime, limit: int) -> tuple[KnownArtist, ...]:
        """Return artists whose setlists no show times; see `thesetd.ports.freshness.TimedStore`."""
        await self.ping()
        index = self.world.index
        importing = {
            job.artist_id
            for job in self.world.jobs.values()
            if job.new.kind is JobKind.IMPORT_ARTIST and not job.state.final
        }
        free = [
            (index.rank((Aspect.SETLISTS, row), kept.record.popularity, now), row)
            for row, kept in self.world.artists.items()
            if kept.record.mbid and not kept.is_stub and row not in index.timed and row not in importing
            if index.is_free((Aspect.SETLISTS, row), now=now, before=before)
        ]
        known = (self.world.known(row) for _, row in sorted(free)[:limit])
        return tuple(artist for artist in known if artist is not None)

    async def waiting(self, *, now: datetime) -> Mapping[Lane, int]:
        """Return how many refreshes of setlists are to run now; see `thesetd.ports.freshness.TimedStore`."""
        await self.ping()
        return Counter(
            Lane(job.lane)
            for job in self.world.jobs.values()
            if job.new.kind is LOOKS[Aspect.SETLISTS] and not job.new.args.get(HISTORY) and not job.state.final
            if job.not_before <= now or job.waits_for is not None
        )

    async def note_interest(self, interests: Sequence[Interest], *, at: datetime) -> int:
        """Keep what the application tells; see `thesetd.ports.freshness.InterestStore`."""
        await self.ping()
        rows = {known.slug: row for row in self.world.artists if (known := self.world.known(row))}
        for told in interests:
            if told.slug in rows:
                self.world.index.interest(rows[told.slug], told, at)
        return sum(told.slug not in rows for told in interests)

    async def past_imports(self, *, since: datetime, limit: int) -> tuple[PastImport, ...]:
        """Return imports that completed; see `thesetd.ports.freshness.PlanningStore`."""
        await self.ping()
        imports = [job for job in self.world.jobs.values() if job.new.kind is JobKind.IMPORT_ARTIST]
        done = [job for job in imports if job.state is JobState.DONE and job.finished_at and job.finished_at > since]
        done.sort(key=lambda job: job.finished_at or job.created_at, reverse=True)
        return tuple(
            PastImport(
                artist_id=job.artist_id,
                again=any(_before(one, job) for one in imports),
                seconds=((job.finished_at or job.created_at) - (job.started_at or job.created_at)).total_seconds()
                + job.new.args.get(LOOK_UP_S, 0.0),
                calls=self._calls(call for call in self.calls.values() if call.job_id == job.id),
                left_s=self._left(job),
            )
            for job in done[:limit]
        )

    async def looked(self, *, since: datetime) -> Mapping[Aspect, Looked]:
        """Return what looks cost; see `thesetd.ports.freshness.PlanningStore`."""
        await self.ping()
        found = {}
        for aspect, kind in LOOKS.items():
            made = [job for job in self.world.jobs.values() if job.new.kind is kind and job.state is JobState.DONE]
            counted = [job for job in made if job.finished_at is not None and job.finished_at > since]
            made_calls = [c for c in self.calls.values() if c.purpose == kind.value and c.at > since]
            if counted:
                groups = sum(1 / _sharing(job.new.args) for job in counted)
                found[aspect] = Looked(looks=len(counted), calls=self._calls(made_calls), groups=groups)
        return found

    async def due(self, *, until: datetime) -> Mapping[Aspect, int]:
        """Return how many copies are due; see `thesetd.ports.freshness.PlanningStore`."""
        await self.ping()
        found: Counter[Aspect] = Counter()
        for row, stored in self.world.artists.items():
            known = self.world.known(row)
            ids = known.ids if known and not stored.is_stub else {}
            copies = {
                aspect: self.world.index.copies.get((aspect, row)) for aspect in Aspect if ASKED_BY[aspect] in ids
            }
            found.update(aspect for aspect, copy in copies.items() if copy is None or copy.due_at <= until)
        return found

    async def coming(self, artists: Sequence[UUID], *, now: datetime) -> Mapping[UUID, int]:
        """Return how many shows are to come; see `thesetd.ports.freshness.PlanningStore`."""
        await self.ping()
        shows, since = self.world.records["shows"], now.date()
        found = Counter(
            artist
            for artist in artists
            for show in (shows[key] for key in self.world.playing.get(artist, ()))
            if show.status not in {"cancelled", "completed", "withdrawn"}
            and (show.local_date is None or (show.end_date or show.local_date) >= since)
        )
        return dict(found)

    async def weeks(self, provider: ProviderName, countries: Collection[str]) -> WeekIndex:
        """Return the weeks of coming shows; see `thesetd.ports.freshness.PlanningStore`."""
        await self.ping()
        shared = self.world.index.shared.get(SHARING[Aspect.SHOWS])
        return self.world.weeks.index(provider, countries, shared.threshold if shared else 0.0)

    def _left(self, job: StoredJob) -> Mapping[str, float]:
        """Return how long a job took from its first event of each stage to its end."""
        found: dict[str, float] = {}
        for event in self.world.events:
            if event.job_id == job.id and job.finished_at:
                found.setdefault(event.progress.stage.value, (job.finished_at - event.at).total_seconds())
        return found

    @staticmethod
    def _calls(calls: Iterable[CallRecord]) -> Mapping[ProviderName, int]:
        found: Counter[ProviderName] = Counter()
        for call in calls:
            found[call.provider] += call.cost
        return found

    def _holding(self, now: datetime) -> list[Pin]:
        return [pin for pin in self.world.pins.values() if pin.until is None or pin.until > now]

    def _looked_at(self, pin: Pin) -> datetime | None:
        copy = self.world.index.copies.get((pin.aspect, pin.artist_id))
        return copy.looked_at if copy else None

    def _past(self, kept: PastRun) -> PastRun:
        job = self.world.jobs.get(kept.job_id)
        made = [one for one in self.world.jobs.values() if one.new.args.get("run") == kept.job_id]
        failed = sum(one.state in {JobState.FAILED, JobState.DEAD} for one in made)
        return PastRun(
            job_id=kept.job_id,
            at=kept.at,
            state=job.state if job else None,
            run=kept.run,
            looked=kept.looked,
            changed=kept.changed,
            failed=failed,
            remarks=tuple(job.checkpoint.get("notes", ())) if job else (),
        )


def _sharing(args: Mapping[str, Any]) -> int:
    """Return how many refreshes share their calls with this one, and itself."""
    return max((len(ids) for ids in args.get(TOGETHER, {}).values()), default=1)


def _before(one: StoredJob, job: StoredJob) -> bool:
    ended = one.finished_at is not None and job.started_at is not None and one.finished_at <= job.started_at
    return one.artist_id == job.artist_id and one.created_at < job.created_at and ended
