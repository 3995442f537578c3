-- Shows that their provider no longer knows: never deleted, and scheduled again when they are listed again.

alter table shows
    drop constraint shows_status_check,
    add column gone_because text,
    add constraint shows_status_check
        check (status in ('scheduled', 'cancelled', 'postponed', 'rescheduled', 'completed', 'withdrawn'));
comment on column shows.gone_because is 'why the show is withdrawn: what no longer holds it, and since when';
