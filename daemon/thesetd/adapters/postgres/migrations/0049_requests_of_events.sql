-- An event says which request its job began with, as the job and its calls do.
alter table thesetd.events add column request_id text;
comment on column thesetd.events.request_id is 'of the HTTP request that the job began with, as its X-Request-Id; null for background work';
create index jobs_request on thesetd.jobs ((args->>'request_id')) where args->>'request_id' is not null;
