"""The route that says why a job waits; apart from the others, since its document takes long to load for `thesetctl`."""

from thesetd.domain.work.diagnosis import Diagnosis
from thesetd.ports.surface.endpoints import ApiRoute
from thesetd.ports.surface.rows.parts import NO_JOB, READ

# A row reads best in few lines: name, place, subject, scope, answer, what it does.
# fmt: off

EXPLAIN_JOB = ApiRoute(
    "explainJob", "GET /jobs/{job_id}/why", "jobs", READ, Diagnosis,
    "Say what a job waits for, and what would unblock it",
    refusals=NO_JOB,
)
