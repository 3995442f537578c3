"""Defines each kind of job as a list of steps; a finished step is not repeated after an interruption."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from uuid import UUID

from thesetd.actors.jobs.artist_step import artist_step
from thesetd.actors.jobs.catalogue.catalog_step import begin_catalogue, catalog_step
from thesetd.actors.jobs.catalogue.popularity_step import popular_step, profile_step
from thesetd.actors.jobs.catalogue.predict_step import predict_step
from thesetd.actors.jobs.identity_step import identity_step
from thesetd.actors.jobs.scheduled.sweep_step import schedule_profiles_step, sweep_step
from thesetd.actors.jobs.scheduled.window_step import window_step
from thesetd.actors.jobs.setlists.history_step import history_step
from thesetd.actors.jobs.shows_step import shows_step
from thesetd.actors.jobs.work import LACKING, JobRun
from thesetd.domain.facts import CheckpointDropped
from thesetd.domain.freshness.runs import Run
from thesetd.domain.music.records import Rows
from thesetd.domain.work.jobs import HISTORY, JobKind, JobState
from thesetd.domain.work.progress import Amendment, Stage, last_words
from thesetd.domain.work.schedules import DEFAULTS, MARKS
from thesetd.ports.pulse import busy

Step = Callable[[JobRun], Awaitable[None]]

ALL_ARTISTS = 1_000_000
RECLASSIFIED = 8  # artists of one batch: other batches wait at most half a second
CLEANUP_S = 3600.0  # after months without a clean-up; it works in small pieces
VERSION = 2  # version of the checkpoint; a different version restarts the job


async def reclassify_step(work: JobRun) -> None:
    """Derive every artist's songs again, in batches; it resumes after the last committed one."""
    done = work.checkpoint.get("reclassified", 0)
    last = UUID(work.checkpoint["last"]) if "last" in work.checkpoint else None
    artists = await work.tools.reading.repertoires.artists_with_tracks(after=last, limit=ALL_ARTISTS)
    total = done + len(artists)
    for start in range(0, len(artists), RECLASSIFIED):
        some = artists[start : start + RECLASSIFIED]
        done += len(some)
        work.checkpoint |= {"last": str(some[-1]), "reclassified": done}
        note = f"Songs of {done} of {total} artists derived again"
        await work.commit(Rows(regroup=some), stage=Stage.SYNCING_CATALOG, part=done / total, note=note)
    work.remark(f"songs of {done} artists derived again")


async def cleanup_step(work: JobRun) -> None:
    """Delete rows that are no longer needed, and mark those that are out of date."""
    with busy("cleans up", CLEANUP_S):
        done = await work.tools.reading.schedules.cleanup(now=work.tools.clock.now())
    gone = ", ".join(f"{count} {table}" for table, count in sorted(done.items()) if table not in MARKS)
    work.remark(f"deleted: {gone}" if gone else "nothing to delete")
    if marked := ", ".join(f"{done[mark]} {mark}" for mark in MARKS if mark in done):
        work.remark(f"marked: {marked}")
    name = work.job.args["schedule"]
    run = Run(schedule=name, target=DEFAULTS[name].target, by_hand="until" not in work.job.args)
    await work.commit(run=run, last=True)


STEPS: Mapping[JobKind, Mapping[str, Step]] = {
    JobKind.IMPORT_ARTIST: {
        "artist": artist_step,
        "identity": identity_step,
        "shows": shows_step,
        "catalog": catalog_step,
        "popular": popular_step,
        "history": history_step,
        "predict": predict_step,
    },
    JobKind.REFRESH_SHOWS: {"shows": partial(shows_step, past=False), "predict": predict_step},
    JobKind.REFRESH_SETLISTS: {
        "shows": partial(shows_step, coming=False),
        "history": history_step,
        "predict": predict_step,
    },
    JobKind.REFRESH_CATALOG: {
        "identity": identity_step,
        "catalog": catalog_step,
        "popular": popular_step,
        "predict": predict_step,
    },
    JobKind.REFRESH_PROFILE: {"profile": profile_step},
    JobKind.SWEEP: {"sweep": sweep_step, "profiles": schedule_profiles_step, "windows": window_step},
    JobKind.RECLASSIFY: {"reclassify": reclassify_step},
    JobKind.CLEANUP: {"cleanup": cleanup_step},
    JobKind.NOOP: {},
}


async def perform(work: JobRun) -> None:
    """Run a job's steps from its checkpoint to its end."""
    if (version := work.checkpoint.get("version")) != VERSION:
        if work.checkpoint:
            work.tools.observer.notify(CheckpointDropped(job_id=work.job.id, version=str(version)))
        work.checkpoint, work.notes = {"version": VERSION, "steps": []}, []
    async with work.ahead.open():
        for name, step in STEPS[work.job.kind].items():
            if name not in work.checkpoint["steps"]:
                work.step = name
                _begin(work)
                await step(work)
                work.close_step()
        await complete(work)


def _begin(work: JobRun) -> None:
    """While shows are fetched from their providers, begin with the catalogue of an import."""
    if work.job.kind is JobKind.IMPORT_ARTIST and work.step == "shows":
        begin_catalogue(work)


async def complete(work: JobRun) -> None:
    """Store the end of a job, with what its steps left to that."""
    closing = work.closing
    await work.commit(
        closing.rows,
        stage=Stage.COMPLETED,
        note=_last_words(work),
        counts=closing.counts,
        state=JobState.DONE,
        looks=work.looks(),
        amendment=_amendment(work),
    )
    if closing.then is not None:
        await closing.then()


def _last_words(work: JobRun) -> str:
    """Describe the outcome of the job; empty if its stage's own message is enough."""
    lacking = work.checkpoint.get(LACKING, {})
    return last_words(lacking, work.notes, imported=work.job.kind is JobKind.IMPORT_ARTIST)


def _amendment(work: JobRun) -> Amendment | None:
    """Return what the job fetched that earlier imports of its artist lacked."""
    if work.artist is None or work.watched:
        return None
    return Amendment(what=HISTORY if work.job.args.get(HISTORY) else work.job.kind.value)
