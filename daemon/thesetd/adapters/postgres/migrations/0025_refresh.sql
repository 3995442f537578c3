-- What ages: when each aspect of an artist was looked at, how often it changed, and when a look is worth its calls again.

create table thesetd.refresh (
    aspect text not null,
    artist_id uuid not null references artists (id) on delete cascade,
    changes double precision not null check (changes >= 0),
    days double precision not null check (days >= 0),
    looked_at timestamptz,
    due_at timestamptz not null,
    orders integer not null default 0 check (orders >= 0),
    ordered_until timestamptz,
    primary key (aspect, artist_id)
);
comment on table thesetd.refresh is 'copies that age: their rate of change as learned from looks, and when they are due';
comment on column thesetd.refresh.changes is 'faded number of changes that looks found, beside what is usual';
comment on column thesetd.refresh.days is 'faded number of days that looks went back';
comment on column thesetd.refresh.orders is 'looks that were ordered since the last one';
comment on column thesetd.refresh.ordered_until is 'before this no other look is ordered';
create index refresh_due on thesetd.refresh (aspect, due_at);
create index refresh_artist on thesetd.refresh (artist_id);

create table thesetd.refresh_thresholds (
    aspect text primary key,
    threshold double precision not null check (threshold > 0),
    copies integer not null check (copies > 0)
);
comment on table thesetd.refresh_thresholds is 'the value from which a look at a copy is worth its calls, by aspect';
