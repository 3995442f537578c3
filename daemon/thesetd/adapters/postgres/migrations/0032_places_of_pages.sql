-- Which pages are of a venue is asked for whenever two places may be one.

create index setlist_pages_venue on thesetd.setlist_pages (venue_id) where venue_id is not null;
comment on column thesetd.jobs.state is 'ready, running, done, failed, cancelled or dead';
comment on column import_progress.job_state is
    'ready, running, done, failed, cancelled or dead; null once the job is cleaned up';
