-- Completed shows that were moved are looked for once an hour: every show was read for that, within the writer's transaction.

create index shows_completed on shows (coalesce(greatest(end_date, local_date), 'infinity')) where status = 'completed';
