-- Venues, shows, and setlists: predicted ones to vote on, actual ones as played.

create table venues (
    id uuid primary key,
    ticketmaster_id text collate "C" unique,
    setlistfm_id text collate "C" unique,
    name text not null check (name <> ''),
    city text,
    state text,
    country_code text,
    postal_code text,
    address text,
    timezone text,
    latitude double precision check (latitude between -90 and 90),
    longitude double precision check (longitude between -180 and 180),
    url text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    check (num_nonnulls(ticketmaster_id, setlistfm_id) > 0)
);

create table shows (
    id uuid primary key,
    ticketmaster_id text collate "C" unique,
    setlistfm_id text collate "C" unique,
    venue_id uuid references venues on delete set null,
    name text not null check (name <> ''),
    status text not null check (status in ('scheduled', 'cancelled', 'postponed', 'rescheduled', 'completed')),
    local_date date,
    local_time time,
    starts_at timestamptz,
    timezone text,
    url text,
    tour text,
    is_addon boolean not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    check (num_nonnulls(ticketmaster_id, setlistfm_id) > 0)
);
comment on column shows.local_date is 'the day of the concert at its venue; null while none is known';
comment on column shows.is_addon is 'parking, VIP packages, cloakrooms: sold like a concert, and none';
create index shows_local_date on shows (local_date);
create index shows_venue on shows (venue_id);

create table artist_shows (
    artist_id uuid not null references artists on delete cascade,
    show_id uuid not null references shows on delete cascade,
    is_headliner boolean not null,
    set_order integer not null check (set_order > 0),
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (artist_id, show_id)
);
create index artist_shows_show on artist_shows (show_id, set_order);

create table setlists (
    id uuid primary key,
    show_id uuid not null references shows on delete cascade,
    artist_id uuid not null references artists on delete cascade,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    unique (show_id, artist_id)
);
create index setlists_artist on setlists (artist_id);

-- A song keeps its row when its position changes: what refers to it (votes) stays with the song.
create table setlist_songs (
    setlist_id uuid not null references setlists on delete cascade,
    song_id uuid not null references songs on delete cascade,
    position integer not null check (position > 0),
    title text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (setlist_id, song_id),
    unique (setlist_id, position) deferrable initially immediate
);
create index setlist_songs_song on setlist_songs (song_id);

create table actual_setlists (
    id uuid primary key,
    setlistfm_id text collate "C" not null unique,
    version_id text collate "C" not null,
    artist_id uuid not null references artists on delete cascade,
    show_id uuid not null references shows on delete cascade,
    venue_id uuid references venues on delete set null,
    event_date date not null,
    url text not null,
    tour text,
    info text,
    songs jsonb not null check (jsonb_typeof(songs) = 'array'),
    encore_songs jsonb not null check (jsonb_typeof(encore_songs) = 'array'),
    last_updated timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
comment on column actual_setlists.url is 'has to be shown wherever the setlist is: terms of setlist.fm';
create index actual_setlists_artist on actual_setlists (artist_id, event_date desc);
create index actual_setlists_show on actual_setlists (show_id);
create index actual_setlists_venue on actual_setlists (venue_id);
