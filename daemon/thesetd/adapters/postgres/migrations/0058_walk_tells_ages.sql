-- The walk tells when each copy was refreshed last: who asks for the next ones joined the table again, which was a third of
-- what the question cost.

drop function thesetd.next_looks(text, timestamptz, timestamptz, timestamptz, integer);
create function thesetd.next_looks(
    wanted text, moment timestamptz, before timestamptz, latest timestamptz, most integer
)
returns table (artist_id uuid, looked_at timestamptz, place bigint) language sql stable rows 10
set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off set jit = off as $$
    select found.artist_id, found.looked_at, row_number() over () from (
        (
            select r.artist_id, r.looked_at from thesetd.refresh r
            where r.aspect = wanted and r.askable and r.floor_at <= moment
                and (r.looked_at is null or r.looked_at <= before)
            order by r.floor_at limit most
        ) union all (
            select r.artist_id, r.looked_at from thesetd.refresh r
            where r.aspect = wanted and r.askable and r.floor_at > moment
                and (r.ordered_until is null or r.ordered_until <= moment or r.ordered_for > latest)
                and r.looked_at <= before and not r.timed
            order by r.next_at limit most
        )
    ) found limit most
$$;
comment on function thesetd.next_looks is 'who is refreshed next: what is past its floor, the longest first, then by due time; what is enqueued for later than `latest` may be brought forward';
