-- A call says which request it was made for: that of a job, or one that has no job yet.
alter table thesetd.api_calls add column request_id text;
comment on column thesetd.api_calls.request_id is 'of the HTTP request that the call was made for, as its X-Request-Id; null for background work';
create index api_calls_request on thesetd.api_calls (request_id) where request_id is not null;
