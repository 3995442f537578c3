-- Shows that a complete list lacks and that their provider still knows are asked for again after a day, not at each look.

create table thesetd.unlisted_shows (
    show_id uuid primary key references shows on delete cascade,
    asked_at timestamptz not null
);
comment on table thesetd.unlisted_shows is 'shows that a complete list lacked and that were asked for by their ids';
comment on column thesetd.unlisted_shows.show_id is 'the show';
comment on column thesetd.unlisted_shows.asked_at is 'when it was asked for last';
