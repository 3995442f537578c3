-- When an import is expected to be complete, told from how long earlier ones took: a moment, and the bounds between which
-- it lies four times of five.

alter table thesetd.events
    add column expected_at timestamptz, add column expected_from timestamptz, add column expected_until timestamptz;
alter table import_status
    add column expected_at timestamptz, add column expected_from timestamptz, add column expected_until timestamptz;
comment on column thesetd.events.expected_at is 'when the job is expected to be complete; null if too few imports are known to tell it';
comment on column thesetd.events.expected_from is 'it ends no earlier, nine times of ten';
comment on column thesetd.events.expected_until is 'it ends no later, nine times of ten';
comment on column import_status.expected_at is 'when the import is expected to be complete; null if it ended, or too few imports are known to tell it';
comment on column import_status.expected_from is 'it ends no earlier, nine times of ten';
comment on column import_status.expected_until is 'it ends no later, nine times of ten';
