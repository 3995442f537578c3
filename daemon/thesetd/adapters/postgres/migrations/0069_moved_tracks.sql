-- A track that its provider lists on another album leaves the credits of the former one. It stayed in both, and each time
-- its artist's songs were derived the new album counted it once more.

create function thesetd.move_credits() returns trigger language plpgsql as $$
declare
    credit record;
begin
    for credit in
        select * from public.artist_tracks where album_id = old.album_id and track_id = new.id
    loop
        delete from public.artist_tracks
        where artist_id = credit.artist_id and album_id = old.album_id and track_id = new.id;
        insert into public.artist_tracks (artist_id, track_id, song_id, by_hand, created_at)
        values (credit.artist_id, new.id, credit.song_id, credit.by_hand, credit.created_at);
    end loop;
    return null;
end $$;
create trigger thesetd_moved after update of album_id on public.tracks for each row
when (old.album_id is distinct from new.album_id) execute function thesetd.move_credits();

-- Artists with a track that is counted twice, or on an album that it left: each track once, on the album that it is on.
create table thesetd.recounted as
select distinct on (c.artist_id, t.track_id) c.artist_id, r.album_id, t.track_id, t.song_id, c.created_at
from thesetd.album_credits c cross join lateral unnest(c.tracks, c.songs) as t (track_id, song_id)
join public.tracks r on r.id = t.track_id
where c.artist_id in (
    select c.artist_id from thesetd.album_credits c cross join lateral unnest(c.tracks) as t (track_id)
    left join public.tracks r on r.id = t.track_id and r.album_id = c.album_id
    group by c.artist_id, c.album_id having count(distinct r.id) <> count(*)
)
order by c.artist_id, t.track_id, c.album_id <> r.album_id, t.song_id;
delete from thesetd.album_credits where artist_id in (select artist_id from thesetd.recounted);
insert into thesetd.album_credits
select artist_id, album_id, array_agg(track_id order by track_id), array_agg(song_id order by track_id), min(created_at)
from thesetd.recounted group by artist_id, album_id;
drop table thesetd.recounted;

-- A song that the application deletes comes back with its recordings: their albums are read again, and its artist's songs
-- derived. Nothing had changed at the provider, and it stayed away, or came back without them once a setlist had it.
create or replace function thesetd.forget_songs() returns trigger language plpgsql as $$
begin
    update public.albums b set read_tracks = null from gone, thesetd.album_credits c
    where c.artist_id = gone.artist_id and gone.id = any(c.songs) and b.id = c.album_id and b.read_tracks is not null;
    update public.artist_tracks l set song_id = null from gone where l.artist_id = gone.artist_id and l.song_id = gone.id;
    return null;
end $$;

-- An application that may delete songs or tracks has no rights in this schema: it was refused for what follows its deletion.
alter function thesetd.put_credit() security definer set search_path = pg_catalog, pg_temp;
alter function thesetd.move_credits() security definer set search_path = pg_catalog, pg_temp;
alter function thesetd.forget_tracks() security definer set search_path = pg_catalog, pg_temp;
alter function thesetd.forget_songs() security definer set search_path = pg_catalog, pg_temp;
