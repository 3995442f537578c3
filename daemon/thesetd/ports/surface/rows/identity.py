"""Routes of identities: which ids are one artist."""

from thesetd.ports.surface.endpoints import ApiRoute, problem_response
from thesetd.ports.surface.identity import Identity, IdentityDecided, IdentityReviews, NewDecision
from thesetd.ports.surface.rows.parts import BAD_ARTIST, MANY_ARTISTS, NO_ARTIST, OPERATE, READ

# A row reads best in few lines: name, place, subject, scope, answer, what it does.
# fmt: off

SHOW_IDENTITY = ApiRoute(
    "showIdentity", "GET /artists/{artist}/identity", "identity", READ, Identity,
    "Show which ids are one artist, and why", refusals={**BAD_ARTIST, **NO_ARTIST, **MANY_ARTISTS},
)
LIST_IDENTITY_REVIEWS = ApiRoute(
    "listIdentityReviews", "GET /identity/reviews", "identity", READ, IdentityReviews,
    "List open review questions, newest first",
)
DECIDE_IDENTITY = ApiRoute(
    "decideIdentity", "POST /identity/decisions", "identity", OPERATE, IdentityDecided,
    "Link, unlink, merge or split artists, or undo a decision", body=NewDecision,
    refusals={
        400: problem_response("It names no id of the artist, or lacks a member.", "bad-decision", "bad-reference"),
        404: problem_response("There is no such artist or decision.", "unknown-artist", "unknown-decision"),
        **MANY_ARTISTS,
    },
)
