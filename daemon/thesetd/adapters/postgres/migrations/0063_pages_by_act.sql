-- Pages are looked up by the act that they name whether or not it has a row; the index of those that wait for one was not
-- enough, and every page was read each time that an act changed.

create index setlist_pages_act on thesetd.setlist_pages (artist_mbid);
drop index thesetd.setlist_pages_waiting;
