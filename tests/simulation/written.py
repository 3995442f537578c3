"""Small worlds written by hand behind the emulated providers, and a daemon that imports from them step by step."""

from collections.abc import Callable, Sequence
from typing import Any

import attrs
import trio

from fake_identity import uuid_of
from simulation.plans import ALONE
from simulation.weather import SkewedClock
from simulation.whole import WORLD_SEED, Simulation
from thesetd.sandbox.listing import Json
from thesetd.sandbox.search import Query, ranked
from thesetd.sandbox.server import SandboxOptions, build
from thesetd.sandbox.twins.setlistfm.recorded import RecordedSetlistfm
from thesetd.sandbox.twins.setlistfm.recorded import _card as setlist_card
from thesetd.sandbox.twins.ticketmaster.recorded import RecordedTicketmaster
from thesetd.sandbox.twins.ticketmaster.recorded import _card as event_card
from thesetd.sandbox.world import World, synthetic_world

MUSIC, THEATRE = "KZFzniwnSyZfZ7v7nJ", "KZFzniwnSyZfZ7v7na"


class WrittenSpotify:
    """A `SpotifySource` of artists and their albums, each of which holds its tracks."""

    def __init__(self, artists: Sequence[Json], albums: Sequence[Json] = ()) -> None:
        """Take their bodies."""
        self._artists = {one["id"]: one for one in artists}
        self._albums = {one["id"]: one for one in albums}

    def entity(self, kind: str, spotify_id: str) -> Json | None:
        """Return an artist, or an album or track."""
        if kind == "track":
            tracks = (self._full(one, track) for one in self._albums.values() for track in one["tracks"])
            return next((track for track in tracks if track["id"] == spotify_id), None)
        if kind == "album" and (album := self._albums.get(spotify_id)):
            return {key: value for key, value in album.items() if key != "tracks"}
        return self._artists.get(spotify_id) if kind == "artist" else None

    def listing(self, kind: str, spotify_id: str) -> list[Json] | None:
        """List the albums of an artist, the tracks of an album, or the most popular tracks of an artist."""
        if kind in {"album-tracks", "embedded-tracks"}:
            return self._albums[spotify_id]["tracks"] if spotify_id in self._albums else None
        if spotify_id not in self._artists:
            return None
        own = [one for one in self._albums.values() if one["artists"][0]["id"] == spotify_id]
        if kind == "artist-albums":
            return [{key: value for key, value in one.items() if key != "tracks"} for one in own]
        tracks = [self._full(one, track) for one in own for track in one["tracks"]]
        return sorted(tracks, key=lambda track: -track["popularity"])[:10]

    @staticmethod
    def _full(album: Json, track: Json) -> Json:
        return {"popularity": 0, **track, "album": {key: value for key, value in album.items() if key != "tracks"}}

    def recommendations(self, seeds: frozenset[str]) -> Json | None:
        """Recommend nothing."""
        return None

    def search(self, kind: str, query: Query) -> list[Any]:
        """Find artists by name."""
        known = list(self._artists.values()) if kind == "artist" else []
        return list(ranked(known, query.wanted(kind), lambda body: str(body["name"]), lambda body: str(body["id"])))


class WrittenTicketmaster(RecordedTicketmaster):
    """Events and attractions."""

    def __init__(self, *found: Json) -> None:
        """Take their bodies."""
        self._entities = {"event": {}, "attraction": {}, "venue": {}}
        for body in found:
            self._keep(body)
        self._cards = [event_card(event) for event in self._entities["event"].values()]


class WrittenSetlistfm(RecordedSetlistfm):
    """Artists, and pages of theirs."""

    def __init__(self, artists: Sequence[Json], pages: Sequence[Json] = ()) -> None:
        """Take their bodies."""
        self._artists = {one["mbid"]: one for one in artists}
        self._setlists = {one["id"]: one for one in pages}
        self._venues = {one["venue"]["id"]: one["venue"] for one in pages}
        self._cards = [setlist_card(one) for one in pages]


@attrs.define
class Switch:
    """A source that another one can take the place of."""

    source: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.source, name)


def spotify(spotify_id: str, name: str, followers: int = 0) -> Json:
    """Return an artist of Spotify."""
    return {"type": "artist", "id": spotify_id, "name": name, "followers": {"total": followers}, "images": []}


def album(album_id: str, artist: Json, name: str, day: str, *titles: str) -> Json:
    """Return an album of Spotify with its tracks, whose ids begin with the album's."""
    credited = [{"type": "artist", "id": artist["id"], "name": artist["name"]}]
    tracks = [
        {
            "type": "track",
            "id": f"{album_id[:19]}{number:03}",
            "name": title,
            "artists": credited,
            "disc_number": 1,
            "track_number": number,
            "duration_ms": 200_000,
            "explicit": False,
        }
        for number, title in enumerate(titles, start=1)
    ]
    return {
        "type": "album",
        "id": album_id,
        "name": name,
        "album_type": "album",
        "album_group": "album",
        "release_date": day,
        "release_date_precision": "day",
        "total_tracks": len(tracks),
        "images": [],
        "artists": credited,
        "tracks": tracks,
    }


def attraction(tm_id: str, name: str, *, segment: str = MUSIC, sub_type: str = "", **links: str) -> Json:
    """Return an attraction; `links` are ids at spotify and musicbrainz."""
    said = {
        "spotify": lambda one: {"url": f"https://open.spotify.com/artist/{one}"},
        "musicbrainz": lambda one: {"id": one},
    }
    return {
        "type": "attraction",
        "id": tm_id,
        "name": name,
        "externalLinks": {key: [said[key](one)] for key, one in links.items()},
        "classifications": [{"primary": True, "segment": {"id": segment}, "subType": {"id": sub_type}}],
    }


def event(event_id: str, name: str, day: str, city: str, *acts: Json) -> Json:
    """Return an event at eight in the evening."""
    venue = {"type": "venue", "id": f"KovZ{city}", "name": f"Hall of {city}", "city": {"name": city}}
    start = {"localDate": day, "localTime": "20:00:00", "dateTime": f"{day}T18:00:00Z"}
    return {
        "type": "event",
        "id": event_id,
        "name": name,
        "url": "https://tickets.example.com/1",
        "classifications": [{"primary": True, "segment": {"id": acts[0]["classifications"][0]["segment"]["id"]}}],
        "dates": {"start": start, "timezone": "Europe/Oslo", "status": {"code": "onsale"}},
        "_embedded": {"venues": [venue], "attractions": list(acts)},
    }


def performer(mbid: str, name: str) -> Json:
    """Return an artist of setlist.fm."""
    return {"mbid": mbid, "name": name, "sortName": name, "url": f"https://www.setlist.fm/setlists/{mbid}.html"}


def page(page_id: str, artist: Json, day: str, city: str, *songs: str) -> Json:
    """Return a page; `day` is written as they write it, 02-09-2026."""
    venue = {
        "id": f"v{city}",
        "name": f"Hall of {city}",
        "city": {"id": city, "name": city, "country": {"code": "NO", "name": "Norway"}},
    }
    return {
        "id": page_id,
        "versionId": f"v{page_id}",
        "eventDate": day,
        "lastUpdated": "2026-03-01T10:00:00.000+0000",
        "artist": artist,
        "venue": venue,
        "sets": {"set": [{"song": [{"name": one} for one in songs]}] if songs else []},
        "url": f"https://www.setlist.fm/setlist/{page_id}.html",
    }


class Scene(Simulation):
    """Imports artists of a written world, one after another; between them the world may change."""

    def __init__(self, **more: Any) -> None:
        """Begin with an empty world; `more` is for the servers, if they are real."""
        super().__init__(attrs.evolve(ALONE, artists=1, settle_s=1.0, poll_s=20.0), **more)
        made = {"spotify": WrittenSpotify(()), "ticketmaster": WrittenTicketmaster(), "setlistfm": WrittenSetlistfm(())}
        others = synthetic_world(WORLD_SEED, 10).sources
        self.world = {name: Switch(made.get(name, source)) for name, source in others.items()}
        self.app = build(SandboxOptions(limits={"spotify": ()}), SkewedClock(), World("written", dict(self.world)))
        self.controls = self.app.state.controls
        self.cast, self.first = [], []
        self.over = trio.Event()
        self.play_it: Callable[[], Any] = trio.sleep_forever
        self.failed: BaseException | None = None

    def hold(self, **sources: Any) -> None:
        """Put other sources in place of those of these providers."""
        for name, source in sources.items():
            self.world[name].source = source

    async def imported(self, reference: str) -> str:
        """Import an artist and return the last message."""
        job_id = await self.ended(reference)
        await trio.sleep(3600.0)  # what was answered is old by then
        return self.audit.last_events[job_id].progress.message

    async def ended(self, reference: str) -> int:
        """Import an artist to its end and return the job's number."""
        while self.daemon is None or not await self.people.ask(reference):
            await trio.sleep(1.0)
        (job_id,) = [one for one, of in self.people.promised.items() if of == reference]
        while (state := self.state_of(job_id)) is None or not state.final:
            await trio.sleep(1.0)
        self.people.promised.pop(job_id)
        return job_id

    def artist(self, space: str, provider_id: str) -> Any:
        """Return what is stored of the artist that has this id."""
        book = self.servers.store.world.identity.book
        owners = {f"{ref.space}:{ref.id}": owner for ref, owner in book.owners.items()}
        return owners.get(f"{space}:{provider_id}")

    def known(self, space: str, provider_id: str) -> Any:
        """Return the stored artist that has this id."""
        return self.servers.store.world.known(uuid_of(self.artist(space, provider_id)))

    def verified(self, space: str, provider_id: str) -> bool:
        """Return whether the ids of the artist that has this id are proven by more than its name."""
        identity = self.servers.store.world.identity
        act = {ref for ref, owner in identity.book.owners.items() if owner == self.artist(space, provider_id)}
        proven = [link.pair for link in identity.book.links.values() if link.strength.verified]
        return act <= {ref for pair in proven for ref in (pair.one, pair.other)}

    def rejected(self) -> set[tuple[str, str]]:
        """Return each id of a link that is refused for good, with the reason."""
        found = [one for one in self.servers.store.world.identity.book.refusals.values() if one.final]
        return {(ref.id, one.reason) for one in found for ref in (one.pair.one, one.pair.other)}

    def billed(self, event_id: str) -> set[str]:
        """Return the names of the artists that are stored as playing at a sold show."""
        world = self.servers.store.world
        return {
            world.known(row).name for row, shows in world.playing.items() if any(key == event_id for _, key in shows)
        }

    def shows(self) -> dict[str, str | None]:
        """Return the sold shows that are stored, with their states."""
        records = self.servers.store.world.records["shows"]
        return {key: show.status for (provider, key), show in records.items() if provider == "ticketmaster"}

    def pages(self) -> set[str]:
        """Return the pages that are stored."""
        return set(self.servers.store.world.records["actual_setlists"])

    async def _watch(self) -> None:
        try:
            await self.play_it()
        except AssertionError as error:
            self.failed = error
        self.over.set()

    async def _calm_down(self, until: float) -> None:
        await self.over.wait()


def played(scene: Scene, story: Callable[[], Any]) -> Scene:
    """Play a story to its end."""
    scene.play_it = story
    scene.run()
    if scene.failed:
        raise scene.failed
    return scene
