-- Venues of one city are compared, in whatever language and spelling its name stands. The daemon fills the column when a
-- venue is fetched next.

alter table venues add column town text;
comment on column venues.town is 'what all spellings of the city have in common: "munich" for "München"';
update venues set town = lower(city);
create index venues_town on venues (town);
create index venue_links_other on thesetd.venue_links (other);
