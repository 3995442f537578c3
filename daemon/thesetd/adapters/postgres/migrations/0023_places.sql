-- One place with several ids: venues stay as they are, links say which are one, and by what evidence.

alter table venues add column same_as uuid references venues;
comment on column venues.same_as is 'the venue that this one is the same place as; null where it stands for itself';
create index venues_same_as on venues (same_as) where same_as is not null;

create table thesetd.venue_links (
    one uuid not null references venues on delete cascade,
    other uuid not null references venues on delete cascade,
    verdict text not null check (verdict in ('same', 'review', 'apart')),
    shared_nights integer not null,
    apart_nights integer not null,
    by_person boolean not null default false,
    decided_at timestamptz not null,
    primary key (one, other),
    check (one < other)
);
comment on table thesetd.venue_links is 'which venues are one place; a person''s word holds against every later sync';
