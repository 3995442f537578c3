"""The step of a schedule's job: it orders refreshes of the artists that most need them, within the day's budget.

A quota is spread evenly over its day, and the refreshes of one firing over the time until the next. So the budget is
used completely, but never at once. A manual run refreshes at once, including artists that were refreshed recently.

Where a provider lists the shows of several artists in one call, artists are refreshed in groups: a group's refreshes
are due at the same moment, so that one of them makes the calls, and the others use its answers. A group costs about as
much as one artist would. So whole groups are ordered, however small the quota.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from thesetd.actors.costs import recent_looks
from thesetd.actors.jobs.catalogue.popularity_step import profiles_step
from thesetd.actors.jobs.scheduled.week_calls import SWEPT, due_weeks, part_for_artists
from thesetd.actors.jobs.work import JobRun
from thesetd.domain.freshness.budget import Budget, spread
from thesetd.domain.freshness.copies import SHARING, Aspect, aspect_of
from thesetd.domain.freshness.plans import Looked, calls_per_group, part_of_budget
from thesetd.domain.freshness.runs import Run
from thesetd.domain.work.batches import Picks
from thesetd.domain.work.jobs import KnownArtist, NewJob, look_job
from thesetd.domain.work.schedules import DEFAULTS
from thesetd.ports.providers import Artists, SweptShows

MOST = 500  # most artists of one firing, whatever the budget: a batch of this many jobs takes a tenth of a second
# Artists whose shows are listed together at most. A judgement: how many ids Ticketmaster accepts is not documented.
GROUP = 20
GROUPED_SHOWS = 160  # their stored shows at most: with some new ones these fill a page, and further pages are calls too
BY_HAND = timedelta(hours=1)  # a manual run of a schedule may use the budget of this much time


async def sweep_step(work: JobRun) -> None:
    """Enqueue one job for each artist that a schedule refreshes now, and record how its target is met."""
    name = work.job.args["schedule"]
    aspect, now = aspect_of(name), work.tools.clock.now()
    until = datetime.fromisoformat(work.job.args["until"]) if "until" in work.job.args else None
    most_groups = await _affordable(work, aspect, until or now + BY_HAND)
    most = min(MOST, most_groups * _size(aspect))
    schedules = work.tools.reading.schedules
    audience = await schedules.audience(name, now=now)
    artists = await schedules.artists_for(name, now=now, limit=most, again=until is None, until=until)
    groups = (await _grouped(work, aspect, artists, now))[:most_groups]
    jobs, picks = _looks(work, aspect, groups, now, until)
    short_of = "" if len(jobs) < most and len(jobs) == len(artists) else "quota"
    if len(jobs) == MOST:
        short_of = f"room among {MOST} looks"
    if short_of:
        work.remark(f"{len(jobs)} artists, as many as the quota has calls for until the next run")
    run = Run(
        schedule=name,
        target=DEFAULTS[name].target,
        by_hand=until is None,
        audience=audience,
        ordered=len(jobs),
        short_of=short_of,
    )
    await work.commit(enqueue=jobs, picks=picks, run=run, last=True)


async def _grouped(
    work: JobRun, aspect: Aspect, artists: Sequence[KnownArtist], now: datetime
) -> Sequence[Sequence[KnownArtist]]:
    """Return which artists are refreshed together, in their order; of shows as many as one page lists."""
    if _size(aspect) == 1:
        return [[artist] for artist in artists]
    coming = await work.tools.reading.plans.coming([one.id for one in artists], now=now)
    groups, shows = list[list[KnownArtist]](), 0
    for artist in artists:
        shows += coming.get(artist.id, 0)
        if not groups or len(groups[-1]) == GROUP or shows > GROUPED_SHOWS:
            groups.append([])
            shows = coming.get(artist.id, 0)
        groups[-1].append(artist)
    return groups


def _looks(
    work: JobRun, aspect: Aspect, groups: Sequence[Sequence[KnownArtist]], now: datetime, until: datetime | None
) -> tuple[tuple[NewJob, ...], Picks]:
    """Return the jobs that refresh groups of artists, each group at its moment, and the artists."""
    kind = DEFAULTS[work.job.args["schedule"]].work
    assert kind is not None
    artists = tuple(artist.id for group in groups for artist in group)
    jobs, moments = list[NewJob](), list[datetime | None]()
    for group, moment in zip(groups, spread(len(groups), now, until), strict=True):
        together = _ids(work, group) if len(group) > 1 else None
        for artist in group:
            key, run = artist.key(), work.job.id
            jobs.append(look_job(kind, work.job.lane, key, not_before=moment, run=run, together=together))
            moments.append(moment)
    return tuple(jobs), Picks(aspect=aspect, artists=artists, moments=tuple(moments))


def _size(aspect: Aspect) -> int:
    """Return how many refreshes share their calls."""
    return GROUP if aspect is Aspect.SHOWS else 1


def _ids(work: JobRun, group: Sequence[KnownArtist]) -> Mapping[str, Sequence[str]]:
    """Return the ids of a group's artists at each provider of shows."""
    spaces = {one.provider: one.space for one in work.tools.providers.shows}
    return {provider: sorted(id_ for one in group for id_ in one.ids_in(space)) for provider, space in spaces.items()}


async def schedule_profiles_step(work: JobRun) -> None:
    """Read the profiles of a schedule's artists, as many as the quota allows until the next run."""
    until = datetime.fromisoformat(work.job.args["until"]) if "until" in work.job.args else None
    await profiles_step(work, await _affordable(work, Aspect.PROFILE, until or work.tools.clock.now() + BY_HAND))


async def _affordable(work: JobRun, aspect: Aspect, until: datetime) -> int:
    """Return how many groups of refreshes the quotas of all clients involved allow until then, at their recent cost.

    What else the same quota is spent on has its part of it, see `part_of_budget`.
    """
    clients: Sequence[Artists] = getattr(work.tools.providers, aspect.role)
    plans, now, most = work.tools.reading.plans, work.tools.clock.now(), MOST
    budgets = {one.provider: await work.tools.budget_of(one.provider) for one in clients}
    limited = [(client, budget) for client in clients if (budget := budgets[client.provider]) is not None]
    if not limited:
        return most
    looked = await recent_looks(plans, aspect, now)
    due = await plans.due(until=until) if len(SHARING[aspect]) > 1 else {}
    for client, budget in limited:
        provider = client.provider
        part = part_of_budget(aspect, provider, due, looked) * await _beside_weeks(work, client, budget, until)
        cost = calls_per_group(aspect, provider, looked.get(aspect, Looked()))
        most = min(most, budget.looks_for(now, until, cost / part) if part else 0)
    return most


async def _beside_weeks(work: JobRun, client: Artists, budget: Budget, until: datetime) -> float:
    """Return which part of a budget the sweep by dates leaves to artists, if the same run does that."""
    if work.job.args["schedule"] != SWEPT or not (isinstance(client, SweptShows) and client.countries):
        return 1.0
    return part_for_artists(budget, await due_weeks(work, client), work.tools.clock.now(), until)
