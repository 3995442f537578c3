-- Setlists that are timed by their shows are looked at when those say so. The walk passes them over, so that what is left
-- of a quota goes to artists whose setlists no show announces.

create or replace function thesetd.next_looks(wanted text, moment timestamptz, before timestamptz, most integer)
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
                and (r.ordered_until is null or r.ordered_until <= moment) and r.looked_at <= before and not r.timed
            order by r.next_at limit most
        )
    ) found limit most
$$;
