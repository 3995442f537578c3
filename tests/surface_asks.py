"""Requests to every row of the control surface's table: one for its success, one for each refusal that it documents."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import attrs

from thesetd.adapters.web.schema import example
from thesetd.domain.documents import members
from thesetd.domain.errors import (
    AmbiguousArtist,
    BadPayload,
    BadReference,
    Candidate,
    ConfigError,
    NotOffered,
    Unauthorized,
)
from thesetd.domain.ids import SPOTIFY
from thesetd.domain.music.edits import Edited
from thesetd.domain.work.progress import Stage
from thesetd.ports.surface import routes as row
from thesetd.ports.surface.endpoints import EVENTS, ApiRoute
from thesetd.ports.surface.routes import ROUTES

CONTROL = tuple(one for one in ROUTES if "control" in one.listeners)
SONG = "00000000-0000-0000-0000-00000000002b"
IDS: Mapping[str, object] = {
    "job_id": 1,
    "what": "spotify",
    "name": "sync-trending",
    "provider": "spotify",
    "artist": "mara-vell",
    "reference": "gorillaz",
    "show": "00000000-0000-0000-0000-00000000002c",
    "song": SONG,
    "setlist": SONG,
    "venue": SONG,
    "where": SONG,
    "page": "63de4613",
    "about": "page",
    "number": 1,
    "slug": "gorillaz",
    "webhook": "theset",
}
SLOW = object()  # a body that never arrives


def nothing(_: Any) -> None:
    """Prepare nothing."""


@attrs.frozen
class Ask:
    """A request to a row, and the answer that it has to get; `path` differs from what is usual."""

    row: ApiRoute[Any]
    status: int
    kind: str = ""
    path: Mapping[str, object] = attrs.field(factory=dict, kw_only=True)
    body: object = attrs.field(default=None, kw_only=True)
    query: Mapping[str, str] = attrs.field(factory=dict, kw_only=True)
    before: Callable[[Any], None] = attrs.field(default=nothing, kw_only=True)

    @property
    def target(self) -> str:
        """Return the request's target."""
        return self.row.at(**{**IDS, **self.path}) + (f"?{urlencode(self.query)}" if self.query else "")

    @property
    def data(self) -> bytes:
        """Return the body as it is sent."""
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else json.dumps(self.body).encode()

    def __str__(self) -> str:
        """Return the name of a test of it."""
        return f"{self.row.name}-{self.status}-{self.kind or 'ok'}"


def refusing(**references: Exception) -> Callable[[Any], None]:
    """Return what makes a daemon refuse references, wherever they are used."""

    def prepare(daemon: Any) -> None:
        daemon.references |= references
        daemon.curator.refused |= references
        daemon.freshness.artists.refused |= references

    return prepare


def failing(*parts: str, error: Exception) -> Callable[[Any], None]:
    """Return what makes parts of a daemon fail so."""
    return lambda daemon: daemon.failures.update(dict.fromkeys(parts, error))


def editing(edited: Edited) -> Callable[[Any], None]:
    """Return what makes a decision end so."""
    return lambda daemon: setattr(daemon, "edited", edited)


def reloading(error: ConfigError) -> Callable[[Any], None]:
    """Return what makes a reload fail so."""
    return lambda daemon: daemon.reloads.append(error)


TWINS = refusing(Twins=AmbiguousArtist("Twins", [Candidate(name="Twins", spotify_id="x")]))
BAD = refusing(Bad=BadReference("it is no name"))
NOT_OFFERED = NotOffered(SPOTIFY, "no recommendations for this application")
UNAUTHORIZED, BROKEN = Unauthorized(SPOTIFY, "refused"), BadPayload(SPOTIFY, "no name")
GONE, CANNOT = Edited(found=False, problem="no such thing"), Edited(problem="not while it is locked")
BODIES: Mapping[ApiRoute[Any], object] = {
    row.MERGE_SONG: {"into": SONG},
    row.MERGE_VENUE: {"into": SONG},
    row.DECIDE_IDENTITY: {"verb": "split", "artist": "mara-vell", "ids": "K8vZ1 K8vZ2"},
    row.INVALIDATE: {"artist": "Gorillaz"},
}
QUERIES: Mapping[ApiRoute[Any], Mapping[str, str]] = {row.PLAN_IMPORT: {"artist": "gorillaz"}}
PATHS: Mapping[ApiRoute[Any], Mapping[str, object]] = {
    row.RESET_BREAKER: {"name": "spotify"},
    row.UNPIN: {"artist": "gorillaz"},
}
BEFORE: Mapping[ApiRoute[Any], Callable[[Any], None]] = {
    row.RETRY_JOB: lambda daemon: daemon.advance(1, Stage.FAILED),
}
# What leads to a refusal wherever it is documented; other ways are listed below.
WAYS: Mapping[str, Mapping[str, Any]] = {
    "bad-text": {"query": {"x": "a\0"}},
    "bad-json": {"body": b"{"},
    "bad-body": {"body": []},
    "body-too-large": {"body": b" " * 70_000},
    "body-too-slow": {"body": SLOW},
    "unknown-job": {"path": {"job_id": 9}},
    "unknown-pause": {"path": {"what": "x"}},
    "unknown-schedule": {"path": {"name": "x"}},
    "unknown-breaker": {"path": {"name": "x"}},
    "unknown-provider": {"path": {"provider": "x"}},
    "unknown-show": {"path": {"show": "x"}},
    "bad-aspect": {"query": {"aspect": "merch"}},
    "unknown-song": {"path": {"reference": "nobody"}},
    "unknown-venue": {"path": {"where": "nowhere"}},
    "unknown-prediction": {"path": {"slug": "nobody"}},
    "unknown-ruling": {"path": {"number": "x"}},
    "unknown": {"before": editing(GONE)},
    "not-possible": {"before": editing(CANNOT)},
    "unknown-state": {"query": {"state": "x"}},
    "unknown-kind": {"query": {"kind": "x"}},
    "bad-limit": {"query": {"limit": "0"}},
    "bad-before": {"query": {"before": "x"}},
    "bad-event-id": {"query": {"after": "x"}},
    "bad-job": {"query": {"job": "x"}},
    "bad-sample": {"query": {"sample": "0"}},
    "bad-event": {"query": {"event": "Nothing"}},
    "bad-provider": {"query": {"provider": "nobody"}},
    "bad-since": {"query": {"since": "x"}},
    "unknown-change-kind": {"query": {"kinds": "x"}},
    "unknown-webhook": {"path": {"webhook": "x"}},
    "changes-gone": {"query": {"since": "9"}},
    "not-offered": {"before": failing("recommendations", "features", error=NOT_OFFERED)},
    "bad-grouping": {"query": {"by": "moon"}},
    "bad-limits": {"body": {"limits": "-5/60s"}},
    "bad-plan": {"body": {"cron": "61 * * * *"}},
    "bad-pin": {"body": {"artist": "gorillaz", "ages": "shows=1s", "why": "tour"}},
    "bad-interest": {"body": {"artists": [{"slug": 1}]}},
    "wrong-state": {"before": lambda daemon: daemon.finish(1)},
    "configuration-refused": {"before": reloading(ConfigError(["log.level: unknown"]))},
    "invalid-title": {"body": {"tracks": "a", "title": "\t"}},
    "bad-decision": {"body": {"verb": "praise"}},
    "unauthorized": {"body": {"artist": "A"}, "before": refusing(A=UNAUTHORIZED)},
    "provider-error": {"body": {"artist": "A"}, "before": refusing(A=BROKEN)},
}
_BESIDE: Mapping[ApiRoute[Any], dict[str, str]] = {  # what a body has beside its artist
    row.DECIDE_IDENTITY: {"verb": "link", "ids": "spotify:x"},
    row.PIN: {"ages": "shows=1h", "why": "tour"},
}
OTHER_WAYS: Mapping[tuple[ApiRoute[Any], str], Mapping[str, Any]] = {
    (row.SET_LIMITS, "bad-duration"): {"body": {"limits": "50/60s", "for": "soon"}},
    (row.SET_PLAN, "bad-duration"): {"body": {"cron": "0 4 * * *", "for": "soon"}},
    (row.COUNT_CALLS, "bad-duration"): {"query": {"since": "32d"}},
    (row.LIST_JOBS, "bad-duration"): {"query": {"since": "soon"}},
    (row.LIST_IMPORTS, "bad-duration"): {"query": {"since": "soon"}},
    (row.UNPIN, "bad-pin"): {"query": {"aspect": "merch"}},
    (row.PLAN_IMPORT, "bad-reference"): {"query": {"artist": ""}},
    (row.PLAN_IMPORT, "ambiguous-artist"): {"query": {"artist": "Twins"}},
    (row.UNDO_SONG_DECISION, "unknown-decision"): {"path": {"number": "x"}},
    (row.UNDO_VENUE_DECISION, "unknown-decision"): {"path": {"number": "x"}},
    (row.DECIDE_IDENTITY, "unknown-decision"): {"body": {"verb": "undo", "number": "9"}},
    **{
        (one, kind): {"path": {"artist": artist}, "before": before}
        for one in (row.SHOW_IDENTITY, row.REFRESH_ARTIST, row.UNPIN, row.RECOMMEND, row.HEAR_SONGS)
        for kind, artist, before in (
            ("bad-reference", "Bad", BAD),
            ("unknown-artist", "nobody", nothing),
            ("ambiguous-artist", "Twins", TWINS),
        )
    },
    **{
        (one, kind): {"body": _BESIDE.get(one, {}) | {"artist": artist}, "before": before}
        for one in (row.SUBMIT_IMPORT, row.INVALIDATE, row.DECIDE_IDENTITY, row.PIN)
        for kind, artist, before in (
            ("bad-reference", "Bad", BAD),
            ("unknown-artist", "Nobody", nothing),
            ("ambiguous-artist", "Twins", TWINS),
        )
    },
    **{
        (one, "invalid-id"): {"body": {member.name: "x" for member in members(one.body)}}
        for one in (row.MERGE_SONG, row.MERGE_VENUE, row.PLACE_PAGE, row.MATCH_SONG)
        if one.body
    },
}


def success(endpoint: ApiRoute[Any]) -> Ask:
    """Return the request that a row answers as it should."""
    body = BODIES.get(endpoint, example(endpoint.body) if endpoint.body else None)
    path, query = PATHS.get(endpoint, {}), QUERIES.get(endpoint, {})
    return Ask(endpoint, endpoint.status, body=body, path=path, query=query, before=BEFORE.get(endpoint, nothing))


def asks() -> Iterator[Ask]:
    """Yield requests that lead to every success and every refusal of the table; what has no way is left out."""
    for endpoint in CONTROL:
        if endpoint.media != EVENTS:
            yield success(endpoint)
        for status, refusal in endpoint.refused().items():
            for kind in refusal.kinds:
                if (way := OTHER_WAYS.get((endpoint, kind), WAYS.get(kind))) is not None:
                    yield attrs.evolve(success(endpoint), status=status, kind=kind, **way)
