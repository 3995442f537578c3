"""Routes of refreshes that a caller waits for."""

from thesetd.domain.work.accepted import Accepted
from thesetd.ports.surface.endpoints import ApiRoute, problem_response
from thesetd.ports.surface.freshness import RefreshWanted
from thesetd.ports.surface.rows.parts import (
    IMPORT,
    MANY_ARTISTS,
    NO_ARTIST,
)

# A row reads best in few lines: name, place, subject, scope, answer, what it does.
# fmt: off

REFRESH_ARTIST = ApiRoute(
    "refreshArtist", "POST /artists/{artist}/refresh", "imports", IMPORT, Accepted,
    "Refresh a stored artist's shows, setlists or catalogue before all background work",
    query=RefreshWanted, status=202, location="/jobs/{job_id}",
    refusals={
        400: problem_response("It cannot name an artist, or there is no such aspect.", "bad-reference", "bad-aspect"),
        **NO_ARTIST, **MANY_ARTISTS,
    },
)
REFRESH_SHOW = ApiRoute(
    "refreshShow", "POST /shows/{show}/refresh", "imports", IMPORT, Accepted,
    "Refresh the shows of a show's headliner or, once it is over, the setlists", status=202, location="/jobs/{job_id}",
    refusals={404: problem_response("There is no such show, or no act of it is known.", "unknown-show")},
)
