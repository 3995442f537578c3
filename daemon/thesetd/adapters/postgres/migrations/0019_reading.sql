-- What of a catalogue was read, so that only what changed is asked for; and what people decided about songs.

alter table albums add column read_tracks integer check (read_tracks >= 0);
comment on column albums.read_tracks is 'how many tracks it was said to have when all of them were last read; null until then';

create table thesetd.lists (
    id uuid primary key,
    read_at timestamptz not null,
    total integer check (total >= 0)
);
comment on table thesetd.lists is 'lists of providers that were read to their ends, and how many items they claimed to hold then';

create table thesetd.song_decisions (
    id bigint generated always as identity primary key,
    artist_id uuid not null references artists on delete cascade,
    what text not null check (what in ('merge', 'split')),
    words text not null,
    before jsonb not null,
    made_at timestamptz not null,
    undone_at timestamptz
);
create index song_decisions_artist on thesetd.song_decisions (artist_id, id);
comment on column thesetd.song_decisions.before is 'the rows that it changed as they were: undoing writes them back';
