-- A view reads tables with its owner's rights, but calls functions with the reader's: where new functions are not everybody's
-- (`alter default privileges revoke execute on functions`), nobody else could read these views.

grant execute on function thesetd.slug(text, uuid), thesetd.standing_song(uuid) to public;
