"""The route of one schedule's runs, whose documents the other routes of schedules need not load."""

from thesetd.ports.surface.endpoints import ApiRoute, problem_response
from thesetd.ports.surface.freshness import RunsWanted, ScheduleDetails
from thesetd.ports.surface.rows.parts import NO_SCHEDULE, READ

# A row reads best in few lines: name, place, subject, scope, answer, what it does.
# fmt: off

SHOW_SCHEDULE = ApiRoute(
    "showSchedule", "GET /schedules/{name}", "jobs", READ, ScheduleDetails,
    "Show a schedule with its last runs: targets met, missed and why, calls spent", query=RunsWanted,
    refusals={400: problem_response("Invalid limit.", "bad-limit"), **NO_SCHEDULE},
)
