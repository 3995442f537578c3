-- Predictions with their reasons; what people voted on is never taken away from them.

alter table setlists
    add column expected_songs integer check (expected_songs > 0),
    add column concerts integer check (concerts >= 0),
    add column locked_at timestamptz;
comment on column setlists.expected_songs is 'the first so many songs by position are the expected setlist';
comment on column setlists.concerts is 'past concerts that the prediction is based on';
comment on column setlists.locked_at is 'set by the application: from then on songs are only added, at the end';

alter table setlist_songs
    add column probability real check (probability between 0 and 1),
    add column encore boolean not null default false,
    add column reason text,
    add column dropped_at timestamptz,
    add column added_after_lock boolean not null default false;
comment on column setlist_songs.probability is 'that it is played; null for songs that the application added, which stay untouched';
comment on column setlist_songs.reason is 'in plain words: played at 14 of the last 15 shows, usually last';
comment on column setlist_songs.dropped_at is 'since when it is no longer predicted; such songs stand behind the others';
