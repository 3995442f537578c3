"""Serves recorded Spotify bodies, joined again into a catalogue.

CRAWL-INDEX.json says when a body was recorded; bodies that it does not list count as the oldest. For an entity the
newest recording counts, for a list the pages of the newest day. Data that was never recorded does not exist; a
recorded artist whose list of albums was not recorded has the recorded albums that credit the artist.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from thesetd.sandbox.listing import Json, ListSlot, ListSlots, RecordedPage, assemble
from thesetd.sandbox.recorded.files import bodies
from thesetd.sandbox.search import Query, parse_query, ranked

INDEX = "CRAWL-INDEX.json"
_ID_LENGTH = 22
_ENTITIES = {  # folder: kind, and the key of a body that holds several; single bodies come after lists to win
    "artists-several": ("artist", "artists"),
    "artist": ("artist", ""),
    "albums-several": ("album", "albums"),
    "album": ("album", ""),
    "top-tracks": ("track", "tracks"),
    "tracks-several": ("track", "tracks"),
    "track": ("track", ""),
    "audio-features": ("audio-features", "audio_features"),
}
TOP = 10
_KINDS = {"artists": "artist", "albums": "album", "tracks": "track"}
_GROUPS = ("album", "single", "compilation", "appears_on")  # the order of an artist's list
_FULL_ONLY = ("copyrights", "external_ids", "genres", "label", "popularity")  # fields that lists of albums do not have


class RecordedSpotify:
    """A `SpotifySource` over the folder of recorded bodies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._recorded = _dates(folder)
        self._entities: dict[tuple[str, str], Json] = {}
        self._listings: dict[tuple[str, str], ListSlots] = {}
        self._hits: dict[tuple[str, ...], list[ListSlot]] = {}
        self._recommendations = [body for _, body in bodies(folder / "recommendations")]
        self._read_searches()
        self._read_entities()
        self._read_lists("artist-albums")
        self._read_lists("album-tracks")
        self._read_top_tracks()
        self._rank_tracks()
        self._list_albums()

    def entity(self, kind: str, spotify_id: str) -> Json | None:
        """See `SpotifySource.entity`."""
        return self._entities.get((kind, spotify_id))

    def listing(self, kind: str, spotify_id: str) -> ListSlots | None:
        """See `SpotifySource.listing`; an album whose own list was not recorded is listed by what it embeds."""
        if kind in {"album-tracks", "embedded-tracks"}:
            own = self._listings.get((kind, spotify_id))
            return own if own is not None or kind == "embedded-tracks" else self.listing("embedded-tracks", spotify_id)
        return self._listings.get((kind, spotify_id))

    def recommendations(self, seeds: frozenset[str]) -> Json | None:
        """See `SpotifySource.recommendations`: the first recording whose seeds include these."""
        for body in self._recommendations:
            if seeds and seeds <= {seed["id"] for seed in body["seeds"]}:
                return dict(body)
        return None

    def search(self, kind: str, query: Query) -> ListSlots:
        """See `SpotifySource.search`: an equal recorded search, or every recorded name that resembles the query."""
        recorded = self._hits.get(query.key(kind))
        if recorded is not None:
            return recorded
        known = [body for (of, _), body in self._entities.items() if of == kind and body.get("name")]
        return list(ranked(known, query.wanted(kind), lambda body: str(body["name"]), lambda body: str(body["id"])))

    def _dated(self, kind: str) -> Iterator[tuple[str, Any]]:
        """Return a folder's bodies with the day each was recorded, oldest first."""
        found = [(self._recorded.get(f"{kind}/{name}", ""), body) for name, body in bodies(self._folder / kind)]
        return iter(sorted(found, key=lambda entry: entry[0]))

    def _read_entities(self) -> None:
        dated: list[tuple[str, str, Json]] = []
        for folder, (kind, key) in _ENTITIES.items():
            for day, body in self._dated(folder):
                dated.extend((day, kind, one) for one in _several(body, key) if _named(one))
        for _, kind, one in sorted(dated, key=lambda entry: entry[0]):
            body = dict(one)
            tracks = body.pop("tracks", None) if kind == "album" else None
            self._entities[kind, one["id"]] = body
            if isinstance(tracks, dict):
                self._listings["embedded-tracks", one["id"]] = assemble([_page(tracks)])

    def _read_lists(self, kind: str) -> None:
        days: dict[str, dict[str, list[RecordedPage]]] = defaultdict(lambda: defaultdict(list))
        for stamp, body in self._dated(kind):
            owner = urlsplit(body["href"]).path.split("/")[3]  # /v1/albums/{id}/tracks
            days[owner][stamp[:10]].append(_page(body))
        for owner, recorded in days.items():
            self._listings[kind, owner] = assemble(recorded[max(recorded)])

    def _read_top_tracks(self) -> None:
        """Assign top tracks to the artist that all of them name, since the bodies do not name it."""
        for _, body in self._dated("top-tracks"):
            credited = [{artist["id"] for artist in track["artists"]} for track in body["tracks"]]
            for owner in set.intersection(*credited):
                self._listings["top-tracks", owner] = body["tracks"]

    def _rank_tracks(self) -> None:
        """List the ten most popular recorded tracks of each artist without a recorded list."""
        by_artist: dict[str, list[Json]] = defaultdict(list)
        for (kind, _), body in self._entities.items():
            if kind == "track" and isinstance(body.get("popularity"), int) and body.get("album"):
                for artist in body["artists"]:
                    by_artist[artist["id"]].append(body)
        for owner, tracks in by_artist.items():
            ranked_tracks = sorted(tracks, key=lambda track: (-track["popularity"], track["id"]))
            self._listings.setdefault(("top-tracks", owner), list(ranked_tracks[:TOP]))

    def _list_albums(self) -> None:
        """List what was recorded for each artist without a recorded list: an artist that exists has lists, if empty."""
        for kind, artist_id in list(self._entities):
            if kind == "artist":
                self._listings.setdefault(("top-tracks", artist_id), [])
                if ("artist-albums", artist_id) not in self._listings:
                    self._listings["artist-albums", artist_id] = self._albums_of(artist_id)

    def _albums_of(self, artist_id: str) -> list[ListSlot]:
        """Return the recorded albums that credit an artist, or a track of which does, as a list shows them."""
        found: list[Json] = []
        for (kind, album_id), album in self._entities.items():
            tracks = self.listing("album-tracks", album_id) or () if kind == "album" else ()
            own = kind == "album" and _credits(album, artist_id)
            if own or any(isinstance(track, dict) and _credits(track, artist_id) for track in tracks):
                shown = {name: value for name, value in album.items() if name not in _FULL_ONLY}
                found.append(shown | {"album_group": album.get("album_type", "album") if own else "appears_on"})
        found.sort(key=lambda album: (album.get("release_date", ""), album["id"]), reverse=True)
        found.sort(key=lambda album: _GROUPS.index(album["album_group"]))
        return [*found]

    def _read_searches(self) -> None:
        """Join the recordings of equal queries: the oldest one's hits first, then what newer ones have besides."""
        for _, body in self._dated("search"):
            for plural, kind in _KINDS.items():
                page = body.get(plural)
                if not isinstance(page, dict) or "query" not in (asked := parse_qs(urlsplit(page["href"]).query)):
                    continue
                hits = self._hits.setdefault(parse_query(asked["query"][0]).key(kind), [])
                listed = {hit["id"] for hit in hits if isinstance(hit, dict)}
                hits.extend(hit for hit in page["items"] if hit is None or hit["id"] not in listed)
                if kind == "artist":
                    self._entities.update({(kind, hit["id"]): hit for hit in page["items"] if hit is not None})


def _dates(folder: Path) -> dict[str, str]:
    index = json.loads((folder / INDEX).read_bytes())
    return {entry["file"]: entry["recorded"] for entry in index["entries"]}


def _credits(body: Json, artist_id: str) -> bool:
    return any(artist["id"] == artist_id for artist in body["artists"])


def _several(body: Any, key: str) -> Iterable[Any]:
    return body[key] if key and key in body else [body]


def _named(one: Any) -> bool:
    return isinstance(one, dict) and isinstance(one.get("id"), str) and len(one["id"]) == _ID_LENGTH


def _page(body: Json) -> RecordedPage:
    return RecordedPage(body.get("offset", 0), body.get("total", 0), body["items"])
