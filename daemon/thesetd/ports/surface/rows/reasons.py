"""The route that says why a job is where it is."""

from thesetd.domain.work.why import Why
from thesetd.ports.surface.endpoints import ApiRoute
from thesetd.ports.surface.rows.parts import NO_JOB, READ

# A row reads best in few lines: name, place, subject, scope, answer, what it does.
# fmt: off

EXPLAIN_JOB = ApiRoute(
    "explainJob", "GET /jobs/{job_id}/why", "jobs", READ, Why, "Say what a job waits for, and what would unblock it",
    refusals=NO_JOB,
)
