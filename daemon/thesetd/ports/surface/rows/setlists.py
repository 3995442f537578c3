"""Routes of past setlists, and of the accuracy of predictions."""

from thesetd.ports.surface.endpoints import ApiRoute, problem_response
from thesetd.ports.surface.rows.parts import BAD_ID, NOT_POSSIBLE, OPERATE, READ, UNKNOWN
from thesetd.ports.surface.songs import BillOf, DecisionMade, NameMeans, PlaceAt, Predictions, Reviews

# A row reads best in few lines: name, place, subject, scope, answer, what it does.
# fmt: off

LIST_REVIEWS = ApiRoute(
    "listReviews", "GET /reviews", "setlists", READ, Reviews,
    "List pages of setlist.fm, names in setlists and bills of shows that are not certain",
)
PLACE_PAGE = ApiRoute(
    "placePage", "POST /setlist-pages/{page}/place", "setlists", OPERATE, DecisionMade,
    "Say which show a page of setlist.fm is the setlist of, or none", body=PlaceAt,
    refusals={**BAD_ID, **UNKNOWN, **NOT_POSSIBLE},
)
MATCH_SONG = ApiRoute(
    "matchSong", "POST /song-names", "setlists", OPERATE, DecisionMade,
    "Say which song of an artist a name in its setlists means, or none", body=NameMeans,
    refusals={**BAD_ID, **UNKNOWN, **NOT_POSSIBLE},
)
SAY_BILL = ApiRoute(
    "sayBill", "POST /shows/{show}/bill", "setlists", OPERATE, DecisionMade,
    "Say which artists play at a show, or none of those that are known", body=BillOf,
    refusals={**UNKNOWN, **NOT_POSSIBLE},
)
UNDO_RULING = ApiRoute(
    "undoRuling", "POST /rulings/{about}/{number}/undo", "setlists", OPERATE, DecisionMade,
    "Undo an answer about a page, the name of a song or the bill of a show",
    refusals={404: problem_response("There is no such answer.", "unknown-ruling", "unknown"), **NOT_POSSIBLE},
)
LIST_PREDICTIONS = ApiRoute(
    "listPredictionScores", "GET /predictions", "setlists", READ, Predictions,
    "Show how accurate predictions were, overall and for each artist",
)
SHOW_PREDICTION = ApiRoute(
    "showPredictionScore", "GET /predictions/{slug}", "setlists", READ, Predictions,
    "Show how good the predictions of one artist were",
    refusals={404: problem_response("None has been scored yet.", "unknown-prediction")},
)
