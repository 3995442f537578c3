-- What the gate remembers: every call, every order of a provider to stay away, and what a credential cannot do.

-- Nothing has written to the ledger before this version, so its rows need no other values.
alter table thesetd.api_calls
    drop column id,
    drop column node,
    add column key text collate "C" primary key check (key <> ''),
    add column lane text not null,
    add column status smallint;
comment on column thesetd.api_calls.key is 'one call''s own: its intent and its outcome share it';
comment on column thesetd.api_calls.at is 'when the call was sent, or was to be sent while there is no outcome';

-- What a day's window is rebuilt from is read from the index alone.
drop index thesetd.api_calls_provider_at;
create index api_calls_spent on thesetd.api_calls (provider, at) include (cost);

create table thesetd.api_calls_hourly (
    hour timestamptz not null,
    provider text not null,
    endpoint text not null,
    lane text not null,
    purpose text not null,
    outcome text not null,
    calls bigint not null check (calls > 0),
    cost bigint not null check (cost >= 0),
    timed bigint not null check (timed between 0 and calls),
    latency_ms bigint not null check (latency_ms >= 0),
    slowest_ms integer check (slowest_ms >= 0),
    primary key (hour, provider, endpoint, lane, purpose, outcome)
);
comment on table thesetd.api_calls_hourly is 'calls that were in api_calls and are not any more, summed up by the hour';
comment on column thesetd.api_calls_hourly.timed is 'how many of the calls latency_ms is the sum of';

-- Nothing has written to it before, either.
alter table thesetd.provider_state
    drop column updated_at,
    drop column capabilities,
    add column blocked_since timestamptz,
    add column strikes integer not null default 0 check (strikes >= 0),
    add column reason text,
    add column probe_until timestamptz,
    add column capabilities_gone text[],
    add column learned_at timestamptz,
    add check (credential ~ '^[0-9a-f]{16}$'),
    add check ((blocked_until is null) = (blocked_since is null) and (blocked_until is null) = (reason is null)),
    add check (blocked_until >= blocked_since),
    add check ((capabilities_gone is null) = (learned_at is null));
comment on column thesetd.provider_state.blocked_until is 'the end of the provider''s last order to stay away; never moves back';
comment on column thesetd.provider_state.strikes is 'how often such orders came in a row';
comment on column thesetd.provider_state.probe_until is 'until when one node has the only call that tests whether it is over';
comment on column thesetd.provider_state.capabilities_gone is 'what the provider was found to refuse to this credential';
