-- Where and when a show stood before it moved: listings that were left behind there belong to it.

create table thesetd.left_stands (
    show_id uuid not null references shows on delete cascade,
    venue_id uuid not null references venues on delete cascade,
    day date not null,
    local_time time,
    noted_at timestamptz not null,
    primary key (show_id, venue_id, day)
);
create index left_stands_place on thesetd.left_stands (venue_id, day);
comment on table thesetd.left_stands is 'where and when a show stood before it moved';
comment on column thesetd.left_stands.show_id is 'the show';
comment on column thesetd.left_stands.venue_id is 'the venue at which it stood';
comment on column thesetd.left_stands.day is 'its local date then';
comment on column thesetd.left_stands.local_time is 'its local time then; null if it was not known';
comment on column thesetd.left_stands.noted_at is 'when it was noted';
