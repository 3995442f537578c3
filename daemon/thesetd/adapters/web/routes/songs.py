"""The routes about songs and setlists: look-up, merge, split, undo, lock."""

from uuid import UUID

from starlette.requests import Request

from thesetd.adapters.web.problems import RequestProblem, bad_request, conflict, not_found
from thesetd.adapters.web.requests import number, sent
from thesetd.adapters.web.table import Handlers
from thesetd.domain.music.edits import Edit, Edited, LockSetlist, MergeSongs, SongView, SplitSong, UndoDecision
from thesetd.domain.music.records import Track
from thesetd.ports.songs import SongDesk
from thesetd.ports.surface import routes
from thesetd.ports.surface.decisions import DecisionShown
from thesetd.ports.surface.jobs import Enqueued
from thesetd.ports.surface.songs import DecisionMade, MergeInto, Songs, SongShown, SplitOff, TrackShown

MOST = 500  # most characters of a title


class SongRoutes:
    """The routes about songs, decisions about them, and locks of setlists."""

    def __init__(self, desk: SongDesk) -> None:
        """Take the desk."""
        self._desk = desk

    def handlers(self) -> Handlers:
        """Return them."""
        return {
            routes.SHOW_SONGS: self._show,
            routes.MERGE_SONG: self._merge,
            routes.SPLIT_SONG: self._split,
            routes.UNDO_SONG_DECISION: self._undo,
            routes.LOCK_SETLIST: self._lock,
            routes.UNLOCK_SETLIST: self._unlock,
            routes.RECLASSIFY: self._reclassify,
        }

    async def _show(self, request: Request) -> Songs:
        what = request.path_params["reference"]
        found = await self._desk.songs(what)
        if not found:
            raise not_found("unknown-song", f"no song, Spotify track or artist's slug {what[:60]!r}")
        return Songs(songs=tuple(map(song_document, found)))

    async def _merge(self, request: Request) -> DecisionMade:
        into = (await sent(request, MergeInto)).into
        return await self._edit(MergeSongs(song=id_in_path(request, "song"), into=id_in_body(into, "into")))

    async def _split(self, request: Request) -> DecisionMade:
        wish = await sent(request, SplitOff)
        title = wish.title or ""
        if len(title) > MOST or not title.isprintable():
            raise bad_request("invalid-title", f"invalid title: expected text of at most {MOST} characters")
        return await self._edit(
            SplitSong(song=id_in_path(request, "song"), tracks=tuple(dict.fromkeys(wish.tracks.split())), title=title)
        )

    async def _undo(self, request: Request) -> DecisionMade:
        decision = number(request.path_params["number"])
        if decision is None:
            raise not_found("unknown-decision", f"no decision {request.path_params['number'][:40]!r}")
        return await self._edit(UndoDecision(number=decision))

    async def _lock(self, request: Request) -> DecisionMade:
        return await self._edit(LockSetlist(setlist=id_in_path(request, "setlist"), locked=True))

    async def _unlock(self, request: Request) -> DecisionMade:
        return await self._edit(LockSetlist(setlist=id_in_path(request, "setlist"), locked=False))

    async def _reclassify(self, _: Request) -> Enqueued:
        accepted = await self._desk.reclassify()
        return Enqueued(job_id=accepted.job_id, joined=accepted.joined)

    async def _edit(self, edit: Edit) -> DecisionMade:
        return decision_made(await self._desk.edit(edit))


def decision_made(edited: Edited) -> DecisionMade:
    """Return the effect of a decision.

    Raises:
        RequestProblem: it did nothing.
    """
    if not edited.found:
        raise not_found("unknown", edited.problem)
    if edited.problem:
        raise conflict("not-possible", edited.problem)
    return DecisionMade(decision=edited.number, song=edited.song)


def id_in_path(request: Request, name: str) -> UUID:
    """Return the id of a row in the path.

    Raises:
        RequestProblem: it is not one.
    """
    try:
        return UUID(request.path_params[name])
    except ValueError:
        raise _unknown(name, request.path_params[name]) from None


def id_in_body(value: str, name: str, *, of: str = "a song") -> UUID:
    """Return the id of a row in the body.

    Raises:
        RequestProblem: it is not one.
    """
    try:
        return UUID(value)
    except ValueError:
        raise bad_request("invalid-id", f"invalid {name} {value[:40]!r}: expected the id of {of}") from None


def _unknown(name: str, value: str) -> RequestProblem:
    return not_found("unknown", f"no {name} {value[:40]!r}")


def song_document(view: SongView) -> SongShown:
    """Return the document for the answer."""
    song = view.song
    return SongShown(
        id=song.id,
        artist=view.artist,
        title=song.title,
        key=song.key,
        offered=song.offered,
        played=song.played,
        merged_into=song.merged_into,
        spotify_id=song.face.spotify_id if song.face else None,
        album=song.face.album if song.face else None,
        tracks=tuple(_track(track, by_hand=track.spotify_id in view.by_hand) for track in view.tracks),
        decisions=tuple(
            DecisionShown(
                number=one.number, what=one.what, words=one.words, made_at=one.made_at, undone_at=one.undone_at
            )
            for one in view.decisions
        ),
    )


def _track(track: Track, *, by_hand: bool) -> TrackShown:
    return TrackShown(
        spotify_id=track.spotify_id,
        name=track.name,
        classes=tuple(version.value for version in type(track.version) if version in track.classes),
        evidence={version.value: words for version, words in track.evidence.items()},
        by_hand=by_hand,
    )
