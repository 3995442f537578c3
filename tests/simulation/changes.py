"""What changes at the providers, and when each of it is in the database: found by schedules alone, in virtual time.

One world with one artist for each line; everybody is imported once, then nobody asks for anything. Each line changes
the world at its hour, and its row is looked at every few minutes until it is there.
"""

import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
import attrs
import trio

sys.path.insert(0, str(Path(__file__).parents[1]))

import folders  # noqa: F401 - it finds what tests share
from simulation.on_servers import OnServers, SimBridge
from simulation.weather import START
from simulation.written import (
    Scene,
    WrittenSetlistfm,
    WrittenSpotify,
    WrittenTicketmaster,
    album,
    attraction,
    event,
    page,
    performer,
    spotify,
)
from thesetd.actors.supervision.polls import POLLS, Polls
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.aio.loop import open_quick_loop
from thesetd.adapters.embedded.postgres import EmbeddedPostgres
from thesetd.adapters.embedded.redis import EmbeddedRedis
from thesetd.adapters.postgres import migrate
from thesetd.domain.work.schedules import DEFAULTS
from thesetd.sandbox.listing import Json

HOUR_S = 3600.0
SLACK = timedelta(hours=2)  # for which a line that missed its target is still looked for
OLD_PAGES = 45  # of an act that has played for years
LOOK_S = 300.0  # between two looks at the rows
# How often idle actors look, in days of which most pass without work.
SELDOM = attrs.evolve(POLLS, beat_s=300.0, jobs_s=300.0, pauses_s=900.0, changes_s=900.0, capabilities_s=3600.0)


@attrs.define(kw_only=True)
class Act:
    """One artist at all three providers, as they show it now. `number` makes its ids."""

    number: int
    name: str
    artist: Json
    door: Json | None
    singer: Json
    albums: dict[str, Json] = attrs.field(factory=dict)
    events: dict[str, Json] = attrs.field(factory=dict)
    pages: dict[str, Json] = attrs.field(factory=dict)

    @classmethod
    def make(cls, number: int, name: str) -> "Act":
        """Make an artist with an album, a concert in two days and two weeks, and a setlist of last autumn."""
        spotify_id, mbid = (
            f"{number:03}AllTheseActsChange0"[:22].ljust(22, "0"),
            f"{number:08}-0000-4000-8000-000000000000",
        )
        artist = {**spotify(spotify_id, name, 1000), "popularity": 30, "genres": ["rock"]}
        door = attraction(f"K8vZ9{number:03}abc", name, spotify=spotify_id, musicbrainz=mbid)
        act = cls(number=number, name=name, artist=artist, door=door, singer=performer(mbid, name))
        first = album(
            f"{number:03}FirstAlbumOfThem000"[:22].ljust(22, "0"), artist, "First", "2019-05-01", "One", "Two", "Three"
        )
        act.albums[first["id"]] = first
        act.plays("a", "2026-03-04", "Oslo")
        act.plays("b", "2026-05-20", "Bergen")
        act.writes("a", "02-11-2025", "Oslo", "One", "Two")
        return act

    def plays(self, key: str, day: str, city: str, *with_them: Json) -> Json:
        """Announce an event."""
        assert self.door is not None
        one = event(f"vv{self.number:03}{key}", self.name, day, city, self.door, *with_them)
        self.events[one["id"]] = one
        return one

    def event(self, key: str) -> Json:
        """Return an event."""
        return self.events[f"vv{self.number:03}{key}"]

    def writes(self, key: str, day: str, city: str, *songs: str, edited: datetime | None = None) -> None:
        """Write a page anew."""
        one = page(f"{self.number:03}{key}0000", self.singer, day, city, *songs)
        if edited:
            one["lastUpdated"] = f"{edited:%Y-%m-%dT%H:%M:%S.000+0000}"
        self.pages[one["id"]] = one


@attrs.frozen(kw_only=True)
class Line:
    """Something that changes `at_h` hours after the beginning, and what is true in the database from when it is found.

    `seen` is a query about the artist $1 (its Spotify id). `schedule` is the one whose target counts; `prepare` changes
    the artist before it is imported.
    """

    name: str
    schedule: str
    at_h: float
    change: Callable[[Act, datetime], None]
    seen: str
    prepare: Callable[[Act], None] = lambda _: None

    @property
    def target(self) -> timedelta:
        """The age that copies should not exceed."""
        return DEFAULTS[self.schedule].target


@attrs.define(kw_only=True)
class Found:
    """A line of the table: when it was changed and found, None if it was not."""

    line: Line
    changed_at: datetime | None = None
    found_at: datetime | None = None

    @property
    def delay(self) -> timedelta | None:
        """From the change to the row, None if it never came."""
        return self.found_at - self.changed_at if self.found_at and self.changed_at else None

    @property
    def good(self) -> bool:
        """Whether it was found within the target, beside the time between two looks at the rows."""
        return self.delay is not None and self.delay <= self.line.target + timedelta(seconds=LOOK_S)

    def text(self) -> str:
        """Return the line of the table."""
        delay = "not found" if self.delay is None else f"{self.delay.total_seconds() / HOUR_S:.1f} h"
        target = f"{self.line.target.total_seconds() / HOUR_S:.0f} h"
        return f"{self.line.name:38} {self.line.schedule:22} {target:>6} {delay:>10}{'' if self.good else '  MISSED'}"


def _status(code: str, day: str = "") -> Callable[[Act, datetime], None]:
    def change(act: Act, _: datetime) -> None:
        dates = act.event("b")["dates"]
        dates["status"] = {"code": code}
        if day:
            dates["initialStartDate"] = {"localDate": dates["start"]["localDate"]}
            dates["start"] |= {"localDate": day, "dateTime": f"{day}T18:00:00Z"}

    return change


def _priced(act: Act, _: datetime) -> None:
    act.event("b")["priceRanges"] = [{"type": "standard", "currency": "NOK", "min": 450.0, "max": 900.0}]


def _withdrawn(act: Act, _: datetime) -> None:
    del act.events[f"vv{act.number:03}b"]


def _joined(act: Act, _: datetime) -> None:
    act.event("b")["_embedded"]["attractions"].append(attraction("K8vZ9Support", "Opening Hours"))


def _body(**said: Any) -> Callable[[Act, datetime], None]:
    return lambda act, _: act.artist.update(said)


def _released(act: Act, _: datetime) -> None:
    one = album(
        f"{act.number:03}SecondAlbum00000000"[:22].ljust(22, "0"), act.artist, "Second", "2026-03-04", "Four", "Five"
    )
    act.albums[one["id"]] = one


def _track_removed(act: Act, _: datetime) -> None:
    (one,) = act.albums.values()
    one |= {"tracks": one["tracks"][:2], "total_tracks": 2}


def _page(key: str, day: str, city: str, *songs: str) -> Callable[[Act, datetime], None]:
    return lambda act, now: act.writes(key, day, city, *songs, edited=now)


def _page_gone(act: Act, _: datetime) -> None:
    del act.pages[f"{act.number:03}b0000"]


def _new_door(act: Act, _: datetime) -> None:
    act.door = attraction(
        f"K8vZ9{act.number:03}abc", act.name, spotify=act.artist["id"], musicbrainz=act.singer["mbid"]
    )
    act.plays("b", "2026-05-20", "Bergen")


def _no_door(act: Act) -> None:
    act.door, act.events = None, {}


def _written_after(*songs: str) -> Callable[[Act], None]:
    return lambda act: act.writes("b", "01-03-2026", "Oslo", *songs, edited=START - timedelta(hours=6))


def _played_last_night(act: Act) -> None:
    act.plays("c", "2026-03-01", "Oslo")


def _empty_since(act: Act) -> None:
    act.writes("b", "18-02-2026", "Oslo", edited=START - timedelta(days=11))


def _of_years(prepare: Callable[[Act], None] = lambda _: None) -> Callable[[Act], None]:
    """Give an act more pages than one page of its list shows, from the years before."""

    def prepared(act: Act) -> None:
        for number in range(OLD_PAGES):
            day = START - timedelta(days=100 + 20 * number)
            edited = day + timedelta(days=1)
            act.writes(f"o{number:02}", f"{day:%d-%m-%Y}", "Oslo", "One", f"Two {number}", edited=edited)
        prepare(act)

    return prepared


_SHOW = (
    "from artists a join artist_shows l on l.artist_id = a.id join shows s on s.id = l.show_id where a.spotify_id = $1"
)
_PAGES = (
    "from artists a join actual_setlists p on p.artist_id = a.id"
    " where a.spotify_id = $1 and p.setlistfm_id like '%b0000'"
)
_WRITTEN = (
    "select true from artists a join thesetd.setlist_pages p on p.artist_id = a.id"
    " where a.spotify_id = $1 and p.setlistfm_id like '%b0000' and p.songs = '[]'"
)
_ALBUMS = "from artists a join albums b on b.artist_id = a.id where a.spotify_id = $1"
_NAMES = "select from artists b join artist_shows o on o.artist_id = b.id where o.show_id = s.id"
_TITLES = "select from songs s join artist_songs t on t.song_id = s.id where t.artist_id = a.id"
_SUNG = f"select true {_PAGES} and jsonb_array_length(p.songs) = {{}}"
_OLD = (
    "select true from artists a join actual_setlists p on p.artist_id = a.id"
    " where a.spotify_id = $1 and p.setlistfm_id like '%o400000' and jsonb_array_length(p.songs) = 3"
)
ACTIVE, UPCOMING = "sync-active-artists", "sync-upcoming-shows"
RECENT, PAST, POPULAR = "sync-recent-setlists", "sync-past-setlists", "sync-popular-artists"

SHOWS = (
    Line(
        name="cancelled",
        schedule=UPCOMING,
        at_h=2.1,
        change=_status("cancelled"),
        seen=f"select true {_SHOW} and s.status = 'cancelled'",
    ),
    Line(
        name="rescheduled",
        schedule=UPCOMING,
        at_h=2.4,
        change=_status("rescheduled", "2026-06-02"),
        seen=f"select true {_SHOW} and s.local_date = '2026-06-02'",
    ),
    Line(
        name="postponed",
        schedule=UPCOMING,
        at_h=2.7,
        change=_status("postponed"),
        seen=f"select true {_SHOW} and s.status = 'postponed'",
    ),
    Line(name="priced", schedule=UPCOMING, at_h=3.2, change=_priced, seen=f"select true {_SHOW} and s.price_min = 450"),
    Line(
        name="withdrawn",
        schedule=UPCOMING,
        at_h=3.8,
        change=_withdrawn,
        seen=f"select true {_SHOW} and s.status = 'withdrawn'",
    ),
    Line(
        name="line-up",
        schedule=UPCOMING,
        at_h=4.3,
        change=_joined,
        seen=f"select true {_SHOW} and exists ({_NAMES} and b.name = 'Opening Hours')",
    ),
)
PROFILES = (
    Line(
        name="artist renamed",
        schedule=ACTIVE,
        at_h=2.3,
        change=_body(name="Another Name"),
        seen="select true from artists a where a.spotify_id = $1 and a.name = 'Another Name'",
    ),
    Line(
        name="popularity",
        schedule=ACTIVE,
        at_h=3.6,
        change=_body(popularity=77),
        seen="select true from artists a where a.spotify_id = $1 and a.popularity = 77",
    ),
    Line(
        name="image",
        schedule=ACTIVE,
        at_h=5.2,
        change=_body(images=[{"url": "https://i.example/new.jpg", "width": 640, "height": 640}]),
        seen="select true from artists a where a.spotify_id = $1 and a.image_url = 'https://i.example/new.jpg'",
    ),
)
CATALOGUES = (
    Line(
        name="new album",
        schedule=POPULAR,
        at_h=2.2,
        change=_released,
        seen=f"select true {_ALBUMS} and b.name = 'Second' and exists ({_TITLES} and s.name = 'Four')",
    ),
    Line(
        name="track removed",
        schedule=POPULAR,
        at_h=3.1,
        change=_track_removed,
        seen=f"select true {_ALBUMS} and b.total_tracks = 2",
    ),
    Line(
        name="new attraction",
        schedule=POPULAR,
        at_h=4.5,
        change=_new_door,
        prepare=_no_door,
        seen=f"select true {_SHOW} and a.ticketmaster_id is not null",
    ),
)
SETLISTS = (
    Line(
        name="setlist appears empty",
        schedule=RECENT,
        at_h=2.6,
        change=_page("b", "01-03-2026", "Oslo"),
        prepare=_played_last_night,
        seen=_WRITTEN,  # it is no setlist yet, and known to be there
    ),
    Line(
        name="setlist grows",
        schedule=RECENT,
        at_h=2.9,
        change=_page("b", "01-03-2026", "Oslo", "One", "Two", "Three"),
        prepare=_written_after("One"),
        seen=_SUNG.format(3),
    ),
    Line(
        name="setlist moves to another day",
        schedule=RECENT,
        at_h=3.4,
        change=_page("b", "28-02-2026", "Oslo", "One"),
        prepare=_written_after("One"),
        seen=f"select true {_PAGES} and p.event_date = '2026-02-28' and p.show_id is not null",
    ),
    Line(
        name="setlist is deleted",
        schedule=RECENT,
        at_h=4.1,
        change=_page_gone,
        prepare=_written_after("One"),
        seen=f"select true {_PAGES} and p.gone_at is not null",
    ),
    Line(
        name="setlist is filled on day 12",
        schedule=PAST,
        at_h=5.0,
        change=_page("b", "18-02-2026", "Oslo", "One", "Two"),
        prepare=_empty_since,
        seen=_SUNG.format(2),
    ),
)
# Of acts whose list has three pages: what is found by asking for edits. A show of the last days has them looked at.
EDITS = (
    Line(
        name="setlist of long ago is filled on day 12",
        schedule=PAST,
        at_h=2.6,
        change=_page("b", "18-02-2026", "Oslo", "One", "Two"),
        prepare=_of_years(_empty_since),
        seen=_SUNG.format(2),
    ),
    Line(
        name="setlist of many moves",
        schedule=RECENT,
        at_h=3.1,
        change=_page("b", "28-02-2026", "Oslo", "One"),
        prepare=_of_years(_written_after("One")),
        seen=f"select true {_PAGES} and p.event_date = '2026-02-28' and p.show_id is not null",
    ),
    Line(
        name="setlist of many appears late",
        schedule=RECENT,
        at_h=3.7,
        change=_page("b", "01-03-2026", "Oslo", "One", "Two", "Three"),
        prepare=_of_years(_played_last_night),
        seen=_SUNG.format(3),
    ),
    Line(
        name="setlist of years ago is edited",
        schedule=PAST,
        at_h=4.2,
        change=_page("o40", f"{START - timedelta(days=900):%d-%m-%Y}", "Oslo", "One", "Two", "Three"),
        prepare=_of_years(_empty_since),
        seen=_OLD,
    ),
)
EVERY = (*SHOWS, *PROFILES, *CATALOGUES, *SETLISTS, *EDITS)


class ChangingScene(Scene, OnServers):
    """Plays lines on real servers."""

    def __init__(self, lines: Sequence[Line], dsn: str, url: str) -> None:
        """Make the world of these lines."""
        super().__init__(dsn=dsn, url=url)
        self.found = [Found(line=line) for line in lines]
        self.acts = [Act.make(number, f"Salt Horses {number}") for number, _ in enumerate(lines)]
        for act, line in zip(self.acts, lines, strict=True):
            line.prepare(act)
        self.play_it = self.story

    def polls(self) -> Polls:
        """Return how often idle actors look."""
        return SELDOM

    def show_world(self) -> None:
        """Let the providers show the acts as they are now."""
        acts = self.acts
        self.hold(
            spotify=WrittenSpotify(
                [one.artist for one in acts], [album for one in acts for album in one.albums.values()]
            ),
            ticketmaster=WrittenTicketmaster(
                *(one.door for one in acts if one.door), *(event for one in acts for event in one.events.values())
            ),
            setlistfm=WrittenSetlistfm(
                [one.singer for one in acts], [page for one in acts for page in one.pages.values()]
            ),
        )

    async def story(self) -> None:
        """Import everybody, change one thing after the other, and look until all of it is there or its time is over."""
        self.show_world()
        for act in self.acts:
            while self.daemon is None or not await self.people.ask(act.artist["id"]):
                await trio.sleep(1.0)
        while self.people.waiting():
            await trio.sleep(30.0)
        self.people.promised.clear()
        host: Any = self.host
        bridge = SimBridge(None, self.mock, host.turn)
        connection = await bridge(asyncpg.connect, self._dsn)
        for found in sorted(self.found, key=lambda one: one.line.at_h):
            await self._until(found.line.at_h * HOUR_S, connection, bridge)
            act = self.acts[self.found.index(found)]
            found.line.change(act, self.clock.now())
            found.changed_at = self.clock.now()
            self.show_world()
        while self._open():
            await self._until(trio.current_time() + LOOK_S, connection, bridge)
        await bridge(connection.close)

    def _open(self) -> list[Found]:
        now = self.clock.now()
        return [
            one
            for one in self.found
            if one.changed_at and not one.found_at and now < one.changed_at + one.line.target + SLACK
        ]

    async def _until(self, moment: float, connection: Any, bridge: SimBridge) -> None:
        while (left := moment - trio.current_time()) > 0:
            await trio.sleep(min(left, LOOK_S) if self._open() else left)
            for found in self._open():
                spotify_id = self.acts[self.found.index(found)].artist["id"]
                if await bridge(partial(connection.fetchval, found.line.seen, spotify_id)):
                    found.found_at = self.clock.now()


def play(lines: Sequence[Line], dsn: str, url: str) -> list[Found]:
    """Play lines on these servers."""
    scene = ChangingScene(lines, dsn, url)
    scene.run()
    if scene.failed:
        raise scene.failed
    return scene.found


def table(found: Sequence[Found]) -> str:
    """Return the lines of the table."""
    return "\n".join(one.text() for one in found)


async def main() -> bool:
    """Play every line, a group after the other, on fresh servers; say whether all of it was found in time."""
    good = True
    for lines in (SHOWS, PROFILES, CATALOGUES, SETLISTS, EDITS):
        with TemporaryDirectory() as folder:
            async with (
                EmbeddedPostgres.run(Path(folder) / "postgres", settings={"fsync": "off"}) as dsn,
                EmbeddedRedis.run(Path(folder) / "redis") as url,
            ):
                async with open_quick_loop():
                    await migrate(dsn, AsyncioBridge(), at=START)
                found = await trio.to_thread.run_sync(play, lines, dsn, url)
        sys.stdout.write(f"{table(found)}\n")
        sys.stdout.flush()
        good = good and all(one.good for one in found)
    return good


if __name__ == "__main__":
    sys.exit(0 if trio.run(main) else 1)
