-- What schedules did, which copies operators pinned to an age, and what the application tells of its people.

create table thesetd.schedule_runs (
    job_id bigint primary key,
    schedule text not null,
    at timestamptz not null,
    by_hand boolean not null,
    target interval not null,
    artists integer not null check (artists >= 0),
    fresh integer not null check (fresh >= 0),
    waiting integer not null check (waiting >= 0),
    ordered integer not null check (ordered >= 0),
    looked integer not null default 0,
    changed integer not null default 0,
    short_of text not null
);
comment on table thesetd.schedule_runs is 'runs of schedules: their targets, and how many were met';
comment on column thesetd.schedule_runs.artists is 'the schedule is about';
comment on column thesetd.schedule_runs.fresh is 'of them were younger than the target at the beginning';
comment on column thesetd.schedule_runs.waiting is 'of the others have looks that were ordered earlier';
comment on column thesetd.schedule_runs.looked is 'looks of this run that were made';
comment on column thesetd.schedule_runs.changed is 'of them found a change';
create index schedule_runs_last on thesetd.schedule_runs (schedule, at desc);
create index schedule_runs_at on thesetd.schedule_runs (at);
create index jobs_run on thesetd.jobs ((args ->> 'run')) where args ? 'run';
create index api_calls_job on thesetd.api_calls (job_id) where job_id is not null;

create table thesetd.pins (
    artist_id uuid not null references artists (id) on delete cascade,
    aspect text not null,
    max_age interval not null check (max_age > interval '0'),
    until timestamptz,
    why text not null,
    since timestamptz not null,
    primary key (artist_id, aspect)
);
comment on table thesetd.pins is 'ages that operators demand for copies, until a moment or for good';

create table thesetd.interest (
    artist_id uuid primary key references artists (id) on delete cascade,
    followers integer not null default 0 check (followers >= 0),
    visits double precision not null default 0 check (visits >= 0),
    at timestamptz not null
);
comment on table thesetd.interest is 'what the application tells of its people: followers, and page visits that fade from then on';
