-- Who trends is told by how what people do grows: it is kept by day.

create table thesetd.artist_growth (
    artist_id uuid not null references artists (id) on delete cascade,
    day date not null,
    activity double precision not null check (activity >= 0),
    followers integer not null check (followers >= 0),
    popularity smallint,
    primary key (artist_id, day)
);
comment on table thesetd.artist_growth is 'what users did about artists by day; sync-trending goes by how it grows';
comment on column thesetd.artist_growth.artist_id is 'the artist';
comment on column thesetd.artist_growth.day is 'the day (UTC)';
comment on column thesetd.artist_growth.activity is 'imports, page visits and new followers of the week up to then, as sync-trending weighs them';
comment on column thesetd.artist_growth.followers is 'users who followed the artist then';
comment on column thesetd.artist_growth.popularity is 'the artist''s popularity then, 0 to 100';
create index artist_growth_day on thesetd.artist_growth (day);
