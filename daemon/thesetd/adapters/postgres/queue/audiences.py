"""Whom a schedule is about, and who of them comes next by the refresh index."""

from collections.abc import Mapping
from datetime import UTC, datetime

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.reading import HAS_IDS, KNOWN_ARTIST, known_artist
from thesetd.domain.freshness.copies import aspect_of
from thesetd.domain.freshness.runs import Audience
from thesetd.domain.work.jobs import KnownArtist
from thesetd.domain.work.schedules import DEFAULTS

# Each tells the ids of its artists, and an order among them where time presses more than staleness: what follows
# `select a.id, ... from moment cross join artists a`, where moment has `now` and `today` (UTC).
_PLAYED = """
    join lateral (
        select max(s.local_date) as last from artist_shows l join shows s on s.id = l.show_id
        where l.artist_id = a.id and s.local_date >= {since} and s.status = 'completed' and not s.is_addon {lacking}
    ) played on played.last is not null
"""
_LACKING = "and not exists (select from actual_setlists p where p.show_id = s.id and p.artist_id = a.id)"
_FOREVER = datetime.max.replace(tzinfo=UTC)
_ABOUT: Mapping[str, str] = {
    # whoever Ticketmaster can be asked about
    "sync-upcoming-shows": "where a.ticketmaster_id is not null",
    # asked for, or on stage, within 30 days
    "sync-active-artists": """
        where exists (
            select from thesetd.jobs j
            where j.artist_id = a.id and j.kind = 'import_artist' and j.created_at > now - interval '30 days'
        ) or exists (
            select from artist_shows l join shows s on s.id = l.show_id
            where l.artist_id = a.id and not s.is_addon and s.local_date between today - 30 and today + 30
        )
    """,
    # asked for within a week
    "sync-trending": """
        join lateral (
            select count(*) as wishes from thesetd.jobs j
            where j.artist_id = a.id and j.kind = 'import_artist' and j.created_at > now - interval '7 days'
        ) trend on trend.wishes > 0
        where a.spotify_id is not null
    """,
    "sync-popular-artists": "where a.spotify_id is not null",
    # concerts of the last 90 days without a setlist: later ones rarely come
    "sync-past-setlists": _PLAYED.format(since="today - 90", lacking=_LACKING),
    # concerts of the last seven days, also those with a setlist: it is still being completed
    "sync-recent-setlists": _PLAYED.format(since="today - 7", lacking=""),
    "deep-catalog-refresh": "where a.spotify_id is not null",
}
_PRESSING: Mapping[str, str] = {
    "sync-trending": "trend.wishes",
    "sync-past-setlists": "played.last - date '2000-01-01'",
    "sync-recent-setlists": "played.last - date '2000-01-01'",
}


async def next_artists(
    connection: Connection, *, schedule: str, now: datetime, limit: int, again: bool, until: datetime | None
) -> tuple[KnownArtist, ...]:
    """Return the artists of a schedule that were not looked at for half of its target, the most urgent first.

    Those whom nobody looked at come before all others, and no look that was ordered is ordered again before it can have
    come. `again` takes those who were looked at lately, too. Jobs of the same kind that are due
    before `until` count against the limit.
    """
    kind = DEFAULTS[schedule].work
    assert kind is not None
    rows = await connection.fetch(
        f"""
        {_audience(schedule)}
        select {KNOWN_ARTIST} from audience e join artists a on a.id = e.id
        left join thesetd.refresh r on r.artist_id = a.id and r.aspect = $2
        where (r.ordered_until is null or r.ordered_until <= $1)
            and ($6 or r.looked_at is null or r.looked_at <= $1::timestamptz - $3::interval / 2)
        order by e.pressing desc, r.due_at nulls first, a.popularity desc nulls last,
            a.followers desc nulls last, a.id
        limit greatest(0, $4 - (
            select count(*) from thesetd.jobs j
            where j.kind = $5 and j.state in ('ready', 'running') and j.not_before < $7
        ))
        """,  # noqa: S608 - constants of this module
        now,
        aspect_of(schedule).value,
        DEFAULTS[schedule].target,
        limit,
        kind.value,
        again,
        until or _FOREVER,
    )
    return tuple(map(known_artist, rows))


async def count_audience(connection: Connection, *, schedule: str, now: datetime) -> Audience:
    """Return how many artists a schedule is about, and how many of them need no look that would be ordered now."""
    row = await connection.fetchrow(
        f"""
        {_audience(schedule)}
        select count(*) as artists, count(*) filter (where r.looked_at > $1::timestamptz - $3::interval) as fresh,
            count(*) filter (
                where r.ordered_until > $1 and (r.looked_at > $1::timestamptz - $3::interval) is not true
            ) as waiting
        from audience e left join thesetd.refresh r on r.artist_id = e.id and r.aspect = $2
        """,  # noqa: S608 - constants of this module
        now,
        aspect_of(schedule).value,
        DEFAULTS[schedule].target,
    )
    assert row is not None
    return Audience(artists=row["artists"], fresh=row["fresh"], waiting=row["waiting"])


def _audience(schedule: str) -> str:
    """Return the beginning of a query about the artists of a schedule at the moment $1.

    Stubs, which are known from bills alone, are nobody's: what is known of them comes with the shows of others.
    """
    return f"""
    with moment as (select $1::timestamptz as now, ($1::timestamptz at time zone 'UTC')::date as today),
    audience as (
        select a.id, {_PRESSING.get(schedule, "0")} as pressing
        from moment cross join (select * from artists a where not is_stub and {HAS_IDS}) a {_ABOUT[schedule]}
    )
    """  # noqa: S608 - constants of this module
