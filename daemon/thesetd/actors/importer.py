"""The importer: accepts imports, claims jobs and runs each in a task of its own.

It supervises its jobs: if one of them crashes, the others continue, and its outcome is written into its row.
`thesetd.domain.work.outcomes` decides how an error ends a job. When the importer itself is stopped, every running job
is given back with its last checkpoint, to continue after the next start.
"""

from datetime import datetime, timedelta
from enum import Enum
from functools import partial

import attrs
import trio

from thesetd.actors.jobs.accepting import ImportIntake
from thesetd.actors.jobs.steps import perform
from thesetd.actors.jobs.work import JobRun, JobServices
from thesetd.actors.messages import ReleaseAll, Rescued, Resume, RevalidateLeases, Submit, ToImporter, Wake
from thesetd.actors.supervision.polling import PollLoop
from thesetd.actors.supervision.polls import POLLS, Polls
from thesetd.domain.errors import (
    Paused,
    StoreUnavailable,
    ThesetdError,
)
from thesetd.domain.facts import JobClaimed, JobEnded, JobsRecovered, JobSuspected, StoreWaited
from thesetd.domain.ids import JobId
from thesetd.domain.work.batches import Batch
from thesetd.domain.work.deferrals import EVERYTHING
from thesetd.domain.work.jobs import (
    POISON,
    Job,
    JobState,
    JobUpdate,
    Lane,
    Owner,
)
from thesetd.domain.work.outcomes import Outcome, describe, outcome_of
from thesetd.domain.work.progress import ProgressEvent, Stage, advance
from thesetd.domain.work.quarantine import ALONE_S, Quarantine, QuarantineAct
from thesetd.ports.background import in_background
from thesetd.ports.pulse import busy
from thesetd.ports.store import Claimed, JobStore

MOST_JOBS = 256  # concurrent jobs on one node: each holds a few hundred KB, a few MB at most
MOST_BACKGROUND = 32  # background jobs among them; the rest is for users who wait
RETRY_S = 1.0
GATHER_S = 0.001  # between two claims: triggers come in bursts, and one claim serves them all
GIVE_BACK_S = 4.0
LOOK_S = 60.0  # for jobs; the store's calls have timeouts
SILENT_S = 300.0  # a job may compute this long without a request; the actors that it waits for have their own pulses
HELD = outcome_of(Paused(EVERYTHING), attempts=0)


class Interruption(Enum):
    """Why a running job is stopped."""

    GIVEN_BACK = "given back"  # it resumes later, from its checkpoint
    LOST = "lost"  # it was cancelled, or belongs to another node now: nothing of it may be written


@attrs.define
class Running:
    """A job that runs on this node, and how to stop it."""

    job: Job
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    interruption: Interruption | None = None

    def interrupt(self, interruption: Interruption) -> None:
        """Stop it; the first reason counts."""
        self.interruption = self.interruption or interruption
        self.scope.cancel()


class Importer:
    """Runs jobs."""

    def __init__(
        self,
        mailbox: trio.MemoryReceiveChannel[ToImporter],
        *,
        jobs: JobStore,
        tools: JobServices,
        owner: Owner,
        polls: Polls = POLLS,
    ) -> None:
        """Take the receiving end of the mailbox; the importer works on a clone of it."""
        self._mailbox = mailbox
        self._jobs = jobs
        self._tools = tools
        self._acceptor = ImportIntake(tools)
        self._owner = owner
        self._poll_s = polls.jobs_s
        self._running: dict[JobId, Running] = {}
        self._poll_loop = PollLoop("claims jobs", LOOK_S, retry_s=RETRY_S, observer=tools.observer, gather_s=GATHER_S)
        self._recovered = False
        self._quarantine = Quarantine(ask_again_s=polls.jobs_s)
        self._held = False

    async def run(self) -> None:
        """Accept and run jobs until cancelled."""
        self._running.clear()
        self._quarantine, self._recovered = Quarantine(ask_again_s=self._poll_s), False
        async with self._mailbox.clone() as mailbox, trio.open_nursery() as nursery:
            nursery.start_soon(self._poll_loop.run, partial(self._look, nursery))
            async for message in mailbox:
                match message:
                    case Submit():
                        nursery.start_soon(self._acceptor.answer, message)
                    case Wake():
                        self._poll_loop.wake()
                    case Rescued():
                        self._quarantine.rumour()
                        self._poll_loop.wake()
                    case RevalidateLeases():
                        nursery.start_soon(self._recheck)
                    case ReleaseAll():
                        self._held, self._acceptor.note = True, describe(HELD, None)
                        for running in self._running.values():
                            running.interrupt(Interruption.GIVEN_BACK)
                    case Resume():
                        self._held, self._acceptor.note = False, ""
                        self._quarantine.rumour()
                        self._poll_loop.wake()

    async def _recheck(self) -> None:
        """Stop jobs that were taken away, however long the database is unavailable."""
        while True:
            before = dict(self._running)  # jobs claimed from now on may not be in the answer
            try:
                with busy("revalidates its leases", LOOK_S):
                    held = await self._jobs.held(self._owner)
            except StoreUnavailable as error:
                self._tools.observer.notify(StoreWaited(error=str(error), retry_in_s=RETRY_S))
                await trio.sleep(RETRY_S)
            else:
                break
        for job_id, running in before.items():
            if job_id not in held:
                running.interrupt(Interruption.LOST)

    # -- running -------------------------------------------------------------------------------------------------------

    async def _look(self, nursery: trio.Nursery) -> float:
        if not self._recovered:
            await self._recover()
        return await self._look_for_suspects(nursery) or await self._claim(nursery)

    async def _recover(self) -> None:
        """Release jobs that earlier runs of this node left, and those that ran when the importer crashed."""
        count = await self._jobs.recover(owner=self._owner, idle=True, now=self._tools.clock.now())
        self._recovered = True
        if count:
            self._tools.observer.notify(JobsRecovered(count=count))

    async def _claim(self, nursery: trio.Nursery) -> float:
        """Start the jobs that may start; return how long there is nothing more to do."""
        now, room = self._tools.clock.now(), MOST_JOBS - len(self._running)
        if room <= 0:
            return self._poll_s  # the first job that ends triggers the next claim
        background = MOST_BACKGROUND - sum(running.job.lane > Lane.INTERACTIVE for running in self._running.values())
        claimed = await self._jobs.claim(
            owner=self._owner, limit=room, background=max(background, 0), now=now, running=tuple(self._running)
        )
        for job in claimed.jobs:
            self._start(nursery, job)
        if len(claimed.jobs) >= room or claimed.next_due is None:
            return self._poll_s
        return min(self._poll_s, max(0.05, (claimed.next_due - now).total_seconds()))

    async def _look_for_suspects(self, nursery: trio.Nursery) -> float | None:
        """Let a suspect run alone (`thesetd.domain.work.quarantine`); return for how long to claim nothing else."""
        now = trio.current_time()
        match self._quarantine.act(now):
            case QuarantineAct.CLAIM:
                return None
            case QuarantineAct.WAIT:
                return self._quarantine.until - now
            case QuarantineAct.ASK:
                return await self._ask_for_suspects(nursery, now)

    async def _ask_for_suspects(self, nursery: trio.Nursery, now: float) -> float | None:
        moment = self._tools.clock.now()
        self._quarantine.asked(now)
        due = (await self._claim_suspects(0, moment)).next_due
        if due is None or due > moment:
            return None
        self._quarantine.due()
        if self._running:
            for running in self._running.values():
                running.interrupt(Interruption.GIVEN_BACK)
            return self._poll_s
        for job in (await self._claim_suspects(1, moment)).jobs:
            self._tools.observer.notify(JobSuspected(job_id=job.id, rescues=job.rescues))
            self._start(nursery, job)
            self._quarantine.started(job.id, now)
        return ALONE_S

    async def _claim_suspects(self, limit: int, now: datetime) -> Claimed:
        return await self._jobs.claim(owner=self._owner, limit=limit, background=1, now=now, suspects=True)

    def _start(self, nursery: trio.Nursery, job: Job) -> None:
        if earlier := self._running.get(job.id):  # taken away while this node hung, or its end is not processed yet
            earlier.interrupt(Interruption.LOST)
        running = self._running[job.id] = Running(job)
        if self._held:
            running.interrupt(Interruption.GIVEN_BACK)
        with in_background(unless=job.lane is Lane.INTERACTIVE):
            nursery.start_soon(self._run_job, running)

    async def _run_job(self, running: Running) -> None:
        job, tools, started = running.job, self._tools, trio.current_time()
        tools.observer.notify(
            JobClaimed(job_id=job.id, kind=job.kind.value, lane=job.lane.label, request_id=job.request_id)
        )
        work, outcome = JobRun.start(job, tools, partial(self._clear, job.id)), Outcome(state=JobState.READY)
        ending: Batch | None = None
        unrecorded: str | None = None
        try:
            with busy(f"runs job {job.id} ({job.kind.value})", SILENT_S):
                outcome = await self._perform(work, running)
            ending = self._ending(work, outcome)
            unrecorded = await self._end(ending, job.lane)
        except BaseException:  # cancelled, alone or in a group
            with trio.move_on_after(GIVE_BACK_S, shield=True):
                ending = ending or self._ending(work, outcome)  # the same: it may be ending
                unrecorded = await self._end(ending, job.lane)
            raise
        finally:
            if self._running.get(job.id) is running:
                del self._running[job.id]
                self._quarantine.cleared(job.id)
            self._poll_loop.wake()
            seconds = trio.current_time() - started
            state = "lost" if outcome.abandoned else "unrecorded" if unrecorded else outcome.state.value
            tools.observer.notify(
                JobEnded(
                    job_id=job.id,
                    kind=job.kind.value,
                    state=state,
                    seconds=seconds,
                    error=unrecorded or outcome.error,
                    request_id=job.request_id,
                )
            )

    def _clear(self, job_id: JobId) -> None:
        """Let other jobs run again once a suspect got further than its nodes did that died."""
        if self._quarantine.cleared(job_id):
            self._poll_loop.wake()

    async def _perform(self, work: JobRun, running: Running) -> Outcome:
        """Run the job's steps and return its outcome; if it crashes, the others continue."""
        if work.job.rescues >= POISON:
            return Outcome(state=JobState.DEAD, error=f"the daemon died {work.job.rescues} times while it ran this job")
        outcome = Outcome(state=JobState.DONE)
        try:
            with running.scope:
                await perform(work)
        except Exception as error:  # noqa: BLE001 - the importer supervises its jobs; see the module's docstring
            outcome = outcome_of(error, attempts=work.job.attempts)
        if (
            running.scope.cancelled_caught and not outcome.abandoned
        ):  # whatever its branches raised when they were stopped
            outcome = HELD if self._held else Outcome(state=JobState.READY)
        if running.interruption is Interruption.LOST and outcome.state is JobState.READY:
            return Outcome(state=JobState.READY, abandoned=True)
        return outcome

    def _ending(self, work: JobRun, outcome: Outcome) -> Batch | None:
        """Put a job's outcome in a batch; None if it is stored already, or another node now decides it."""
        if outcome.abandoned or outcome.state is JobState.DONE:
            return None
        now = self._tools.clock.now()
        not_before = now + timedelta(seconds=outcome.wait_s) if outcome.wait_s is not None else None
        update = JobUpdate(
            id=work.job.id,
            fence=work.job.fence,
            state=outcome.state,
            not_before=not_before,
            waits_for=outcome.waits_for,
            error=outcome.error,
            failed_attempt=outcome.failed_attempt,
            revision=work.revise(),
        )
        events: tuple[ProgressEvent, ...] = ()
        if work.watched and outcome.error is not None:
            stage = work.progress.stage if work.progress else Stage.INITIALIZING
            progress = advance(
                work.progress,
                stage if outcome.state is JobState.READY else Stage.FAILED,
                {},
                note=describe(outcome, not_before),
            )
            if outcome.wait_s is not None and (known := progress.expected) is not None:
                progress = attrs.evolve(progress, expected=known.later(timedelta(seconds=outcome.wait_s)))
            events = (ProgressEvent(job_id=work.job.id, progress=progress, at=now),)
        return Batch(at=now, job=update, events=events)

    async def _end(self, ending: Batch | None, lane: Lane) -> str | None:
        """Write a job's outcome into its row; return why it could not be written."""
        if ending is None:
            return None
        try:
            await self._tools.writer.write(ending, lane)
        except ThesetdError as error:
            return str(error)
        return None
