"""What a job waits for: real actors, gates and lanes over fakes are brought into each situation, and asked."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import attrs
import pytest
import trio
from trio.testing import MockClock

from fake_providers import World, artist
from scene import ANNA, HANNA, Scene, running
from thesetd.actors.messages import Rescued, Wake
from thesetd.domain.errors import RateLimited, Refused, Unauthorized, Unavailable
from thesetd.domain.facts import CallFinished
from thesetd.domain.gate.windows import Window
from thesetd.domain.identity import spaces
from thesetd.domain.ids import SETLISTFM, SPOTIFY, JobId
from thesetd.domain.work.batches import Batch
from thesetd.domain.work.deferrals import EVERYTHING
from thesetd.domain.work.diagnosis import Cause, Diagnosis
from thesetd.domain.work.jobs import POISON, REST_S, SUSPECT, Action, ArtistKey, JobKind, JobState, Lane, NewJob, Owner

FIRST = JobId(1)
TIGHT = {SETLISTFM: (Window(1, 40.0),)}


@attrs.frozen(kw_only=True)
class Situation:
    """What is done to a scene, with which world, and the cause that is to be named for job 1, in these words."""

    bring: Callable[[Scene], Awaitable[JobId | None]]
    cause: Cause
    words: str
    unblock: str
    windows: Any = attrs.field(factory=dict)
    latency_s: float = 0.05


async def anna(s: Scene, wait_s: float = 10.0) -> None:
    """Ask for an import and give it time to meet what there is to meet."""
    await s.daemon.submit("Anna")
    await trio.sleep(wait_s)


def failing(path: str, error: Exception) -> Callable[[Scene], Awaitable[None]]:
    """Let the provider answer a path with an error for ever."""

    async def bring(s: Scene) -> None:
        s.world.always[path] = error
        await anna(s)

    return bring


async def in_queue(s: Scene) -> JobId:
    """More jobs than a node runs of the background at once."""
    s.world.latency_s = 1000.0
    now = s.clock.now()
    jobs = [
        NewJob(kind=JobKind.REFRESH_SETLISTS, lane=Lane.LOW, unique_key=f"k{n}", artist=None, args={"n": n})
        for n in range(60)
    ]
    await s.store.batches.write(Batch(at=now, enqueue=tuple(jobs)))
    for job in list(s.store.world.jobs.values())[:32]:
        job.state, job.owner = JobState.RUNNING, Owner("n", s.store.world.epochs["n"])
    s.store.world.pauses.clear()
    return JobId(36)


async def planned(s: Scene) -> None:
    """A job for later."""
    now = s.clock.now()
    job = NewJob(kind=JobKind.NOOP, lane=Lane.LOW, unique_key="x", not_before=now + timedelta(hours=1))
    await s.store.batches.write(Batch(at=now, enqueue=(job,)))


async def long_rest(s: Scene) -> None:
    """A breaker that rests for longer than a worker waits."""
    breaker = next(b for b in s.daemon.breaker_table if b.name == SPOTIFY)
    for _ in range(8):
        while breaker.retry_in_s(trio.current_time()):
            await trio.sleep(1.0)
        if not breaker.admit(trio.current_time()):
            breaker.failed(trio.current_time())
    await anna(s, 1.0)


async def short_rest(s: Scene) -> None:
    """A breaker that rests for half a minute."""
    breaker = next(b for b in s.daemon.breaker_table if b.name == SETLISTFM)
    for _ in range(5):
        breaker.admit(trio.current_time())
        breaker.failed(trio.current_time())
    await anna(s)


async def short_penalty(s: Scene) -> None:
    """A provider that told us to stay away for less than a minute."""
    s.world.errors["setlists"] = [RateLimited(SETLISTFM, "slow down", 50.0)]
    await anna(s)


async def asked_again(s: Scene) -> None:
    """A call that failed and is about to be made again."""
    s.world.errors["setlists"] = [Unavailable(SETLISTFM, "HTTP 502")]
    await s.daemon.submit("Anna")
    await s.recorder.until(lambda r: any(call.outcome == "Unavailable" for call in r.of(CallFinished)))
    await trio.sleep(0.01)


async def behind_others(s: Scene) -> None:
    """More calls than there are workers, with slots for one in 10 s."""
    for n in range(6):
        s.world.artists.append(
            artist(f"Xavier {n}", f"{n + 3}" * 22, mbid=f"{n + 3}" * 8 + "-1111-1111-1111-111111111111")
        )
        await s.daemon.submit(f"Xavier {n}")
    job_id = (await s.daemon.submit("Anna")).job_id
    await trio.sleep(1.0)
    return job_id  # type: ignore[return-value]


def pausing(what: str) -> Callable[[Scene], Awaitable[None]]:
    """Pause something, then ask for an import."""

    async def bring(s: Scene) -> None:
        await s.daemon.operator.pause(what)
        await trio.sleep(0.1)
        await anna(s)

    return bring


async def dead_owner(s: Scene) -> None:
    """A job whose node is gone and was not missed yet."""
    s.world.latency_s = 100.0
    s.world.always.clear()
    now = s.clock.now()
    await s.store.batches.write(Batch(at=now, enqueue=(NewJob(kind=JobKind.NOOP, lane=Lane.LOW, unique_key="x"),)))
    job = s.store.world.jobs[FIRST]
    job.state, job.owner = JobState.RUNNING, Owner("gone", s.store.world.epochs["n"])


async def elsewhere(s: Scene) -> None:
    """A job on another node, which lives."""
    await dead_owner(s)
    s.store.named["gone"] = 1


async def no_database(s: Scene) -> None:
    """A database that went away while a job ran."""
    s.world.latency_s = 30.0
    await anna(s)
    s.store.down = True


async def quota_spent(s: Scene) -> None:
    """Nothing left of a day."""
    s.limiters[SPOTIFY].fill(100)
    await anna(s)


async def kept_for_people(s: Scene) -> JobId:
    """Something left of a day, for people only, and a job of a schedule."""
    await anna(s, 120.0)
    s.limiters[SPOTIFY].fill(85)
    key = ArtistKey(space=spaces.SPOTIFY, provider_id=ANNA.spotify_id or "")
    job = NewJob(kind=JobKind.REFRESH_CATALOG, lane=Lane.LOW, unique_key="catalog", artist=key)
    (accepted,) = (await s.store.batches.write(Batch(at=s.clock.now(), enqueue=(job,)))).enqueued
    await s.daemon.importer.send(Wake())
    await trio.sleep(30.0)
    return accepted.job_id


async def same_key(s: Scene) -> None:
    """A cancelled import that was asked for again."""
    await s.daemon.submit("Anna")
    s.world.latency_s = 30.0
    await s.daemon.operator.order(FIRST, Action.CANCEL)
    await s.daemon.submit("Anna")
    await trio.sleep(1.0)


async def cancelled(s: Scene) -> None:
    """A cancelled import."""
    s.world.latency_s = 30.0
    await anna(s, 40.0)
    await s.daemon.operator.order(FIRST, Action.CANCEL)


async def done(s: Scene) -> None:
    """A complete import."""
    await anna(s, 120.0)


async def dead(s: Scene) -> None:
    """A job that killed its owners too often."""
    await suspected(s)
    s.store.world.jobs[FIRST].rescues = POISON
    await s.daemon.importer.send(Rescued())
    await trio.sleep(1.0)


async def suspected(s: Scene) -> None:
    """A job whose owners kept dying, beside others that are still being given back."""
    await planned(s)
    job = s.store.world.jobs[FIRST]
    job.rescues, job.not_before = SUSPECT, s.clock.now()


async def resting(s: Scene) -> None:
    """A job whose owners kept dying, before it runs alone."""
    await suspected(s)
    s.store.world.jobs[FIRST].not_before += timedelta(seconds=REST_S)


SITUATIONS: dict[str, Situation] = {
    "paused provider": Situation(
        bring=pausing(SETLISTFM), cause=Cause.PAUSE, words="setlistfm is paused", unblock="resume setlistfm"
    ),
    "everything paused": Situation(
        bring=pausing(EVERYTHING), cause=Cause.PAUSE, words="everything is paused", unblock="resume all"
    ),
    "long penalty": Situation(
        bring=failing("albums", RateLimited(SPOTIFY, "slow down", 5_000.0)),
        cause=Cause.PENALTY, words="spotify: slow down", unblock="waiting",
    ),
    "short penalty": Situation(
        bring=short_penalty, cause=Cause.PENALTY, words="setlistfm is rate-limiting the daemon", unblock="waiting"
    ),
    "quota spent": Situation(
        bring=quota_spent, cause=Cause.QUOTA, words="the quota is used up", unblock="limits set spotify",
        windows={SPOTIFY: (Window(100, 86_400.0),)},
    ),
    "quota kept for people": Situation(
        bring=kept_for_people, cause=Cause.QUOTA, words="reserved for users", unblock="limits set spotify",
        windows={SPOTIFY: (Window(100, 86_400.0),)},
    ),
    "long rest": Situation(
        bring=long_rest, cause=Cause.BREAKER, words="open after repeated failures", unblock="breakers reset spotify"
    ),
    "short rest": Situation(
        bring=short_rest, cause=Cause.BREAKER, words="breaker of setlistfm is open", unblock="breakers reset setlistfm"
    ),
    "refused credentials": Situation(
        bring=failing("albums", Unauthorized(SPOTIFY, "wrong key")),
        cause=Cause.HOLD, words="wrong key", unblock="[providers.spotify]",
    ),
    "backoff": Situation(
        bring=failing("albums-a?0", Unavailable(SPOTIFY, "502")),
        cause=Cause.BACKOFF, words="failed: spotify: 502", unblock="waiting",
    ),
    "asked again": Situation(
        bring=asked_again, cause=Cause.BACKOFF, words="(setlists?0): HTTP 502",
        unblock="waiting",
    ),
    "slot": Situation(
        bring=lambda s: anna(s, 5.0), cause=Cause.SLOT, words="a slot within the limits of setlistfm (setlists?2)",
        unblock="limits set setlistfm", windows=TIGHT,
    ),
    "lane": Situation(
        bring=behind_others, cause=Cause.LANE, words="waits in a lane of setlistfm", unblock="calls before it",
        windows={SETLISTFM: (Window(1, 10.0),)},
    ),
    "scheduled": Situation(bring=planned, cause=Cause.NOT_BEFORE, words="scheduled for later", unblock="waiting"),
    "its turn": Situation(bring=in_queue, cause=Cause.QUEUE, words="number 4 in the queue", unblock="another node"),
    "quarantine": Situation(bring=suspected, cause=Cause.QUARANTINE, words="crashed 3 times", unblock="running jobs"),
    "rest": Situation(bring=resting, cause=Cause.QUARANTINE, words="crashed 3 times", unblock="then runs alone"),
    "lease": Situation(bring=dead_owner, cause=Cause.LEASE, words="'gone'", unblock="takes it over"),
    "elsewhere": Situation(bring=elsewhere, cause=Cause.ELSEWHERE, words="on node 'gone'", unblock="ask there"),
    "database": Situation(
        bring=no_database, cause=Cause.DATABASE, words="the database does not answer", unblock="the database"
    ),
    "in flight": Situation(
        bring=lambda s: anna(s, 12.0), cause=Cause.CALL, words="is in flight", unblock="answer", latency_s=9.0
    ),
    "same key": Situation(bring=same_key, cause=Cause.SAME_KEY, words="job 2 does the same", unblock="job 2"),
    "done": Situation(bring=done, cause=Cause.DONE, words="it is done", unblock="nothing"),
    "failed": Situation(
        bring=failing("albums", Refused(SPOTIFY, "no such market")),
        cause=Cause.FAILED, words="it is failed: spotify: no such market", unblock="`thesetctl retry 1`",
    ),
    "cancelled": Situation(bring=cancelled, cause=Cause.CANCELLED, words="it is cancelled", unblock="retry 1"),
    "dead": Situation(bring=dead, cause=Cause.DEAD, words="it is dead: the daemon died 5 times", unblock="retry 1"),
}  # fmt: skip


async def found(name: str) -> tuple[Scene, Diagnosis]:
    """Bring a scene into a situation, and ask."""
    situation = SITUATIONS[name]
    world = World(artists=[ANNA, HANNA], latency_s=situation.latency_s)
    async with running(world, windows=situation.windows) as s:
        await trio.sleep(0.5)
        job_id = await situation.bring(s) or FIRST
        answer = await s.daemon.operator.why(job_id)
        s.store.down = False
    assert answer is not None
    return s, answer


@pytest.mark.parametrize("name", SITUATIONS)
async def test_the_cause_is_named(autojump_clock: MockClock, name: str) -> None:
    """The one cause, in words a person understands, with what would end it."""
    situation = SITUATIONS[name]
    s, answer = await found(name)
    assert answer.cause is situation.cause, answer
    assert situation.words in answer.text
    assert situation.unblock in answer.unblock
    assert answer.earliest is None or answer.earliest > s.clock.now() - timedelta(hours=1)
