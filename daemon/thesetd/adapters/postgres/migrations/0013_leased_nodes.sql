-- A node that has no session of its own, behind a pooler of transactions, holds its name by beating.
alter table thesetd.nodes add column leased boolean not null default false;
