"""Routes of the change feed."""

from thesetd.domain.changes import CatalogueChange, Changes
from thesetd.ports.surface.changes import ChangesFollowed, ChangesGoneProblem, ChangesWanted
from thesetd.ports.surface.endpoints import EVENTS, ApiRoute, PlaceKind, problem_response
from thesetd.ports.surface.rows.parts import READ

_GONE = {
    410: problem_response(
        "Changes after that number are gone: read the rows again, then resume with `last`.",
        "changes-gone",
        answers=ChangesGoneProblem,
    )
}

# A row reads best in few lines: name, place, subject, scope, answer, what it does.
# fmt: off

LIST_CHANGES = ApiRoute(
    "listChanges", "GET /changes", "changes", READ, Changes, "List changes of the catalogue, oldest first",
    query=ChangesWanted,
    refusals={
        400: problem_response("Invalid number, kind or limit.", "bad-since", "unknown-change-kind", "bad-limit"),
        **_GONE,
    },
)
FOLLOW_CHANGES = ApiRoute(
    "followChanges", "GET /changes/stream", "changes", READ, CatalogueChange,
    "Follow changes of the catalogue, from now or after a given one", query=ChangesFollowed, media=EVENTS,
    kind=PlaceKind.STREAM,
    refusals={400: problem_response("Invalid number or kind.", "bad-since", "unknown-change-kind"), **_GONE},
)
