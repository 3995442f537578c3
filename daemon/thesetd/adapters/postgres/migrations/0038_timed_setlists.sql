-- Setlists that are awaited, or may still change, are due by the time since their shows.

alter table thesetd.refresh add column timed boolean not null default false;
comment on column thesetd.refresh.timed is 'whether due_at follows from shows: looks are ordered at that time, by no run of a schedule';
create index refresh_timed on thesetd.refresh (aspect, next_at) where timed and askable;
