"""What a schedule's job does: order looks at the artists that need them most, as many as the day has calls for.

A quota is shared out evenly over its day, and the looks of one firing over the time until the next. So the budget is
spent to its end and never at once. A run by hand looks at once, also at artists that were looked at lately.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from thesetd.actors.jobs.popularity_step import profiles_step
from thesetd.actors.jobs.work import JobRun
from thesetd.domain.freshness.budget import spread
from thesetd.domain.freshness.copies import Aspect, aspect_of
from thesetd.domain.freshness.plans import Looked, calls_per_look
from thesetd.domain.freshness.runs import Run
from thesetd.domain.work.batches import Picks
from thesetd.domain.work.jobs import KnownArtist, NewJob, look_job
from thesetd.domain.work.schedules import DEFAULTS
from thesetd.ports.providers import Artists

MOST = 500  # artists of one firing, whatever the budget: a batch of so many jobs takes a tenth of a second
COUNTED = timedelta(days=7)  # in which looks are counted with their calls
BY_HAND = timedelta(hours=1)  # what a schedule that was run by hand may use: the budget of so much time


async def sweep_step(work: JobRun) -> None:
    """Enqueue one job for each artist that a schedule looks at now, and record how its targets are met."""
    name = work.job.args["schedule"]
    aspect, now = aspect_of(name), work.tools.clock.now()
    until = datetime.fromisoformat(work.job.args["until"]) if "until" in work.job.args else None
    most = await _affordable(work, aspect, until or now + BY_HAND)
    schedules = work.tools.reading.schedules
    audience = await schedules.audience(name, now=now)
    artists = await schedules.artists_for(name, now=now, limit=most, again=until is None, until=until)
    jobs, picks = _looks(work, aspect, artists, spread(len(artists), now, until))
    short_of = "" if len(artists) < most else "quota" if most < MOST else f"room among {MOST} looks"
    if short_of:
        work.remark(f"{most} artists, as many as the quota has calls for until the next run")
    run = Run(
        schedule=name,
        target=DEFAULTS[name].target,
        by_hand=until is None,
        audience=audience,
        ordered=len(jobs),
        short_of=short_of,
    )
    await work.commit(enqueue=jobs, picks=picks, run=run, last=True)


def _looks(
    work: JobRun, aspect: Aspect, artists: Sequence[KnownArtist], moments: Sequence[datetime | None]
) -> tuple[tuple[NewJob, ...], Picks]:
    """Return the jobs that look at artists, each at its moment, and whom they look at."""
    kind = DEFAULTS[work.job.args["schedule"]].work
    assert kind is not None
    jobs = tuple(
        look_job(kind, work.job.lane, artist.key(), not_before=moment, run=work.job.id)
        for artist, moment in zip(artists, moments, strict=True)
    )
    return jobs, Picks(aspect=aspect, artists=tuple(artist.id for artist in artists))


async def schedule_profiles_step(work: JobRun) -> None:
    """Read the profiles of a schedule's artists, as many as the quota has calls for until the next run."""
    until = datetime.fromisoformat(work.job.args["until"]) if "until" in work.job.args else None
    await profiles_step(work, await _affordable(work, Aspect.PROFILE, until or work.tools.clock.now() + BY_HAND))


async def _affordable(work: JobRun, aspect: Aspect, until: datetime) -> int:
    """Return how many looks the quotas of all clients that make them allow until then, at what looks cost lately."""
    clients: Sequence[Artists] = getattr(work.tools.providers, aspect.role)
    now = work.tools.clock.now()
    looked = (await work.tools.reading.plans.looked(since=now - COUNTED)).get(aspect, Looked())
    most = MOST
    for client in clients:
        if (budget := await work.tools.budget_of(client.provider)) is not None:
            most = min(most, budget.looks_for(now, until, calls_per_look(aspect, client.provider, looked)))
    return most
