"""Routes of songs, and of operators' decisions about them."""

from thesetd.ports.surface.endpoints import ApiRoute, problem_response
from thesetd.ports.surface.jobs import Enqueued
from thesetd.ports.surface.rows.parts import BAD_ID, IMPORT, NO_ARTIST, NOT_POSSIBLE, OPERATE, READ, UNKNOWN
from thesetd.ports.surface.songs import (
    AdviceWanted,
    DecisionMade,
    MergeInto,
    Recommendations,
    Songs,
    SongsHeard,
    SplitOff,
)

_ADVICE = {
    400: problem_response("It cannot name an artist, or the limit is invalid.", "bad-reference", "bad-limit"),
    **NO_ARTIST,
    409: problem_response(
        "Several artists carry this name, or Spotify does not offer this.", "ambiguous-artist", "not-offered"
    ),
}

# A row reads best in few lines: name, place, subject, scope, answer, what it does.
# fmt: off

SHOW_SONGS = ApiRoute(
    "showSongs", "GET /songs/{reference}", "songs", READ, Songs,
    "Look up the song of an id or of a Spotify track, or the songs of an artist's slug",
    refusals={404: problem_response("No song, track or artist has this id or slug.", "unknown-song")},
)
RECOMMEND = ApiRoute(
    "recommend", "GET /artists/{artist}/recommendations", "songs", IMPORT, Recommendations,
    "Ask Spotify for tracks like a stored artist's, where it offers that to the application", query=AdviceWanted,
    refusals=_ADVICE,
)
HEAR_SONGS = ApiRoute(
    "hearSongs", "GET /artists/{artist}/features", "songs", IMPORT, SongsHeard,
    "Ask Spotify what a stored artist's songs sound like, where it offers that to the application", query=AdviceWanted,
    refusals=_ADVICE,
)
MERGE_SONG = ApiRoute(
    "mergeSong", "POST /songs/{song}/merge", "songs", OPERATE, DecisionMade,
    "Make a song's recordings and votes count for another song of the artist", body=MergeInto,
    refusals={**BAD_ID, **UNKNOWN, **NOT_POSSIBLE},
)
SPLIT_SONG = ApiRoute(
    "splitSong", "POST /songs/{song}/split", "songs", OPERATE, DecisionMade,
    "Split some of a song's tracks into a song of their own", body=SplitOff,
    refusals={400: problem_response("The title is invalid.", "invalid-title"), **UNKNOWN, **NOT_POSSIBLE},
)
UNDO_SONG_DECISION = ApiRoute(
    "undoSongDecision", "POST /song-decisions/{number}/undo", "songs", OPERATE, DecisionMade,
    "Undo a merge or split",
    refusals={404: problem_response("There is no such decision.", "unknown-decision", "unknown"), **NOT_POSSIBLE},
)
LOCK_SETLIST = ApiRoute(
    "lockSetlist", "POST /setlists/{setlist}/lock", "songs", OPERATE, DecisionMade,
    "Lock a predicted setlist: from now on it only gains songs, at its end", refusals=UNKNOWN,
)
UNLOCK_SETLIST = ApiRoute(
    "unlockSetlist", "POST /setlists/{setlist}/unlock", "songs", OPERATE, DecisionMade,
    "Let a predicted setlist change again", refusals=UNKNOWN,
)
RECLASSIFY = ApiRoute(
    "reclassify", "POST /reclassify", "songs", OPERATE, Enqueued,
    "Derive every artist's songs and the classes of tracks again from stored rows", status=202,
    location="/jobs/{job_id}",
)
