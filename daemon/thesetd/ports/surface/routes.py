"""The table of routes: every route of the listeners, who may use it, what it takes and what it answers.

A handler is registered under its row, so a row without a handler and a handler without a row are errors when the
daemon starts. The order within a path decides where paths overlap: literal parts come before parameters.
"""

from collections.abc import Mapping
from typing import Any, Final

from thesetd.domain.work.accepted import Accepted
from thesetd.domain.work.progress import Event
from thesetd.domain.work.why import Why
from thesetd.ports.surface.daemon import Actors, Breakers, Health, Pauses, PauseView, Reload, Resumed, Schedules
from thesetd.ports.surface.endpoints import EVENTS, TEXT, Endpoint, Kind, Parameter, Scope, refusal
from thesetd.ports.surface.freshness import (
    Interests,
    InterestTaken,
    NewPin,
    Pins,
    PinsDeleted,
    RefreshWanted,
    RunsWanted,
    ScheduleDetails,
    Unpinned,
)
from thesetd.ports.surface.gate import AllLimits, CallCounts, CallsWanted, Invalidated, NewLimits, Stale
from thesetd.ports.surface.identity import Identity, IdentityDecided, IdentityReviews, NewDecision
from thesetd.ports.surface.jobs import (
    Enqueued,
    FollowFrom,
    Imports,
    ImportStatus,
    JobOrdered,
    Jobs,
    JobsWanted,
    NewImport,
    ScheduleFired,
)
from thesetd.ports.surface.plans import Planned, PlanWanted
from thesetd.ports.surface.problems import AmbiguousArtistProblem, ProviderProblem, UnknownArtistProblem
from thesetd.ports.surface.songs import (
    DecisionMade,
    MergeInto,
    NameMeans,
    PlaceAt,
    Predictions,
    Reviews,
    Songs,
    SplitOff,
)
from thesetd.ports.surface.status import Status

HTML, STYLE, SCRIPT, ICON = "text/html", "text/css", "text/javascript", "image/svg+xml"
READ, IMPORT, OPERATE = Scope.READ, Scope.IMPORT, Scope.OPERATE
EVERYWHERE, OPEN = frozenset({"control", "http"}), frozenset({"http"})

TAGS: Final[Mapping[str, str]] = {
    "imports": "Import artists and follow their progress.",
    "jobs": "Look at jobs, give orders about them, and pause work.",
    "freshness": "Pins, and what the application tells of its people.",
    "providers": "Limits, calls, breakers and cached responses.",
    "songs": "Songs, predicted setlists, and what people decide about them.",
    "setlists": "Setlists that were played, and how accurate predictions were.",
    "identity": "Who is who, and what people decide of it.",
    "daemon": "The daemon itself.",
}
PARAMETERS: Final[Mapping[str, Parameter]] = {
    "job_id": Parameter(text="A job's number.", example=1),
    "name": Parameter(text="The name of a schedule or a breaker.", example="sync-trending", slashes=True),
    "what": Parameter(text="A provider, a schedule, or all.", example="spotify", slashes=True),
    "provider": Parameter(text="A provider's name.", example="spotify", slashes=True),
    "artist": Parameter(text="A slug, a name, or an id in any form.", example="gorillaz", slashes=True),
    "reference": Parameter(text="A song's id, a Spotify track's, or an artist's slug.", example="gorillaz"),
    "song": Parameter(text="A song's id.", example="00000000-0000-0000-0000-00000000002b"),
    "setlist": Parameter(text="A setlist's id.", example="00000000-0000-0000-0000-00000000002b"),
    "show": Parameter(text="The id of a show's row.", example="00000000-0000-0000-0000-00000000002c"),
    "page": Parameter(text="The id of a page of setlist.fm.", example="63de4613"),
    "about": Parameter(text="What the answer is about: page or song.", example="page"),
    "number": Parameter(text="The number of a decision.", example=1),
    "slug": Parameter(text="An artist's slug.", example="gorillaz"),
}

_BAD_LIST = {400: refusal("Invalid state, limit or job id.", "unknown-state", "bad-limit", "bad-before")}
_NO_JOB = {404: refusal("There is no such job.", "unknown-job")}
_BAD_EVENT = {400: refusal("The event id is not a sequence number.", "bad-event-id")}
_WRONG_STATE = {409: refusal("Its state does not allow it.", "wrong-state")}
_BAD_ARTIST = {400: refusal("It cannot name an artist.", "bad-reference")}
_NO_ARTIST = {404: refusal("No such artist was found.", "unknown-artist", answers=UnknownArtistProblem)}
_MANY_ARTISTS = {409: refusal("Several artists carry this name.", "ambiguous-artist", answers=AmbiguousArtistProblem)}
_PROVIDER = {
    502: refusal(
        "A provider refuses the credentials, or its response is invalid.",
        "unauthorized",
        "provider-error",
        answers=ProviderProblem,
    )
}
_NO_PAUSE = {404: refusal("Nothing of that name can be paused; `names` lists what can.", "unknown-pause")}
_NO_SCHEDULE = {404: refusal("Unknown schedule; `schedules` lists the known ones.", "unknown-schedule")}
_UNKNOWN = {404: refusal("What it names does not exist.", "unknown")}
_NOT_POSSIBLE = {409: refusal("It is not possible; the detail says why.", "not-possible")}
_BAD_ID = {400: refusal("An id in the body is invalid.", "invalid-id")}


# A row reads best in few lines: name, place, subject, scope, answer, what it does.
# fmt: off

# Imports.
LIST_IMPORTS = Endpoint(
    "listImports", "GET /imports", "imports", READ, Imports, "List imports, newest first", query=JobsWanted,
    refusals=_BAD_LIST,
)
SUBMIT_IMPORT = Endpoint(
    "submitImport", "POST /imports", "imports", IMPORT, Accepted, "Import an artist, or join its running import",
    body=NewImport, status=202, location="/imports/{job_id}", kind=Kind.IMPORT,
    refusals={**_BAD_ARTIST, **_NO_ARTIST, **_MANY_ARTISTS, **_PROVIDER},
)
SHOW_IMPORT = Endpoint(
    "showImport", "GET /imports/{job_id}", "imports", READ, ImportStatus, "Show one job", refusals=_NO_JOB,
)
FOLLOW_IMPORT = Endpoint(
    "followImport", "GET /imports/{job_id}/events", "imports", READ, Event,
    "Follow one job from its first event to its last", query=FollowFrom, media=EVENTS, kind=Kind.STREAM,
    listeners=EVERYWHERE, refusals={**_BAD_EVENT, **_NO_JOB},
)
FOLLOW_ALL = Endpoint(
    "followAll", "GET /events", "imports", READ, Event, "Follow all jobs, from now or after a given event",
    query=FollowFrom, media=EVENTS, kind=Kind.STREAM, listeners=EVERYWHERE, refusals=_BAD_EVENT,
)

# Jobs and pauses.
LIST_JOBS = Endpoint(
    "listJobs", "GET /jobs", "jobs", READ, Jobs, "List jobs of all kinds, newest first", query=JobsWanted,
    refusals=_BAD_LIST,
)
SHOW_JOB = Endpoint("showJob", "GET /jobs/{job_id}", "jobs", READ, ImportStatus, "Show one job", refusals=_NO_JOB)
CANCEL_JOB = Endpoint(
    "cancelJob", "POST /jobs/{job_id}/cancel", "jobs", OPERATE, JobOrdered, "Cancel a job, wherever it runs",
    refusals={**_NO_JOB, **_WRONG_STATE},
)
RETRY_JOB = Endpoint(
    "retryJob", "POST /jobs/{job_id}/retry", "jobs", OPERATE, JobOrdered,
    "Run an ended job again, from its last checkpoint", refusals={**_NO_JOB, **_WRONG_STATE},
)
EXPLAIN_JOB = Endpoint(
    "explainJob", "GET /jobs/{job_id}/why", "jobs", READ, Why, "Say what a job waits for, and what would unblock it",
    refusals=_NO_JOB,
)
LIST_PAUSES = Endpoint("listPauses", "GET /pauses", "jobs", READ, Pauses, "List what is paused")
PAUSE = Endpoint(
    "pause", "PUT /pauses/{what}", "jobs", OPERATE, PauseView, "Pause a provider, a schedule, or all",
    refusals=_NO_PAUSE,
)
RESUME = Endpoint("resume", "DELETE /pauses/{what}", "jobs", OPERATE, Resumed, "End a pause", refusals=_NO_PAUSE)
LIST_SCHEDULES = Endpoint("listSchedules", "GET /schedules", "jobs", READ, Schedules, "List the schedules")
RUN_SCHEDULE = Endpoint(
    "runSchedule", "POST /schedules/{name}/run", "jobs", OPERATE, ScheduleFired,
    "Run a schedule now; its next planned run stays as it is", status=202, location="/jobs/{job_id}",
    refusals=_NO_SCHEDULE,
)
SHOW_SCHEDULE = Endpoint(
    "showSchedule", "GET /schedules/{name}", "jobs", READ, ScheduleDetails,
    "Show a schedule with its last runs: targets met, missed and why, calls spent", query=RunsWanted,
    refusals={400: refusal("Invalid limit.", "bad-limit"), **_NO_SCHEDULE},
)

# Freshness.
LIST_PINS = Endpoint("listPins", "GET /pins", "freshness", READ, Pins, "List the ages that are pinned")
PIN = Endpoint(
    "pin", "POST /pins", "freshness", OPERATE, Pins, "Pin the ages of aspects of an artist", body=NewPin,
    refusals={
        400: refusal("The artist, an age, the reason or the end cannot be used.", "bad-pin", "bad-reference"),
        **_NO_ARTIST, **_MANY_ARTISTS,
    },
)
UNPIN = Endpoint(
    "unpin", "DELETE /pins/{artist}", "freshness", OPERATE, Unpinned, "Delete pins of an artist", query=PinsDeleted,
    refusals={
        400: refusal("It cannot name an artist, or there is no such aspect.", "bad-pin", "bad-reference"),
        **_NO_ARTIST, **_MANY_ARTISTS,
    },
)
TELL_INTEREST = Endpoint(
    "tellInterest", "POST /interest", "freshness", IMPORT, InterestTaken,
    "Tell which artists people follow and visit, so that their pages are kept fresh", body=Interests,
    refusals={400: refusal("A member is invalid.", "bad-interest")},
)

PLAN_IMPORT = Endpoint(
    "planImport", "GET /plans/import", "freshness", READ, Planned, "Tell what an import would take, without doing it",
    query=PlanWanted, refusals={**_BAD_ARTIST, **_MANY_ARTISTS},
)
PLAN_REFRESH = Endpoint(
    "planRefresh", "GET /plans/refresh", "freshness", READ, Planned, "Tell what it takes to refresh all that is due",
)
PLAN_DAY = Endpoint(
    "planDay", "GET /plans/day", "freshness", READ, Planned, "Tell what a day of refreshes takes",
)

# Providers.
LIST_LIMITS = Endpoint(
    "listLimits", "GET /limits", "providers", READ, AllLimits, "Show each provider's limits, lanes and penalty",
)
SET_LIMITS = Endpoint(
    "setLimits", "POST /limits/{provider}", "providers", OPERATE, AllLimits,
    "Change a provider's limits, for a time or until the daemon restarts", body=NewLimits,
    refusals={
        400: refusal("Invalid limits or duration.", "bad-limits", "bad-duration"),
        404: refusal("Unknown provider; `providers` lists the known ones.", "unknown-provider"),
    },
)
COUNT_CALLS = Endpoint(
    "countCalls", "GET /calls", "providers", READ, CallCounts, "Count the calls to the providers", query=CallsWanted,
    refusals={400: refusal("Invalid grouping or duration.", "bad-grouping", "bad-duration")},
)
LIST_BREAKERS = Endpoint("listBreakers", "GET /breakers", "providers", READ, Breakers, "List the circuit breakers")
RESET_BREAKER = Endpoint(
    "resetBreaker", "POST /breakers/{name}/reset", "providers", OPERATE, Breakers,
    "Close a breaker and forget its failures",
    refusals={404: refusal("Unknown breaker; `breakers` lists the known ones.", "unknown-breaker")},
)
SHOW_CACHE = Endpoint(
    "showCache", "GET /cache", "providers", READ, dict[str, Any], "Show cache hits and misses by layer and endpoint",
)
INVALIDATE = Endpoint(
    "invalidateCache", "POST /cache/invalidate", "providers", OPERATE, Invalidated,
    "Invalidate an artist's cached responses", body=Stale, refusals={**_BAD_ARTIST, **_NO_ARTIST},
)

# Songs and setlists.
SHOW_SONGS = Endpoint(
    "showSongs", "GET /songs/{reference}", "songs", READ, Songs,
    "Look up the song of an id or of a Spotify track, or the songs of an artist's slug",
    refusals={404: refusal("Nothing is called that.", "unknown-song")},
)
MERGE_SONG = Endpoint(
    "mergeSong", "POST /songs/{song}/merge", "songs", OPERATE, DecisionMade,
    "Make a song's recordings and votes count for another song of the artist", body=MergeInto,
    refusals={**_BAD_ID, **_UNKNOWN, **_NOT_POSSIBLE},
)
SPLIT_SONG = Endpoint(
    "splitSong", "POST /songs/{song}/split", "songs", OPERATE, DecisionMade,
    "Split some of a song's tracks into a song of their own", body=SplitOff,
    refusals={400: refusal("The title is invalid.", "invalid-title"), **_UNKNOWN, **_NOT_POSSIBLE},
)
UNDO_SONG_DECISION = Endpoint(
    "undoSongDecision", "POST /song-decisions/{number}/undo", "songs", OPERATE, DecisionMade,
    "Undo a merge or split",
    refusals={404: refusal("There is no such decision.", "unknown-decision", "unknown"), **_NOT_POSSIBLE},
)
LOCK_SETLIST = Endpoint(
    "lockSetlist", "POST /setlists/{setlist}/lock", "songs", OPERATE, DecisionMade,
    "Lock a predicted setlist: from now on it only gains songs, at its end", refusals=_UNKNOWN,
)
UNLOCK_SETLIST = Endpoint(
    "unlockSetlist", "POST /setlists/{setlist}/unlock", "songs", OPERATE, DecisionMade,
    "Let a predicted setlist change again", refusals=_UNKNOWN,
)
RECLASSIFY = Endpoint(
    "reclassify", "POST /reclassify", "songs", OPERATE, Enqueued,
    "Derive every artist's songs and the classes of tracks again from stored rows", status=202,
    location="/jobs/{job_id}",
)

# Setlists that were played.
LIST_REVIEWS = Endpoint(
    "listReviews", "GET /reviews", "setlists", READ, Reviews,
    "List pages of setlist.fm and names in setlists that are not certain",
)
PLACE_PAGE = Endpoint(
    "placePage", "POST /setlist-pages/{page}/place", "setlists", OPERATE, DecisionMade,
    "Say which show a page of setlist.fm is the setlist of, or none", body=PlaceAt,
    refusals={**_BAD_ID, **_UNKNOWN, **_NOT_POSSIBLE},
)
MATCH_SONG = Endpoint(
    "matchSong", "POST /song-names", "setlists", OPERATE, DecisionMade,
    "Say which song of an artist a name in its setlists means, or none", body=NameMeans,
    refusals={**_BAD_ID, **_UNKNOWN, **_NOT_POSSIBLE},
)
UNDO_RULING = Endpoint(
    "undoRuling", "POST /rulings/{about}/{number}/undo", "setlists", OPERATE, DecisionMade,
    "Undo an answer about a page or the name of a song",
    refusals={404: refusal("There is no such answer.", "unknown-ruling", "unknown"), **_NOT_POSSIBLE},
)
LIST_PREDICTIONS = Endpoint(
    "listPredictionScores", "GET /predictions", "setlists", READ, Predictions,
    "Show how accurate predictions were, overall and for each artist",
)
SHOW_PREDICTION = Endpoint(
    "showPredictionScore", "GET /predictions/{slug}", "setlists", READ, Predictions,
    "Show how good the predictions of one artist were",
    refusals={404: refusal("None has been scored yet.", "unknown-prediction")},
)

# Identity.
SHOW_IDENTITY = Endpoint(
    "showIdentity", "GET /artists/{artist}/identity", "identity", READ, Identity,
    "Show which ids are one artist, and why", refusals={**_BAD_ARTIST, **_NO_ARTIST, **_MANY_ARTISTS},
)
REFRESH_ARTIST = Endpoint(
    "refreshArtist", "POST /artists/{artist}/refresh", "imports", IMPORT, Accepted,
    "Refresh a stored artist's shows, setlists or catalogue for somebody who waits", query=RefreshWanted, status=202,
    location="/jobs/{job_id}",
    refusals={
        400: refusal("It cannot name an artist, or there is no such aspect.", "bad-reference", "bad-aspect"),
        **_NO_ARTIST, **_MANY_ARTISTS,
    },
)
REFRESH_SHOW = Endpoint(
    "refreshShow", "POST /shows/{show}/refresh", "imports", IMPORT, Accepted,
    "Refresh the shows of a show's headliner or, once it is over, the setlists", status=202, location="/jobs/{job_id}",
    refusals={404: refusal("There is no such show, or no act of it is known.", "unknown-show")},
)
LIST_IDENTITY_REVIEWS = Endpoint(
    "listIdentityReviews", "GET /identity/reviews", "identity", READ, IdentityReviews,
    "List what is left to people to decide, newest first",
)
DECIDE_IDENTITY = Endpoint(
    "decideIdentity", "POST /identity/decisions", "identity", OPERATE, IdentityDecided,
    "Link, unlink, merge or split artists, or undo a decision", body=NewDecision,
    refusals={
        400: refusal("It names no id of the artist, or lacks a member.", "bad-decision", "bad-reference"),
        404: refusal("There is no such artist or decision.", "unknown-artist", "unknown-decision"),
        **_MANY_ARTISTS,
    },
)

# The daemon itself.
LIST_ACTORS = Endpoint("listActors", "GET /actors", "daemon", READ, Actors, "List the actors in start order")
SHOW_HEALTH = Endpoint(
    "showHealth", "GET /health", "daemon", READ, Health, "Show whether the daemon can work", kind=Kind.PROBE,
)
RELOAD = Endpoint(
    "reload", "POST /reload", "daemon", OPERATE, Reload, "Reload the configuration, and put in force what can be",
    refusals={409: refusal("It has faults, which `faults` lists; nothing was changed.", "configuration-refused")},
)
DESCRIBE = Endpoint("describe", "GET /openapi.json", "daemon", READ, dict[str, Any], "Return this description")
SHOW_STATUS = Endpoint(
    "showStatus", "GET /status", "daemon", READ, Status, "Show everything at a glance", listeners=EVERYWHERE,
)
SHOW_PAGE = Endpoint(
    "showPage", "GET /", "daemon", None, str, "Show everything at a glance to a person", media=HTML, listeners=OPEN,
)
SHOW_STYLE = Endpoint(
    "showStyle", "GET /page.css", "daemon", None, str, "Return the page's style", media=STYLE, listeners=OPEN,
)
SHOW_SCRIPT = Endpoint(
    "showScript", "GET /page.js", "daemon", None, str, "Return the page's script", media=SCRIPT, listeners=OPEN,
)
SHOW_ICON = Endpoint(
    "showIcon", "GET /icon.svg", "daemon", None, str, "Return the page's icon", media=ICON, listeners=OPEN,
)
SHOW_METRICS = Endpoint(
    "showMetrics", "GET /metrics", "daemon", None, str, "Return the metrics", media=TEXT, listeners=OPEN,
    kind=Kind.PROBE,
)
PROBE_LIFE = Endpoint(
    "probeLife", "GET /healthz", "daemon", None, str, "Say that the process lives", media=TEXT, listeners=OPEN,
    kind=Kind.PROBE,
)
PROBE_READINESS = Endpoint(
    "probeReadiness", "GET /readyz", "daemon", None, Health, "Say whether the daemon can work", listeners=OPEN,
    kind=Kind.PROBE,
)


# fmt: on

ROUTES: Final[tuple[Endpoint[Any], ...]] = tuple(row for row in list(globals().values()) if isinstance(row, Endpoint))
