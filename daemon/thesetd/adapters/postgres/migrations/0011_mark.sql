-- What tells this database from any other: names in Redis carry it, so databases that share a Redis, and a Redis that
-- outlives its database, tell each other's clients nothing and lose nothing.
create table thesetd.identity (
    single boolean primary key default true check (single),
    mark uuid not null default gen_random_uuid()
);
insert into thesetd.identity default values;
comment on column thesetd.identity.mark is 'stands in names in Redis, and as "database" in events on a channel that several databases use';
