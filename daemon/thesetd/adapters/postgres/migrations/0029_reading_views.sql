-- What an application reads: views whose columns are promised, and words on every table and column.
--
-- Columns are only ever added to these views, at their ends. Whoever may read a view needs no right on its tables.

-- The last part of a page's address: readable words, and enough of the id to be the only one.
create function thesetd.slug(name text, id uuid) returns text language sql immutable parallel safe as $$
    select concat_ws('-',
        nullif(trim(both '-' from regexp_replace(
            regexp_replace(normalize(lower(name), nfd), '[\u0300-\u036f]', '', 'g'), '[^a-z0-9]+', '-', 'g')), ''),
        left(replace(id::text, '-', ''), 12))
$$;

create view artist_page as
select a.id, a.slug, a.name, a.image_url, a.genres, a.popularity, a.followers, a.spotify_id, a.ticketmaster_id, a.mbid,
    a.spotify_url, jsonb_strip_nulls(jsonb_build_object('spotify', a.spotify_url)) as external_urls, a.verified,
    a.last_activity, (select f.fetched_at from thesetd.freshness f where f.row_id = a.id) as last_synced_at,
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

create view show_card as
select s.id, thesetd.slug(s.name, s.id) as slug, s.name, s.status, s.kind, s.local_date, s.local_time, s.starts_at,
    s.timezone, s.end_date, s.former_date, s.tour, s.image_url, s.url as ticket_url, s.price_currency as currency,
    s.price_min as min_price, s.price_max as max_price, s.sales_start, s.sales_end,
    v.id as venue_id, v.name as venue, thesetd.slug(v.name, v.id) as venue_slug, v.city, v.state, v.country_code,
    v.latitude, v.longitude, h.artist_id as headliner_artist_id, h.name as headliner, h.slug as headliner_slug,
    coalesce(b.bill, '[]') as bill,
    exists (select from actual_setlists p where p.show_id = s.id and p.gone_at is null
        and (p.songs <> '[]' or p.encore_songs <> '[]')) as has_actual_setlist,
    (select p.setlistfm_id from actual_setlists p
        where p.show_id = s.id and p.gone_at is null and (h.artist_id is null or p.artist_id = h.artist_id)
        order by p.setlistfm_id limit 1) as setlistfm_id
from shows s
left join venues w on w.id = s.venue_id
left join venues v on v.id = coalesce(w.same_as, w.id)
left join lateral (
    select l.artist_id, a.name, a.slug from artist_shows l join artists a on a.id = l.artist_id
    where l.show_id = s.id and l.left_at is null and l.is_headliner order by l.set_order, l.artist_id limit 1
) h on true
left join lateral (
    select jsonb_agg(jsonb_build_object('artist_id', a.id, 'name', a.name, 'slug', a.slug,
        'is_headliner', l.is_headliner) order by l.set_order, a.id) as bill
    from artist_shows l join artists a on a.id = l.artist_id where l.show_id = s.id and l.left_at is null
) b on true
where s.merged_into is null and not s.is_addon;

create view upcoming_shows as
select l.artist_id, l.is_headliner, c.*
from show_card c join artist_shows l on l.show_id = c.id and l.left_at is null
where c.status in ('scheduled', 'rescheduled', 'postponed') and c.kind = 'concert';

create view setlist_to_vote as
select t.id as setlist_id, t.show_id, t.artist_id, e.song_id, s.title, e.position,
    e.position <= t.expected_songs and e.dropped_at is null as expected, e.encore, e.probability, e.reason,
    e.dropped_at is not null as dropped, e.added_after_lock, s.spotify_id, s.album, s.album_art_url, s.duration_ms,
    s.preview_url, s.is_explicit, s.is_playable, s.popularity, t.locked_at
from setlists t join setlist_songs e on e.setlist_id = t.id join songs s on s.id = e.song_id;

create view actual_setlist as
select p.id as actual_setlist_id, p.show_id, p.artist_id, p.event_date, p.tour, p.info, p.url as attribution_url,
    e.position, e.part, e.encore, e.tape, e.title, e.song_id, e.cover
from actual_setlists p join actual_setlist_songs e on e.actual_setlist_id = p.id
where p.gone_at is null;

create view import_progress as
select i.job_id, i.artist_id, a.slug, a.name, i.status as stage, i.progress, i.message, i.counts, j.state as job_state,
    case when j.state in ('ready', 'running') then j.waits_for end as waits_for,
    case when j.state = 'ready' then j.not_before end as waits_until,
    i.started_at, i.updated_at, i.completed_at, i.error_details as error
from import_status i left join artists a on a.id = i.artist_id left join thesetd.jobs j on j.id = i.job_id;

comment on view artist_page is 'one row for each artist that was imported: what its page shows, and its last import';
comment on column artist_page.last_synced_at is 'when its provider was last asked for it';
comment on column artist_page.songs is 'how many songs may be voted on';
comment on column artist_page.albums is 'how many albums there are';
comment on column artist_page.past_setlists is 'how many setlists that were played are known';
comment on column artist_page.external_urls is 'addresses of the artist elsewhere, by the name of the place';
comment on column artist_page.import_job_id is 'the last import; null where there was none or it was cleaned up';
comment on column artist_page.import_stage is 'how far it is: initializing to completed, failed, cancelled';
comment on column artist_page.import_progress is 'in percent';
comment on column artist_page.import_message is 'in words, for the person who waits';
comment on column artist_page.import_completed_at is 'null while it runs';

comment on view show_card is 'one row for each show with its venue, its headliner and its bill; add-ons are left out';
comment on column show_card.slug is 'for addresses: words of the name, then the first twelve characters of the id, which alone tell it from others';
comment on column show_card.ticket_url is 'where tickets are sold';
comment on column show_card.currency is 'ISO 4217';
comment on column show_card.min_price is 'without fees; null while no price is known';
comment on column show_card.max_price is 'without fees; null while no price is known';
comment on column show_card.venue_id is 'the venue that stands for the place, where several rows are one place';
comment on column show_card.venue is 'its name';
comment on column show_card.venue_slug is 'for addresses, in the same form';
comment on column show_card.headliner_artist_id is 'the first headliner of the bill; null where it is not known';
comment on column show_card.headliner is 'its name';
comment on column show_card.headliner_slug is 'its slug';
comment on column show_card.bill is 'every act in order: an array of {artist_id, name, slug, is_headliner}';
comment on column show_card.has_actual_setlist is 'whether it is known what was played';
comment on column show_card.setlistfm_id is 'of the headliner''s setlist';

comment on view upcoming_shows is
    'shows to come, one row for each act of the bill; ask with local_date >= the present day, by artist_id or by venue_id';
comment on view setlist_to_vote is 'predicted setlists, song by song: order by position';
comment on column setlist_to_vote.expected is 'whether it is among the songs that make up the expected setlist';
comment on column setlist_to_vote.dropped is 'no longer predicted, and kept because people may have voted for it';
comment on view actual_setlist is 'what was played, entry by entry: order by position, part';
comment on column actual_setlist.attribution_url is 'has to be shown and linked wherever the setlist is: terms of setlist.fm';
comment on view import_progress is 'one row for each import of a person, while its job is kept';
comment on column import_progress.stage is 'initializing, fetching-shows, ..., completed, failed or cancelled';
comment on column import_progress.waits_for is 'what it waits for; null while it runs';
comment on column import_progress.waits_until is 'when it goes on at the earliest; null while it runs';
comment on column import_progress.error is 'why it failed, in words';

comment on table artists is 'every artist that was imported or stands on a bill';
comment on table albums is 'albums, singles and compilations of imported artists';
comment on column albums.album_group is 'what it is to this artist: album, single, compilation or appears_on';
comment on column albums.total_tracks is 'how many tracks its provider says that it has';
comment on column albums.label is 'the label; null where this application is not told';
comment on column albums.upc is 'the album''s UPC; null where this application is not told';
comment on column albums.version is 'what the album is: studio, live, compilation, ...';
comment on column albums.available is 'whether it can be played in the configured market';
comment on table tracks is 'recordings of Spotify with their classes; the songs that people vote on are in songs';
comment on table artist_tracks is 'whose recordings they are, and which of the artist''s songs each is';
comment on table artist_songs is 'which songs are an artist''s';
comment on column songs.artist is 'the artist''s name, to be shown with the song';
comment on table venues is 'places where shows are';
comment on table shows is 'concerts and whatever else providers list; upcoming_shows has what can be voted on';
comment on table artist_shows is 'who plays at which show: the bill';
comment on table setlists is 'predicted setlists to vote on, one for each show and artist';
comment on table setlist_songs is 'the songs of predicted setlists; a song keeps its row whatever its position';
comment on table actual_setlists is 'what was played, one row for each show and act, as setlist.fm has it';
comment on table import_status is 'how far imports of people are';
comment on column import_status.status is 'initializing, fetching-shows, ..., completed, failed or cancelled';

comment on table thesetd.migrations is 'the steps of this schema that were taken';
comment on column thesetd.migrations.number is 'the step''s number, from 1';
comment on column thesetd.migrations.name is 'its name';
comment on column thesetd.migrations.checksum is 'of its text: another text under the same number is refused';
comment on column thesetd.migrations.applied_at is 'when it was taken';
comment on table thesetd.jobs is 'what is to be done, is being done and was done';
comment on column thesetd.jobs.unique_key is 'no two unfinished jobs share one';
comment on column thesetd.jobs.args is 'what it was asked to do';
comment on column thesetd.jobs.state is 'ready, running, done, failed or cancelled';
comment on column thesetd.jobs.not_before is 'it is not claimed before';
comment on column thesetd.jobs.attempts is 'how often it was claimed';
comment on column thesetd.jobs.node is 'the node that runs it';
comment on column thesetd.jobs.renewed_at is 'when its node was last known to work on it';
comment on column thesetd.jobs.checkpoint is 'how far it is: where it goes on after a crash';
comment on column thesetd.jobs.error is 'why it failed, in words';
comment on table thesetd.events is 'progress of imports, in the order of publication';
comment on column thesetd.events.seq is 'the event''s number: without gaps';
comment on column thesetd.events.status is 'initializing, fetching-shows, ..., completed, failed or cancelled';
comment on table thesetd.identity is 'which database this is; one row';
comment on table thesetd.outbox is 'how far events are published; one row';
comment on column thesetd.freshness.row_id is 'the row, of whatever table';
comment on table thesetd.rejects is 'what providers said and was not stored, with the reason';
comment on column thesetd.rejects.key is 'what it is about';
comment on column thesetd.rejects.kind is 'of what kind it is: a show, a track, ...';
comment on column thesetd.rejects.sample is 'the beginning of what was said';
comment on column thesetd.rejects.times is 'how often it came';
comment on column thesetd.identity_links.provider_id is 'the provider''s id';
comment on column thesetd.identity_links.row_id is 'the row that it is claimed for';
comment on column thesetd.identity_links.relation is 'what the two are to each other';
comment on table thesetd.schedules is 'when each schedule fires next';
comment on column thesetd.schedules.name is 'the schedule';
comment on column thesetd.schedules.next_due is 'when it fires next';
comment on column thesetd.schedules.last_fired is 'when it fired last; null before the first time';
comment on column thesetd.nodes.name is 'the node, as configured';
comment on column thesetd.nodes.beats is 'goes up while the node lives';
comment on column thesetd.nodes.leased is 'whether it holds its name by beats instead of a lock, behind a pooler';
comment on column thesetd.pauses.what is 'the schedule or provider that is paused';
comment on column thesetd.pauses.since is 'since when';
comment on table thesetd.provider_state is 'penalties of providers against a credential, and what it may not use';
comment on column thesetd.provider_state.blocked_until is 'the end of the last rate-limit penalty; never moves back';
comment on column thesetd.provider_state.blocked_since is 'when the penalty began';
comment on column thesetd.provider_state.learned_at is 'when it was last learned what this credential may ask for';
comment on column thesetd.api_calls.status is 'the HTTP status; null where no answer came';
comment on column thesetd.api_calls_hourly.hour is 'the beginning of the hour';
comment on column thesetd.api_calls_hourly.calls is 'how many calls';
comment on column thesetd.api_calls_hourly.cost is 'how much of the quota they took';
comment on column thesetd.api_calls_hourly.latency_ms is 'the sum over the timed calls, in milliseconds';
comment on column thesetd.api_calls_hourly.slowest_ms is 'the slowest of them, in milliseconds';
comment on column thesetd.open_credits.artist_spotify_id is 'the credited artist''s id at Spotify';
comment on table thesetd.artist_ids is 'every id of every artist; the columns of artists show the ones in use';
comment on column thesetd.artist_ids.id is 'the id there';
comment on table thesetd.artist_records is 'what providers say of each id, of candidates too';
comment on column thesetd.artist_records.id is 'the id there';
comment on column thesetd.artist_records.links is 'other ids that its provider gives it, written space:id';
comment on column thesetd.artist_records.record is 'what its provider said';
comment on table thesetd.artist_searches is 'names that were searched for, and whether all candidates were seen';
comment on column thesetd.artist_searches.name is 'the folded name';
comment on table thesetd.artist_links is 'pairs of ids, and whether they are one artist';
comment on column thesetd.artist_links.one_space is 'whose id the first is';
comment on column thesetd.artist_links.one_id is 'the first id';
comment on column thesetd.artist_links.other_space is 'whose id the other is';
comment on column thesetd.artist_links.other_id is 'the other id';
comment on column thesetd.artist_links.decision is 'automatic, person, review or rejected';
comment on column thesetd.artist_links.strength is 'how much the rule proves: stronger links replace weaker ones';
comment on table thesetd.artist_aliases is 'ids that their providers replaced by others';
comment on column thesetd.artist_aliases.id is 'the former id';
comment on column thesetd.artist_aliases.successor is 'the id that stands for it now';
comment on table thesetd.artist_lost_ids is 'ids that their providers no longer know';
comment on column thesetd.artist_lost_ids.id is 'the id there';
comment on table thesetd.artist_reviews is 'who is who, where a person has to decide';
comment on column thesetd.artist_reviews.about_space is 'whose id it is about';
comment on column thesetd.artist_reviews.about_id is 'the id that it is about';
comment on column thesetd.artist_reviews.space is 'where its counterpart is looked for';
comment on column thesetd.artist_reviews.proposals is 'the candidates, with what speaks for each';
comment on table thesetd.artist_sources is 'which id each show and setlist came through: it follows that id';
comment on column thesetd.artist_sources.id is 'the id there';
comment on column thesetd.artist_sources.row_id is 'the show, or the page of the setlist';
comment on table thesetd.artist_decisions is 'what people said of who is who; only ever appended to';
comment on column thesetd.artist_decisions.verb is 'link, unlink, merge, split or undo';
comment on column thesetd.artist_decisions.ids is 'the ids that it is about, written space:id';
comment on column thesetd.artist_decisions.others is 'the ids on the other side';
comment on column thesetd.artist_decisions.undoes is 'the decision that it takes back';
comment on table thesetd.artist_changes is 'the rows that each decision changed, so that it can be undone exactly';
comment on column thesetd.artist_changes.number is 'the decision';
comment on column thesetd.artist_changes.place is 'in the order of the changes';
comment on column thesetd.artist_changes.table_name is 'the table';
comment on column thesetd.artist_changes.before is 'the row as it was; null where there was none';
comment on column thesetd.artist_changes.after is 'the row as it became; null where it went';
comment on column thesetd.lists.id is 'the list: derived from provider, kind and owner';
comment on column thesetd.lists.read_at is 'when it was read to its end';
comment on column thesetd.lists.total is 'how many items it claimed to hold';
comment on table thesetd.song_decisions is 'what people said of songs; only ever appended to';
comment on column thesetd.song_decisions.what is 'merge or split';
comment on column thesetd.song_decisions.words is 'what it was, in words';
comment on column thesetd.setlist_pages.artist_mbid is 'the act''s id at MusicBrainz';
comment on column thesetd.setlist_pages.artist_name is 'the act''s name';
comment on column thesetd.setlist_pages.place is 'the venue as the page has it';
comment on column thesetd.setlist_pages.set_names is 'what the page calls its sets';
comment on column thesetd.setlist_pages.verdict is 'what it is to its show: joined, alias, beside, own or waiting';
comment on column thesetd.setlist_pages.kind is 'concert, session, tv, vip or street';
comment on column thesetd.setlist_pages.leader is 'the page of the same night that is shown instead';
comment on column thesetd.setlist_pages.ruled is 'whether a person said so';
comment on table thesetd.setlist_versions is 'earlier states of pages';
comment on column thesetd.setlist_versions.page_id is 'the page';
comment on table thesetd.setlist_rulings is 'what people said of where a page belongs; only ever appended to';
comment on column thesetd.setlist_rulings.show_id is 'the show; null for none that is known';
comment on table thesetd.played_names is 'what the names in setlists mean';
comment on column thesetd.played_names.name is 'the name as the setlists have it';
comment on table thesetd.song_rulings is 'what people said of names in setlists; only ever appended to';
comment on column thesetd.song_rulings.key is 'the folded name';
comment on column thesetd.song_rulings.name is 'the name as the person had it';
comment on column thesetd.song_rulings.song_id is 'the song; null for none';
comment on table thesetd.prediction_scores is 'how good each prediction was, once its show is over';
comment on column thesetd.prediction_scores.day is 'the day of the show';
comment on column thesetd.prediction_scores.played is 'how many songs were played';
comment on column thesetd.prediction_scores.candidates is 'how many songs were predicted';
comment on column thesetd.prediction_scores.hits is 'how many of the expected songs were played';
comment on column thesetd.prediction_scores.f1 is 'harmonic mean of precision and recall of the expected songs, 0 to 1';
comment on column thesetd.prediction_scores.recall is 'the share of the played songs that was predicted at all';
comment on column thesetd.prediction_scores.opener is 'whether the first song was right';
comment on column thesetd.prediction_scores.closer is 'whether the last song was right';
comment on column thesetd.prediction_scores.brier is 'mean squared error of the probabilities; 0 is perfect';
comment on column thesetd.prediction_scores.scored_at is 'when it was worked out';
comment on column thesetd.venue_links.one is 'a venue';
comment on column thesetd.venue_links.other is 'another';
comment on column thesetd.venue_links.verdict is 'same, apart, or review: a person should look';
comment on column thesetd.venue_links.shared_nights is 'nights with the same act at both';
comment on column thesetd.venue_links.apart_nights is 'nights with different acts';
comment on column thesetd.venue_links.by_person is 'whether a person said so';
comment on column thesetd.refresh.looked_at is 'when it was looked at last';
comment on column thesetd.refresh.due_at is 'when a look is worth its calls again';
comment on column thesetd.refresh_thresholds.threshold is 'the value per call';
comment on column thesetd.refresh_thresholds.copies is 'how many copies there are';
comment on column thesetd.interest.visits is 'page visits, faded to the moment `at`';
comment on column thesetd.pins.max_age is 'no copy is to be older';
comment on column thesetd.pins.until is 'when it ends; null for good';
comment on column thesetd.pins.why is 'the operator''s reason';
comment on column thesetd.pins.since is 'when it was pinned';
comment on column thesetd.schedule_runs.schedule is 'the schedule';
comment on column thesetd.schedule_runs.by_hand is 'whether an operator started it';
comment on column thesetd.schedule_runs.target is 'the age that copies should not exceed';
comment on column thesetd.schedule_runs.ordered is 'looks that were ordered';
comment on column thesetd.schedule_runs.short_of is 'why the others were not ordered; empty where all were';
comment on column thesetd.schedules.last_error is 'why its last job failed, in words; null where it did not';
comment on column import_progress.job_state is 'ready, running, done, failed or cancelled; null once the job is cleaned up';

-- What two views show of a third keeps its words.
do $$
declare it record;
begin
    for it in
        select a.attname as column_name, col_description(a.attrelid, a.attnum) as words
        from pg_attribute a where a.attrelid = 'show_card'::regclass and a.attnum > 0
        and col_description(a.attrelid, a.attnum) is not null
    loop
        execute format('comment on column upcoming_shows.%I is %L', it.column_name, it.words);
    end loop;
end $$;

-- Words on everything that has none. The same name means the same thing everywhere, but for those that follow.
do $$
declare it record;
begin
    for it in
        select n.nspname as schema, c.relname as relation, a.attname as column_name, w.words
        from (values
            ('id', 'the row''s own id; never changes and is never used again'),
            ('created_at', 'when the row was written first'),
            ('updated_at', 'when the row was last changed; an answer that changes nothing is not written'),
            ('artist_id', 'the artist'),
            ('show_id', 'the show'),
            ('song_id', 'the song'),
            ('track_id', 'the recording'),
            ('venue_id', 'the venue'),
            ('setlist_id', 'the setlist'),
            ('album_id', 'the album'),
            ('actual_setlist_id', 'the setlist as it was played'),
            ('job_id', 'the job'),
            ('spotify_id', 'Spotify''s id'),
            ('ticketmaster_id', 'Ticketmaster''s id'),
            ('setlistfm_id', 'setlist.fm''s id'),
            ('mbid', 'MusicBrainz'' id'),
            ('name', 'the name as its provider writes it'),
            ('title', 'the title as it is shown'),
            ('slug', 'the last part of the page''s address'),
            ('url', 'the provider''s page'),
            ('image_url', 'a picture'),
            ('spotify_url', 'the page at Spotify'),
            ('genres', 'as Spotify names them; null where it does not say'),
            ('popularity', '0 to 100 by Spotify; null where this application is not told'),
            ('followers', 'at Spotify; null where this application is not told'),
            ('verified', 'that its ids are one artist is proven by more than a name'),
            ('last_activity', 'when a sync last brought something new of it'),
            ('album_type', 'album, single, compilation, ep or other'),
            ('album', 'the album''s name'),
            ('album_art_url', 'the album''s picture'),
            ('release_date', 'as its provider writes it: a year, a month or a day'),
            ('released_on', 'the first day of release_date, to sort by'),
            ('release_date_precision', 'year, month or day'),
            ('disc_number', 'the disc of the album, from 1'),
            ('track_number', 'the place on the disc, from 1'),
            ('duration_ms', 'the length in milliseconds'),
            ('explicit', 'whether it is marked explicit'),
            ('is_explicit', 'whether it is marked explicit'),
            ('is_playable', 'whether Spotify plays it in the configured market; null where it does not say'),
            ('isrc', 'the recording''s ISRC'),
            ('preview_url', 'thirty seconds of it; null where there are none'),
            ('version', 'studio, or the first class of the recording that is none'),
            ('city', 'the city'),
            ('state', 'the state or region'),
            ('country_code', 'ISO 3166-1 alpha-2'),
            ('postal_code', 'the postal code'),
            ('address', 'street and number'),
            ('timezone', 'IANA time zone'),
            ('latitude', 'in degrees, WGS 84'),
            ('longitude', 'in degrees, WGS 84'),
            ('status', 'scheduled, rescheduled, postponed, cancelled, completed or withdrawn'),
            ('kind', 'what it is'),
            ('local_date', 'the day of the concert at its venue; null while none is known'),
            ('local_time', 'when it begins, by the clocks at its venue; null while it is open'),
            ('starts_at', 'the same as a moment; null while the time is open'),
            ('end_date', 'the last of several days; null where there is one'),
            ('former_date', 'the date that was said before it moved or was taken back'),
            ('tour', 'the tour''s name'),
            ('is_headliner', 'whether the act is a headliner of the bill'),
            ('set_order', 'the act''s place on the bill, from 1'),
            ('position', 'the place, from 1'),
            ('encore', 'whether it belongs to the encore'),
            ('tape', 'whether it came from tape'),
            ('cover', 'whether it is somebody else''s song'),
            ('part', 'the part of a medley, from 1'),
            ('method', 'how the song was found'),
            ('score', 'how sure that is, from 0 to 1'),
            ('probability', 'that it is played; null for songs that the application added'),
            ('reason', 'why, in words'),
            ('added_after_lock', 'whether it was added when people had begun to vote'),
            ('locked_at', 'set by the application: from then on songs are only added, at the end'),
            ('price_currency', 'ISO 4217'),
            ('price_min', 'the lowest price without fees'),
            ('price_max', 'the highest price without fees'),
            ('price_with_fees_min', 'the lowest price with fees'),
            ('price_with_fees_max', 'the highest price with fees'),
            ('sales_start', 'when the public sale begins'),
            ('sales_end', 'when it ends'),
            ('event_date', 'the day that setlist.fm gives it'),
            ('info', 'remarks of those who wrote it down'),
            ('songs', 'main sets: an array of {position, name, ...} as setlist.fm has them'),
            ('encore_songs', 'encores, in the same form'),
            ('version_id', 'setlist.fm''s id of this state of the page'),
            ('last_updated', 'when setlist.fm changed it last'),
            ('progress', 'in percent'),
            ('message', 'in words, for the person who waits'),
            ('counts', 'how much there is of what, so far'),
            ('error_details', 'why it failed, in words'),
            ('started_at', 'when it began'),
            ('completed_at', 'when it ended; null while it runs'),
            ('finished_at', 'when it ended; null while it runs'),
            ('fetched_at', 'when the answer arrived'),
            ('undone_at', 'when a person took it back; null while it holds'),
            ('made_at', 'when it was decided'),
            ('decided_at', 'when it was decided'),
            ('who', 'the person who said so'),
            ('at', 'when'),
            ('first_at', 'when it was seen first'),
            ('last_at', 'when it was seen last'),
            ('space', 'whose id it is: spotify, ticketmaster, setlistfm or musicbrainz'),
            ('provider', 'the provider'),
            ('evidence', 'what speaks for it'),
            ('aspect', 'what of the artist ages: shows, catalogue, ...'),
            ('single', 'keeps the table at one row'),
            ('number', 'in the order of the decisions'),
            ('endpoint', 'which of the provider''s endpoints'),
            ('lane', 'interactive, high, medium or low'),
            ('purpose', 'the kind of job that the call was made for'),
            ('outcome', 'how it ended; null while it is under way'),
            ('cost', 'how much of the quota it takes'),
            ('latency_ms', 'how long the answer took, in milliseconds')
        ) w (name, words)
        join pg_attribute a on a.attname = w.name and a.attnum > 0 and not a.attisdropped
        join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'v')
        join pg_namespace n on n.oid = c.relnamespace
        where (n.nspname = 'thesetd' or n.oid = (select relnamespace from pg_class where oid = 'artists'::regclass)
            and c.relname in ('artists', 'albums', 'tracks', 'artist_tracks', 'songs', 'artist_songs', 'venues', 'shows',
                'artist_shows', 'setlists', 'setlist_songs', 'actual_setlists', 'import_status',
                'actual_setlist_songs', 'artist_page', 'show_card', 'upcoming_shows', 'setlist_to_vote',
                'actual_setlist', 'import_progress'))
        and col_description(c.oid, a.attnum) is null
    loop
        execute format('comment on column %I.%I.%I is %L', it.schema, it.relation, it.column_name, it.words);
    end loop;
end $$;
