"""The artists that a schedule is about, and which of them come next by the refresh index.

Some schedules are about nearly every artist: those walk the index in its own order, as far as their budget allows, so
that a million artists cost no more than a thousand. The others begin with the few rows that qualify an artist.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.freshness.growth import TRENDING
from thesetd.adapters.postgres.reading import HAS_IDS, KNOWN_ARTIST, known_artist
from thesetd.domain.freshness.copies import LOOKS, Aspect, aspect_of
from thesetd.domain.freshness.runs import Audience
from thesetd.domain.work.jobs import KnownArtist
from thesetd.domain.work.schedules import DEFAULTS

_PLAYED = """
    select l.artist_id, max(s.local_date) - date '2000-01-01' as pressing
    from shows s join artist_shows l on l.show_id = s.id
    where s.local_date >= {since} and s.status = 'completed' and not s.is_addon {lacking} group by 1
"""
_LACKING = "and not exists (select from actual_setlists p where p.show_id = s.id and p.artist_id = l.artist_id)"
_TODAY = "($1::timestamptz at time zone 'UTC')::date"
_NEVER = datetime.min.replace(tzinfo=UTC)
_FOREVER = datetime.max.replace(tzinfo=UTC)
# Schedules about all artists that can be requested.
WIDE = frozenset({"sync-upcoming-shows", "sync-popular-artists", "deep-catalog-refresh"})
# Each query returns the ids of its artists at the moment $1, and an order among them if urgency matters more than
# staleness.
_ABOUT: Mapping[str, str] = {
    # requested, or on stage, within 30 days
    "sync-active-artists": """
        select j.artist_id, 0 as pressing from thesetd.jobs j
        where j.kind = 'import_artist' and j.created_at > $1::timestamptz - interval '30 days'
        union select l.artist_id, 0 from shows s join artist_shows l on l.show_id = s.id
        where s.local_date between ($1::timestamptz at time zone 'UTC')::date - 30
            and ($1::timestamptz at time zone 'UTC')::date + 30 and not s.is_addon
    """,
    "sync-trending": TRENDING,
    # concerts of the last 90 days without a setlist: later ones rarely come
    "sync-past-setlists": _PLAYED.format(since=f"{_TODAY} - 90", lacking=_LACKING),
    # concerts of the last seven days, including those with a setlist, which is still being completed
    "sync-recent-setlists": _PLAYED.format(since=f"{_TODAY} - 7", lacking=""),
}
_NEEDS = {"sync-trending": "and a.spotify_id is not null"}
_WALK = f"""
select {KNOWN_ARTIST}, n.looked_at from thesetd.next_looks($2, $1, $3, $7, {{most}}) n
join artists a on a.id = n.artist_id and not a.is_stub and {HAS_IDS} order by n.place
"""  # noqa: S608 - a constant
_CHOICE = f"""
select {KNOWN_ARTIST}, r.looked_at from about e join artists a on a.id = e.artist_id
left join thesetd.refresh r on r.artist_id = a.id and r.aspect = $2
where (r.ordered_until is null or r.ordered_until <= $1 or r.ordered_for > $7)
    and (r.looked_at is null or r.looked_at <= $3::timestamptz and (not r.timed or $3::timestamptz > $1))
order by e.pressing desc, case when r.floor_at <= $1 then r.floor_at end nulls last, ($1::timestamptz - r.looked_at)
    / greatest(extract(epoch from r.due_at - r.looked_at)::double precision, 1.0) desc nulls last, a.id
limit {{most}}
"""  # noqa: S608 - a constant
_PROMISED = f"""
select {KNOWN_ARTIST} from about e join artists a on a.id = e.artist_id
join thesetd.refresh r on r.artist_id = a.id and r.aspect = $2
where r.timed and r.askable and r.looked_at <= $1::timestamptz - $3::interval
    and (r.ordered_until is null or r.ordered_until <= $1)
order by r.looked_at, a.id limit $4
"""  # noqa: S608 - a constant
# Jobs of the same kind that are due before `until` count against the limit.
_MOST = """greatest(0, $4 - (
    select count(*) from thesetd.jobs j where j.kind = $5 and j.state in ('ready', 'running') and j.not_before < $6
))::int"""
_COUNTS = """
select count(*) as artists, count(*) filter (where r.looked_at > $1::timestamptz - $3::interval) as fresh,
    count(*) filter (
        where (r.ordered_until > $1 or r.timed and r.due_at > $1)
            and (r.looked_at > $1::timestamptz - $3::interval) is not true
    ) as waiting
"""


async def next_artists(
    connection: Connection,
    *,
    schedule: str,
    now: datetime,
    limit: int,
    again: bool = False,
    until: datetime | None = None,
    aspect: Aspect | None = None,
) -> tuple[KnownArtist, ...]:
    """Return the artists of a schedule whose copies would be older than its target before the next run, at `until`.

    The most urgent are chosen, and returned in the order of their last refresh: refreshes are spread over the time
    until the next run, so each copy is refreshed at about equal intervals. Without `until` they are those that were not
    refreshed for half of the target, the most urgent first. Artists never refreshed come before all others, then those
    past their floor, then by age in proportion to the interval until due, see `thesetd.domain.freshness.threshold`; an
    ordered refresh is not ordered again before it can have run, but one that was ordered for later than `until` is
    taken over. Setlists timed by their shows are not among them, see
    `thesetd.actors.timed`. `again` includes recently refreshed artists, too.
    """
    aspect = aspect or aspect_of(schedule)
    chosen = _WALK if schedule in WIDE else f"with about as ({_about(schedule)}) {_CHOICE}"
    rows = await connection.fetch(
        chosen.format(most=_MOST),
        now,
        aspect.value,
        _before(schedule, now, again=again, until=until),
        limit,
        LOOKS[aspect].value,
        until or _FOREVER,
        until or now,
    )
    if until is not None:
        rows = sorted(rows, key=lambda row: row["looked_at"] or _NEVER)
    return tuple(map(known_artist, rows))


def _before(schedule: str, now: datetime, *, again: bool, until: datetime | None) -> datetime:
    """Return the moment; copies last refreshed before it are refreshed again."""
    if again:
        return _FOREVER
    target = DEFAULTS[schedule].target
    return now - target / 2 if until is None else min(now, until - target)


async def promised_artists(
    connection: Connection, *, schedule: str, now: datetime, limit: int
) -> tuple[KnownArtist, ...]:
    """Return the artists of a narrow schedule whose timed copies are older than its target, the oldest first."""
    rows = await connection.fetch(
        f"with about as ({_about(schedule)}) {_PROMISED}",
        now,
        aspect_of(schedule).value,
        DEFAULTS[schedule].target,
        limit,
    )
    return tuple(map(known_artist, rows))


async def count_audience(connection: Connection, *, schedule: str, now: datetime) -> Audience:
    """Return how many artists a schedule is about, and how many of them need no refresh now."""
    if schedule in WIDE:
        counted = f"{_COUNTS} from thesetd.refresh r where r.askable and r.aspect = $2"
    else:
        counted = f"""
            with about as ({_about(schedule)}) {_COUNTS}
            from about e left join thesetd.refresh r on r.artist_id = e.artist_id and r.aspect = $2
        """
    row = await connection.fetchrow(counted, now, aspect_of(schedule).value, DEFAULTS[schedule].target)
    assert row is not None
    return Audience(artists=row["artists"], fresh=row["fresh"], waiting=row["waiting"])


def _about(schedule: str) -> str:
    """Return a query about the artists of a narrow schedule at the moment $1.

    Stubs, which are known only from bills, belong to no schedule: their data comes with the shows of others.
    """
    return f"""
        select found.* from ({_ABOUT[schedule]}) found join artists a on a.id = found.artist_id
        where not a.is_stub and {HAS_IDS} {_NEEDS.get(schedule, "")}
    """  # noqa: S608 - constants of this module
