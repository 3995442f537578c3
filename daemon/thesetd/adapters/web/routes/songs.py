"""The control socket's routes about songs and setlists: looking up, merging, splitting, undoing, locking."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from thesetd.adapters.web.problems import RequestProblem, bad_request, conflict, not_found
from thesetd.adapters.web.requests import members, number
from thesetd.domain.music.edits import Edit, LockSetlist, MergeSongs, SongView, SplitSong, UndoDecision
from thesetd.ports.songs import SongDesk

MOST = 500  # characters of a title


class SongRoutes:
    """The routes about songs, decisions about them, and locks of setlists."""

    def __init__(self, desk: SongDesk) -> None:
        """Take who looks up and decides."""
        self._desk = desk

    def routes(self) -> Sequence[Route]:
        """Return them."""
        return [
            Route("/songs/{what}", self._show),
            Route("/songs/{song}/merge", self._merge, methods=["POST"]),
            Route("/songs/{song}/split", self._split, methods=["POST"]),
            Route("/song-decisions/{number}/undo", self._undo, methods=["POST"]),
            Route("/setlists/{setlist}/lock", self._lock, methods=["POST"]),
            Route("/setlists/{setlist}/unlock", self._unlock, methods=["POST"]),
            Route("/reclassify", self._reclassify, methods=["POST"]),
        ]

    async def _show(self, request: Request) -> Response:
        what = request.path_params["what"]
        found = await self._desk.songs(what)
        if not found:
            raise not_found("unknown-song", f"no song, Spotify track or artist's slug {what[:60]!r}")
        return JSONResponse({"songs": [as_json(view) for view in found]})

    async def _merge(self, request: Request) -> Response:
        into = (await members(request, '{"into": "..."}', {"into"}))["into"]
        return await self._edit(MergeSongs(song=_id(request, "song"), into=_parsed(into, "into")))

    async def _split(self, request: Request) -> Response:
        said = await members(request, '{"tracks": "... ...", "title": "..."}', {"tracks"}, frozenset({"title"}))
        title = said.get("title", "")
        if len(title) > MOST or not title.isprintable():
            raise bad_request("invalid-title", f"invalid title: expected text of at most {MOST} characters")
        return await self._edit(
            SplitSong(song=_id(request, "song"), tracks=tuple(dict.fromkeys(said["tracks"].split())), title=title)
        )

    async def _undo(self, request: Request) -> Response:
        decision = number(request.path_params["number"])
        if decision is None:
            raise not_found("unknown-decision", f"no decision {request.path_params['number'][:40]!r}")
        return await self._edit(UndoDecision(number=decision))

    async def _lock(self, request: Request) -> Response:
        return await self._edit(LockSetlist(setlist=_id(request, "setlist"), locked=True))

    async def _unlock(self, request: Request) -> Response:
        return await self._edit(LockSetlist(setlist=_id(request, "setlist"), locked=False))

    async def _reclassify(self, _: Request) -> Response:
        accepted = await self._desk.reclassify()
        reply = {"job_id": accepted.job_id, "joined": accepted.joined}
        return JSONResponse(reply, HTTPStatus.ACCEPTED, {"location": f"/jobs/{accepted.job_id}"})

    async def _edit(self, edit: Edit) -> Response:
        edited = await self._desk.edit(edit)
        if not edited.found:
            raise not_found("unknown", edited.problem)
        if edited.problem:
            raise conflict("not-possible", edited.problem)
        song = str(edited.song) if edited.song else None
        return JSONResponse({"decision": edited.number, "song": song})


def _id(request: Request, name: str) -> UUID:
    try:
        return UUID(request.path_params[name])
    except ValueError:
        raise _unknown(name, request.path_params[name]) from None


def _parsed(value: str, name: str) -> UUID:
    try:
        return UUID(value)
    except ValueError:
        raise bad_request("invalid-id", f"invalid {name} {value[:40]!r}: expected the id of a song") from None


def _unknown(name: str, value: str) -> RequestProblem:
    return not_found("unknown", f"no {name} {value[:40]!r}")


def as_json(view: SongView) -> dict[str, Any]:
    """Return the form that the control socket answers with."""
    song = view.song
    return {
        "id": str(song.id),
        "artist": view.artist,
        "title": song.title,
        "key": song.key,
        "offered": song.offered,
        "played": song.played,
        "merged_into": str(song.merged_into) if song.merged_into else None,
        "spotify_id": song.face.spotify_id if song.face else None,
        "album": song.face.album if song.face else None,
        "tracks": [
            {
                "spotify_id": track.spotify_id,
                "name": track.name,
                "classes": [version.value for version in type(track.version) if version in track.classes],
                "evidence": {version.value: words for version, words in track.evidence.items()},
                "by_hand": track.spotify_id in view.by_hand,
            }
            for track in view.tracks
        ],
        "decisions": [
            {
                "number": one.number,
                "what": one.what,
                "words": one.words,
                "made_at": one.made_at.isoformat(),
                "undone_at": one.undone_at.isoformat() if one.undone_at else None,
            }
            for one in view.decisions
        ],
    }
