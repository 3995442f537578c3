"""Routes of schedules."""

from thesetd.ports.surface.daemon import Schedules
from thesetd.ports.surface.endpoints import ApiRoute, problem_response
from thesetd.ports.surface.freshness import RunsWanted, ScheduleDetails
from thesetd.ports.surface.jobs import ScheduleFired
from thesetd.ports.surface.rows.parts import OPERATE, READ

_NO_SCHEDULE = {404: problem_response("Unknown schedule; `schedules` lists the known ones.", "unknown-schedule")}

# A row reads best in few lines: name, place, subject, scope, answer, what it does.
# fmt: off

LIST_SCHEDULES = ApiRoute("listSchedules", "GET /schedules", "jobs", READ, Schedules, "List the schedules")
RUN_SCHEDULE = ApiRoute(
    "runSchedule", "POST /schedules/{name}/run", "jobs", OPERATE, ScheduleFired,
    "Run a schedule now; its next planned run stays as it is", status=202, location="/jobs/{job_id}",
    refusals=_NO_SCHEDULE,
)
SHOW_SCHEDULE = ApiRoute(
    "showSchedule", "GET /schedules/{name}", "jobs", READ, ScheduleDetails,
    "Show a schedule with its last runs: targets met, missed and why, calls spent", query=RunsWanted,
    refusals={400: problem_response("Invalid limit.", "bad-limit"), **_NO_SCHEDULE},
)
