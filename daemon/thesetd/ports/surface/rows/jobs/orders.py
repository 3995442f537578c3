"""Routes of jobs: reading them, and orders about them."""

from thesetd.ports.surface.endpoints import ApiRoute, problem_response
from thesetd.ports.surface.jobs import ImportStatus, JobOrdered, Jobs, JobsWanted
from thesetd.ports.surface.rows.parts import BAD_JOBS, NO_JOB, OPERATE, READ

_WRONG_STATE = {409: problem_response("Its state does not allow it.", "wrong-state")}

# A row reads best in few lines: name, place, subject, scope, answer, what it does.
# fmt: off

LIST_JOBS = ApiRoute(
    "listJobs", "GET /jobs", "jobs", READ, Jobs, "List jobs of all kinds, newest first", query=JobsWanted,
    refusals=BAD_JOBS,
)
SHOW_JOB = ApiRoute("showJob", "GET /jobs/{job_id}", "jobs", READ, ImportStatus, "Show one job", refusals=NO_JOB)
CANCEL_JOB = ApiRoute(
    "cancelJob", "POST /jobs/{job_id}/cancel", "jobs", OPERATE, JobOrdered, "Cancel a job, wherever it runs",
    refusals={**NO_JOB, **_WRONG_STATE},
)
RETRY_JOB = ApiRoute(
    "retryJob", "POST /jobs/{job_id}/retry", "jobs", OPERATE, JobOrdered,
    "Run an ended job again, from its last checkpoint", refusals={**NO_JOB, **_WRONG_STATE},
)
