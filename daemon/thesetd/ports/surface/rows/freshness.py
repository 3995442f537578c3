"""Routes of pins, and of the application's reports about its users."""

from thesetd.ports.surface.endpoints import ApiRoute, problem_response
from thesetd.ports.surface.freshness import Interests, InterestTaken, NewPin, Pins, PinsDeleted, Unpinned
from thesetd.ports.surface.rows.parts import IMPORT, MANY_ARTISTS, NO_ARTIST, OPERATE, READ

# A row reads best in few lines: name, place, subject, scope, answer, what it does.
# fmt: off

LIST_PINS = ApiRoute("listPins", "GET /pins", "freshness", READ, Pins, "List the ages that are pinned")
PIN = ApiRoute(
    "pin", "POST /pins", "freshness", OPERATE, Pins, "Pin the ages of aspects of an artist", body=NewPin,
    refusals={
        400: problem_response("The artist, an age, the reason or the end cannot be used.", "bad-pin", "bad-reference"),
        **NO_ARTIST, **MANY_ARTISTS,
    },
)
UNPIN = ApiRoute(
    "unpin", "DELETE /pins/{artist}", "freshness", OPERATE, Unpinned, "Delete pins of an artist", query=PinsDeleted,
    refusals={
        400: problem_response("It cannot name an artist, or there is no such aspect.", "bad-pin", "bad-reference"),
        **NO_ARTIST, **MANY_ARTISTS,
    },
)
TELL_INTEREST = ApiRoute(
    "tellInterest", "POST /interest", "freshness", IMPORT, InterestTaken,
    "Report followers and visits of artists, so that their pages are kept fresh", body=Interests,
    refusals={400: problem_response("A member is invalid.", "bad-interest")},
)
