-- Two songs of a setlist that are merged are one song at once: both were shown until the next prediction of the show. Of
-- their rows the one that the prediction will keep is shown, and the other is dropped, as its votes stay with it. A row of a
-- merged song shows what it was merged into: it had the former title for ever. A locked setlist keeps all of its rows.

create function thesetd.standing_song(song uuid) returns uuid language sql stable
security definer set search_path = pg_catalog, pg_temp as $$
    with recursive up as (
        select s.id, s.merged_into from public.songs s where s.id = song
        union
        select s.id, s.merged_into from up join public.songs s on s.id = up.merged_into
    )
    select coalesce((select id from up where merged_into is null), song)
$$;

create or replace view setlist_to_vote as
select t.id as setlist_id, t.show_id, t.artist_id, e.song_id, s.title, e.position,
    e.position <= t.expected_songs and not e.dropped as expected, e.encore, e.probability, e.reason,
    e.dropped, e.added_after_lock, s.spotify_id, s.album, s.album_art_url, s.duration_ms,
    s.preview_url, s.is_explicit, s.is_playable, s.popularity, t.locked_at, s.artist, s.release_date
from setlists t join lateral (
    select e.*, r.standing, e.dropped_at is not null or (
        r.merged and t.locked_at is null and e.probability is not null and exists (
            select from setlist_songs o
            where o.setlist_id = t.id and o.song_id <> e.song_id and o.dropped_at is null
                and thesetd.standing_song(o.song_id) = r.standing
                and (o.song_id = r.standing or o.position < e.position)
        )
    ) as dropped
    from setlist_songs e join lateral (
        select m.merged_into is not null as merged,
            case when m.merged_into is null then m.id else thesetd.standing_song(m.id) end as standing
        from songs m where m.id = e.song_id
    ) r on true
    where e.setlist_id = t.id
) e on true
join songs s on s.id = e.standing
join shows w on w.id = t.show_id and w.local_date is not null and w.status not in ('cancelled', 'withdrawn')
    and not w.is_addon and w.merged_into is null
join artist_shows l on l.show_id = t.show_id and l.artist_id = t.artist_id and l.left_at is null;
