-- The refresh index is walked in the order in which copies come next, however many artists there are: every artist that
-- a provider can be asked about is in it, and two moments are stored that say where it stands.

alter table thesetd.refresh
    add column askable boolean not null default true,
    add column next_at timestamptz,
    add column floor_at timestamptz;
comment on column thesetd.refresh.askable is 'whether the artist has the id by which this aspect is asked for';
comment on column thesetd.refresh.next_at is 'its place in the order: due_at, or ordered_until while a look is ordered; before all others if never looked at';
comment on column thesetd.refresh.floor_at is 'from then on it comes before what is merely due: no copy grows older than 30 days';

insert into thesetd.refresh (aspect, artist_id, changes, days, due_at)
select o.aspect, a.id, 0, 0, a.created_at
from artists a cross join unnest(array['shows', 'setlists', 'catalog']) as o (aspect) where not a.is_stub
on conflict (aspect, artist_id) do nothing;
update thesetd.refresh r set
    askable = not a.is_stub and a.merged_into is null and
        case r.aspect when 'shows' then a.ticketmaster_id when 'setlists' then a.mbid else a.spotify_id end is not null,
    next_at = greatest(r.ordered_until, case when r.looked_at is not null then r.due_at
        else timestamptz '2000-01-01T00:00Z' - coalesce(a.popularity, -1) * interval '1 day' end),
    floor_at = greatest(r.ordered_until, case when r.looked_at is not null then r.looked_at + interval '27 days'
        else timestamptz '2000-01-01T00:00Z' - coalesce(a.popularity, -1) * interval '1 day' end)
from artists a where a.id = r.artist_id;
alter table thesetd.refresh alter column next_at set not null, alter column floor_at set not null;

drop index thesetd.refresh_due;
create index refresh_due on thesetd.refresh (aspect, due_at) where askable;
create index refresh_next on thesetd.refresh (aspect, next_at) where askable;
create index refresh_floor on thesetd.refresh (aspect, floor_at) where askable;
create index jobs_imports on thesetd.jobs (created_at) where kind = 'import_artist';

-- The settings leave the planner one way, whatever it believes of a table that was just restored or has grown tenfold:
-- along the two indexes, until there are enough. The second part begins where the first one ends.
create function thesetd.next_looks(wanted text, moment timestamptz, before timestamptz, most integer)
returns table (artist_id uuid, place bigint) language sql stable rows 10
set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off set jit = off as $$
    select found.artist_id, row_number() over () from (
        (
            select r.artist_id from thesetd.refresh r
            where r.aspect = wanted and r.askable and r.floor_at <= moment
                and (r.looked_at is null or r.looked_at <= before)
            order by r.floor_at limit most
        ) union all (
            select r.artist_id from thesetd.refresh r
            where r.aspect = wanted and r.askable and r.floor_at > moment
                and (r.ordered_until is null or r.ordered_until <= moment) and r.looked_at <= before
            order by r.next_at limit most
        )
    ) found limit most
$$;
comment on function thesetd.next_looks is 'who is looked at next: what is past its floor, the longest first, then by due time';
