-- A new track took three rows: its own, its credit, and one that said when its answer arrived. It says so itself now, until
-- an answer with other tracks confirms it.
alter table tracks add column first_fetched_at timestamptz, add column first_reading_id uuid;
comment on column tracks.first_fetched_at is 'when its first answer arrived; the last one is in thesetd.freshness, if it came with other tracks';
comment on column tracks.first_reading_id is 'with what the track came first; its moment counts if it is the later one';
create index tracks_reading on tracks (first_reading_id) where first_reading_id is not null;

-- The album of a song's face is named by its id at Spotify, as the face is: reading an artist's songs looked up the album of
-- each, and writing one proved for a second time that the album of its track exists. No row is written anew by an update,
-- which triggers of the application may refuse.
alter table songs drop constraint songs_album_id_fkey;
create function thesetd.album_name(uuid) returns text stable language sql as
    'select spotify_id from public.albums where id = $1';
alter table songs alter column album_id type text collate "C" using thesetd.album_name(album_id);
drop function thesetd.album_name;
alter table songs rename column album_id to album_spotify_id;
comment on column songs.album_spotify_id is 'the album of the track that represents the song, by its Spotify id';
