"""Values that rows of several subjects share: scopes, listeners, media, refusals."""

from thesetd.ports.surface.endpoints import Scope, problem_response
from thesetd.ports.surface.problems import AmbiguousArtistProblem, UnknownArtistProblem

HTML, STYLE, SCRIPT, ICON = "text/html", "text/css", "text/javascript", "image/svg+xml"
READ, IMPORT, OPERATE = Scope.READ, Scope.IMPORT, Scope.OPERATE
EVERYWHERE, OPEN = frozenset({"control", "http"}), frozenset({"http"})

_BAD_LIST = ("unknown-state", "bad-limit", "bad-before", "bad-duration")
BAD_LIST = {400: problem_response("Invalid state, limit, job id or time.", *_BAD_LIST)}
BAD_JOBS = {400: problem_response("Invalid state, kind, limit, job id or time.", "unknown-kind", *_BAD_LIST)}
NO_JOB = {404: problem_response("There is no such job.", "unknown-job")}
NO_SCHEDULE = {404: problem_response("Unknown schedule; `schedules` lists the known ones.", "unknown-schedule")}
BAD_ARTIST = {400: problem_response("It cannot name an artist.", "bad-reference")}
NO_ARTIST = {404: problem_response("No such artist was found.", "unknown-artist", answers=UnknownArtistProblem)}
MANY_ARTISTS = {
    409: problem_response("Several artists carry this name.", "ambiguous-artist", answers=AmbiguousArtistProblem)
}
UNKNOWN = {404: problem_response("The request names something that does not exist.", "unknown")}
NOT_POSSIBLE = {409: problem_response("It is not possible; the detail says why.", "not-possible")}
BAD_ID = {400: problem_response("An id in the body is invalid.", "invalid-id")}
