-- Shows: several days, former dates, prices and sales; what a provider took back stays taken back when an old answer comes.

alter table shows
    add column end_date date,
    add column former_date date,
    add column price_currency text,
    add column price_min double precision check (price_min >= 0),
    add column price_max double precision check (price_max >= price_min),
    add column price_with_fees_min double precision check (price_with_fees_min >= 0),
    add column price_with_fees_max double precision check (price_with_fees_max >= price_with_fees_min),
    add column sales_start timestamptz,
    add column sales_end timestamptz,
    add column withdrawn text[];
comment on column shows.end_date is 'the last of several days; null where there is one';
comment on column shows.former_date is 'the date that was said before it moved or was taken back';
comment on column shows.withdrawn is 'the columns whose value the provider took back';
create index shows_unsettled on shows (local_date) where status in ('scheduled', 'rescheduled');
