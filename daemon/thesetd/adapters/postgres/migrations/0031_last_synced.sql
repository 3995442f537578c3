-- The moment of a row's last answer may be that of the rows with which it came.

create or replace view artist_page as
select a.id, a.slug, a.name, a.image_url, a.genres, a.popularity, a.followers, a.spotify_id, a.ticketmaster_id, a.mbid,
    a.spotify_url, jsonb_strip_nulls(jsonb_build_object('spotify', a.spotify_url)) as external_urls, a.verified,
    a.last_activity, (
        select greatest(f.fetched_at, r.fetched_at) from thesetd.freshness f
        left join thesetd.readings r on r.id = f.reading_id where f.row_id = a.id
    ) as last_synced_at,
    (select count(*) from songs s where s.artist_id = a.id and s.offered) as songs,
    (select count(*) from albums b where b.artist_id = a.id) as albums,
    (select count(*) from actual_setlists p where p.artist_id = a.id and p.gone_at is null) as past_setlists,
    i.job_id as import_job_id, i.status as import_stage, i.progress as import_progress, i.message as import_message,
    i.completed_at as import_completed_at
from artists a
left join lateral (
    select * from import_status i where i.artist_id = a.id order by i.started_at desc, i.job_id desc limit 1
) i on true
where a.merged_into is null and not a.is_stub;
