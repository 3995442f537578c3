-- Every act of a bill has a row, also one that was never imported; an act that left a bill stays in it, marked.

alter table artists
    drop constraint artists_check,
    add column merged_into uuid references artists,
    add constraint artists_ids_check check (num_nonnulls(spotify_id, ticketmaster_id, mbid, merged_into) > 0);
comment on column artists.merged_into is 'the artist that a stub turned out to be; its ids are there';

alter table artist_shows add column left_at timestamptz;
comment on column artist_shows.left_at is 'since when the act is no longer on the bill; null while it is';
