-- Pictures of shows.

alter table shows add column image_url text;
comment on column shows.image_url is 'a picture of the show or its tour; null where there is only one of its genre';
