"""Reads the database's part of a survey: jobs by state with their ages, the outbox, fresh copies, nodes."""

from datetime import datetime

from thesetd.adapters.postgres.database import Connection, Database
from thesetd.adapters.postgres.queue.nodes import LIVES
from thesetd.adapters.postgres.queue.pauses import HELD
from thesetd.domain.freshness.copies import MOST_FOLLOWERS, MOST_VISITS, USUAL
from thesetd.domain.freshness.interest import HALF_LIFE_DAYS as VISITS_DAYS
from thesetd.domain.freshness.rate import PRIOR_CHANGES
from thesetd.domain.work.jobs import Lane
from thesetd.domain.work.survey import DEFERRED, AspectAges, Backlog, JobGroup, NodeRow, WebhookBacklog

# Both parts walk the partial indexes of unfinished and dead jobs, never all jobs.
_JOBS = f"""
select state, kind, lane, count(*) as count, min(since) as oldest from (
    select case when state = 'ready' and (not_before > $1 or ({HELD})) then '{DEFERRED}' else state end as state,
        kind, lane, case when state = 'ready' then not_before else started_at end as since
    from thesetd.jobs where state in ('ready', 'running')
    union all
    select state, kind, lane, finished_at from thesetd.jobs where state = 'dead'
) found group by 1, 2, 3 order by 1, 3, 2
"""  # noqa: S608 - constants of this package
_OUTBOX = """
select o.last - o.told as unpublished, (select at from thesetd.events where seq = o.told + 1) as oldest
from thesetd.outbox o
"""
_PRIORS = ", ".join(
    f"('{aspect.value}', {PRIOR_CHANGES}, {PRIOR_CHANGES / usual.per_day})" for aspect, usual in USUAL.items()
)
# A copy that was never refreshed does not exist yet, so it is not stale. Probability and importance as in
# `ChangeRate.stale_at` and `Demand.importance`, over all rows at once.
_AGES = f"""
with usual (aspect, shape, days) as (
    values {_PRIORS}
), wished as (
    select artist_id, count(*) as wishes from thesetd.jobs
    where kind = 'import_artist' and created_at > $1::timestamptz - interval '30 days' group by 1
), weighed as (
    select r.aspect, r.due_at, r.looked_at,
        1 + coalesce(a.popularity, 0) / 10.0 + 5.0 * least(coalesce(w.wishes, 0), 20)
            + sqrt(least(coalesce(i.followers, 0), {MOST_FOLLOWERS}))
            + least({MOST_VISITS}, coalesce(
                i.visits * 0.5 ^ (extract(epoch from greatest($1 - i.at, '0')) / 86400 / {VISITS_DAYS}), 0
            )) as importance,
        1 - (d.days / (d.days + extract(epoch from greatest($1 - r.looked_at, '0')) / 86400)) ^ d.shape as stale
    from thesetd.refresh r join usual u on u.aspect = r.aspect
    cross join lateral (select u.shape + r.changes as shape, u.days + r.days as days) d
    join artists a on a.id = r.artist_id left join wished w on w.artist_id = a.id
    left join thesetd.interest i on i.artist_id = a.id where r.askable
)
select aspect, count(*) as copies, count(*) filter (where due_at <= $1) as due,
    min(due_at) filter (where due_at <= $1) as oldest_due,
    coalesce(extract(epoch from avg($1 - looked_at)), 0)::float8 as mean_age_s,
    coalesce(sum(importance * stale) / sum(importance) filter (where looked_at is not null), 0)::float8 as stale_share
from weighed group by aspect order by aspect
"""  # noqa: S608 - constants
_NODES = f"""
select n.name, n.epoch, n.started_at, n.leased or {LIVES.format(node="n.name")} as live,
    (select count(*) from thesetd.jobs j where j.state = 'running' and j.node = n.name and j.epoch = n.epoch) as jobs
from thesetd.nodes n order by live desc, n.name
"""  # noqa: S608 - constants of this package

_WEBHOOKS = """
select w.name as webhook, m.waiting, m.dead, (select at from thesetd.changes where seq = m.first) as oldest_at
from thesetd.webhooks w cross join lateral (
    select count(*) filter (where not dead) as waiting, count(*) filter (where dead) as dead,
        min(seq) filter (where not dead) as first
    from thesetd.webhook_messages where hook = w.name
) m where w.node is not null order by w.name
"""


class PostgresSurvey:
    """The `SurveyStore` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        """Take the database."""
        self._database = database

    async def backlog(self, now: datetime) -> Backlog:
        """Count jobs and events; see `thesetd.ports.survey.SurveyStore`."""

        async def work(connection: Connection) -> Backlog:
            jobs = await connection.fetch(_JOBS, now)
            outbox = await connection.fetchrow(_OUTBOX)
            return Backlog(
                jobs=tuple(
                    JobGroup(
                        state=row["state"],
                        kind=row["kind"],
                        lane=Lane(row["lane"]).label,
                        count=row["count"],
                        oldest=row["oldest"],
                    )
                    for row in jobs
                ),
                unpublished=outbox["unpublished"] if outbox else 0,
                oldest_unpublished=outbox["oldest"] if outbox else None,
            )

        return await self._database.read(work)

    async def ages(self, now: datetime) -> tuple[AspectAges, ...]:
        """Return how fresh the copies are; see `thesetd.ports.survey.SurveyStore`."""

        async def work(connection: Connection) -> tuple[AspectAges, ...]:
            return tuple(AspectAges(**row) for row in await connection.fetch(_AGES, now))

        return await self._database.read(work)

    async def webhook_backlogs(self) -> tuple[WebhookBacklog, ...]:
        """Count messages; see `thesetd.ports.survey.SurveyStore`."""

        async def work(connection: Connection) -> tuple[WebhookBacklog, ...]:
            return tuple(WebhookBacklog(**row) for row in await connection.fetch(_WEBHOOKS))

        return await self._database.read(work)

    async def nodes(self) -> tuple[NodeRow, ...]:
        """List the nodes; see `thesetd.ports.survey.SurveyStore`."""

        async def work(connection: Connection) -> tuple[NodeRow, ...]:
            return tuple(NodeRow(**row) for row in await connection.fetch(_NODES))

        return await self._database.read(work)
