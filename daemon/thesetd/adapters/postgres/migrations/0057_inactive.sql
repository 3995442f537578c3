-- Artists for whom nothing happens any more are marked by the clean-up; their rows stay.

alter table artists add column inactive_since timestamptz;
comment on column artists.inactive_since is
    'when the clean-up found that for a year there was no coming show, nothing new, no import, no visit and no follower; null if active';
