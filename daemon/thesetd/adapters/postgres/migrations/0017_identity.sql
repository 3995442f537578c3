-- Who is who: the ids of artists at several providers, links with their evidence, what people decided, and its undo.

alter table artists
    drop constraint artists_ids_check,
    add column verified boolean not null default false,
    add column last_activity timestamptz,
    add column is_stub boolean not null default false;
comment on column artists.spotify_id is 'of the ids in thesetd.artist_ids the one in use; so are ticketmaster_id and mbid';
comment on column artists.verified is 'that its ids are one artist is proven by more than a name';
comment on column artists.last_activity is 'when a sync last brought something new of it: a show, a setlist, an album';
comment on column artists.is_stub is 'known from a bill only, never imported';
comment on column artists.merged_into is 'the artist that all ids of this row went to; null while it has any';
update artists set is_stub = true where spotify_id is null and mbid is null;

-- The row of each id, aliases of older ids included. The columns of artists are derived from it.
create table thesetd.artist_ids (
    space text not null,
    id text collate "C" not null,
    artist_id uuid not null references public.artists on delete cascade,
    created_at timestamptz not null,
    primary key (space, id)
);
create index artist_ids_artist on thesetd.artist_ids (artist_id);
insert into thesetd.artist_ids (space, id, artist_id, created_at)
select 'spotify', spotify_id, id, created_at from artists where spotify_id is not null
union all select 'ticketmaster', ticketmaster_id, id, created_at from artists where ticketmaster_id is not null
union all select 'musicbrainz', mbid, id, created_at from artists where mbid is not null;

-- What providers say of an id, candidates included that nobody imported. Links are written space:id.
create table thesetd.artist_records (
    space text not null,
    id text collate "C" not null,
    names text[] not null,
    former text[] not null,
    links text[] not null,
    record jsonb not null,
    updated_at timestamptz not null,
    primary key (space, id)
);
comment on column thesetd.artist_records.names is 'every name, folded, once more with signs read as letters';
comment on column thesetd.artist_records.former is 'names that it had or has besides, folded';
create index artist_records_names on thesetd.artist_records using gin (names);
create index artist_records_former on thesetd.artist_records using gin (former);
create index artist_records_links on thesetd.artist_records using gin (links);

create table thesetd.artist_searches (
    space text not null,
    name text not null,
    complete boolean not null,
    at timestamptz not null,
    primary key (space, name)
);
comment on column thesetd.artist_searches.complete is 'all candidates of this folded name are among the records';

create table thesetd.artist_links (
    one_space text not null,
    one_id text collate "C" not null,
    other_space text not null,
    other_id text collate "C" not null,
    decision text not null check (decision in ('automatic', 'person', 'review', 'rejected')),
    rule text not null,
    strength smallint not null,
    evidence text[] not null,
    decided_at timestamptz not null,
    primary key (one_space, one_id, other_space, other_id)
);
comment on column thesetd.artist_links.rule is 'why the two are one artist, or why they are not linked';
create index artist_links_other on thesetd.artist_links (other_space, other_id);

create table thesetd.artist_aliases (
    space text not null,
    id text collate "C" not null,
    successor text collate "C" not null,
    at timestamptz not null,
    primary key (space, id)
);
create index artist_aliases_successor on thesetd.artist_aliases (space, successor);

create table thesetd.artist_lost_ids (
    space text not null,
    id text collate "C" not null,
    at timestamptz not null,
    primary key (space, id)
);

create table thesetd.artist_reviews (
    about_space text not null,
    about_id text collate "C" not null,
    space text not null,
    name text not null,
    reason text not null,
    proposals jsonb not null,
    at timestamptz not null,
    primary key (about_space, about_id, space)
);

-- What came through which id: with a link that is replaced, or taken apart by hand, it goes to another artist.
create table thesetd.artist_sources (
    space text not null,
    id text collate "C" not null,
    kind text not null check (kind in ('show', 'setlist')),
    row_id uuid not null,
    primary key (space, id, kind, row_id)
);

-- People's words: only ever appended to. What each changed is kept row by row, so that it can be undone exactly.
create table thesetd.artist_decisions (
    number bigint primary key,
    verb text not null check (verb in ('link', 'unlink', 'merge', 'split', 'undo')),
    ids text[] not null,
    others text[] not null,
    undoes bigint references thesetd.artist_decisions,
    who text not null,
    at timestamptz not null
);
create table thesetd.artist_changes (
    number bigint not null references thesetd.artist_decisions,
    place integer not null,
    table_name text not null,
    before jsonb,
    after jsonb,
    primary key (number, place)
);

insert into thesetd.artist_links
    (one_space, one_id, other_space, other_id, decision, rule, strength, evidence, decided_at)
select 'spotify', spotify_id, 'musicbrainz', mbid, 'automatic', 'the name alone', 1, array[]::text[], created_at
from artists where spotify_id is not null and mbid is not null
union all
select 'spotify', spotify_id, 'ticketmaster', ticketmaster_id, 'automatic', 'the name alone', 1, array[]::text[], created_at
from artists where spotify_id is not null and ticketmaster_id is not null
union all
select 'musicbrainz', mbid, 'ticketmaster', ticketmaster_id, 'automatic', 'the name alone', 1, array[]::text[], created_at
from artists where spotify_id is null and mbid is not null and ticketmaster_id is not null;
insert into thesetd.artist_sources (space, id, kind, row_id)
select 'musicbrainz', a.mbid, 'setlist', s.id from actual_setlists s join artists a on a.id = s.artist_id
where a.mbid is not null
union
select 'musicbrainz', a.mbid, 'show', s.show_id from actual_setlists s join artists a on a.id = s.artist_id
where a.mbid is not null
union
select 'ticketmaster', a.ticketmaster_id, 'show', l.show_id from artist_shows l
join artists a on a.id = l.artist_id join shows s on s.id = l.show_id
where a.ticketmaster_id is not null and s.ticketmaster_id is not null;
