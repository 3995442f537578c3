-- The change feed: what a transaction changed of the catalogue is noted by triggers in that transaction, whoever began
-- it. Numbers are given afterwards, one publisher at a time, to what is committed: a number that was taken early and
-- committed late would be skipped by readers. Notes of one row follow each other as its changes do, for a row is locked
-- from its change to the end of the transaction.

create table thesetd.changes (
    id bigint generated always as identity primary key,
    seq bigint unique,
    xact xid8 not null,
    kind text not null check (kind in ('artist', 'show', 'setlist', 'prediction', 'identity')),
    subject text not null,
    row_id uuid not null,
    artist_id uuid,
    action text not null check (action in ('created', 'changed', 'removed')),
    before jsonb not null,
    after jsonb not null,
    job_id bigint,
    at timestamptz,
    check ((seq is null) = (at is null))
);
comment on table thesetd.changes is 'the change feed; kept for 30 days';
comment on column thesetd.changes.id is 'in the order of writing';
comment on column thesetd.changes.seq is 'the number in the feed, without gaps; null until it is published';
comment on column thesetd.changes.xact is 'the transaction that made the change';
comment on column thesetd.changes.kind is 'artist, show, setlist, prediction or identity';
comment on column thesetd.changes.subject is 'the table of the row that changed';
comment on column thesetd.changes.row_id is 'the id of the row that changed';
comment on column thesetd.changes.artist_id is 'the artist: of a show the headliner, null if there is none';
comment on column thesetd.changes.action is 'created, changed or removed';
comment on column thesetd.changes.before is 'columns that changed, with their values before; # behind a name: a digest';
comment on column thesetd.changes.after is 'the same columns with their values after';
comment on column thesetd.changes.job_id is 'the job that made the change; null if none did';
comment on column thesetd.changes.at is 'when it was published';
create unique index changes_pending on thesetd.changes (xact, kind, row_id) where seq is null;
create index changes_unnumbered on thesetd.changes (id) where seq is null;
create index changes_at on thesetd.changes (at);

create table thesetd.change_feed (
    single boolean primary key default true check (single),
    last bigint not null
);
comment on table thesetd.change_feed is 'how far the change feed is; its row is locked while numbers are given';
comment on column thesetd.change_feed.single is 'keeps the table at one row';
comment on column thesetd.change_feed.last is 'the last number that was given';

-- Several changes of a row in one transaction are one: from what was there before to what is there after.
create function thesetd.put_change(
    kind text, subject text, row_id uuid, artist_id uuid, action text, before jsonb, after jsonb
) returns void language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into thesetd.changes as t (xact, kind, subject, row_id, artist_id, action, before, after, job_id)
    values (pg_current_xact_id(), $1, $2, $3, $4, $5, $6, $7, nullif(current_setting('thesetd.job', true), '')::bigint)
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
    select pg_notify('thesetd', 'changes');
$$;
revoke all on function thesetd.put_change from public;

-- A row by the columns that count, which the trigger names; # behind a name keeps a digest in place of the value.
create function thesetd.note_row() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    was jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
    now_is jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
    one jsonb := coalesce(now_is, was);
    before jsonb;
    after jsonb;
begin
    select coalesce(jsonb_object_agg(name, earlier), '{}'), coalesce(jsonb_object_agg(name, later), '{}')
    into before, after
    from (
        select name,
            case when name like '%#' then to_jsonb(md5(nullif(was -> rtrim(name, '#'), 'null')::text))
                else nullif(was -> name, 'null') end as earlier,
            case when name like '%#' then to_jsonb(md5(nullif(now_is -> rtrim(name, '#'), 'null')::text))
                else nullif(now_is -> name, 'null') end as later
        from unnest(tg_argv[1:]) name
    ) columns
    where earlier is distinct from later;
    if tg_op <> 'UPDATE' or after <> '{}' then
        perform thesetd.put_change(
            tg_argv[0], tg_table_name, (one ->> 'id')::uuid, (one ->> 'artist_id')::uuid,
            case tg_op when 'INSERT' then 'created' when 'DELETE' then 'removed' else 'changed' end, before, after
        );
    end if;
    return null;
end $$;

-- Parts of a row that have a table of their own: the songs of a prediction, the acts of a show, the ids of an artist.
-- The trigger names the kind, the table and column of the whole, and what the parts are called.
create function thesetd.note_parts() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    whole uuid;
    wholes uuid[];
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
    foreach whole in array coalesce(wholes, '{}') loop
        perform thesetd.put_change(
            tg_argv[0], tg_argv[1], whole, null, 'changed',
            jsonb_build_object(tg_argv[3], 'before'), jsonb_build_object(tg_argv[3], 'after')
        );
    end loop;
    return null;
end $$;

create trigger thesetd_changes after insert or update or delete on artists for each row
execute function thesetd.note_row('artist', 'name', 'slug', 'spotify_id', 'ticketmaster_id', 'mbid', 'image_url',
    'spotify_url', 'genres', 'popularity', 'followers', 'verified', 'is_stub', 'merged_into');
create trigger thesetd_changes after insert or update or delete on shows for each row
execute function thesetd.note_row('show', 'name', 'status', 'venue_id', 'local_date', 'local_time', 'starts_at',
    'end_date', 'former_date', 'tour', 'kind', 'is_addon', 'concert_id', 'url', 'image_url', 'price_currency',
    'price_min', 'price_max', 'sales_start', 'sales_end', 'merged_into', 'ticketmaster_id', 'setlistfm_id');
create trigger thesetd_changes after insert or update or delete on actual_setlists for each row
execute function thesetd.note_row('setlist', 'show_id', 'artist_id', 'event_date', 'tour', 'info#', 'url', 'songs#',
    'encore_songs#', 'gone_at');
create trigger thesetd_changes after insert or update or delete on setlists for each row
execute function thesetd.note_row('prediction', 'show_id', 'artist_id', 'expected_songs', 'concerts', 'locked_at');
create trigger thesetd_changes after update on songs for each row
when (old.merged_into is distinct from new.merged_into)
execute function thesetd.note_row('identity', 'merged_into');

do $$
declare
    part record;
begin
    for part in select * from (values
        ('setlist_songs', 'prediction', 'setlists', 'setlist_id', 'songs#'),
        ('artist_shows', 'show', 'shows', 'show_id', 'bill#'),
        ('thesetd.artist_ids', 'identity', 'artists', 'artist_id', 'ids#')
    ) t (relation, kind, subject, whole, name) loop
        execute format('create trigger thesetd_added after insert on %s referencing new table as new_rows '
            'for each statement execute function thesetd.note_parts(%L, %L, %L, %L)',
            part.relation, part.kind, part.subject, part.whole, part.name);
        execute format('create trigger thesetd_changed after update on %s referencing old table as old_rows '
            'new table as new_rows for each statement execute function thesetd.note_parts(%L, %L, %L, %L)',
            part.relation, part.kind, part.subject, part.whole, part.name);
        execute format('create trigger thesetd_removed after delete on %s referencing old table as old_rows '
            'for each statement execute function thesetd.note_parts(%L, %L, %L, %L)',
            part.relation, part.kind, part.subject, part.whole, part.name);
    end loop;
end $$;
