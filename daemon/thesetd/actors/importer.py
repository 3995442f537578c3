"""The importer: accepts imports, claims jobs and runs each in a task of its own.

It supervises its jobs: whatever one of them dies of, the others go on, and its own fate is written into its row. How an
error ends a job is decided in `thesetd.domain.fates`. When the importer itself is stopped, every running job is given
back with its last checkpoint, to continue at the next start.
"""

from datetime import timedelta
from typing import Any

import attrs
import trio

from thesetd.actors.artist_step import resolve
from thesetd.actors.jobs import perform
from thesetd.actors.messages import Answer, Refusal, Submit, ToImporter, Wake, respond
from thesetd.actors.work import Tools, Work
from thesetd.domain.batches import Accepted, Batch
from thesetd.domain.calls import Call, Purpose
from thesetd.domain.errors import AmbiguousArtist, Candidate, RateLimited, StoreUnavailable, ThesetdError, Unavailable
from thesetd.domain.facts import JobClaimed, JobEnded, JobsRecovered, StoreWaited
from thesetd.domain.fates import Fate, describe, fate_of
from thesetd.domain.ids import SPOTIFY, JobId
from thesetd.domain.jobs import ArtistKey, Job, JobKind, JobState, JobUpdate, KnownArtist, Lane, NewJob
from thesetd.domain.names import fold
from thesetd.domain.progress import ProgressEvent, Stage, advance
from thesetd.domain.records import Artist, Rows
from thesetd.domain.reference import ArtistRef
from thesetd.ports.store import JobStore

MOST_JOBS = 32  # at once on one node: each holds a few MB at most
MOST_BACKGROUND = 8  # of them; the rest is for people who wait
PATIENCE_S = 8.0  # for a provider while a person waits for the reply; then the job goes on with it
POLL_S = 30.0  # wake-ups are hints, this stands behind them
RETRY_S = 1.0
GIVE_BACK_S = 4.0
ASKED = Purpose("resolve")


class Importer:
    """Runs jobs."""

    def __init__(
        self, mailbox: trio.MemoryReceiveChannel[ToImporter], *, jobs: JobStore, tools: Tools, node: str
    ) -> None:
        """Take the receiving end of the mailbox; the importer works on a clone of it."""
        self._mailbox = mailbox
        self._jobs = jobs
        self._tools = tools
        self._node = node
        self._running: dict[JobId, Lane] = {}
        self._look = trio.Event()

    async def run(self) -> None:
        """Accept and run jobs until cancelled."""
        self._running.clear()
        await self._recover()
        async with self._mailbox.clone() as mailbox, trio.open_nursery() as nursery:
            nursery.start_soon(self._claim_forever, nursery)
            async for message in mailbox:
                match message:
                    case Submit():
                        nursery.start_soon(self._accept, message)
                    case Wake():
                        self._look.set()

    async def _recover(self) -> None:
        while True:
            try:
                count = await self._jobs.recover(node=self._node, now=self._tools.clock.now())
            except StoreUnavailable as error:
                self._tools.observer.notify(StoreWaited(error=str(error), retry_in_s=RETRY_S))
                await trio.sleep(RETRY_S)
            else:
                if count:
                    self._tools.observer.notify(JobsRecovered(count=count))
                return

    # -- accepting -----------------------------------------------------------------------------------------------------

    async def _accept(self, message: Submit) -> None:
        with message.reply:
            try:
                answer: Answer[Accepted] | Refusal = Answer(await self._enqueue(message.ref))
            except ThesetdError as error:
                answer = Refusal(error)
            respond(message.reply, answer)

    async def _enqueue(self, ref: ArtistRef) -> Accepted:
        """Commit an import's job, with its artist where that can be had quickly."""
        rows, key, name = Rows(), await self._stored(ref), ref.value
        if key is None and (found := await self._found(ref)) is not None:
            assert found.spotify_id is not None
            rows, key, name = (
                Rows(artists=(found,)),
                ArtistKey(provider=SPOTIFY, provider_id=found.spotify_id),
                found.name,
            )
        job = NewJob(
            kind=JobKind.IMPORT_ARTIST,
            lane=Lane.INTERACTIVE,
            unique_key=f"import:{key.provider_id}" if key else f"import:{ref.kind.value}:{fold(ref.value)}",
            args={"reference": ref.value, "artist_fetched": bool(rows.artists)},
            artist=key,
            progress=advance(None, Stage.INITIALIZING, {}),
        )
        written = await self._tools.writer.write(Batch(at=self._tools.clock.now(), rows=rows, enqueue=(job,)))
        return written.enqueued[0] if written.enqueued[0].name else _named(written.enqueued[0], name)

    async def _stored(self, ref: ArtistRef) -> ArtistKey | None:
        """Find an artist that is already stored.

        Raises:
            AmbiguousArtist: several stored artists have this name.
        """
        known = [a for a in await self._tools.reading.statuses.find_artist(ref) if a.spotify_id]
        if len(known) > 1:
            raise AmbiguousArtist(ref.value, [_candidate(artist) for artist in known])
        return ArtistKey(provider=SPOTIFY, provider_id=known[0].spotify_id or "") if known else None

    async def _found(self, ref: ArtistRef) -> Artist | None:
        """Ask the providers for the artist; None when they cannot be asked now: then the job finds out."""
        with trio.move_on_after(PATIENCE_S):
            try:
                return await resolve(ref, self._tools.providers, self._fetch_now)
            except (RateLimited, Unavailable):
                return None
        return None

    async def _fetch_now(self, call: Call[Any]) -> Any:
        return await self._tools.fetcher.fetch(call.on_behalf_of(ASKED), Lane.INTERACTIVE)

    # -- running -------------------------------------------------------------------------------------------------------

    async def _claim_forever(self, nursery: trio.Nursery) -> None:
        while True:
            self._look = trio.Event()
            try:
                wait_s = await self._claim(nursery)
            except StoreUnavailable as error:
                self._tools.observer.notify(StoreWaited(error=str(error), retry_in_s=RETRY_S))
                wait_s = RETRY_S
            with trio.move_on_after(wait_s):
                await self._look.wait()

    async def _claim(self, nursery: trio.Nursery) -> float:
        """Start what may start; say for how long there is nothing more to do."""
        now, background = self._tools.clock.now(), sum(lane > Lane.INTERACTIVE for lane in self._running.values())
        for upto, free in (
            (Lane.INTERACTIVE, MOST_JOBS - len(self._running)),
            (Lane.LOW, MOST_BACKGROUND - background),
        ):
            if free > 0:
                for job in await self._jobs.claim(node=self._node, limit=free, upto=upto, now=now):
                    self._running[job.id] = job.lane
                    nursery.start_soon(self._run_job, job)
        due = await self._jobs.next_due() if background < MOST_BACKGROUND else None
        return POLL_S if due is None else min(POLL_S, max(0.05, (due - now).total_seconds()))

    async def _run_job(self, job: Job) -> None:
        tools, work, started = self._tools, Work.start(job, self._tools), trio.current_time()
        tools.observer.notify(JobClaimed(job_id=job.id, kind=job.kind.value, lane=job.lane.label))
        fate = Fate(state=JobState.READY)
        try:
            await perform(work)
            fate = Fate(state=JobState.DONE)
        except Exception as error:  # noqa: BLE001 - the importer supervises its jobs; see the module's docstring
            fate = fate_of(error, attempts=job.attempts)
            await self._end(work, fate)
        except BaseException:  # cancelled, alone or in a group
            with trio.move_on_after(GIVE_BACK_S, shield=True):
                await self._end(work, fate)
            raise
        finally:
            del self._running[job.id]
            self._look.set()
            seconds = trio.current_time() - started
            tools.observer.notify(
                JobEnded(job_id=job.id, kind=job.kind.value, state=fate.state.value, seconds=seconds, error=fate.error)
            )

    async def _end(self, work: Work, fate: Fate) -> None:
        """Write a job's fate into its row, unless it is somebody else's by now."""
        if fate.abandoned:
            return
        now = self._tools.clock.now()
        not_before = now + timedelta(seconds=fate.wait_s) if fate.wait_s is not None else None
        update = JobUpdate(
            id=work.job.id,
            fence=work.job.fence,
            state=fate.state,
            checkpoint=dict(work.checkpoint),
            not_before=not_before,
            error=fate.error,
            failed_attempt=fate.failed_attempt,
        )
        events: tuple[ProgressEvent, ...] = ()
        if work.watched and fate.error is not None:
            stage = work.progress.stage if work.progress else Stage.INITIALIZING
            progress = advance(
                work.progress, stage if not_before else Stage.FAILED, {}, note=describe(fate, not_before)
            )
            events = (ProgressEvent(job_id=work.job.id, progress=progress, at=now),)
        try:
            await self._tools.writer.write(Batch(at=now, job=update, events=events))
        except ThesetdError as error:
            self._tools.observer.notify(
                JobEnded(
                    job_id=work.job.id, kind=work.job.kind.value, state="unrecorded", seconds=0.0, error=str(error)
                )
            )


def _candidate(artist: KnownArtist) -> Candidate:
    return Candidate(name=artist.name, spotify_id=artist.spotify_id or "")


def _named(accepted: Accepted, name: str) -> Accepted:
    return attrs.evolve(accepted, name=name)
