-- Songs are what people vote on, one for each artist and song; tracks are Spotify's, with the classes of each recording.
--
-- Every row of songs was a track until now, and stays: the application may refer to it. The first grouping of an artist's
-- tracks makes one of the rows of each song the song, by giving it a key, and points the others at it (merged_into). Rows
-- of songs are not touched here, since triggers of the application may refuse some of them. A track keeps the id that
-- its row had among the songs, and with it the moment of its last answer in thesetd.freshness.

create table tracks (
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
    is_playable boolean,
    classes text[] not null check (cardinality(classes) > 0),
    evidence jsonb not null check (jsonb_typeof(evidence) = 'object'),
    created_at timestamptz not null,
    updated_at timestamptz not null
);
comment on column tracks.classes is 'of the recording, several where several apply: live, remix, ...; studio stands alone';
comment on column tracks.evidence is 'for each class the words that decided it';
insert into tracks
select id, album_id, spotify_id, name, disc_number, track_number, duration_ms, explicit, isrc, popularity, preview_url,
    null, array[version], '{}', created_at, updated_at
from songs;
create index tracks_album on tracks (album_id, disc_number, track_number);
create index tracks_isrc on tracks (isrc) where isrc is not null;

alter table songs
    alter column album_id drop not null,
    alter column spotify_id drop not null,
    alter column disc_number drop not null,
    alter column track_number drop not null,
    alter column version drop not null,
    drop constraint songs_album_id_fkey,
    add constraint songs_album_id_fkey foreign key (album_id) references albums on delete set null,
    drop constraint songs_spotify_id_key,
    add column artist_id uuid references artists on delete cascade,
    add column key text collate "C" check (key <> ''),
    add column title text generated always as (name) stored,
    add column artist text,
    add column album text,
    add column album_type text,
    add column album_art_url text,
    add column release_date text,
    add column released_on date,
    add column is_explicit boolean generated always as (explicit) stored,
    add column is_playable boolean,
    add column offered boolean not null default true,
    add column played boolean not null default false,
    add column merged_into uuid references songs check (merged_into <> id);
alter table songs alter column offered drop default;
comment on table songs is 'what people vote on: one row per artist and song, with its best studio recording as its face';
comment on column songs.spotify_id is 'the track that stands for the song; null where there is no studio recording of it';
comment on column songs.key is 'the folded name; null for a track of an earlier version that is not grouped yet';
comment on column songs.offered is 'whether it may be voted on: it has a studio recording or was played, and is not merged';
comment on column songs.played is 'whether setlists name it, with or without a recording';
comment on column songs.merged_into is 'the song that it was found to be, which is the one to offer';
create unique index songs_spotify on songs (artist_id, spotify_id) where merged_into is null;
create unique index songs_key on songs (artist_id, md5(key));
create index songs_track on songs (spotify_id);
create index songs_merged on songs (merged_into) where merged_into is not null;

-- Whose recordings they are, and of which of the artist's songs.
create table artist_tracks (
    artist_id uuid not null references artists on delete cascade,
    track_id uuid not null references tracks on delete cascade,
    song_id uuid references songs on delete set null,
    by_hand boolean not null default false,
    created_at timestamptz not null,
    primary key (artist_id, track_id)
);
comment on column artist_tracks.song_id is 'null where the track is no song, or not grouped yet';
comment on column artist_tracks.by_hand is 'a person said which song it is: no import changes it';
insert into artist_tracks select artist_id, song_id, null, false, created_at from artist_songs;
create index artist_tracks_track on artist_tracks (track_id);
create index artist_tracks_song on artist_tracks (song_id);

alter table thesetd.open_credits drop constraint open_credits_song_id_fkey;
alter table thesetd.open_credits rename column song_id to track_id;
alter table thesetd.open_credits add foreign key (track_id) references tracks on delete cascade;
comment on table thesetd.open_credits is 'credits of artists that nobody has imported; those of artists with a row are in artist_tracks';

-- Groups what is stored, without a call.
insert into thesetd.jobs (kind, lane, unique_key, args, state, not_before, created_at)
select 'reclassify', 1, 'reclassify', '{}', 'ready', moment, moment
from (select max(updated_at) as moment from tracks) t where moment is not null;
