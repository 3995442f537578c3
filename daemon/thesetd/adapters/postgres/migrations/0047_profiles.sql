-- An artist's name, picture and popularity age as well: they are in the refresh index as an aspect of their own.

insert into thesetd.refresh (aspect, artist_id, changes, days, due_at, askable, next_at, floor_at)
select 'profile', artist_id, 0, 0, due_at, askable, next_at, floor_at from thesetd.refresh where aspect = 'catalog'
on conflict (aspect, artist_id) do nothing;
