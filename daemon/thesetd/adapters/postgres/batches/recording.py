"""Makes the statement that records jobs and events, with only the parts that a call needs.

With all of them it took 0.7 ms, most of it to start: every table that it can write is opened with all its indexes, of
which `thesetd.jobs` has twelve, once to update jobs and once to insert them. An import records a dozen times, nearly
always without new jobs.
"""

from collections.abc import Iterator
from functools import cache
from itertools import count

import attrs

from thesetd.adapters.postgres.batches.job_updates import updating
from thesetd.adapters.postgres.queue.nodes import HINTS
from thesetd.adapters.postgres.rows.lookup import ARTIST_OF_KEY
from thesetd.domain.work.jobs import REQUEST_ID
from thesetd.ports.store import HintKind

WRITER_LOCK = int.from_bytes(b"thesetd\x01")
_BEHIND_ROWS = f"select pg_advisory_xact_lock({WRITER_LOCK}) is not null as held"
# Reports do not wait for batches with rows. They need the row of the last number, which is locked until the commit of
# the last event, and their jobs. They take these only if all are free: who waits for none cannot deadlock.
_BESIDE_ROWS = """
    select (select count(*) from (select from thesetd.outbox for update skip locked) o) = 1 and (
        select count(*) from (
            select from thesetd.jobs where id = any({ids}::bigint[]) for no key update skip locked
        ) j
    ) = (select count(*) from thesetd.jobs where id = any({ids}::bigint[])) as held
"""
_JOB_TYPES = ("text", "smallint", *["text"] * 4, "timestamptz", "timestamptz")
_EVENT_TYPES = (
    *("bigint", "text", "text", "smallint", "text", "text", "timestamptz", "boolean", "text"),
    *("timestamptz", "timestamptz", "timestamptz", "bigint"),
)
_PLACED = f"""placed as (
    insert into thesetd.jobs as t (kind, lane, unique_key, args, artist_id, state, not_before, created_at)
    select n.kind, n.lane, n.unique_key, n.args::jsonb, {ARTIST_OF_KEY}, 'ready', coalesce(n.not_before, n.at), n.at
    from unnest({{parameters}})
        with ordinality as n (kind, lane, unique_key, args, provider, provider_id, not_before, at, number)
    where (select held from lock) order by n.number
    on conflict (unique_key) where state in ('ready', 'running') do update
    set lane = least(t.lane, excluded.lane), artist_id = coalesce(t.artist_id, excluded.artist_id),
        not_before = case when t.attempts = 0 and t.waits_for is null
            then least(t.not_before, excluded.not_before) else t.not_before end
    returning id, unique_key, artist_id, state, xmax <> 0 as joined, args->>'{REQUEST_ID}' as request_id
)"""  # noqa: S608 - constants of this package
_EVENTS = """news as (
    select row_number() over (order by n.number) as place, {job} as job_id, {artist} as artist_id,
        {job_of_row} is not null as known,
        n.status, n.progress, n.message, n.counts::jsonb as counts, n.at, n.final, n.error, {request} as request_id,
        n.expected_at, n.expected_from, n.expected_until
    from unnest({parameters})
        with ordinality as n (job_id, unique_key, status, progress, message, counts, at, final, error, expected_at,
            expected_from, expected_until, update_id, number)
    left join thesetd.jobs j on j.id = n.job_id{joins}
    where (select held from lock) and {job} is not null{condition}
), numbers as (
    insert into thesetd.outbox as t (last, told) select count(*), 0 from news having count(*) > 0
    on conflict (single) do update set last = t.last + excluded.last
    returning last - (select count(*) from news) as before
), told as (
    insert into thesetd.events (seq, job_id, artist_id, slug, status, progress, message, counts, at, request_id,
        expected_at, expected_from, expected_until)
    select numbers.before + n.place, n.job_id, n.artist_id, a.slug, n.status, n.progress, n.message, n.counts, n.at,
        n.request_id, n.expected_at, n.expected_from, n.expected_until
    from news n cross join numbers left join artists a on a.id = n.artist_id
    returning seq, job_id, artist_id, slug, request_id
)"""
_STATUSES = """stands as (
    insert into import_status as t
        (job_id, artist_id, status, progress, message, counts, updated_at, started_at, completed_at, error_details,
            expected_at, expected_from, expected_until)
    select n.job_id, n.artist_id, n.status, n.progress, n.message, n.counts, n.at, n.started_at,
        case when n.final then n.at end, n.error, n.expected_at, n.expected_from, n.expected_until
    from (
        select distinct on (job_id) *, first_value(at) over (partition by job_id order by place) as started_at
        from news where known order by job_id, place desc
    ) n
    on conflict (job_id) do update
    set artist_id = excluded.artist_id, status = excluded.status, progress = excluded.progress,
        message = excluded.message, counts = excluded.counts, updated_at = excluded.updated_at,
        completed_at = excluded.completed_at, error_details = excluded.error_details,
        expected_at = excluded.expected_at, expected_from = excluded.expected_from,
        expected_until = excluded.expected_until
)"""
_TOLD = """
select null as unique_key, t.seq, t.job_id, t.artist_id, t.slug, null as name, null as status, null::boolean as joined,
    t.request_id, null::timestamptz as expected_at, null::timestamptz as expected_from,
    null::timestamptz as expected_until
from told t"""
_ACCEPTED = """
select p.unique_key, null::bigint as seq, p.id as job_id, p.artist_id, a.slug, a.name,
    coalesce(s.status, p.state) as status, p.joined, null as request_id,
    s.expected_at, s.expected_from, s.expected_until
from placed p left join artists a on a.id = p.artist_id left join import_status s on s.job_id = p.id"""
_UPDATED = """
select null as unique_key, null::bigint as seq, u.id as job_id, u.artist_id, null as slug, null as name, null as status,
    null::boolean as joined, null as request_id, null::timestamptz as expected_at,
    null::timestamptz as expected_from, null::timestamptz as expected_until
from updated u"""
_HINTED = f"""
select null, null, null, null, null, pg_notify('{HINTS}', hint)::text, null, null, null, null, null, null from hints
"""  # noqa: S608 - a constant


@attrs.frozen(kw_only=True)
class RecordParts:
    """What a call records.

    `beside` does not wait for other batches, `ended` has jobs among the updated ones that ended.
    """

    jobs: bool
    events: bool
    updates: bool
    statuses: bool = True
    ended: bool = True
    beside: bool = False


@cache
def statement(parts: RecordParts) -> str:
    """Return the statement of these parts.

    Its parameters are the columns of new jobs, of events and of updates, each if there are any. Numbers of events have
    no gaps and follow the order of commits: that of the last one is locked until the commit. The status of a job is its
    last event.
    """
    numbers = count(1)
    jobs = _parameters(numbers, _JOB_TYPES) if parts.jobs else ""
    events = _parameters(numbers, _EVENT_TYPES) if parts.events else ""
    first = next(numbers)
    lock = _BESIDE_ROWS.format(ids=f"${first}") if parts.beside else _BEHIND_ROWS
    written = [f"lock as materialized ({lock})"]
    written += [updating(first, "(select held from lock)", ended=parts.ended)] if parts.updates else []
    written += [_PLACED.format(parameters=jobs)] if parts.jobs else []
    written += [_events(parts, events)] if parts.events else []
    written += [_STATUSES] if parts.events and parts.statuses else []
    written += [f"hints as ({' union all '.join(_hints(parts))})"]
    told = [_TOLD] * parts.events + [_ACCEPTED] * parts.jobs + [_UPDATED] * parts.updates
    return f"with {', '.join(written)} {' union all '.join([*told, _HINTED])} order by seq"


def _parameters(numbers: Iterator[int], types: tuple[str, ...]) -> str:
    return ", ".join(f"${next(numbers)}::{kind}[]" for kind in types)


def _events(parts: RecordParts, parameters: str) -> str:
    """Return the part that numbers events: those of stored jobs, of updated and of new ones."""
    artists = ["u.artist_id"] * parts.updates + ["j.artist_id"] + ["p.artist_id"] * parts.jobs
    joins = ["left join updated u on u.id = n.job_id"] * parts.updates
    joins += ["left join placed p on p.unique_key = n.unique_key and not p.joined"] * parts.jobs
    return _EVENTS.format(
        job="coalesce(n.job_id, p.id)" if parts.jobs else "n.job_id",
        artist=f"coalesce({', '.join(artists)})",
        job_of_row="coalesce(j.id, p.id)" if parts.jobs else "j.id",
        request=f"coalesce(j.args->>'{REQUEST_ID}'{', p.request_id' * parts.jobs})",
        parameters=parameters,
        joins="".join(f"\n    {join}" for join in joins),
        condition=" and (n.update_id is null or n.update_id in (select id from updated))" * parts.updates,
    )


def _hints(parts: RecordParts) -> Iterator[str]:
    """Yield what every node is notified of: jobs that are new or given back, and the last event."""
    found = ["exists (select from placed)"] * parts.jobs
    found += ["exists (select from updated where is_given_back)"] * parts.updates
    if found:
        yield f"select '{HintKind.JOBS.value}' as hint where {' or '.join(found)}"
    if parts.events:
        yield f"select '{HintKind.EVENTS.value} ' || max(seq) as hint from told having count(*) > 0"  # noqa: S608
