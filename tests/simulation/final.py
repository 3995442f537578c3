"""The invariants that can be judged only at the end, when nothing goes wrong any more."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from thesetd.domain.work.jobs import JobState
from thesetd.domain.work.progress import Stage

if TYPE_CHECKING:
    from simulation.whole import Simulation

GRACE = timedelta(minutes=10)


def judge(sim: "Simulation") -> list[str]:
    """Return the violations that are left at the end."""
    checks = (
        no_import_lost,
        nothing_runs_without_a_process,
        schedules_go_on,
        providers_saw_no_excess,
        catalogues_complete,
    )
    return [violation for check in checks for violation in check(sim)]


def no_import_lost(sim: "Simulation") -> Iterator[str]:
    """Let each promised import end, and tell how it ended."""
    for job_id, reference in sim.people.promised.items():
        state = sim.state_of(job_id)
        event = sim.audit.last_events.get(job_id)
        told = event.progress.stage if event else None
        if state not in {JobState.DONE, JobState.FAILED}:
            yield f"no_import_lost: job {job_id} of {reference!r} is {state.value if state else 'nowhere'}"
        elif told is not (Stage.COMPLETED if state is JobState.DONE else Stage.FAILED):
            yield f"every_end_is_told: job {job_id} of {reference!r} is {state.value}, told {told}"


def nothing_runs_without_a_process(sim: "Simulation") -> Iterator[str]:
    """Leave no job running when the daemon has ended in order."""
    for job in sim.servers.store.world.jobs.values():
        if job.state is JobState.RUNNING:
            yield f"nothing_runs_without_a_process: job {job.id} {job.new.kind.value}"


def schedules_go_on(sim: "Simulation") -> Iterator[str]:
    """Let every schedule have fired what was due."""
    for row in sim.servers.store.world.schedules.values():
        if row.next_due < sim.ended_at - GRACE:
            yield f"schedules_go_on: {row.name} was due at {row.next_due}, it is {sim.ended_at}"


def providers_saw_no_excess(sim: "Simulation") -> Iterator[str]:
    """Let no provider have counted more than it allows, by its own meter."""
    for name, behaviour in sim.controls.behaviours.items():
        for window, count in behaviour.meter.violations().items():
            if count:
                yield f"providers_saw_no_excess: {name} refused {count} calls over {window}"


def catalogues_complete(sim: "Simulation") -> Iterator[str]:
    """Let a finished import have stored every album and song that an undisturbed one stores."""
    names = {artist.name: artist.spotify_id for artist in sim.cast}
    done = {
        names.get(reference, reference)
        for job_id, reference in sim.people.promised.items()
        if sim.state_of(job_id) is JobState.DONE
    }
    for spotify_id in sorted(done):
        lost = sim.expected(spotify_id) - sim.stored(spotify_id)
        if lost:
            yield f"catalogues_complete: {len(lost)} rows of {spotify_id} are missing, {sorted(lost)[:3]}"


def every_event_is_told(sim: "Simulation") -> Iterator[str]:
    """Let Redis have been told of every event, each once, in order."""
    told = sim.told()
    if told is not None and told != list(range(1, sim.audit.last_seq + 1)):
        yield f"every_event_is_told: {len(told)} of {sim.audit.last_seq}, the last {told[-3:]}"


def catalogue(world: Any, spotify_id: str) -> frozenset[tuple[str, str]]:
    """Name the albums and songs of an artist."""
    albums = {key for key, album in world.records["albums"].items() if album.artist_spotify_id == spotify_id}
    songs = {key for key, song in world.records["tracks"].items() if song.album_spotify_id in albums}
    return frozenset({*(("album", key) for key in albums), *(("song", key) for key in songs)})
