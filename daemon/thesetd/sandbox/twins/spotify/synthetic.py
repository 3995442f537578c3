"""The synthetic world in Spotify's form, with the quirks of recorded bodies."""

from collections.abc import Iterable, Sequence

from thesetd.sandbox.listing import GAP, Json, ListSlot, ListSlots
from thesetd.sandbox.search import EQUAL_OR_NEAR, Query, closeness, folded, ranked
from thesetd.sandbox.synthetic.catalogue import Album, Song, Track
from thesetd.sandbox.synthetic.chance import digest, one_in
from thesetd.sandbox.synthetic.roster import Artist
from thesetd.sandbox.synthetic.universe import Universe

MARKETS = ["AU", "BE", "CA", "DE", "ES", "FR", "GB", "IE", "NL", "SE", "US"]
TOP = 10
_FEATURES = (
    "acousticness", "danceability", "energy", "instrumentalness", "liveness", "speechiness", "valence",
)  # fmt: skip


class SpotifyView:
    """A `SpotifySource` over the universe."""

    def __init__(self, universe: Universe) -> None:
        self._universe = universe

    def entity(self, kind: str, spotify_id: str) -> Json | None:
        """See `SpotifySource.entity`."""
        artist = self._owner(spotify_id)
        if artist is None:
            return None
        if kind == "artist":
            return self._artist(artist) if artist.spotify_id == spotify_id else None
        if kind == "album":
            album = self._album(artist, spotify_id)
            return None if album is None else self._full_album(artist, album)
        found = self._track(artist, spotify_id)
        if found is None:
            return None
        return self._features(found[1]) if kind == "audio-features" else self._full_track(artist, *found)

    def listing(self, kind: str, spotify_id: str) -> ListSlots | None:
        """See `SpotifySource.listing`."""
        artist = self._owner(spotify_id)
        if artist is None:
            return None
        if kind in {"album-tracks", "embedded-tracks"}:
            album = self._album(artist, spotify_id)
            return None if album is None else [self._simple_track(artist, album, track) for track in album.tracks]
        if artist.spotify_id != spotify_id:
            return None
        return self._artist_albums(artist) if kind == "artist-albums" else self._top_tracks(artist)

    def recommendations(self, seeds: frozenset[str]) -> Json | None:
        """See `SpotifySource.recommendations`: top tracks of the seeds' guests, with album types in capitals."""
        owners = [artist for one in sorted(seeds) if (artist := self._owner(one)) is not None]
        if not owners:
            return None
        tracks = [track for artist in owners for track in self._top_tracks(self._universe.guest(artist))]
        for track in tracks:
            track["album"]["album_type"] = track["album"]["album_type"].upper()
        pool = {"initialPoolSize": len(tracks), "afterFilteringSize": len(tracks), "afterRelinkingSize": len(tracks)}
        stated = [
            pool | {"id": artist.spotify_id, "type": "ARTIST", "href": _href("artist", artist.spotify_id)}
            for artist in owners
        ]
        return {"tracks": tracks, "seeds": stated}

    def search(self, kind: str, query: Query) -> ListSlots:
        """See `SpotifySource.search`."""
        wanted = query.wanted(kind)
        if kind == "artist":
            artists = ranked(self._universe.roster, wanted, lambda one: one.name, lambda one: one.spotify_id)
            return [self._artist(artist) for artist in artists]
        albums = [
            (artist, album) for artist in self._searched(query) for album in self._universe.catalogue(artist).albums
        ]
        if kind == "album":
            if upc := query.field("upc"):  # matches 14 digits with leading zeros only
                return [self._simple_album(*one) for one in albums if one[1].upc.zfill(14) == upc]
            found = ranked(albums, wanted, lambda one: one[1].name, lambda one: one[1].spotify_id)
            return [self._simple_album(*one) for one in found]
        tracks = [(artist, album, track) for artist, album in albums for track in album.tracks]
        if isrc := query.field("isrc"):
            return [self._full_track(*one) for one in tracks if folded(one[2].isrc) == isrc]
        hits = ranked(tracks, wanted, lambda one: one[2].name, lambda one: one[2].spotify_id)
        return [self._full_track(*one) for one in hits]

    def _searched(self, query: Query) -> Sequence[Artist]:
        """Return the artists whose catalogues are searched: those that match the artist filter, or all."""
        name = query.field("artist")
        return [one for one in self._universe.roster if not name or closeness(folded(one.name), name) == EQUAL_OR_NEAR]

    def _owner(self, spotify_id: str) -> Artist | None:
        return self._universe.artist(self._universe.mint.spotify_owner(spotify_id))

    def _album(self, artist: Artist, album_id: str) -> Album | None:
        albums = self._universe.catalogue(artist).albums
        return next((album for album in albums if album.spotify_id == album_id), None)

    def _track(self, artist: Artist, track_id: str) -> tuple[Album, Track] | None:
        albums = self._universe.catalogue(artist).albums
        pairs = ((album, track) for album in albums for track in album.tracks)
        return next((pair for pair in pairs if pair[1].spotify_id == track_id), None)

    def _artist_albums(self, artist: Artist) -> ListSlots:
        """List the artist's albums, then those of the host on which it is a guest; some lists have nulls or gaps."""
        albums = self._universe.catalogue(artist).albums
        slots: list[ListSlot] = [self._simple_album(artist, album) | {"album_group": album.group} for album in albums]
        if one_in(artist.index, 30, 11):
            slots.insert(1, None)
        if one_in(artist.index, 15, 12):
            slots[len(slots) // 2 : len(slots) // 2] = [GAP, GAP]
        host = self._universe.host(artist)
        return [
            *slots,
            *(
                self._simple_album(host, album) | {"album_group": "appears_on"}
                for album in self._universe.catalogue(host).albums
                if any(track.song.guest == artist.index for track in album.tracks)
            ),
        ]

    def _top_tracks(self, artist: Artist) -> list[Json]:
        albums = self._universe.catalogue(artist).albums
        first: dict[int, tuple[Album, Track]] = {}
        for album in albums:
            for track in album.tracks:
                first.setdefault(track.song.number, (album, track))
        return [self._full_track(artist, *first[number]) for number in sorted(first)[:TOP]]

    def _artist(self, artist: Artist) -> Json:
        total: float = float(artist.followers) if one_in(artist.index, 25, 6) else artist.followers
        images: list[Json] | None = _images(artist.spotify_id)
        if one_in(artist.index, 40, 9):
            images = None
        return {
            **_simple_artist(artist.spotify_id, artist.name),
            "followers": {"href": None, "total": total},
            "genres": list(artist.genres),
            "images": images,
            "popularity": artist.popularity,
        }

    def _credits(self, artist: Artist, songs: Iterable[Song], *, taken_down: bool) -> list[Json]:
        guests = sorted({song.guest for song in songs if song.guest is not None})
        credited = [artist, *(self._universe.roster[index] for index in guests)]
        return [_simple_artist(one.spotify_id, "" if taken_down else one.name) for one in credited]

    def _simple_album(self, artist: Artist, album: Album) -> Json:
        return {
            "album_type": album.group,
            "total_tracks": len(album.tracks),
            "available_markets": [] if album.taken_down else MARKETS,
            **_identity("album", album.spotify_id),
            "images": [] if album.taken_down else _images(album.spotify_id),
            "name": album.name,
            "release_date": album.release_date,
            "release_date_precision": album.precision,
            "artists": self._credits(artist, (), taken_down=album.taken_down),
        }

    def _full_album(self, artist: Artist, album: Album) -> Json:
        year = album.release_date[:4]
        return {
            **self._simple_album(artist, album),
            "copyrights": [{"text": f"© {year} {album.label}", "type": "C"}],
            "external_ids": {} if album.taken_down else {"upc": album.upc},
            "genres": [],
            "label": album.label,
            "popularity": album.popularity,
        }

    def _simple_track(self, artist: Artist, album: Album, track: Track) -> Json:
        gone = album.taken_down
        body = {
            "artists": self._credits(artist, (track.song,), taken_down=gone),
            "available_markets": [] if gone else MARKETS,
            "disc_number": track.disc,
            "duration_ms": 0 if gone else track.duration_ms,
            "explicit": track.song.explicit,
            **_identity("track", track.spotify_id),
            "name": "" if gone else track.name,
            "preview_url": None,
            "track_number": track.number,
            "is_local": False,
        }
        if one_in(track.song.number, 40, 13):  # relinked without a market, the id only in the uri
            body["linked_from"] = {**_identity("track", track.spotify_id), "id": None}
        return body

    def _full_track(self, artist: Artist, album: Album, track: Track) -> Json:
        return {
            **self._simple_track(artist, album, track),
            "album": self._simple_album(artist, album),
            "external_ids": {} if album.taken_down else {"isrc": track.isrc},
            "popularity": max(0, artist.popularity - 2 * track.song.number),
        }

    def _features(self, track: Track) -> Json:
        dice = digest(self._universe.seed, "features", track.isrc)
        return {
            **{name: (dice >> 10 * place) % 1000 / 1000 for place, name in enumerate(_FEATURES)},
            "key": dice % 12,
            "mode": dice % 2,
            "loudness": -(dice % 200) / 10,
            "tempo": 60 + dice % 120,
            "time_signature": 4,
            "duration_ms": track.duration_ms,
            "type": "audio_features",
            "id": track.spotify_id,
            "uri": f"spotify:track:{track.spotify_id}",
            "track_href": _href("track", track.spotify_id),
        }


def _href(kind: str, spotify_id: str) -> str:
    return f"https://api.spotify.com/v1/{kind}s/{spotify_id}"


def _identity(kind: str, spotify_id: str) -> Json:
    return {
        "external_urls": {"spotify": f"https://open.spotify.com/{kind}/{spotify_id}"},
        "href": _href(kind, spotify_id),
        "id": spotify_id,
        "type": kind,
        "uri": f"spotify:{kind}:{spotify_id}",
    }


def _simple_artist(spotify_id: str, name: str) -> Json:
    return {**_identity("artist", spotify_id), "name": name}


def _images(spotify_id: str) -> list[Json]:
    return [
        {"url": f"https://i.scdn.example/image/{spotify_id}/{size}", "height": size, "width": size}
        for size in (640, 300, 64)
    ]
