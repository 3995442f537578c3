-- Whom songs are credited to that has no row yet: the link is made as soon as there is one.

create table thesetd.open_credits (
    artist_spotify_id text collate "C",
    song_id uuid references songs on delete cascade,
    primary key (artist_spotify_id, song_id)
);
create index open_credits_song on thesetd.open_credits (song_id);
comment on table thesetd.open_credits is 'credits of artists that nobody has imported; those of artists with a row are in artist_songs';
