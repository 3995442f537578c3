-- A schedule that fires seldom enqueues refreshes for hours ahead. Until then they stood in the way of one that fires often
-- and wants the same artists sooner: the moment of an enqueued refresh is stored, and an earlier one takes it over.

alter table thesetd.refresh add column ordered_for timestamptz;
comment on column thesetd.refresh.ordered_for is 'when the enqueued refresh is to run; one for an earlier moment takes its place';

drop function thesetd.next_looks(text, timestamptz, timestamptz, integer);
create function thesetd.next_looks(
    wanted text, moment timestamptz, before timestamptz, latest timestamptz, most integer
)
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
                and (r.ordered_until is null or r.ordered_until <= moment or r.ordered_for > latest)
                and r.looked_at <= before and not r.timed
            order by r.next_at limit most
        )
    ) found limit most
$$;
comment on function thesetd.next_looks is 'who is refreshed next: what is past its floor, the longest first, then by due time; what is enqueued for later than `latest` may be brought forward';
