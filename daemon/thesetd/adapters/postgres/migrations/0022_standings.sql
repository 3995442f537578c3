-- Events of one concert: what each is sold as, and the show that it belongs to.

alter table shows
    add column sold_as text check (sold_as in ('concert', 'addon', 'pass', 'copy')),
    add column concert_id uuid references shows;
update shows set sold_as = case when is_addon then 'addon' else 'concert' end where ticketmaster_id is not null;
comment on column shows.sold_as is 'what the shop''s own record says that the event is';
comment on column shows.is_addon is 'no show of its own: parking, packages, or another listing of a concert';
comment on column shows.concert_id is 'the show that an add-on or another listing belongs to';
create index shows_concert on shows (concert_id) where concert_id is not null;
