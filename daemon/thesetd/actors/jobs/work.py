"""One running job: its steps use it to query providers, to store results, and to report progress."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import attrs
import trio

from thesetd.actors.asking import CallExecutor, WriterHandle
from thesetd.actors.jobs.ahead import Ahead
from thesetd.actors.jobs.forecasting import Forecaster
from thesetd.actors.jobs.invalidation import Invalidator
from thesetd.domain.errors import ProviderError
from thesetd.domain.facts import ImportReached, PredictionScored
from thesetd.domain.freshness.budget import Budget
from thesetd.domain.freshness.copies import LOOKS, OF_KIND, TABLES, Look
from thesetd.domain.freshness.runs import Run
from thesetd.domain.freshness.weeks import WeekLook
from thesetd.domain.gate.calls import Call, Purpose
from thesetd.domain.identity.learning import Learnt
from thesetd.domain.identity.spaces import Ref, Space
from thesetd.domain.ids import ProviderName
from thesetd.domain.music.records import NO_ROWS, Reject, Rows
from thesetd.domain.prediction.foreseen import LastPredictions
from thesetd.domain.work.batches import Batch, Picks, Written
from thesetd.domain.work.jobs import (
    AGAIN,
    HISTORY,
    ArtistKey,
    Job,
    JobKind,
    JobState,
    JobUpdate,
    KnownArtist,
    Lane,
    NewJob,
)
from thesetd.domain.work.progress import Amendment, Progress, ProgressEvent, Stage, advance
from thesetd.ports.clock import Clock
from thesetd.ports.freshness import PlanningStore
from thesetd.ports.gate import JobCache
from thesetd.ports.observer import Observer
from thesetd.ports.providers import Providers
from thesetd.ports.store import ForecastStore, PageStore, RepertoireStore, ScheduleStore, StatusStore

T = TypeVar("T")

LACKING = "lacking"  # in the checkpoint: what the job ends without, in words, by the kind of job that fetches it
TOLD = frozenset({Stage.SHOWS_COMPLETE, Stage.COMPLETED})  # the stages that are timed: those a user waits for
ANEW = "anew"  # in arguments and checkpoint: answers before this moment held less than they claimed
PATIENCE = 2  # failed attempts of a job after which gaps in a provider's lists are accepted
MATCHED = "matched"  # in the checkpoint: this job has matched the names in setlists with the artist's songs
LOST = "lost"  # in the checkpoint: the catalogue no longer knows the artist


@attrs.frozen(kw_only=True)
class Reading:
    """The ports through which jobs read from the database."""

    statuses: StatusStore
    schedules: ScheduleStore
    repertoires: RepertoireStore
    forecasts: ForecastStore
    pages: PageStore
    plans: PlanningStore


@attrs.frozen(kw_only=True)
class JobServices:
    """The services of every job.

    A user's import or refresh does not accept answers older than `import_age_s`. `budget_of` returns the background's
    budget of a provider's quota, None if no window lasts a day. `retentions` says how long its content may be kept.
    """

    fetcher: CallExecutor
    writer: WriterHandle
    cache: JobCache
    import_age_s: float
    providers: Providers
    reading: Reading
    budget_of: Callable[[ProviderName], Awaitable[Budget | None]]
    clock: Clock
    observer: Observer
    retentions: Mapping[str, timedelta | None] = attrs.field(factory=dict)
    predictions: LastPredictions = attrs.field(factory=LastPredictions)
    forecaster: Forecaster = attrs.field(
        default=attrs.Factory(lambda self: Forecaster(self.reading.plans, self.clock), takes_self=True)
    )


@attrs.define
class Closing:
    """What is stored with a job's end: rows that no step waits for, counts, and what is done once it is stored."""

    rows: Rows = NO_ROWS
    counts: Mapping[str, int] = attrs.field(factory=dict)
    then: Callable[[], Awaitable[None]] | None = None


@attrs.define
class JobRun:
    """A claimed job while it runs. `artist` is set once it is resolved; `notes` are shown with the last message.

    `step` is the current one. Its `last` batch also records this in the checkpoint, with the notes made so far: a
    finished step is never repeated, and a repeated one adds no note twice. `advanced` is called when it got further.
    `unsettled` says what is undecided about the artist's identity, `lost` are its ids that are no longer known, and in
    the spaces `by_name` only its name speaks for ids or candidates; `is_decided` once that was decided for an artist
    that was known before. `closing` travels with the last batch.
    """

    job: Job
    tools: JobServices
    invalidator: Invalidator
    advanced: Callable[[], None]
    artist: KnownArtist | None = None
    progress: Progress | None = None
    checkpoint: dict[str, Any] = attrs.field(factory=dict)
    notes: list[str] = attrs.field(factory=list)
    step: str = ""
    unsettled: tuple[str, ...] = ()
    lost: frozenset[Ref] = frozenset()
    by_name: frozenset[Space] = frozenset()
    is_decided: bool = False
    closing: Closing = attrs.field(factory=Closing)
    ahead: Ahead = attrs.field(factory=Ahead)
    _revision: int = 0
    _stage_at: datetime | None = None

    @classmethod
    def start(cls, job: Job, tools: JobServices, advanced: Callable[[], None]) -> "JobRun":
        """Continue a job from its checkpoint."""
        return cls(
            job,
            tools,
            Invalidator(cache=tools.cache, since=tools.clock.now()),
            advanced,
            artist=job.artist,
            progress=job.progress,
            checkpoint=dict(job.checkpoint),
            notes=list(job.checkpoint.get("notes", ())),
        )

    def revise(self) -> int:
        """Return the number of the run's next update."""
        self._revision += 1
        return self._revision

    @property
    def watched(self) -> bool:
        """Return whether a user follows this job: only then progress is reported."""
        return self.job.kind in {JobKind.IMPORT_ARTIST, JobKind.RECLASSIFY}

    @property
    def lane(self) -> Lane:
        """The lane of its calls. A user's import goes before background work in every phase."""
        return self.job.lane

    def known(self) -> KnownArtist:
        """Return the artist, which every step after the first requires."""
        assert self.artist is not None
        return self.artist

    def key(self) -> ArtistKey:
        """Return the artist's key in the store, by the catalogue's id if it has one."""
        return self.known().key()

    def refs(self) -> frozenset[Ref]:
        """Return all ids of the artist."""
        return self.known().refs()

    def close_step(self) -> None:
        """Note that the current step is done; the next batch stores that."""
        done = self.checkpoint.get("steps", [])
        self.checkpoint |= {"steps": [*done, self.step] if self.step not in done else done, "notes": list(self.notes)}

    def remark(self, text: str) -> None:
        """Keep a remark that the user should read when the job has ended, once."""
        if text not in self.notes:
            self.notes.append(text)

    def lack(self, what: str, text: str) -> None:
        """Keep what is still missing when the job ends; `what` is the kind of job that fetches it."""
        self.checkpoint[LACKING] = {what: text, **self.checkpoint.get(LACKING, {})}

    async def learn_of(self, learnt: Learnt) -> None:
        """Have the identity decided, by what was learnt about the artist."""
        about = Learnt(wanted=self.refs(), complete=True, asked=learnt.asked)
        await self.decide(Rows(identity=learnt.joined(about)))

    async def decide(self, rows: Rows, **more: Any) -> None:
        """Store rows from which identities are decided, and continue with the resulting artist."""
        decided = (await self.commit(rows, **more)).decided
        if decided is not None and decided.artist is not None:
            self.artist, self.unsettled, self.lost = decided.artist, decided.remarks, decided.lost
            self.by_name = decided.by_name
            for remark in decided.moved:
                self.remark(remark)

    def looks_again(self) -> bool:
        """Return whether the job runs again and repeats lists that held less than they claim.

        A job that a user follows ends instead, and later jobs repeat them.
        """
        again = not self.watched and self.job.attempts < PATIENCE
        if again:
            self.checkpoint[ANEW] = self.tools.clock.now().isoformat()
        return again

    def looks(self) -> tuple[Look, ...]:
        """Return the outcomes of the job: for each aspect it refreshed, whether it found changes."""
        changed, lacking = self.checkpoint.get("changed", []), self.checkpoint.get(LACKING, {})
        aspects = OF_KIND.get(self.job.kind, ()) if self.artist and not self.job.args.get(HISTORY) else ()
        aspects = tuple(aspect for aspect in aspects if LOOKS[aspect].value not in lacking)
        return tuple(Look(aspect=aspect, changed=aspect.value in changed) for aspect in aspects)

    def _note_stored(self, batch: Batch, tables: Mapping[str, int]) -> None:
        """Remember which aspects changed, which the next batch stores, and say so if the job got further."""
        if tables or (batch.job and batch.job.checkpoint != self.job.checkpoint):
            self.advanced()
        if found := {aspect.value for aspect, names in TABLES.items() if any(tables.get(name) for name in names)}:
            self.checkpoint["changed"] = sorted(found.union(self.checkpoint.get("changed", [])))

    def reads_ahead(self) -> bool:
        """Return whether a step may begin calls of the next: their answers are not stored before that step.

        If the cache does not keep them either, a crash repeats them all, and not only the calls in flight.
        """
        return self.tools.cache.keeps_answers()

    def begin(self, calls: Sequence[Call[Any]]) -> None:
        """Perform calls in the background whose answers the job will need: `fetch` then returns these."""
        for call in calls:
            self.ahead.begin(_key(call), partial(self._perform, call))

    async def fetch(self, call: Call[T], *, is_spare: bool = False, shared: str = "") -> T:
        """Perform one call, unless it was begun before; for `is_spare` and `shared` see `Purpose`."""
        return await self.ahead.take(_key(call), partial(self._perform, call, is_spare=is_spare, shared=shared))

    async def begun(self, call: Call[T]) -> T | None:
        """Return the answer to a call that was begun, and leave it for `fetch`; None if there is none."""
        found: T | None = await self.ahead.peek(_key(call))
        return found

    async def _perform(self, call: Call[T], *, is_spare: bool = False, shared: str = "") -> T:
        is_spare = is_spare or (self.job.kind in LOOKS.values() and self.lane is not Lane.INTERACTIVE)
        job = self.job
        purpose = Purpose(job.kind.value, job.id, job.request_id, is_spare=is_spare, shared=shared)
        is_requested = self.watched or self.lane is Lane.INTERACTIVE
        since = self.job.created_at - timedelta(seconds=self.tools.import_age_s) if is_requested else None
        anew = self.checkpoint.get(ANEW) or self.job.args.get(ANEW)
        for later in (call.since, datetime.fromisoformat(anew) if anew else None):
            since = max(later, since or later) if later is not None else since
        return await self.tools.fetcher.fetch(call.on_behalf_of(purpose, since), self.lane)

    async def fetch_all(self, calls: Sequence[Call[T]]) -> list[T | ProviderError]:
        """Perform calls concurrently; return results and errors in order."""
        results: dict[int, T | ProviderError] = {}

        async def one(index: int, call: Call[T]) -> None:
            try:
                results[index] = await self.fetch(call)
            except ProviderError as error:
                results[index] = error

        async with trio.open_nursery() as nursery:
            for index, call in enumerate(calls):
                nursery.start_soon(one, index, call)
        return [results[index] for index in range(len(calls))]

    def _time_stage(self, before: Progress | None, now: datetime) -> None:
        """Report how long after the request an import reached a stage, once."""
        stage = self.progress.stage if self.progress else None
        if self.job.kind is not JobKind.IMPORT_ARTIST or stage not in TOLD or (before and before.stage is stage):
            return
        seconds = max(0.0, (now - self.job.created_at).total_seconds())
        self.tools.observer.notify(ImportReached(job_id=self.job.id, stage=stage.value, seconds=seconds))

    def _foretold(self, progress: Progress, now: datetime) -> Progress:
        """Add to the progress when the import is expected to be complete."""
        if self.job.kind is not JobKind.IMPORT_ARTIST:
            return progress
        if self._stage_at is None or self.progress is None or progress.stage is not self.progress.stage:
            self._stage_at = now
        again = bool(self.job.args.get(AGAIN))
        expected = self.tools.forecaster.expected(progress.stage, again=again, since=self._stage_at)
        return attrs.evolve(progress, expected=expected)

    async def commit(
        self,
        rows: Rows | None = None,
        *,
        stage: Stage | None = None,
        part: float = 0.0,
        note: str = "",
        counts: Mapping[str, int] | None = None,
        state: JobState = JobState.RUNNING,
        artist: ArtistKey | None = None,
        enqueue: tuple[NewJob, ...] = (),
        looks: tuple[Look, ...] = (),
        picks: Picks | None = None,
        run: Run | None = None,
        profiles: tuple[UUID, ...] = (),
        amendment: Amendment | None = None,
        week_look: WeekLook | None = None,
        last: bool = False,
    ) -> Written:
        """Store rows together with the checkpoint and, if a user follows the job, the progress; `last` ends the step.

        Branches of a step run concurrently. Once a commit's checkpoint and progress are determined, it waits only for
        the writer, so that commits are stored in that order.
        """
        await self._look_back()
        before, events = self.progress, self._progress_events(stage, part, note, counts or {})
        batch = attrs.evolve(
            self._batch(events, state=state, artist=artist, last=last),
            rows=NO_ROWS if rows is None else rows,
            enqueue=enqueue,
            looks=looks,
            picks=picks,
            run=run,
            profiles=profiles,
            amendment=amendment,
            week_look=week_look,
        )
        written = await self.tools.writer.write(batch, self.job.lane)
        self._note_stored(batch, written.changed)
        self._time_stage(before, batch.at)
        for one in written.scores:
            self.tools.observer.notify(PredictionScored(played=one.played, hits=one.hits, f1=one.f1))
        await self.invalidator.invalidate(self.artist, written)
        return written

    async def report(
        self,
        *,
        stage: Stage,
        part: float = 0.0,
        counts: Mapping[str, int] | None = None,
        rejects: tuple[Reject, ...] = (),
        last: bool = False,
    ) -> None:
        """Store progress and checkpoint like `commit`, but do not wait for it: nothing that follows depends on it.

        A lost report is superseded by the next commit; any other failure ends the job.
        """
        await self._look_back()
        batch = self._batch(self._progress_events(stage, part, "", counts or {}), last=last)
        answered = await self.tools.writer.post(attrs.evolve(batch, rows=Rows(rejects=rejects)), self.job.lane)

        async def followed() -> None:
            if await answered():
                self._note_stored(batch, {})

        self.ahead.run(followed)

    async def _look_back(self) -> None:
        if self.job.kind is JobKind.IMPORT_ARTIST:
            await self.tools.forecaster.look()

    def _progress_events(
        self, stage: Stage | None, part: float, note: str, counts: Mapping[str, int]
    ) -> tuple[ProgressEvent, ...]:
        """Advance the progress, if a user follows the job; return the event that says so, if it changed."""
        if not self.watched or stage is None:
            return ()
        progress, now = advance(self.progress, stage, counts, part, note), self.tools.clock.now()
        if progress == self.progress:
            return ()
        self.progress = self._foretold(progress, now)
        return (ProgressEvent(job_id=self.job.id, progress=self.progress, at=now),)

    def _batch(
        self,
        events: tuple[ProgressEvent, ...],
        *,
        state: JobState = JobState.RUNNING,
        artist: ArtistKey | None = None,
        last: bool,
    ) -> Batch:
        """Return the next batch of this run, without rows."""
        if last:
            self.close_step()
        update = JobUpdate(
            id=self.job.id,
            fence=self.job.fence,
            state=state,
            checkpoint=dict(self.checkpoint),
            artist=artist,
            revision=self.revise(),
            rescued=self.job.rescues > 0,
        )
        return Batch(at=self.tools.clock.now(), job=update, events=events)


def _key(call: Call[Any]) -> tuple[str, datetime | None]:
    return call.request.key, call.since
