"""What users of the application did about artists, day by day, and which of them trend, by its growth.

Activity is the imports of a week, the page visits that are reported (they fade), and followers that are new within it.
A row per artist and day keeps it, so that growth can be distinguished from size: an artist that always has many visits
does not trend, one whose visits multiply does.
"""

from datetime import datetime, timedelta

from thesetd.adapters.postgres.database import Connection
from thesetd.domain.freshness.interest import HALF_LIFE_DAYS as VISITS_DAYS

KEPT = timedelta(days=400)  # as long as sums of calls: last year's tour is seen beside this one's
FEW_VISITS = 10  # in a week, below which visits make no artist trend
IMPORT, FOLLOWER = 5.0, 2.0  # relative to a visit; an import counts as much as in `Demand.importance`
USUAL, FASTEST = 5.0, 4.0  # activity below which growth is chance; the most that growth counts
_TODAY = "($1::timestamptz at time zone 'UTC')::date"
_WEEK = "$1::timestamptz - interval '7 days'"
_ACTIVITY = f"""
    select t.artist_id, sum(t.activity) as activity from (
        select j.artist_id, {IMPORT} as activity from thesetd.jobs j
        where j.kind = 'import_artist' and j.created_at > {_WEEK}
        union all
        select i.artist_id, i.visits * 0.5 ^ (extract(epoch from $1::timestamptz - i.at) / 86400 / {VISITS_DAYS})
        from thesetd.interest i where i.visits >= {FEW_VISITS} and i.at > {_WEEK}
        union all
        select i.artist_id, {FOLLOWER} * (i.followers - before.followers)
        from thesetd.interest i cross join lateral (
            select g.followers from thesetd.artist_growth g
            where g.artist_id = i.artist_id and g.day >= {_TODAY} - 7 order by g.day limit 1
        ) before where i.at > {_WEEK} and i.followers > before.followers
    ) t where t.artist_id is not null group by 1
"""  # noqa: S608 - constants

"""A query about the artists that trend at the moment $1, first those with high and growing activity."""
TRENDING = f"""
    select n.artist_id, n.activity * least({FASTEST}, (n.activity + {USUAL}) / (coalesce(week.mean, 0) + {USUAL}))
        as pressing
    from ({_ACTIVITY}) n left join lateral (
        select sum(g.activity) / 7 as mean from thesetd.artist_growth g
        where g.artist_id = n.artist_id and g.day between {_TODAY} - 7 and {_TODAY} - 1
    ) week on true
"""  # noqa: S608 - constants
# Artists that the application reports on have a row without activity, too: their followers are compared with it.
_KEEP = f"""
insert into thesetd.artist_growth as t (artist_id, day, activity, followers, popularity)
select a.id, {_TODAY}, coalesce(n.activity, 0), coalesce(i.followers, 0), a.popularity
from ({_ACTIVITY}) n full join (
    select artist_id, followers from thesetd.interest where at > {_WEEK}
) i on i.artist_id = n.artist_id join artists a on a.id = coalesce(n.artist_id, i.artist_id)
on conflict (artist_id, day) do update
set activity = excluded.activity, followers = excluded.followers, popularity = excluded.popularity
where (t.activity, t.followers, t.popularity) is distinct from
    (excluded.activity, excluded.followers, excluded.popularity)
"""  # noqa: S608 - constants


async def keep_growth(connection: Connection, at: datetime) -> None:
    """Keep the day's row of each artist about which something was done within a week; the day's last run counts."""
    await connection.execute(_KEEP, at)
