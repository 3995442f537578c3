-- Nobody votes on the setlist of a show that is off, has no date, is sold beside another, or that its act has left.

create or replace view setlist_to_vote as
select t.id as setlist_id, t.show_id, t.artist_id, e.song_id, s.title, e.position,
    e.position <= t.expected_songs and e.dropped_at is null as expected, e.encore, e.probability, e.reason,
    e.dropped_at is not null as dropped, e.added_after_lock, s.spotify_id, s.album, s.album_art_url, s.duration_ms,
    s.preview_url, s.is_explicit, s.is_playable, s.popularity, t.locked_at, s.artist, s.release_date
from setlists t join setlist_songs e on e.setlist_id = t.id join songs s on s.id = e.song_id
join shows w on w.id = t.show_id and w.local_date is not null and w.status not in ('cancelled', 'withdrawn')
    and not w.is_addon and w.merged_into is null
join artist_shows l on l.show_id = t.show_id and l.artist_id = t.artist_id and l.left_at is null;
comment on view setlist_to_vote is 'the predicted songs of each act of a show that is on and has a date, in their order; songs that are dropped stay for those who voted on them';
