-- Artists, albums and songs.
--
-- Ids of providers are case-sensitive text, compared byte by byte (collation "C"). A row's own id is derived from the
-- provider's id under which it was first seen, so every node arrives at the same one. No default reads the clock:
-- each moment is given by whoever writes.

create table artists (
    id uuid primary key,
    name text not null check (name <> ''),
    folded_name text not null,
    slug text collate "C" not null unique check (slug <> ''),
    spotify_id text collate "C" unique,
    ticketmaster_id text collate "C" unique,
    mbid text collate "C" unique,
    image_url text,
    spotify_url text,
    genres text[],
    popularity smallint check (popularity between 0 and 100),
    followers bigint check (followers >= 0),
    created_at timestamptz not null,
    updated_at timestamptz not null,
    check (num_nonnulls(spotify_id, ticketmaster_id, mbid) > 0)
);
comment on column artists.folded_name is 'the name without case, accents and punctuation: what a search by name compares';
comment on column artists.slug is 'the last part of the page''s address; never changes once it is given';

-- A hash has no bound on the length of what it indexes; a b-tree ends at 2,704 bytes.
create index artists_folded_name on artists using hash (folded_name);
create index artists_popularity on artists (popularity desc nulls last, followers desc nulls last);

create table albums (
    id uuid primary key,
    artist_id uuid not null references artists on delete cascade,
    spotify_id text collate "C" not null unique,
    name text not null check (name <> ''),
    album_type text not null check (album_type in ('album', 'single', 'compilation', 'ep', 'other')),
    album_group text,
    release_date text,
    release_date_precision text check (release_date_precision in ('year', 'month', 'day')),
    released_on date,
    total_tracks integer check (total_tracks >= 0),
    label text,
    upc text,
    image_url text,
    version text not null,
    available boolean not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
comment on column albums.release_date is 'as Spotify writes it, no more precise than release_date_precision';
comment on column albums.released_on is 'the first day of release_date, to sort by';
create index albums_artist on albums (artist_id, released_on);

create table songs (
    id uuid primary key,
    album_id uuid not null references albums on delete cascade,
    spotify_id text collate "C" not null unique,
    name text not null check (name <> ''),
    disc_number integer not null check (disc_number >= 0),
    track_number integer not null check (track_number >= 0),
    duration_ms integer check (duration_ms >= 0),
    explicit boolean,
    isrc text collate "C" check (isrc ~ '^[A-Z0-9]{12}$'),
    popularity smallint check (popularity between 0 and 100),
    preview_url text,
    version text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create index songs_album on songs (album_id, disc_number, track_number);
create index songs_isrc on songs (isrc) where isrc is not null;

create table artist_songs (
    artist_id uuid not null references artists on delete cascade,
    song_id uuid not null references songs on delete cascade,
    created_at timestamptz not null,
    primary key (artist_id, song_id)
);
create index artist_songs_song on artist_songs (song_id);
