-- Pages of setlist.fm are facts, kept as they came; which show each belongs to is decided from all of them at once, and
-- actual_setlists follows: one row for each show and act, that of the page that leads.

alter table shows
    drop constraint shows_check,
    add column kind text not null default 'concert' check (kind in ('concert', 'session', 'tv', 'vip', 'street')),
    add column said_status text,
    add column merged_into uuid references shows on delete set null,
    add constraint shows_ids_check check (num_nonnulls(ticketmaster_id, setlistfm_id, merged_into) > 0);
comment on column shows.kind is 'what it is; only concerts count for statistics and predictions';
comment on column shows.said_status is 'what its seller said last, whatever was played there';
comment on column shows.merged_into is 'the show that it turned out to be; this row stays for those who refer to it';
create index shows_merged on shows (merged_into) where merged_into is not null;

create table thesetd.setlist_pages (
    id uuid primary key,
    setlistfm_id text collate "C" not null unique,
    version_id text collate "C" not null,
    artist_mbid text not null,
    artist_name text not null,
    artist_id uuid references artists on delete set null,
    venue_id uuid references venues on delete set null,
    place jsonb not null,
    event_date date not null,
    url text not null check (url ~ '^https?://'),
    tour text,
    info text,
    set_names text[] not null,
    performed text[] not null,
    songs jsonb not null check (jsonb_typeof(songs) = 'array'),
    encore_songs jsonb not null check (jsonb_typeof(encore_songs) = 'array'),
    last_updated timestamptz,
    fetched_at timestamptz not null,
    gone_at timestamptz,
    verdict text check (verdict in ('joined', 'alias', 'beside', 'own', 'waiting')),
    kind text not null default 'concert',
    show_id uuid references shows on delete set null,
    leader text,
    day date,
    ruled boolean not null default false,
    evidence text[] not null default '{}',
    review text,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
comment on table thesetd.setlist_pages is 'every page of setlist.fm as it was last said, and where it belongs';
comment on column thesetd.setlist_pages.artist_id is 'null while its act has no row: the page waits';
comment on column thesetd.setlist_pages.performed is 'keys of the songs that were performed, in order; empty while nobody has written them';
comment on column thesetd.setlist_pages.gone_at is 'since when setlist.fm has it no more';
comment on column thesetd.setlist_pages.day is 'the day it stands for: a page dated after midnight, that of its show';
comment on column thesetd.setlist_pages.review is 'what a person should look at';
create index setlist_pages_artist on thesetd.setlist_pages (artist_id, event_date);
create index setlist_pages_show on thesetd.setlist_pages (show_id);
create index setlist_pages_waiting on thesetd.setlist_pages (artist_mbid) where artist_id is null;
create index setlist_pages_review on thesetd.setlist_pages (event_date) where review is not null;

create table thesetd.setlist_versions (
    page_id uuid not null references thesetd.setlist_pages on delete cascade,
    version_id text collate "C" not null,
    event_date date not null,
    info text,
    songs jsonb not null,
    encore_songs jsonb not null,
    last_updated timestamptz,
    fetched_at timestamptz not null,
    primary key (page_id, version_id)
);
create index setlist_versions_age on thesetd.setlist_versions (fetched_at);

-- People's answers, only ever appended to: the page is that show's setlist or, without a show, no known show's.
create table thesetd.setlist_rulings (
    number bigint generated always as identity primary key,
    setlistfm_id text collate "C" not null,
    show_id uuid references shows on delete cascade,
    who text not null,
    at timestamptz not null,
    undone_at timestamptz
);
create index setlist_rulings_page on thesetd.setlist_rulings (setlistfm_id);

insert into thesetd.setlist_pages
    (id, setlistfm_id, version_id, artist_mbid, artist_name, artist_id, venue_id, place, event_date, url, tour, info,
     set_names, performed, songs, encore_songs, last_updated, fetched_at, verdict, show_id, day, created_at, updated_at)
select p.id, p.setlistfm_id, p.version_id, coalesce(a.mbid, ''), a.name, p.artist_id, p.venue_id,
    jsonb_strip_nulls(jsonb_build_object('ids', jsonb_build_array('setlistfm:' || v.setlistfm_id), 'name', v.name,
        'city', v.city, 'country', v.country_code)),
    p.event_date, p.url, p.tour, p.info, '{}',
    array(
        select lower(s ->> 'name') from jsonb_array_elements(p.songs || p.encore_songs) s where not s ? 'tape'
    ),
    p.songs, p.encore_songs, p.last_updated, coalesce(f.fetched_at, p.updated_at), 'joined', p.show_id, p.event_date,
    p.created_at, p.updated_at
from actual_setlists p join artists a on a.id = p.artist_id left join venues v on v.id = p.venue_id
left join thesetd.freshness f on f.row_id = p.id
where p.url ~ '^https?://';
insert into thesetd.setlist_versions
select id, version_id, event_date, info, songs, encore_songs, last_updated, fetched_at from thesetd.setlist_pages;

alter table actual_setlists
    alter column show_id drop not null,
    add column gone_at timestamptz,
    add constraint actual_setlists_show_key unique (show_id, artist_id);
comment on column actual_setlists.show_id is 'null while its page belongs to no show, or another page of that night leads';
comment on column actual_setlists.setlistfm_id is 'of the page that leads: the fullest of a night';
comment on column actual_setlists.gone_at is 'since when setlist.fm has the page no more: its songs are shown no longer';
