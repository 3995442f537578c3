-- What people said about an id is looked up for each id near the one that is decided on; without an index each look-up reads
-- all that was ever said.

create index artist_decisions_about on thesetd.artist_decisions using gin ((ids || others));
create index artist_decisions_undoes on thesetd.artist_decisions (undoes) where undoes is not null;
