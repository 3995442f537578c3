"""A database as TheSet's documents have it: tables under snake_case or camelCase names, rows, votes, old queries."""

import re

TABLES = """
create table artists (
    id uuid primary key default gen_random_uuid(), spotify_id text unique, name text not null, slug text not null,
    image_url text, small_image_url text, genres text, popularity integer default 0, followers integer default 0,
    external_urls text, verified boolean default false, last_synced_at timestamptz, last_activity timestamptz
);
create index artists_popularity on artists (name);
create table songs (
    id uuid primary key default gen_random_uuid(), spotify_id text unique, title text not null, artist text not null,
    album text, album_art_url text, release_date timestamptz, duration_ms integer, popularity integer default 0,
    preview_url text, is_explicit boolean, is_playable boolean
);
create table venues (
    id uuid primary key default gen_random_uuid(), ticketmaster_id text unique, name text not null, slug text not null,
    address text, city text, state text, country text, postal_code text, latitude double precision,
    longitude double precision, timezone text, capacity integer, website text
);
create table shows (
    id uuid primary key default gen_random_uuid(), ticketmaster_id text unique,
    headliner_artist_id uuid references artists (id), venue_id uuid references venues (id), name text not null,
    slug text not null, date timestamptz not null, start_time text, status text, ticket_url text, min_price numeric,
    max_price numeric, currency text, has_actual_setlist boolean default false, setlistfm_id text,
    updated_at timestamptz default now()
);
create table artist_shows (
    artist_id uuid references artists (id), show_id uuid references shows (id), is_headliner boolean default true,
    set_order integer, primary key (artist_id, show_id)
);
create table setlists (
    id uuid primary key default gen_random_uuid(), show_id uuid unique references shows (id), name text,
    created_at timestamptz default now()
);
create table setlist_songs (
    setlist_id uuid references setlists (id), position integer, song_id uuid references songs (id),
    upvotes integer not null default 0, primary key (setlist_id, position), unique (setlist_id, song_id)
);
create table actual_setlists (
    id uuid primary key default gen_random_uuid(), show_id uuid unique references shows (id), setlistfm_id varchar(255),
    imported_at timestamp default now(), songs jsonb, encore_songs jsonb
);
create table import_status (
    id uuid primary key default gen_random_uuid(), artist_id uuid references artists (id), job_id varchar(255) unique,
    status varchar(50), progress integer default 0, message text, started_at timestamp default now(),
    completed_at timestamp, error_details jsonb
);
create table votes (
    id uuid primary key default gen_random_uuid(), setlist_id uuid not null, song_id uuid not null,
    show_id uuid references shows (id) on delete restrict, artist_id uuid references artists (id) on delete cascade,
    person text not null,
    foreign key (setlist_id, song_id) references setlist_songs (setlist_id, song_id) on delete cascade
);
create view popular as select spotify_id, name from artists where popularity > 50;
"""
ROWS = """
insert into artists (spotify_id, name, slug, image_url, small_image_url, genres, popularity, followers, external_urls)
select 'spotify' || i, 'Artist ' || i, 'artist-' || i, 'https://i/' || i, 'https://s/' || i, '["rock","pop"]', i % 100,
    i, '{"spotify":"https://open.spotify.com/artist/spotify' || i || '"}' from generate_series(1, 999) i;
insert into artists (name, slug) values ('Local Heroes', 'artist-1');
insert into songs (spotify_id, title, artist, album, release_date, duration_ms, is_explicit, is_playable)
select 'track' || i, 'Song ' || i, 'Artist ' || (i % 900 + 1), 'Album', '2005-05-23', 200000, false, true
from generate_series(1, 1000) i;
insert into venues (ticketmaster_id, name, slug, city, country, timezone, capacity, website)
select 'V' || i, 'Hall ' || i, 'hall-' || i, 'Rome', 'IT', 'Europe/Rome', i, 'https://v'
from generate_series(1, 1000) i;
insert into shows (ticketmaster_id, headliner_artist_id, venue_id, name, slug, date, start_time, status, ticket_url,
    min_price, max_price, currency)
select 'E' || i, a.id, v.id, 'Tour', 'tour', timestamptz '2026-12-01 00:00Z' + (i % 100 - 50) * interval '1 day',
    '20:00:00', case when i % 100 < 48 then 'completed' when i % 9 = 0 then 'cancelled' else 'upcoming' end,
    'https://t', 10, 20, 'USD'
from generate_series(1, 1000) i join venues v on v.name = 'Hall ' || i
join artists a on a.name = 'Artist ' || least(i, 999);
insert into artist_shows (artist_id, show_id, is_headliner, set_order)
select headliner_artist_id, id, true, 1 from shows where ticketmaster_id <> 'E7';
insert into setlists (show_id, name) select id, 'Predicted' from shows;
insert into setlist_songs (setlist_id, position, song_id)
select t.id, s.position, s.id from setlists t cross join (
    select id, row_number() over (order by title)::integer as position from songs order by title limit 2
) s;
insert into actual_setlists (show_id, setlistfm_id, songs, encore_songs)
select id, 'page' || ticketmaster_id, '["A", "B"]', '["C"]' from shows;
insert into import_status (artist_id, job_id, status, progress, message, completed_at)
select id, 'job ' || slug || id, 'completed', 100, 'Import complete!', now() from artists;
insert into votes (setlist_id, song_id, show_id, artist_id, person)
select e.setlist_id, e.song_id, t.show_id, s.headliner_artist_id, 'ada'
from setlist_songs e join setlists t on t.id = e.setlist_id join shows s on s.id = t.show_id;
"""
FEW = ROWS.replace("1000", "20").replace("999", "19").replace("900", "15")
# What the application asks, with how many rows each finds.
QUERIES = {
    "select id, spotify_id, name, slug, image_url, small_image_url, popularity, followers, external_urls, verified, "
    "last_synced_at, last_activity from artists": 1000,
    "select id, genres from artists where 'rock' = any(genres)": 999,
    "select id from artists where name = 'Artist 7' limit 1": 1,
    "select id, title, artist, album, album_art_url, release_date, duration_ms, preview_url, is_explicit, is_playable "
    "from songs where artist = 'Artist 2' order by popularity desc limit 20": 2,
    "select id, slug, address, city, state, country, postal_code, latitude, longitude, timezone, capacity, website "
    "from venues where country = 'IT' and capacity > 500": 500,
    "select s.id, s.slug, s.start_time, s.min_price, s.max_price, s.currency, s.ticket_url, s.setlistfm_id, a.name, "
    "v.name from shows s join artists a on a.id = s.headliner_artist_id join venues v on v.id = s.venue_id "
    "where s.date between '2026-12-01' and '2026-12-10'": 100,
    "select show_id from artist_shows where is_headliner and set_order = 1": 1000,
    "select t.id, e.position, s.title, e.upvotes from setlists t join setlist_songs e on e.setlist_id = t.id "
    "join songs s on s.id = e.song_id where t.name = 'Predicted'": 2000,
    "select id, show_id, setlistfm_id, imported_at, songs, encore_songs from actual_setlists": 1000,
    "select v.person from votes v join setlist_songs e on e.setlist_id = v.setlist_id and e.song_id = v.song_id": 2000,
    "select name from popular where spotify_id is not null": 490,
}


def camel(script: str) -> str:
    """Write columns as Prisma does: quoted and in camelCase, ids as text."""

    def rename(found: re.Match[str]) -> str:
        first, *others = found[0].split("_")
        return '"' + first + "".join(map(str.capitalize, others)) + '"'

    names = "artist_shows|setlist_songs|actual_setlists|import_status|artists_popularity|gen_random_uuid"
    words = rf"(?<![\"'\w])(?!(?:{names}|generate_series|row_number)\b)[a-z]+(?:_[a-z]+)+(?!\w)"
    script = re.sub(words, rename, script).replace("setlistfmId", "setlistFmId")
    return re.sub(
        r"uuid primary key default gen_random_uuid\(\)",
        "text primary key default gen_random_uuid()::text",
        re.sub(r"\buuid (?=unique|references|not null)", "text ", script),
    )
