-- What was merged into an artist, and which of its songs were merged into others, is looked up with each prediction and each
-- setlist; without an index that read every artist as soon as any song was merged, and every merged song.

create index artists_merged on artists (merged_into) where merged_into is not null;
create index songs_merged_of on songs (artist_id) where merged_into is not null;
