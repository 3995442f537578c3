-- Plans of schedules that an operator sets at run time, in place of the configured ones.

alter table thesetd.schedules
    add column set_cron text,
    add column set_zone text,
    add column set_until timestamptz,
    add constraint schedules_set_plan_check check ((set_cron is null) = (set_zone is null));

comment on column thesetd.schedules.set_cron is 'the plan that an operator has set; null where the configured one applies';
comment on column thesetd.schedules.set_zone is 'the time zone of the plan that an operator has set';
comment on column thesetd.schedules.set_until is 'when the configured plan applies again; null for not before it is reset';
