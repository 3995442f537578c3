-- Webhooks: each change that a receiver wants is a message until it is delivered; messages of one artist go in order.

create table thesetd.webhooks (
    name text primary key,
    cursor bigint not null,
    node text,
    turns bigint not null,
    delivered bigint not null default 0,
    delivered_at timestamptz,
    error text
);
comment on table thesetd.webhooks is 'receivers of changes, as the configuration names them';
comment on column thesetd.webhooks.name is 'its name in the configuration';
comment on column thesetd.webhooks.cursor is 'changes up to this number are queued or done';
comment on column thesetd.webhooks.node is 'the node that sends its messages';
comment on column thesetd.webhooks.turns is 'grows while that node works: another takes over when it stands still';
comment on column thesetd.webhooks.delivered is 'messages that it has taken';
comment on column thesetd.webhooks.delivered_at is 'when it last took one';
comment on column thesetd.webhooks.error is 'why the last failed message failed';

create table thesetd.webhook_messages (
    hook text not null references thesetd.webhooks on delete cascade,
    seq bigint not null references thesetd.changes (seq) on delete cascade,
    subject uuid not null,
    dead boolean not null default false,
    attempts integer not null default 0,
    first_at timestamptz,
    again_at timestamptz,
    error text,
    primary key (hook, seq)
);
comment on table thesetd.webhook_messages is 'changes that are still to be sent to a receiver, and dead ones';
comment on column thesetd.webhook_messages.hook is 'the receiver';
comment on column thesetd.webhook_messages.seq is 'the change';
comment on column thesetd.webhook_messages.subject is 'the artist, or the row of a change without one: its messages go in order';
comment on column thesetd.webhook_messages.dead is 'given up: sent again by a replay only';
comment on column thesetd.webhook_messages.attempts is 'how often it failed';
comment on column thesetd.webhook_messages.first_at is 'when it failed first';
comment on column thesetd.webhook_messages.again_at is 'when it is tried again; null for at once';
comment on column thesetd.webhook_messages.error is 'why it failed last';
create index webhook_messages_first on thesetd.webhook_messages (hook, subject, seq) where not dead;
create index webhook_messages_change on thesetd.webhook_messages (seq);
