"""Routes of imports and their progress."""

from thesetd.domain.work.accepted import Accepted
from thesetd.domain.work.progress import Event
from thesetd.ports.surface.endpoints import EVENTS, ApiRoute, PlaceKind, problem_response
from thesetd.ports.surface.jobs import FollowFrom, Imports, ImportStatus, ImportsWanted, NewImport
from thesetd.ports.surface.problems import ProviderProblem
from thesetd.ports.surface.rows.parts import (
    BAD_ARTIST,
    BAD_LIST,
    EVERYWHERE,
    IMPORT,
    MANY_ARTISTS,
    NO_ARTIST,
    NO_JOB,
    READ,
)

_BAD_EVENT = {400: problem_response("The event id is not a sequence number.", "bad-event-id")}
_PROVIDER = {
    502: problem_response(
        "A provider refuses the credentials, or its response is invalid.",
        "unauthorized",
        "provider-error",
        answers=ProviderProblem,
    )
}

# A row reads best in few lines: name, place, subject, scope, answer, what it does.
# fmt: off

LIST_IMPORTS = ApiRoute(
    "listImports", "GET /imports", "imports", READ, Imports, "List imports, newest first", query=ImportsWanted,
    refusals=BAD_LIST,
)
SUBMIT_IMPORT = ApiRoute(
    "submitImport", "POST /imports", "imports", IMPORT, Accepted, "Import an artist, or join its running import",
    body=NewImport, status=202, location="/imports/{job_id}", kind=PlaceKind.IMPORT,
    refusals={**BAD_ARTIST, **NO_ARTIST, **MANY_ARTISTS, **_PROVIDER},
)
SHOW_IMPORT = ApiRoute(
    "showImport", "GET /imports/{job_id}", "imports", READ, ImportStatus, "Show one job", refusals=NO_JOB,
)
FOLLOW_IMPORT = ApiRoute(
    "followImport", "GET /imports/{job_id}/events", "imports", READ, Event,
    "Follow one job from its first event to its last", query=FollowFrom, media=EVENTS, kind=PlaceKind.STREAM,
    listeners=EVERYWHERE, refusals={**_BAD_EVENT, **NO_JOB},
)
FOLLOW_ALL = ApiRoute(
    "followAll", "GET /events", "imports", READ, Event, "Follow all jobs, from now or after a given event",
    query=FollowFrom, media=EVENTS, kind=PlaceKind.STREAM, listeners=EVERYWHERE, refusals=_BAD_EVENT,
)
