-- Whose album it is when several artists are credited: the first of them that is known, whoever is imported last.

alter table albums add column artist_spotify_ids text[] collate "C";
create index albums_credited on albums using gin (artist_spotify_ids);
comment on column albums.artist_spotify_ids is 'whom the album is credited to, in this order; artist_id is the first of them with a row, or who lists it';
