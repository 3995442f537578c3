"""What a schedule's job does: order looks at the artists that need them most, as many as the day has calls for.

A quota is shared out evenly over its day, and the looks of one firing over the time until the next. So the budget is
spent to its end and never at once. A run by hand looks at once, also at artists that were looked at lately.
"""

from datetime import datetime, timedelta

from thesetd.actors.jobs.work import Work
from thesetd.domain.freshness.budget import spread
from thesetd.domain.freshness.copies import USUAL, Aspect, aspect_of
from thesetd.domain.work.batches import Picks
from thesetd.domain.work.jobs import NewJob
from thesetd.domain.work.schedules import DEFAULTS

MOST = 500  # artists of one firing, whatever the budget: a batch of so many jobs takes a tenth of a second
BY_HAND = timedelta(hours=1)  # what a schedule that was run by hand may use: the budget of so much time


async def sweep_step(work: Work) -> None:
    """Enqueue one job for each artist that a schedule looks at now, and say so where the budget is too small."""
    name = work.job.args["schedule"]
    kind, aspect, now = DEFAULTS[name].work, aspect_of(name), work.tools.clock.now()
    assert kind is not None
    until = datetime.fromisoformat(work.job.args["until"]) if "until" in work.job.args else None
    most = await _affordable(work, aspect, until - now if until else BY_HAND)
    artists = await work.tools.reading.schedules.artists_for(name, now=now, limit=most, again=until is None)
    lead = work.tools.providers.lead.space
    keyed = [(artist, key) for artist in artists if (key := artist.key_in(lead))]
    jobs = tuple(
        NewJob(
            kind=kind,
            lane=work.job.lane,
            unique_key=f"{kind.value}:{key.provider_id}",
            artist=key,
            not_before=moment,
        )
        for (_, key), moment in zip(keyed, spread(len(keyed), now, until), strict=True)
    )
    picks = Picks(aspect=aspect, artists=tuple(artist.id for artist, _ in keyed))
    if len(artists) == most:
        work.remark(f"{most} artists, as many as the quota has calls for until the next run")
    await work.commit(enqueue=jobs, picks=picks, last=True)


async def _affordable(work: Work, aspect: Aspect, time: timedelta) -> int:
    """Return how many looks the quotas of all clients that make them allow for that time."""
    clients = getattr(work.tools.providers, aspect.value)
    budgets = [await work.tools.budget_of(client.provider) for client in clients]
    return min([MOST, *(budget.looks_for(time, USUAL[aspect].calls) for budget in budgets if budget)])
