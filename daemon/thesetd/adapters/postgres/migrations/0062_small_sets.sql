-- What an import writes is a few rows among many, and the cost of looking for them should not grow with what others wrote.

-- New entries of these indexes waited in a list until the table was vacuumed, and each look-up read the whole list: an import
-- looks up names, links and credits a dozen times, and thousands of entries could wait. Now they are entered at once.
alter index albums_credited set (fastupdate = off);
alter index thesetd.artist_records_names set (fastupdate = off);
alter index thesetd.artist_records_former set (fastupdate = off);
alter index thesetd.artist_records_links set (fastupdate = off);
alter index thesetd.artist_decisions_about set (fastupdate = off);
select gin_clean_pending_list('albums_credited'), gin_clean_pending_list('thesetd.artist_records_names'),
    gin_clean_pending_list('thesetd.artist_records_former'), gin_clean_pending_list('thesetd.artist_records_links'),
    gin_clean_pending_list('thesetd.artist_decisions_about');

-- Parts of a row name their whole by a column: a document was made of each of the 360 songs of an artist's predictions to
-- read this one value. A statement of a trigger is only parsed for the tables whose trigger reaches it.
create or replace function thesetd.note_parts() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    wholes uuid[];
    many integer;
begin
    if tg_op = 'UPDATE' then
        if not exists (select from new_rows) then
            return null;
        end if;
        select array_agg(distinct (part ->> tg_argv[2])::uuid) into wholes
        from (
            (select to_jsonb(o) - 'updated_at' from old_rows o except select to_jsonb(n) - 'updated_at' from new_rows n)
            union all
            (select to_jsonb(n) - 'updated_at' from new_rows n except select to_jsonb(o) - 'updated_at' from old_rows o)
        ) parts (part);
    elsif tg_argv[2] = 'setlist_id' and tg_op = 'INSERT' then
        select array_agg(distinct n.setlist_id) into wholes from new_rows n;
    elsif tg_argv[2] = 'setlist_id' then
        select array_agg(distinct o.setlist_id) into wholes from old_rows o;
    elsif tg_argv[2] = 'show_id' and tg_op = 'INSERT' then
        select array_agg(distinct n.show_id) into wholes from new_rows n;
    elsif tg_argv[2] = 'show_id' then
        select array_agg(distinct o.show_id) into wholes from old_rows o;
    elsif tg_op = 'INSERT' then
        select array_agg(distinct n.artist_id) into wholes from new_rows n;
    else
        select array_agg(distinct o.artist_id) into wholes from old_rows o;
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

-- Most updates of an import change no row of these tables, and their triggers still run.
create or replace function thesetd.note_rows() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    olds jsonb[];
    news jsonb[];
begin
    if tg_op = 'INSERT' then
        if not exists (select from new_rows) then
            return null;
        end if;
        select array_agg(null::jsonb), array_agg(to_jsonb(n)) into olds, news from new_rows n;
    elsif tg_op = 'DELETE' then
        select array_agg(to_jsonb(o)), array_agg(null::jsonb) into olds, news from old_rows o;
    else
        if not exists (select from new_rows) then
            return null;
        end if;
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
