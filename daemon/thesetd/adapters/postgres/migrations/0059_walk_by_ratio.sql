-- Copies come next by how their age stands to their interval, from the last refresh to the due time. In the order of due times
-- those with the shortest intervals came first, hour by hour, while no copy was due: due times are computed with the threshold
-- of their moment, which is too high in a new database and after a quota was raised. A threshold scales all intervals about
-- alike, so the ratio does not depend on it. It is compared among those that are due first and those that were not refreshed
-- for longest, so that a million artists cost no more than a thousand.

create or replace function thesetd.next_looks(
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
            select c.artist_id, c.looked_at from (
                (
                    select r.artist_id, r.looked_at, r.due_at from thesetd.refresh r
                    where r.aspect = wanted and r.askable and r.floor_at > moment
                        and (r.ordered_until is null or r.ordered_until <= moment or r.ordered_for > latest)
                        and r.looked_at <= before and not r.timed
                    order by r.next_at limit case most when 0 then 0 else greatest(100, 4 * most) end
                ) union (
                    select r.artist_id, r.looked_at, r.due_at from thesetd.refresh r
                    where r.aspect = wanted and r.askable and r.floor_at > moment
                        and (r.ordered_until is null or r.ordered_until <= moment or r.ordered_for > latest)
                        and r.looked_at <= before and not r.timed
                    order by r.floor_at limit case most when 0 then 0 else greatest(100, 4 * most) end
                )
            ) c
            order by (moment - c.looked_at) / greatest(
                extract(epoch from c.due_at - c.looked_at)::double precision, 1.0
            ) desc, c.artist_id limit most
        )
    ) found limit most
$$;
comment on function thesetd.next_looks is 'who is refreshed next: what is past its floor, the longest first, then by age in proportion to the interval until due; what is enqueued for later than `latest` may be brought forward';
