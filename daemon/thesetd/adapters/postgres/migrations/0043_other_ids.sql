-- Any provider can bring ids of artists, venues and shows: those of a provider that has no column are in one.

alter table artists add column other_id text collate "C" unique;
alter table venues
    add column other_id text collate "C" unique,
    drop constraint venues_check,
    add constraint venues_ids_check check (num_nonnulls(ticketmaster_id, setlistfm_id, other_id) > 0);
alter table shows
    add column other_id text collate "C" unique,
    add column is_announced boolean not null
        generated always as (num_nonnulls(ticketmaster_id, other_id) > 0) stored,
    drop constraint shows_ids_check,
    add constraint shows_ids_check
        check (num_nonnulls(ticketmaster_id, setlistfm_id, other_id, merged_into) > 0);
comment on column artists.other_id is 'the id at a provider that has no column of its own, as provider:id';
comment on column venues.other_id is 'the id at a provider that has no column of its own, as provider:id';
comment on column shows.other_id is 'the id at a provider that has no column of its own, as provider:id';
comment on column shows.is_announced is 'whether a provider of coming shows has it, not only pages of what was played';
