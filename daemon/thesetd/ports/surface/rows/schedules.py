"""Routes of schedules."""

from thesetd.ports.surface.daemon import NewPlan, Schedules, ScheduleView
from thesetd.ports.surface.endpoints import ApiRoute, problem_response
from thesetd.ports.surface.jobs import ScheduleFired
from thesetd.ports.surface.rows.parts import NO_SCHEDULE, OPERATE, READ

# A row reads best in few lines: name, place, subject, scope, answer, what it does.
# fmt: off

LIST_SCHEDULES = ApiRoute("listSchedules", "GET /schedules", "jobs", READ, Schedules, "List the schedules")
RUN_SCHEDULE = ApiRoute(
    "runSchedule", "POST /schedules/{name}/run", "jobs", OPERATE, ScheduleFired,
    "Run a schedule now; its next planned run stays as it is", status=202, location="/jobs/{job_id}",
    refusals=NO_SCHEDULE,
)
SET_PLAN = ApiRoute(
    "setPlan", "PUT /schedules/{name}/plan", "jobs", OPERATE, ScheduleView,
    "Set when a schedule fires, on every node and across restarts", body=NewPlan,
    refusals={
        400: problem_response(
            "The cron expression, the zone or the duration is invalid, or the configuration disables the schedule.",
            "bad-plan", "bad-duration",
        ),
        **NO_SCHEDULE,
    },
)
RESET_PLAN = ApiRoute(
    "resetPlan", "DELETE /schedules/{name}/plan", "jobs", OPERATE, ScheduleView,
    "Return to the configured plan of a schedule", refusals=NO_SCHEDULE,
)
