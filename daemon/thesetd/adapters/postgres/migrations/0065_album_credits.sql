-- Which tracks are an artist's, and which of its songs each is: one row for the tracks of an album in place of one for each.
--
-- A row for each track took three checks and three entries of indexes, and in Development Mode half as much again when
-- its song became known. What the checks proved is proved by others: a credit refers to its artist and its album, a track
-- belongs to an album, tracks and songs are credited in the transaction that stored them, and one that is deleted is taken
-- out of its credits. What people said of a track is kept apart, with its keys.
create table thesetd.album_credits (
    artist_id uuid not null references public.artists on delete cascade,
    album_id uuid not null references public.albums on delete cascade,
    tracks uuid[] not null check (tracks <> '{}'),
    songs uuid[] not null check (cardinality(songs) = cardinality(tracks)),
    created_at timestamptz not null,
    primary key (artist_id, album_id)
);
create index album_credits_album on thesetd.album_credits (album_id);
comment on table thesetd.album_credits is 'the tracks of each album that are credited to an artist; artist_tracks has one row for each';
comment on column thesetd.album_credits.artist_id is 'the artist';
comment on column thesetd.album_credits.album_id is 'the album';
comment on column thesetd.album_credits.tracks is 'the tracks';
comment on column thesetd.album_credits.songs is 'for each track its song; null if it is no song, or not assigned yet';
comment on column thesetd.album_credits.created_at is 'when the row was written first';

create table thesetd.tracks_by_hand (
    artist_id uuid not null references public.artists on delete cascade,
    track_id uuid not null references public.tracks on delete cascade,
    song_id uuid references public.songs on delete set null,
    primary key (artist_id, track_id)
);
create index tracks_by_hand_track on thesetd.tracks_by_hand (track_id);
create index tracks_by_hand_song on thesetd.tracks_by_hand (song_id);
comment on table thesetd.tracks_by_hand is 'tracks whose song an operator assigned: no import changes it';
comment on column thesetd.tracks_by_hand.artist_id is 'the artist';
comment on column thesetd.tracks_by_hand.track_id is 'the track';
comment on column thesetd.tracks_by_hand.song_id is 'the song; null if it was deleted';

insert into thesetd.album_credits
select l.artist_id, t.album_id, array_agg(t.id order by t.id), array_agg(l.song_id order by t.id), min(l.created_at)
from artist_tracks l join public.tracks t on t.id = l.track_id group by 1, 2;
insert into thesetd.tracks_by_hand select artist_id, track_id, song_id from artist_tracks where by_hand;
drop table artist_tracks;

create view artist_tracks as
select c.artist_id, t.track_id, case when h.track_id is null then t.song_id else h.song_id end as song_id,
    h.track_id is not null as by_hand, c.created_at, c.album_id
from thesetd.album_credits c cross join lateral unnest(c.tracks, c.songs) as t (track_id, song_id)
left join thesetd.tracks_by_hand h on h.artist_id = c.artist_id and h.track_id = t.track_id;
comment on view artist_tracks is 'the recordings of each artist, and the song that each is';
comment on column artist_tracks.artist_id is 'the artist';
comment on column artist_tracks.track_id is 'the recording';
comment on column artist_tracks.song_id is 'the song; null if the track is no song, or not assigned yet';
comment on column artist_tracks.by_hand is 'whether an operator assigned the song: no import changes it';
comment on column artist_tracks.created_at is 'when the first of the artist''s recordings on this album was stored';
comment on column artist_tracks.album_id is 'the album of the recording';

-- Decisions about identities and songs, and undoing them, write single recordings.
create function thesetd.put_credit() returns trigger language plpgsql as $$
declare
    place integer;
begin
    if tg_op = 'DELETE' or tg_op = 'UPDATE' and (new.artist_id, new.track_id) <> (old.artist_id, old.track_id) then
        delete from thesetd.album_credits
        where artist_id = old.artist_id and album_id = old.album_id and tracks = array[old.track_id];
        select array_position(tracks, old.track_id) into place from thesetd.album_credits
        where artist_id = old.artist_id and album_id = old.album_id;
        update thesetd.album_credits
        set tracks = tracks[:place - 1] || tracks[place + 1:], songs = songs[:place - 1] || songs[place + 1:]
        where artist_id = old.artist_id and album_id = old.album_id and place is not null;
        delete from thesetd.tracks_by_hand where artist_id = old.artist_id and track_id = old.track_id;
    end if;
    if tg_op = 'DELETE' then
        return old;
    end if;
    insert into thesetd.album_credits as c (artist_id, album_id, tracks, songs, created_at)
    values (
        new.artist_id, (select album_id from public.tracks where id = new.track_id), array[new.track_id],
        array[new.song_id], new.created_at
    )
    on conflict (artist_id, album_id) do update set
        tracks = case when new.track_id = any(c.tracks) then c.tracks else c.tracks || excluded.tracks end,
        songs = case when new.track_id = any(c.tracks)
            then c.songs[:array_position(c.tracks, new.track_id) - 1] || excluded.songs
                || c.songs[array_position(c.tracks, new.track_id) + 1:]
            else c.songs || excluded.songs end;
    if new.by_hand then
        insert into thesetd.tracks_by_hand values (new.artist_id, new.track_id, new.song_id)
        on conflict (artist_id, track_id) do update set song_id = excluded.song_id;
    else
        delete from thesetd.tracks_by_hand where artist_id = new.artist_id and track_id = new.track_id;
    end if;
    return new;
end $$;
create trigger thesetd_credit instead of insert or update or delete on artist_tracks for each row
execute function thesetd.put_credit();

create function thesetd.forget_tracks() returns trigger language plpgsql as $$
begin
    delete from public.artist_tracks l using gone where l.album_id = gone.album_id and l.track_id = gone.id;
    return null;
end $$;
create trigger thesetd_gone after delete on public.tracks referencing old table as gone for each statement
execute function thesetd.forget_tracks();
create function thesetd.forget_songs() returns trigger language plpgsql as $$
begin
    update public.artist_tracks l set song_id = null from gone where l.artist_id = gone.artist_id and l.song_id = gone.id;
    return null;
end $$;
create trigger thesetd_gone after delete on public.songs referencing old table as gone for each statement
execute function thesetd.forget_songs();
