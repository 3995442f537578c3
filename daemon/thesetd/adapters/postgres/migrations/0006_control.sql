-- What an operator has paused, and what a job that was put off waits for.

create table thesetd.pauses (
    what text primary key check (what <> ''),
    since timestamptz not null,
    drained text[] not null default '{}'
);
comment on table thesetd.pauses is 'a provider, a schedule, or all';
comment on column thesetd.pauses.drained is 'the nodes that have no call of it under way any more';

alter table thesetd.jobs add column waits_for text;
comment on column thesetd.jobs.waits_for is
    'why it was put off, with the provider; "pause x" keeps it from being claimed while x is in thesetd.pauses';
