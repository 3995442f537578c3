-- Addresses of shows and venues that the application gave stay; others are made of name and id, as before.

alter table shows add column slug text;
comment on column shows.slug is 'the last part of the address, if the application gave one; null if it is made of name and id';
alter table venues add column slug text;
comment on column venues.slug is 'the last part of the address, if the application gave one; null if it is made of name and id';

create or replace view show_card as
select s.id, coalesce(s.slug, thesetd.slug(s.name, s.id)) as slug, s.name, s.status, s.kind, s.local_date, s.local_time, s.starts_at,
    s.timezone, s.end_date, s.former_date, s.tour, s.image_url, s.url as ticket_url, s.price_currency as currency,
    s.price_min as min_price, s.price_max as max_price, s.sales_start, s.sales_end,
    v.id as venue_id, v.name as venue, coalesce(v.slug, thesetd.slug(v.name, v.id)) as venue_slug, v.city, v.state, v.country_code,
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

create or replace view theset_documents.venues as
select v.id, v.ticketmaster_id, v.name, coalesce(v.slug, thesetd.slug(v.name, v.id)) as slug, v.address, v.city, v.state,
    v.country_code as country, v.postal_code, v.latitude, v.longitude, v.timezone, v.capacity,
    coalesce(v.website, v.url) as website
from venues v;

create or replace view theset_documents.shows as
select s.id, s.ticketmaster_id, (
        select l.artist_id from artist_shows l
        where l.show_id = s.id and l.left_at is null and l.is_headliner order by l.set_order, l.artist_id limit 1
    ) as headliner_artist_id, s.venue_id, s.name, coalesce(s.slug, thesetd.slug(s.name, s.id)) as slug,
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
