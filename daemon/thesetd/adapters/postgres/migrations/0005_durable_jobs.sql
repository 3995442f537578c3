-- Jobs that outlive their owners: whose life runs one, how often it was rescued, and how far the outside was told.

alter table thesetd.jobs
    add column epoch bigint check (epoch > 0),
    add column rescues integer not null default 0 check (rescues >= 0),
    add column revision integer not null default 0 check (revision >= 0);
-- Whoever ran a job under an earlier version is gone: it could not have shared the database with this one.
update thesetd.jobs set state = 'ready', node = null, renewed_at = null where state = 'running';
alter table thesetd.jobs
    drop constraint jobs_state_check,
    drop constraint jobs_check2,
    add constraint jobs_state_check
        check (state in ('ready', 'running', 'done', 'failed', 'cancelled', 'dead')),
    add constraint jobs_finished_check
        check ((state in ('done', 'failed', 'cancelled', 'dead')) = (finished_at is not null)),
    add constraint jobs_owner_check check ((node is null) = (epoch is null));
comment on column thesetd.jobs.epoch is 'which life of its node runs it';
comment on column thesetd.jobs.revision is 'the number of the last batch stored under this fence';
comment on column thesetd.jobs.rescues is 'how often in a row its owner died while the job stored nothing';

drop index thesetd.jobs_running;
create index jobs_running on thesetd.jobs (node, epoch) where state = 'running';
create index jobs_dead on thesetd.jobs (finished_at desc) where state = 'dead';

alter table thesetd.nodes
    add column beats bigint not null default 0 check (beats >= 0),
    drop column seen_at;
comment on table thesetd.nodes is
    'a node holds an advisory lock on its name while it lives; beats tell one that hangs from one that works';
comment on column thesetd.nodes.epoch is 'the number of its present life';

-- Numbers of events without gaps: a reader sees at once whether it missed one.
alter table thesetd.events alter column seq drop identity;
create table thesetd.outbox (
    single boolean primary key default true check (single),
    last bigint not null check (last >= 0),
    told bigint not null check (told between 0 and last)
);
insert into thesetd.outbox (last, told) select coalesce(max(seq), 0), coalesce(max(seq), 0) from thesetd.events;
comment on column thesetd.outbox.last is 'the number of the last event';
comment on column thesetd.outbox.told is 'every event up to this number was handed to Redis';
