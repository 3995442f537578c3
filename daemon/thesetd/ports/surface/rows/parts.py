"""What rows of several subjects have in common: scopes, listeners, media, refusals."""

from thesetd.ports.surface.endpoints import Scope, refusal
from thesetd.ports.surface.problems import AmbiguousArtistProblem, UnknownArtistProblem

HTML, STYLE, SCRIPT, ICON = "text/html", "text/css", "text/javascript", "image/svg+xml"
READ, IMPORT, OPERATE = Scope.READ, Scope.IMPORT, Scope.OPERATE
EVERYWHERE, OPEN = frozenset({"control", "http"}), frozenset({"http"})

BAD_LIST = {400: refusal("Invalid state, limit or job id.", "unknown-state", "bad-limit", "bad-before")}
NO_JOB = {404: refusal("There is no such job.", "unknown-job")}
BAD_ARTIST = {400: refusal("It cannot name an artist.", "bad-reference")}
NO_ARTIST = {404: refusal("No such artist was found.", "unknown-artist", answers=UnknownArtistProblem)}
MANY_ARTISTS = {409: refusal("Several artists carry this name.", "ambiguous-artist", answers=AmbiguousArtistProblem)}
UNKNOWN = {404: refusal("What it names does not exist.", "unknown")}
NOT_POSSIBLE = {409: refusal("It is not possible; the detail says why.", "not-possible")}
BAD_ID = {400: refusal("An id in the body is invalid.", "invalid-id")}
