-- The sweep of coming shows by date reads weeks when that is worth their calls, and not a fixed part of the year each hour.

create table thesetd.swept_weeks (
    provider text not null,
    country text not null,
    begins date not null,
    looked_at timestamptz,
    shows integer not null default 0 check (shows >= 0),
    importance double precision not null default 0 check (importance >= 0),
    begun_at timestamptz,
    read_until timestamptz,
    primary key (provider, country, begins),
    check ((begun_at is null) = (read_until is null))
);
comment on table thesetd.swept_weeks is 'weeks of coming shows that providers list by date: when each was read';
comment on column thesetd.swept_weeks.provider is 'the provider';
comment on column thesetd.swept_weeks.country is 'two-letter ISO code; empty for shows without a date, which are listed for all countries';
comment on column thesetd.swept_weeks.begins is 'the Monday (UTC) on which it begins; infinity for shows without a date';
comment on column thesetd.swept_weeks.looked_at is 'when its last complete reading began';
comment on column thesetd.swept_weeks.shows is 'shows that were stored of it then';
comment on column thesetd.swept_weeks.importance is 'their importance together; 1 for a show of acts of whom nothing is known';
comment on column thesetd.swept_weeks.begun_at is 'when a reading began that was interrupted';
comment on column thesetd.swept_weeks.read_until is 'the moment of the week up to which it came';

create table thesetd.week_rates (
    provider text not null,
    country text not null,
    weeks_ahead smallint not null,
    changes double precision not null check (changes >= 0),
    days double precision not null check (days >= 0),
    learned_at timestamptz not null,
    primary key (provider, country, weeks_ahead)
);
comment on table thesetd.week_rates is 'how often coming shows change, as learned from readings of weeks, by how far ahead they are';
comment on column thesetd.week_rates.provider is 'the provider';
comment on column thesetd.week_rates.country is 'two-letter ISO code';
comment on column thesetd.week_rates.weeks_ahead is 'the least number of weeks ahead';
comment on column thesetd.week_rates.changes is 'decayed number of shows that had changed, beyond the default rate';
comment on column thesetd.week_rates.days is 'decayed number of days between readings, summed over shows';
comment on column thesetd.week_rates.learned_at is 'when it was learned last';
