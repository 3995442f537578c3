-- What an import wrote twice, and what no query reads.

-- A song says whose it is. A row that said it again took two checks and two entries of indexes for each song of an import.
drop table artist_songs;
create view artist_songs as
select artist_id, id as song_id, created_at from songs
where artist_id is not null and key is not null and merged_into is null;
comment on view artist_songs is 'the songs of each artist';
comment on column artist_songs.artist_id is 'the artist';
comment on column artist_songs.song_id is 'the song';
comment on column artist_songs.created_at is 'when the row was written first';
delete from thesetd.artist_changes where table_name = 'artist_songs';

-- Songs and tracks are looked up by their ids, those of Spotify and of their artist or album, never by their ISRC. A
-- song's album is not deleted without its artist.
drop index songs_isrc, tracks_isrc, songs_album, songs_track;
create index songs_ungrouped on songs (spotify_id) where artist_id is null;
