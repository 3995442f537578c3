-- Jobs that wait for the end of a pause stand apart, by what they wait for: whoever looks for jobs passes them over as a whole. A
-- look among 100,000 of them took 40 ms.
drop index thesetd.jobs_ready;
create index jobs_ready on thesetd.jobs (lane, not_before, id) where state = 'ready' and (waits_for like 'pause %') is not true;
create index jobs_held on thesetd.jobs (waits_for, lane, not_before, id) where state = 'ready' and waits_for like 'pause %';
