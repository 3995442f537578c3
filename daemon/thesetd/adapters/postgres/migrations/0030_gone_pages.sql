-- Pages that are gone at setlist.fm: never deleted, and shown again when they are there again.

alter table thesetd.setlist_pages add column gone_because text;
comment on column thesetd.setlist_pages.gone_because is 'why it is gone: what no longer holds it, and since when';
