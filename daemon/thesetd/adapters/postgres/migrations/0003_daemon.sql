-- What the daemon itself has to remember, in its own schema, and the one table of it that the application reads.

create table thesetd.jobs (
    id bigint generated always as identity primary key,
    kind text not null check (kind <> ''),
    lane smallint not null check (lane between 0 and 3),
    unique_key text collate "C" not null,
    args jsonb not null,
    artist_id uuid references public.artists on delete set null,
    state text not null check (state in ('ready', 'running', 'done', 'failed', 'cancelled')),
    not_before timestamptz not null,
    attempts integer not null default 0 check (attempts >= 0),
    fence bigint not null default 0 check (fence >= 0),
    node text,
    renewed_at timestamptz,
    checkpoint jsonb not null default '{}',
    error text,
    created_at timestamptz not null,
    started_at timestamptz,
    finished_at timestamptz,
    check ((state = 'running') = (node is not null)),
    check ((state = 'running') = (renewed_at is not null)),
    check ((state in ('done', 'failed', 'cancelled')) = (finished_at is not null)),
    check (state <> 'running' or (fence > 0 and started_at is not null))
);
comment on column thesetd.jobs.lane is '0 interactive, 1 high, 2 medium, 3 low';
comment on column thesetd.jobs.fence is 'moves on with every claim; a writer that holds an older one has lost the job';
create unique index jobs_unfinished on thesetd.jobs (unique_key) where state in ('ready', 'running');
create index jobs_ready on thesetd.jobs (lane, not_before, id) where state = 'ready';
create index jobs_due on thesetd.jobs (not_before) where state = 'ready';
create index jobs_running on thesetd.jobs (node) where state = 'running';
create index jobs_finished on thesetd.jobs (finished_at) where finished_at is not null;
create index jobs_artist on thesetd.jobs (artist_id, created_at);

create table public.import_status (
    job_id bigint primary key references thesetd.jobs on delete cascade,
    artist_id uuid references public.artists on delete set null,
    status text not null,
    progress smallint not null check (progress between 0 and 100),
    message text not null,
    counts jsonb not null,
    started_at timestamptz not null,
    completed_at timestamptz,
    error_details text,
    updated_at timestamptz not null,
    check ((status in ('completed', 'failed', 'cancelled')) = (completed_at is not null))
);
create index import_status_artist on public.import_status (artist_id, started_at desc);

-- The outbox. Whoever inserts here holds the writer's advisory lock, so numbers become visible in their order.
create table thesetd.events (
    seq bigint generated always as identity primary key,
    job_id bigint not null references thesetd.jobs on delete cascade,
    artist_id uuid,
    slug text,
    status text not null,
    progress smallint not null check (progress between 0 and 100),
    message text not null,
    counts jsonb not null,
    at timestamptz not null
);
create index events_job on thesetd.events (job_id, seq);
create index events_at on thesetd.events (at);

create table thesetd.freshness (
    row_id uuid primary key,
    fetched_at timestamptz not null
);
comment on table thesetd.freshness is
    'when the answer arrived that a row stands for; kept apart so that a row which does not change is not written';

create table thesetd.rejects (
    id bigint generated always as identity primary key,
    kind text not null,
    key text not null,
    reason text not null,
    sample text not null,
    job_id bigint,
    times integer not null default 1,
    first_at timestamptz not null,
    last_at timestamptz not null
);
create unique index rejects_same on thesetd.rejects (kind, md5(key), md5(reason));
create index rejects_last_at on thesetd.rejects (last_at);

create table thesetd.identity_links (
    provider text not null,
    provider_id text collate "C" not null,
    row_id uuid not null,
    relation text not null check (relation in ('conflict')),
    reason text not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    primary key (provider, provider_id, row_id)
);
comment on table thesetd.identity_links is 'ids that a provider claims for a row and that were not merged into it';

create table thesetd.schedules (
    name text primary key,
    next_due timestamptz not null,
    last_fired timestamptz
);

create table thesetd.nodes (
    name text primary key,
    epoch bigint not null check (epoch > 0),
    started_at timestamptz not null,
    seen_at timestamptz not null
);

create table thesetd.provider_state (
    provider text not null,
    credential text not null,
    blocked_until timestamptz,
    capabilities jsonb not null default '{}',
    updated_at timestamptz not null,
    primary key (provider, credential)
);
comment on column thesetd.provider_state.credential is 'a fingerprint, never the credential itself';

create table thesetd.api_calls (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    provider text not null,
    endpoint text not null,
    purpose text not null,
    job_id bigint,
    node text not null,
    cost integer not null check (cost >= 0),
    outcome text,
    latency_ms integer check (latency_ms >= 0)
);
comment on table thesetd.api_calls is 'the ledger: one row per call, without an outcome while only intended';
create index api_calls_provider_at on thesetd.api_calls (provider, at);
create index api_calls_at on thesetd.api_calls (at);
