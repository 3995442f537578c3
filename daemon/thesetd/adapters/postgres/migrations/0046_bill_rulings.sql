-- What people say of who plays at a show: it holds against what its seller says later.

create table thesetd.bill_rulings (
    number bigint generated always as identity primary key,
    show_id uuid not null references shows on delete cascade,
    acts uuid[] not null,
    before jsonb not null,
    who text not null,
    at timestamptz not null,
    undone_at timestamptz
);
create index bill_rulings_show on thesetd.bill_rulings (show_id);
comment on table thesetd.bill_rulings is 'what people say of who plays at a show';
comment on column thesetd.bill_rulings.number is 'the number to undo it by';
comment on column thesetd.bill_rulings.show_id is 'the show';
comment on column thesetd.bill_rulings.acts is 'the artists, the headliner first';
comment on column thesetd.bill_rulings.before is 'the places on the bill that it changed, before and after';
comment on column thesetd.bill_rulings.who is 'who said it';
comment on column thesetd.bill_rulings.at is 'when it was said';
comment on column thesetd.bill_rulings.undone_at is 'when it was taken back';
