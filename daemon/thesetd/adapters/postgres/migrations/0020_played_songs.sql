-- What the names in setlists mean: songs people vote on, with how each was found; what people said of it comes first.

create table thesetd.played_names (
    artist_id uuid not null references artists on delete cascade,
    name text not null,
    cover text not null,
    class text not null,
    matches jsonb not null check (jsonb_typeof(matches) = 'array'),
    updated_at timestamptz not null,
    primary key (artist_id, name, cover)
);
comment on column thesetd.played_names.cover is 'the covered artist''s MBID, or its name; empty for the act''s own songs';
comment on column thesetd.played_names.class is 'song, medley, nameless or filler';
comment on column thesetd.played_names.matches is 'one for each part of a medley: part, title, song_id, method, score, cover, candidates';
create index played_names_cover on thesetd.played_names (cover) where cover <> '';

-- People's answers, only ever appended to: that name of that act is this song or, without one, no song.
create table thesetd.song_rulings (
    number bigint generated always as identity primary key,
    artist_id uuid not null references artists on delete cascade,
    key text not null,
    name text not null,
    song_id uuid references songs on delete cascade,
    who text not null,
    at timestamptz not null,
    undone_at timestamptz
);
create index song_rulings_artist on thesetd.song_rulings (artist_id);

create view actual_setlist_songs as
select p.id as actual_setlist_id, p.show_id, p.artist_id, (e.song ->> 'position')::integer as position,
    coalesce((m.match ->> 'part')::integer, 1) as part, e.encore, coalesce(e.song ? 'tape', false) as tape,
    coalesce(m.match ->> 'title', e.song ->> 'name') as title, (m.match ->> 'song_id')::uuid as song_id,
    coalesce((m.match ->> 'cover')::boolean, false) as cover, m.match ->> 'method' as method,
    (m.match ->> 'score')::real as score
from actual_setlists p
cross join lateral (
    select value as song, false as encore from jsonb_array_elements(p.songs)
    union all select value, true from jsonb_array_elements(p.encore_songs)
) e
left join thesetd.played_names n on n.artist_id = p.artist_id and n.name = e.song ->> 'name' and not e.song ? 'tape'
    and n.cover = coalesce(e.song -> 'cover' ->> 'mbid', e.song -> 'cover' ->> 'name', '')
left join lateral jsonb_array_elements(n.matches) as m (match) on true;
comment on view actual_setlist_songs is 'what was played, entry by entry and part by part, with the song that each is';

-- How good each prediction was, once its show is over.
create table thesetd.prediction_scores (
    setlist_id uuid primary key references setlists on delete cascade,
    show_id uuid not null references shows on delete cascade,
    artist_id uuid not null references artists on delete cascade,
    day date not null,
    played integer not null,
    candidates integer not null,
    hits integer not null,
    f1 double precision not null,
    recall double precision not null,
    opener boolean not null,
    closer boolean not null,
    brier double precision not null,
    scored_at timestamptz not null
);
create index prediction_scores_artist on thesetd.prediction_scores (artist_id, day);
