-- What people say of venues: which are one place, and which are not.

create table thesetd.venue_decisions (
    number bigint generated always as identity primary key,
    what text not null check (what in ('merge', 'split')),
    venue_id uuid not null references venues on delete cascade,
    others uuid[] not null,
    words text not null,
    before jsonb not null,
    who text not null,
    made_at timestamptz not null,
    undone_at timestamptz
);
create index venue_decisions_venue on thesetd.venue_decisions (venue_id);
comment on table thesetd.venue_decisions is 'what people say of venues: which are one place; an undo writes back what was before';
comment on column thesetd.venue_decisions.number is 'the number to undo it by';
comment on column thesetd.venue_decisions.what is 'merge or split';
comment on column thesetd.venue_decisions.venue_id is 'the venue that it is about';
comment on column thesetd.venue_decisions.others is 'the venues that it is, or is not, one place with';
comment on column thesetd.venue_decisions.words is 'what was said, in words';
comment on column thesetd.venue_decisions.before is 'the rows that it changed, as they were';
comment on column thesetd.venue_decisions.who is 'who said it';
comment on column thesetd.venue_decisions.made_at is 'when it was said';
comment on column thesetd.venue_decisions.undone_at is 'when it was taken back';
