-- A show whose answers stay the same is requested by its id less and less often; it was every day, for as long as no list
-- held it.

alter table thesetd.unlisted_shows add column since timestamptz;
update thesetd.unlisted_shows set since = asked_at;
alter table thesetd.unlisted_shows alter column since set not null;
comment on column thesetd.unlisted_shows.since is 'since when it has been requested with the same answer';
