"""Three providers that answer from memory, behind the same ports as the real ones, and the wire that carries them."""

import random
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import attrs
import trio

from thesetd.domain.errors import CapabilityGone, NotFound, Unavailable
from thesetd.domain.gate.calls import Call, Page, Request, Response
from thesetd.domain.identity import spaces
from thesetd.domain.identity.spaces import Space, read_addresses
from thesetd.domain.identity.statements import Record
from thesetd.domain.ids import SETLISTFM, SPOTIFY, TICKETMASTER, ProviderName
from thesetd.domain.music.names import fold, slugify
from thesetd.domain.music.records import (
    ActualSetlist,
    Album,
    Artist,
    AudioFeatures,
    Billing,
    Recommendation,
    Show,
    Track,
    Venue,
)
from thesetd.domain.music.releases import Release
from thesetd.domain.shows.sweep import Ask
from thesetd.ports.providers import AlbumDetails, SetlistDetails, ShowDetails
from thesetd.ports.transport import OnSent

AT = datetime(2026, 1, 1, tzinfo=UTC)
PAGE = 2
FAILING = 0.3  # of the answers, while a world is `failing`
MBID = "11111111-1111-1111-1111-111111111111"
ACT = "K8vZact1"


def artist(name: str, spotify_id: str | None = None, **ids: Any) -> Artist:
    """Make an artist."""
    return Artist(name=name, slug=slugify(name, "x"), fetched_at=AT, spotify_id=spotify_id, **ids)


@attrs.define
class World:
    """What the providers know.

    `claimed` is how many items more than there are each list of albums, shows and setlists claims to have.
    `errors` maps a path to what is raised for it, each once, `always` to what is raised every time; `asked` keeps every
    path. `hosts` are acts at whose shows the artist plays, by the show's number, `titles` names of shows, `renamed`
    numbers that ids of shows have by now. `deleted` are numbers of setlists that are gone, `unfound` those that
    no search finds; `edited` are their versions and `edited_at` when they were edited. `now` tells when setlists were
    received.
    """

    artists: list[Artist] = attrs.field(factory=list)
    albums: int = 5
    unavailable_albums: tuple[str, ...] = ()
    claimed: int = 0
    countries: tuple[str, ...] = ()
    sold: dict[str, datetime] = attrs.field(factory=dict)
    undated: int = 0
    shows: int = 3
    hosts: dict[int, str] = attrs.field(factory=dict)
    titles: dict[int, str] = attrs.field(factory=dict)
    renamed: dict[str, int] = attrs.field(factory=dict)
    setlists: int = 3
    deleted: set[int] = attrs.field(factory=set)
    unfound: set[int] = attrs.field(factory=set)
    edited: dict[int, str] = attrs.field(factory=dict)
    edited_at: dict[int, datetime] = attrs.field(factory=dict)
    now: Callable[[], datetime] = lambda: AT
    identities: list[Record] = attrs.field(factory=list)
    releases: list[Release] = attrs.field(factory=list)
    errors: dict[str, list[Exception]] = attrs.field(factory=dict)
    always: dict[str, Exception] = attrs.field(factory=dict)
    failing: random.Random | None = None
    latency_s: float = 0.05
    asked: list[str] = attrs.field(factory=list)
    batch: int = 3

    async def send(self, request: Request, _left: OnSent | None = None) -> Response:
        """Carry one request; see `thesetd.ports.transport.Transport`."""
        self.asked.append(request.path)
        await trio.sleep(self.latency_s)
        if self.failing is not None and self.failing.random() < FAILING:
            raise Unavailable(request.provider, "truncated, or not JSON")
        for path, errors in self.errors.items():
            if request.path.startswith(path) and errors:
                raise errors.pop(0)
        for path, error in self.always.items():
            if request.path.startswith(path):
                raise error.with_traceback(None)
        return Response(status=200, headers={}, received_at=AT)


def call(provider: ProviderName, path: str, value: Callable[[], Any]) -> Call[Any]:
    """Make a call that is answered with a value."""
    request = Request(provider=provider, endpoint=path.split("/", maxsplit=1)[0], path=path)
    return Call(request=request, parse=lambda _: value())


def pages(
    provider: ProviderName, path: str, items: Sequence[Any], start: int = 0, *, claimed: int = 0
) -> Call[Page[Any]]:
    """Make the call for one page of a list, which claims to have so many items more than it has."""

    def page() -> Page[Any]:
        later = range(start + PAGE, len(items), PAGE)
        rest = tuple(pages(provider, path, items, one, claimed=claimed) for one in later)
        onward = rest[0] if rest else None
        return Page(items=tuple(items[start : start + PAGE]), next=onward, total=len(items) + claimed, rest=rest)

    return call(provider, f"{path}?{start}", page)


def found(provider: ProviderName, hits: Sequence[Artist], provider_id: str) -> Callable[[], Artist]:
    """Answer with the one hit, or as a provider that does not know the id."""

    def value() -> Artist:
        if not hits:
            raise NotFound(provider, f"no artist {provider_id}")
        return hits[0]

    return value


@attrs.define
class FakeCatalog:
    """Albums `al0`, `al1`, ... of two songs each, all of the first artist."""

    world: World
    provider: ProviderName = SPOTIFY
    space: Space = spaces.SPOTIFY
    single: bool = False
    silent: set[str] = attrs.field(factory=set)
    refused_because: str = "it is new"

    def search_artists(self, name: str) -> Call[Page[Artist]]:
        """Find every artist that shares a letter with the name; the best is not first."""
        hits = [a for a in self.world.artists if a.spotify_id and set(fold(a.name)) & set(fold(name))]
        return pages(SPOTIFY, f"search/{name}", hits)

    def artist(self, provider_id: str) -> Call[Artist]:
        """Look one up."""
        hits = [a for a in self.world.artists if a.spotify_id == provider_id]
        return call(SPOTIFY, f"artist/{provider_id}", found(SPOTIFY, hits, provider_id))

    def downgrade(self, capability: str) -> bool:
        """Fetch albums one by one from now on, or say no more what is like an artist, or how songs sound."""
        if capability in {"recommendations", "audio-features"} - self.silent:
            self.silent.add(capability)
            return True
        if capability != "batch" or self.single:
            return False
        self.single = True
        return True

    def artist_albums(self, artist_id: str) -> Sequence[Call[Page[Album]]]:
        """List the albums in two lists that overlap."""
        every = [self._album(n, artist_id) for n in range(self.world.albums)]
        return [
            pages(SPOTIFY, "albums-a", every[:3], claimed=self.world.claimed),
            pages(SPOTIFY, "albums-b", every[2:]),
        ]

    def albums(self, album_ids: Sequence[str]) -> Sequence[Call[tuple[AlbumDetails, ...]]]:
        """Fetch albums in batches, or one by one."""
        size = 1 if self.single else self.world.batch
        groups = [album_ids[i : i + size] for i in range(0, len(album_ids), size)]
        kind = "album" if self.single else "batch"
        return [
            call(SPOTIFY, f"{kind}/{','.join(group)}", lambda group=group: self._details(group)) for group in groups
        ]

    def artists(self, artist_ids: Sequence[str]) -> Sequence[Call[tuple[Artist, ...]]]:
        """Look all of them up at once, or one by one."""
        hits = {one.spotify_id: one for one in self.world.artists}
        groups = [[one] for one in artist_ids] if self.single else [artist_ids]
        return [
            call(SPOTIFY, f"artists/{','.join(group)}", lambda group=group: tuple(hits[i] for i in group if i in hits))
            for group in groups
        ]

    def top_songs(self, artist_id: str) -> Call[tuple[Track, ...]] | None:
        """Nobody says which songs are known best."""
        return None

    def popularity(self, track_ids: Sequence[str]) -> Sequence[Call[tuple[Track, ...]]]:
        """Nobody says how popular a song is."""
        return ()

    def recommendations(self, artist_id: str, limit: int = 20) -> Sequence[Call[tuple[Recommendation, ...]]]:
        """Recommend two tracks."""
        tracks = tuple(Recommendation(spotify_id=f"r{n}", title=f"Like {artist_id} {n}") for n in range(2))[:limit]
        return [] if "recommendations" in self.silent else [call(SPOTIFY, f"recommendations/{limit}", lambda: tracks)]

    def audio_features(self, song_ids: Sequence[str]) -> Sequence[Call[tuple[AudioFeatures, ...]]]:
        """Hear the same tempo in each but the last."""
        heard = tuple(AudioFeatures(spotify_id=one, tempo=120.0) for one in song_ids[:-1])
        return [] if "audio-features" in self.silent else [call(SPOTIFY, "audio-features", lambda: heard)]

    def _details(self, ids: Sequence[str]) -> tuple[AlbumDetails, ...]:
        owner = self.world.artists[0].spotify_id or ""
        return tuple(
            AlbumDetails(
                album=self._album(int(i.removeprefix("al")), owner),
                songs=(self._song(i, 1, owner),),
                more_songs=pages(SPOTIFY, f"songs/{i}", [self._song(i, 2, owner)]),
            )
            for i in ids
            if i not in self.world.unavailable_albums
        )

    @staticmethod
    def _album(number: int, owner: str) -> Album:
        return Album(
            spotify_id=f"al{number}",
            artist_spotify_id=owner,
            name=f"Album {number}",
            fetched_at=AT,
            album_type="album",
            released_on=date(2000 + number, 1, 1),
        )

    @staticmethod
    def _song(album_id: str, number: int, owner: str) -> Track:
        return Track(
            spotify_id=f"{album_id}-{number}",
            album_spotify_id=album_id,
            name=f"Song {album_id} {number}",
            fetched_at=AT,
            artist_spotify_ids=(owner,),
            track_number=number,
        )


@attrs.define
class FakeShows:
    """Coming shows of the first artist, one each month, in two lists."""

    world: World
    provider: ProviderName = TICKETMASTER
    space: Space = spaces.TICKETMASTER

    def search_artists(self, name: str) -> Call[Page[Artist]]:
        """Find by the exact name."""
        hits = [attrs.evolve(a, spotify_id=None) for a in self.world.artists if self.space in a.ids and a.name == name]
        return pages(self.provider, f"acts/{name}", hits)

    def artist(self, provider_id: str) -> Call[Artist]:
        """Look one up."""
        hits = [a for a in self.world.artists if a.ids.get(self.space) == provider_id]
        return call(self.provider, f"act/{provider_id}", found(self.provider, hits, provider_id))

    def artists(self, artist_ids: Sequence[str]) -> Sequence[Call[tuple[Artist, ...]]]:
        """Look several up."""
        hits = tuple(one for one in self.world.artists if one.ids.get(self.space) in artist_ids)
        return [call(self.provider, f"acts of/{'+'.join(artist_ids)}", lambda: hits)] if artist_ids else []

    def downgrade(self, capability: str) -> bool:
        """There is nothing to lose."""
        return False

    def artist_shows(
        self, artist_id: str, since: datetime, together: Collection[str] = ()
    ) -> Sequence[Call[Page[ShowDetails]]]:
        """List them; `shared` are the lists of several artists."""
        if self.world.sold:  # a list is only so deep
            return [pages(self.provider, "deep", [], claimed=len(self.world.sold))]
        every = [self._show(n, artist_id, since) for n in range(self.world.shows)]
        shared = "+".join(sorted({artist_id, *together})) if together else ""
        return [
            pages(self.provider, f"events{shared}", every, claimed=self.world.claimed),
            pages(self.provider, f"events-tba{shared}", []),
        ]

    @property
    def countries(self) -> tuple[str, ...]:
        """Name the countries."""
        return self.world.countries

    def undated(self) -> Sequence[Call[Page[ShowDetails]]]:
        """List the show that has no date yet, if there is one."""
        if not self.world.undated:
            return []
        show = attrs.evolve(self._show(0, "K8vZundated", AT).show, provider_id="undated", local_date=None)
        hall = Venue(
            provider=self.provider, provider_id="v0", name="Hall 0", fetched_at=AT, country_code=self.world.countries[0]
        )
        others = [attrs.evolve(show, provider_id=f"undated {n}") for n in range(self.world.undated - 1)]
        return [pages(self.provider, "undated", [ShowDetails(show=one, venue=hall) for one in (show, *others)])]

    def window(self, ask: Ask, artist_id: str = "") -> Call[Page[ShowDetails]]:
        """List what is `sold` in a window."""
        window = ask.window
        here = window.country in {None, next(iter(self.world.countries), None)}
        ids = sorted(one for one, at in self.world.sold.items() if here and window.since <= at <= window.until)

        def value() -> Page[ShowDetails]:
            begin = ask.page * ask.size
            page = ids[begin : begin + ask.size]
            return Page(items=tuple(self._sold(one) for one in page), total=len(ids))

        period = f"{window.since:%Y-%m-%d %H:%M} to {window.until:%Y-%m-%d %H:%M}"
        return call(self.provider, f"window/{artist_id}{window.country or ''}{period}/{ask.page}", value)

    def _sold(self, show_id: str) -> ShowDetails:
        at = self.world.sold[show_id]
        bill = (Billing(provider_id=f"act {show_id}", name=f"Act {show_id}", set_order=1, is_headliner=True),)
        show = Show(
            provider=self.provider,
            provider_id=show_id,
            name="A night",
            fetched_at=AT,
            starts_at=at,
            local_date=at.date(),
            venue_provider_id="hall",
            bill=bill,
        )
        country = next(iter(self.world.countries), None)
        hall = Venue(provider=self.provider, provider_id="hall", name="Hall", fetched_at=AT, country_code=country)
        return ShowDetails(show=show, venue=hall)

    def show(self, show_id: str) -> Call[ShowDetails]:
        """Return one that is sold or has another id; no other is known but those that are listed."""

        def value() -> ShowDetails:
            if show_id in self.world.sold:
                return self._sold(show_id)
            if show_id in self.world.renamed:
                return self._show(self.world.renamed[show_id], ACT, AT)
            raise NotFound(self.provider, f"no show {show_id}")

        return call(self.provider, f"event/{show_id}", value)

    def _show(self, number: int, artist_id: str, since: datetime) -> ShowDetails:
        host = self.world.hosts.get(number)
        own = Billing(provider_id=artist_id, name="x", set_order=1, is_headliner=True)
        bill = [own]
        if host:
            known = next((one for one in self.world.artists if one.ids.get(self.space) == artist_id), None)
            own = attrs.evolve(own, set_order=2, is_headliner=False, spotify_id=known and known.spotify_id)
            bill = [Billing(provider_id="K8vZhost", name=host, set_order=1, is_headliner=True), own]
        show = Show(
            provider=self.provider,
            provider_id=f"ev{number}",
            name=self.world.titles.get(number, "A night"),
            fetched_at=AT,
            local_date=(since + timedelta(days=30 * (number + 1))).date(),
            venue_provider_id=f"v{number % 2}",
            bill=tuple(bill),
        )
        venue = Venue(provider=self.provider, provider_id=f"v{number % 2}", name=f"Hall {number % 2}", fetched_at=AT)
        return ShowDetails(show=show, venue=venue)


@attrs.define
class FakeSetlists:
    """Past setlists of the first artist, one each month, made of its songs."""

    world: World
    provider: ProviderName = SETLISTFM
    space: Space = spaces.MUSICBRAINZ

    def search_artists(self, name: str) -> Call[Page[Artist]]:
        """Find by the exact name."""
        hits = [attrs.evolve(a, spotify_id=None) for a in self.world.artists if a.mbid and a.name == name]
        return pages(SETLISTFM, f"performers/{name}", hits)

    def artist(self, provider_id: str) -> Call[Artist]:
        """Look one up."""
        hits = [attrs.evolve(a, spotify_id=None) for a in self.world.artists if a.mbid == provider_id]
        return call(SETLISTFM, f"performer/{provider_id}", found(SETLISTFM, hits, provider_id))

    def downgrade(self, capability: str) -> bool:
        """There is nothing to lose."""
        return False

    def artist_setlists(self, artist_id: str, page: int = 1) -> Call[Page[SetlistDetails]]:
        """List them."""

        def value() -> Page[SetlistDetails]:
            there = [n for n in range(self.world.setlists) if n not in self.world.deleted]
            every = [self._setlist(n, artist_id) for n in there]
            onward = self.artist_setlists(artist_id, page + 1) if page * PAGE < len(every) else None
            total = len(every) + self.world.claimed
            items = tuple(every[(page - 1) * PAGE : page * PAGE])
            return Page(items=items, next=onward, total=total, as_of=self.world.now())

        return call(SETLISTFM, f"setlists?{(page - 1) * PAGE}", value)

    def edited_setlists(self, artist_id: str, since: datetime, start: int = 0) -> Call[Page[SetlistDetails]]:
        """List those edited since a moment, except those that the search does not find."""

        def value() -> Page[SetlistDetails]:
            there = [n for n in range(self.world.setlists) if n not in self.world.deleted | self.world.unfound]
            every = [self._setlist(n, artist_id) for n in there if self._edited_at(n) >= since]
            onward = start + PAGE < len(every)
            return Page(
                items=tuple(every[start : start + PAGE]),
                next=self.edited_setlists(artist_id, since, start + PAGE) if onward else None,
                total=len(every) + (self.world.claimed if every else 0),
                as_of=self.world.now(),
            )

        return call(SETLISTFM, f"edited/{since:%Y-%m-%d}?{start}", value)

    def setlist(self, setlist_id: str) -> Call[SetlistDetails]:
        """Look one up."""

        def value() -> SetlistDetails:
            number = int(setlist_id.removeprefix("sl"))
            if number in self.world.deleted or number >= self.world.setlists:
                raise NotFound(SETLISTFM, f"no setlist {setlist_id}")
            return self._setlist(number, MBID)

        return call(SETLISTFM, f"setlist/{setlist_id}", value)

    def _name(self, mbid: str) -> str:
        return next((one.name for one in self.world.artists if one.mbid == mbid), "x")

    def _edited_at(self, number: int) -> datetime:
        """Return when one was edited: on the day after the show, unless it was edited since."""
        day = datetime.combine(self._day(number), time(10), UTC)
        return self.world.edited_at.get(number, day + timedelta(days=1))

    @staticmethod
    def _day(number: int) -> date:
        return date(2025, 12, 1) - timedelta(days=30 * number)

    def _setlist(self, number: int, mbid: str) -> SetlistDetails:
        day = self._day(number)
        venue = Venue(provider=SETLISTFM, provider_id="sv", name="Club", fetched_at=AT)
        show = Show(
            provider=SETLISTFM,
            provider_id=f"sl{number}",
            name="x",
            fetched_at=AT,
            status="completed",
            local_date=day,
            venue_provider_id="sv",
            bill=(Billing(provider_id=mbid, name=self._name(mbid), set_order=1, is_headliner=True, mbid=mbid),),
        )
        setlist = ActualSetlist(
            setlistfm_id=f"sl{number}",
            version_id=self.world.edited.get(number, "1"),
            artist_mbid=mbid,
            event_date=day,
            url="https://example.test/x",
            fetched_at=self.world.now(),
            venue_provider_id="sv",
            songs=({"name": "Song al0 1", "position": 1, "set": 1},),
            last_updated=self._edited_at(number),
        )
        return SetlistDetails(setlist=setlist, show=show, venue=venue)


@attrs.define
class FakeIdentities:
    """What is known elsewhere of artists: records with their links, and one discography for all of them."""

    world: World
    provider: ProviderName = SETLISTFM
    space: Space = spaces.MUSICBRAINZ

    def search_artists(self, name: str) -> Call[Page[Artist]]:
        """Find nobody."""
        return pages(SETLISTFM, f"identities/{name}", [])

    def artist(self, provider_id: str) -> Call[Artist]:
        """Know nobody."""
        return call(SETLISTFM, f"identity/{provider_id}", found(SETLISTFM, [], provider_id))

    def downgrade(self, capability: str) -> bool:
        """There is nothing to lose."""
        return False

    def described(self, artist_id: str) -> Call[tuple[Record, ...]]:
        """Return the records of this id."""
        hits = tuple(record for record in self.world.identities if record.ref.id == artist_id)
        return call(SETLISTFM, f"described/{artist_id}", lambda: hits)

    def linked(self, addresses: Sequence[str]) -> Call[tuple[Record, ...]]:
        """Return the records that link there."""
        refs = read_addresses(addresses)
        hits = tuple(record for record in self.world.identities if record.links & refs)
        return call(SETLISTFM, f"linked/{len(addresses)}", lambda: hits)

    def releases(self, artist_id: str) -> Call[Page[Release]]:
        """List all releases."""
        return pages(SETLISTFM, f"releases/{artist_id}", self.world.releases)


def gone(capability: str = "batch") -> CapabilityGone:
    """Make the error of an application that may not use something."""
    return CapabilityGone(SPOTIFY, capability, "Forbidden")
