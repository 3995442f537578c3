-- Facts that the application's documents name and that had no place; and everything under the names that they use.
--
-- The views of theset_documents have the documents' tables, columns and forms (genres as JSON text, a show's status as
-- upcoming, completed or cancelled, titles of a setlist as an array of names): a role whose search_path begins with
-- theset_documents asks what it asked before. New columns are only added, at the ends.

alter table artists add column small_image_url text;
comment on column artists.small_image_url is 'a picture for lists, at least 160 pixels wide where there is one';
alter table venues
    add column capacity integer check (capacity > 0),
    add column website text;
comment on column venues.capacity is 'how many people it holds, if the application says so: no provider does, no sync changes it';
comment on column venues.website is 'the venue''s own page, if the application says so; no sync changes it';

create or replace trigger thesetd_changes after insert or update or delete on artists for each row
execute function thesetd.note_row('artist', 'name', 'slug', 'spotify_id', 'ticketmaster_id', 'mbid', 'image_url',
    'small_image_url', 'spotify_url', 'genres', 'popularity', 'followers', 'verified', 'is_stub', 'merged_into');

create or replace view artist_page as
select a.id, a.slug, a.name, a.image_url, a.genres, a.popularity, a.followers, a.spotify_id, a.ticketmaster_id, a.mbid,
    a.spotify_url, jsonb_strip_nulls(jsonb_build_object('spotify', a.spotify_url)) as external_urls, a.verified,
    a.last_activity, (
        select greatest(f.fetched_at, r.fetched_at) from thesetd.freshness f
        left join thesetd.readings r on r.id = f.reading_id where f.row_id = a.id
    ) as last_synced_at,
    (select count(*) from songs s where s.artist_id = a.id and s.offered) as songs,
    (select count(*) from albums b where b.artist_id = a.id) as albums,
    (select count(*) from actual_setlists p where p.artist_id = a.id and p.gone_at is null) as past_setlists,
    i.job_id as import_job_id, i.status as import_stage, i.progress as import_progress, i.message as import_message,
    i.completed_at as import_completed_at, a.small_image_url
from artists a
left join lateral (
    select * from import_status i where i.artist_id = a.id order by i.started_at desc, i.job_id desc limit 1
) i on true
where a.merged_into is null and not a.is_stub;
comment on column artist_page.small_image_url is 'a picture for lists, at least 160 pixels wide where there is one';

create or replace view show_card as
select s.id, thesetd.slug(s.name, s.id) as slug, s.name, s.status, s.kind, s.local_date, s.local_time, s.starts_at,
    s.timezone, s.end_date, s.former_date, s.tour, s.image_url, s.url as ticket_url, s.price_currency as currency,
    s.price_min as min_price, s.price_max as max_price, s.sales_start, s.sales_end,
    v.id as venue_id, v.name as venue, thesetd.slug(v.name, v.id) as venue_slug, v.city, v.state, v.country_code,
    v.latitude, v.longitude, h.artist_id as headliner_artist_id, h.name as headliner, h.slug as headliner_slug,
    coalesce(b.bill, '[]') as bill,
    exists (select from actual_setlists p where p.show_id = s.id and p.gone_at is null
        and (p.songs <> '[]' or p.encore_songs <> '[]')) as has_actual_setlist,
    (select p.setlistfm_id from actual_setlists p
        where p.show_id = s.id and p.gone_at is null and (h.artist_id is null or p.artist_id = h.artist_id)
        order by p.setlistfm_id limit 1) as setlistfm_id,
    v.address as venue_address, v.postal_code as venue_postal_code, coalesce(v.capacity, w.capacity) as venue_capacity,
    coalesce(v.website, w.website, v.url) as venue_website, s.on_sale
from shows s
left join venues w on w.id = s.venue_id
left join venues v on v.id = coalesce(w.same_as, w.id)
left join lateral (
    select l.artist_id, a.name, a.slug from artist_shows l join artists a on a.id = l.artist_id
    where l.show_id = s.id and l.left_at is null and l.is_headliner order by l.set_order, l.artist_id limit 1
) h on true
left join lateral (
    select jsonb_agg(jsonb_build_object('artist_id', a.id, 'name', a.name, 'slug', a.slug,
        'is_headliner', l.is_headliner) order by l.set_order, a.id) as bill
    from artist_shows l join artists a on a.id = l.artist_id where l.show_id = s.id and l.left_at is null
) b on true
where s.merged_into is null and not s.is_addon;

create or replace view upcoming_shows as
select l.artist_id, l.is_headliner, c.*
from show_card c join artist_shows l on l.show_id = c.id and l.left_at is null
where c.status in ('scheduled', 'rescheduled', 'postponed') and c.kind = 'concert';

create or replace view setlist_to_vote as
select t.id as setlist_id, t.show_id, t.artist_id, e.song_id, s.title, e.position,
    e.position <= t.expected_songs and e.dropped_at is null as expected, e.encore, e.probability, e.reason,
    e.dropped_at is not null as dropped, e.added_after_lock, s.spotify_id, s.album, s.album_art_url, s.duration_ms,
    s.preview_url, s.is_explicit, s.is_playable, s.popularity, t.locked_at, s.artist, s.release_date
from setlists t join setlist_songs e on e.setlist_id = t.id join songs s on s.id = e.song_id;

create schema theset_documents;
comment on schema theset_documents is 'the catalogue under the names and in the forms of the application''s documents';

create view theset_documents.artists as
select a.id, a.spotify_id, a.name, a.slug, a.image_url, a.small_image_url, to_jsonb(a.genres)::text as genres,
    coalesce(a.popularity, 0)::integer as popularity, coalesce(a.followers, 0) as followers,
    jsonb_strip_nulls(jsonb_build_object('spotify', a.spotify_url))::text as external_urls, a.verified, (
        select greatest(f.fetched_at, r.fetched_at) from thesetd.freshness f
        left join thesetd.readings r on r.id = f.reading_id where f.row_id = a.id
    ) as last_synced_at, a.last_activity
from artists a where a.merged_into is null;

create view theset_documents.songs as
select s.id, s.spotify_id, s.title, s.artist, s.album, s.album_art_url,
    s.released_on::timestamp at time zone 'UTC' as release_date, s.duration_ms,
    coalesce(s.popularity, 0)::integer as popularity, s.preview_url, s.is_explicit, s.is_playable, s.artist_id
from songs s
where s.offered or exists (select from setlist_songs e where e.song_id = s.id);

create view theset_documents.venues as
select v.id, v.ticketmaster_id, v.name, thesetd.slug(v.name, v.id) as slug, v.address, v.city, v.state,
    v.country_code as country, v.postal_code, v.latitude, v.longitude, v.timezone, v.capacity,
    coalesce(v.website, v.url) as website
from venues v;

create view theset_documents.shows as
select s.id, s.ticketmaster_id, (
        select l.artist_id from artist_shows l
        where l.show_id = s.id and l.left_at is null and l.is_headliner order by l.set_order, l.artist_id limit 1
    ) as headliner_artist_id, s.venue_id, s.name, thesetd.slug(s.name, s.id) as slug,
    s.local_date::timestamp at time zone 'UTC' as date, to_char(s.local_time, 'HH24:MI:SS') as start_time,
    case s.status when 'completed' then 'completed' when 'cancelled' then 'cancelled' when 'withdrawn' then 'cancelled'
        else 'upcoming' end as status,
    s.url as ticket_url, s.price_min::numeric as min_price, s.price_max::numeric as max_price,
    s.price_currency as currency, exists (
        select from actual_setlists p
        where p.show_id = s.id and p.gone_at is null and (p.songs <> '[]' or p.encore_songs <> '[]')
    ) as has_actual_setlist, (
        select p.setlistfm_id from actual_setlists p
        where p.show_id = s.id and p.gone_at is null order by p.setlistfm_id limit 1
    ) as setlistfm_id, s.updated_at
from shows s where s.merged_into is null and not s.is_addon;

create view theset_documents.artist_shows as
select l.artist_id, l.show_id, l.is_headliner, l.set_order from artist_shows l where l.left_at is null;

create view theset_documents.setlists as
select t.id, t.show_id, 'Predicted' as name, t.created_at, t.artist_id, t.locked_at from setlists t;

create view theset_documents.setlist_songs as
select e.setlist_id, e.position, e.song_id, e.title from setlist_songs e;

create view theset_documents.actual_setlists as
select p.id, p.show_id, p.setlistfm_id, p.updated_at at time zone 'UTC' as imported_at,
    (select coalesce(jsonb_agg(e -> 'name'), '[]') from jsonb_array_elements(p.songs) e) as songs,
    (select coalesce(jsonb_agg(e -> 'name'), '[]') from jsonb_array_elements(p.encore_songs) e) as encore_songs
from actual_setlists p where p.show_id is not null and p.gone_at is null;

create view theset_documents.import_status as
select md5(i.job_id::text)::uuid as id, i.artist_id, i.job_id::text as job_id, i.status, i.progress::integer as progress,
    i.message, i.started_at at time zone 'UTC' as started_at, i.completed_at at time zone 'UTC' as completed_at,
    case when i.error_details is not null then jsonb_build_object('message', i.error_details) end as error_details
from import_status i;

comment on view theset_documents.artists is 'artists, as the application''s documents have them';
comment on view theset_documents.songs is 'songs, as the application''s documents have them';
comment on view theset_documents.venues is 'venues, as the application''s documents have them';
comment on view theset_documents.shows is 'shows, as the application''s documents have them; add-ons are left out';
comment on view theset_documents.artist_shows is 'who plays at which show, as the application''s documents have it';
comment on view theset_documents.setlists is 'predicted setlists, as the application''s documents have them';
comment on view theset_documents.setlist_songs is 'songs of predicted setlists, as the application''s documents have them';
comment on view theset_documents.actual_setlists is 'what was played, as the application''s documents have it';
comment on view theset_documents.import_status is 'imports, as the application''s documents have them';

-- Words on the columns of these views, and on those that views gained: what the tables' columns say, but for those here.
do $$
declare it record;
begin
    for it in
        select n.nspname as schema, c.relname as relation, a.attname as column_name, coalesce(w.words, (
            select col_description(t.oid, b.attnum) from pg_class t join pg_attribute b on b.attrelid = t.oid
            where t.relnamespace = (select relnamespace from pg_class where oid = 'artists'::regclass)
                and b.attname = a.attname and b.attnum > 0 and col_description(t.oid, b.attnum) is not null
            order by t.relname = c.relname desc, t.relkind = 'v' desc, t.relname limit 1
        )) as words
        from pg_attribute a join pg_class c on c.oid = a.attrelid and c.relkind = 'v'
        join pg_namespace n on n.oid = c.relnamespace
        left join (values
            ('genres', 'an array of names as JSON text'),
            ('external_urls', 'an object of addresses by the name of the place, as JSON text'),
            ('release_date', 'the first day that it may mean, at midnight UTC'),
            ('country', 'ISO 3166-1 alpha-2'),
            ('website', 'the venue''s own page, else the provider''s'),
            ('date', 'the day of the concert at its venue, at midnight UTC'),
            ('start_time', 'by the clocks at its venue; null while it is open'),
            ('status', 'of a show upcoming, completed or cancelled; of an import its stage'),
            ('imported_at', 'when the row was last changed, in UTC'),
            ('songs', 'titles of the main sets: an array of text'),
            ('encore_songs', 'titles of the encores: an array of text'),
            ('started_at', 'when it began, in UTC'),
            ('completed_at', 'when it ended, in UTC; null while it runs'),
            ('error_details', 'why it failed: an object with a message')
        ) w (name, words) on w.name = a.attname and n.nspname = 'theset_documents'
        where a.attnum > 0 and col_description(c.oid, a.attnum) is null
            and (n.nspname = 'theset_documents'
                or c.relname = 'setlist_to_vote' and a.attname in ('artist', 'release_date')
                    and n.oid = (select relnamespace from pg_class where oid = 'artists'::regclass))
    loop
        execute format('comment on column %I.%I.%I is %L', it.schema, it.relation, it.column_name, it.words);
    end loop;
end $$;
comment on column show_card.venue_address is 'street and number';
comment on column show_card.venue_postal_code is 'the postal code';
comment on column show_card.venue_capacity is 'how many people it holds; null where the application does not say';
comment on column show_card.venue_website is 'the venue''s own page, else the provider''s';
comment on column show_card.on_sale is 'whether its seller sells tickets now; null if it does not say';
comment on column upcoming_shows.venue_address is 'street and number';
comment on column upcoming_shows.venue_postal_code is 'the postal code';
comment on column upcoming_shows.venue_capacity is 'how many people it holds; null where the application does not say';
comment on column upcoming_shows.venue_website is 'the venue''s own page, else the provider''s';
comment on column upcoming_shows.on_sale is 'whether its seller sells tickets now; null if it does not say';
