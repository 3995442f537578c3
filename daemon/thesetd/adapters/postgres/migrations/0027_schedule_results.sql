-- How the last job of each schedule ended, and when one last ended well: kept longer than the jobs themselves.

alter table thesetd.schedules
    add column last_success timestamptz,
    add column last_result text,
    add column last_error text;
comment on column thesetd.schedules.last_success is 'when a job of it was last done';
comment on column thesetd.schedules.last_result is 'the state in which its last job ended';
