-- Rows that come together again, all unchanged, are confirmed by one row.

create table thesetd.readings (
    id uuid primary key,
    fetched_at timestamptz not null
);
comment on table thesetd.readings is
    'rows that came together: the id follows from theirs, the moment is that of the last answer that had all of them';

alter table thesetd.freshness add column reading_id uuid;
comment on column thesetd.freshness.reading_id is 'with what the row came last; its moment counts if it is the later one';
alter table thesetd.setlist_pages add column reading_id uuid;
comment on column thesetd.setlist_pages.reading_id is 'with what the page came last; its moment counts if it is the later one';
create index freshness_reading on thesetd.freshness (reading_id) where reading_id is not null;
create index setlist_pages_reading on thesetd.setlist_pages (reading_id) where reading_id is not null;
