-- Changes are noted by statement, all its rows in one set: an import that stores 40 shows and predictions called three
-- functions for each of them, which was a tenth of what it cost the database.

-- Several changes of a row in one transaction are one: from what was there before to what is there after.
create function thesetd.put_changes(
    kind text, subject text, row_ids uuid[], artist_ids uuid[], actions text[], befores jsonb[], afters jsonb[]
) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    insert into thesetd.changes as t (xact, kind, subject, row_id, artist_id, action, before, after, job_id)
    select pg_current_xact_id(), $1, $2, n.row_id, n.artist_id, n.action, n.before, n.after,
        nullif(current_setting('thesetd.job', true), '')::bigint
    from unnest($3, $4, $5, $6, $7) as n (row_id, artist_id, action, before, after)
    on conflict (xact, kind, row_id) where seq is null do update
    set artist_id = coalesce(excluded.artist_id, t.artist_id),
        before = excluded.before || t.before,
        after = t.after || excluded.after,
        job_id = coalesce(excluded.job_id, t.job_id),
        action = case
            when t.action = 'removed' and excluded.action = 'created' then 'changed'
            when excluded.action = 'changed' then t.action
            else excluded.action
        end;
    if found then
        perform pg_notify('thesetd', 'changes');
    end if;
end $$;
revoke all on function thesetd.put_changes from public;

-- Rows by the columns that count, which the trigger names; # behind a name keeps a digest in place of the value.
create function thesetd.note_rows() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    olds jsonb[];
    news jsonb[];
begin
    if tg_op = 'INSERT' then
        select array_agg(null::jsonb), array_agg(to_jsonb(n)) into olds, news from new_rows n;
    elsif tg_op = 'DELETE' then
        select array_agg(to_jsonb(o)), array_agg(null::jsonb) into olds, news from old_rows o;
    else
        select array_agg(to_jsonb(o)), array_agg(to_jsonb(n)) into olds, news
        from old_rows o join new_rows n using (id);
    end if;
    if olds is null then
        return null;
    end if;
    perform thesetd.put_changes(
        tg_argv[0], tg_table_name, array_agg((one ->> 'id')::uuid), array_agg((one ->> 'artist_id')::uuid),
        array_agg(case tg_op when 'INSERT' then 'created' when 'DELETE' then 'removed' else 'changed' end),
        array_agg(before), array_agg(after)
    )
    from (
        select coalesce(now_is, was) as one, c.before, c.after
        from unnest(olds, news) with ordinality as r (was, now_is, number)
        cross join lateral (
            select coalesce(jsonb_object_agg(name, earlier), '{}'), coalesce(jsonb_object_agg(name, later), '{}')
            from (
                select name,
                    case when name like '%#' then to_jsonb(md5(nullif(r.was -> rtrim(name, '#'), 'null')::text))
                        else nullif(r.was -> name, 'null') end as earlier,
                    case when name like '%#' then to_jsonb(md5(nullif(r.now_is -> rtrim(name, '#'), 'null')::text))
                        else nullif(r.now_is -> name, 'null') end as later
                from unnest(tg_argv[1:]) name
            ) columns
            where earlier is distinct from later
        ) c (before, after)
        where tg_op <> 'UPDATE' or c.after <> '{}'
        order by r.number
    ) changed
    having count(*) > 0;
    return null;
end $$;

create or replace function thesetd.note_parts() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    wholes uuid[];
    many integer;
begin
    if tg_op = 'INSERT' then
        select array_agg(distinct (to_jsonb(n) ->> tg_argv[2])::uuid) into wholes from new_rows n;
    elsif tg_op = 'DELETE' then
        select array_agg(distinct (to_jsonb(o) ->> tg_argv[2])::uuid) into wholes from old_rows o;
    else
        select array_agg(distinct (part ->> tg_argv[2])::uuid) into wholes
        from (
            (select to_jsonb(o) - 'updated_at' from old_rows o except select to_jsonb(n) - 'updated_at' from new_rows n)
            union all
            (select to_jsonb(n) - 'updated_at' from new_rows n except select to_jsonb(o) - 'updated_at' from old_rows o)
        ) parts (part);
    end if;
    many := cardinality(wholes);
    if many > 0 then
        perform thesetd.put_changes(
            tg_argv[0], tg_argv[1], wholes, array_fill(null::uuid, array[many]), array_fill('changed'::text, array[many]),
            array_fill(jsonb_build_object(tg_argv[3], 'before'), array[many]),
            array_fill(jsonb_build_object(tg_argv[3], 'after'), array[many])
        );
    end if;
    return null;
end $$;

do $$
declare
    noted record;
    named text;
begin
    for noted in select * from (values
        ('artists', array['artist', 'name', 'slug', 'spotify_id', 'ticketmaster_id', 'mbid', 'image_url',
            'small_image_url', 'spotify_url', 'genres', 'popularity', 'followers', 'verified', 'is_stub', 'merged_into']),
        ('shows', array['show', 'name', 'status', 'venue_id', 'local_date', 'local_time', 'starts_at', 'end_date',
            'former_date', 'tour', 'kind', 'is_addon', 'concert_id', 'url', 'image_url', 'price_currency', 'price_min',
            'price_max', 'sales_start', 'sales_end', 'merged_into', 'ticketmaster_id', 'setlistfm_id']),
        ('actual_setlists', array['setlist', 'show_id', 'artist_id', 'event_date', 'tour', 'info#', 'url', 'songs#',
            'encore_songs#', 'gone_at']),
        ('setlists', array['prediction', 'show_id', 'artist_id', 'expected_songs', 'concerts', 'locked_at'])
    ) t (relation, arguments) loop
        select string_agg(quote_literal(argument), ', ') into named from unnest(noted.arguments) argument;
        execute format('drop trigger thesetd_changes on %s', noted.relation);
        execute format('create trigger thesetd_added after insert on %s referencing new table as new_rows '
            'for each statement execute function thesetd.note_rows(%s)', noted.relation, named);
        execute format('create trigger thesetd_changed after update on %s referencing old table as old_rows '
            'new table as new_rows for each statement execute function thesetd.note_rows(%s)', noted.relation, named);
        execute format('create trigger thesetd_removed after delete on %s referencing old table as old_rows '
            'for each statement execute function thesetd.note_rows(%s)', noted.relation, named);
    end loop;
end $$;
