"""The right night, through the database: in whatever order shows and pages arrive, all ends alike."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations, permutations
from typing import Any

import attrs
import pytest

from exploring import sample
from sample_rows import artist, billing
from thesetd.adapters.postgres import PostgresStore
from thesetd.domain.ids import SETLISTFM, TICKETMASTER
from thesetd.domain.music.edits import PlacePage
from thesetd.domain.music.records import ActualSetlist, Rows, Show, Venue
from thesetd.domain.setlists.proximity import Place
from thesetd.domain.work.batches import Batch

Look = Callable[..., Awaitable[list[Any]]]
NOW = datetime(2026, 11, 1, tzinfo=UTC)

ARENA = Place(name="Harbour Arena", city="Bergen", country="NO", latitude=60.39, longitude=5.32)
RADIO = Place(name="Radio Helm", city="Oslo", country="NO", latitude=59.91, longitude=10.75)
DUNMORE = Place(name="Dunmore Hall", city="Leeds", country="GB")
BAYSIDE = Place(name="Bayside Hall", city="Leeds", country="GB")
PIER = Place(name="Club Pier", city="Hull", country="GB")
MEADOW = Place(name="Harbour Meadow", city="Bergen", country="NO")
DOME = Place(name="Nordbank Dome", city="Rostock", country="DE", latitude=54.09, longitude=12.13)
HALL = Place(name="Hafenhalle", city="Rostock", country="DE", latitude=54.09, longitude=12.13)
SUBURB = Place(name="Hafenhalle", city="Warnemünde", country="DE", latitude=54.18, longitude=12.08)
MUNICH = Place(name="Kantine", city="Munich", country="DE")
MUENCHEN = Place(name="Kantine", city="München", country="DE")
FAR = Place(name="Hafenhalle", city="Köln", country="DE", latitude=50.94, longitude=6.96)


@attrs.frozen
class Act:
    """An act of its own for each order of arrival; its ids end with `tag`."""

    tag: str

    @property
    def mbid(self) -> str:
        """Its MBID."""
        return f"{self.tag:0>8}-2222-4333-8444-555555555555"

    @property
    def name(self) -> str:
        """Its name."""
        return f"Owls {self.tag}"

    def own(self, place: Place) -> Place:
        """Return a hall that only this act plays in: events of one hall and hour would be one concert."""
        return attrs.evolve(place, name=f"{place.name}{self.tag}")


@attrs.frozen(kw_only=True)
class Event:
    """A show at Ticketmaster."""

    key: str
    day: date | None
    place: Place
    start: time | None = time(20)
    end: date | None = None
    status: str | None = "scheduled"
    former: date | None = None

    def rows(self, act: Act, at: datetime) -> Rows:
        """Write its answer."""
        venue = _venue(TICKETMASTER, act.own(self.place), at)
        show = Show(
            provider=TICKETMASTER,
            provider_id=f"{self.key}{act.tag}",
            name=act.name,
            fetched_at=at,
            status=self.status,
            local_date=self.day,
            end_date=self.end,
            former_date=self.former,
            local_time=self.start,
            venue_provider_id=venue.provider_id,
            bill=(billing(f"K{act.tag}", name=act.name, mbid=act.mbid),),
        )
        return Rows(venues=(venue,), shows=(show,))


@attrs.frozen(kw_only=True)
class Page:
    """A version of a page at setlist.fm."""

    key: str
    day: date
    place: Place
    songs: int
    info: str = ""
    first: int = 0
    hour: int = 0

    def rows(self, act: Act, at: datetime) -> Rows:
        """Write its answer."""
        place = act.own(self.place)
        venue = _venue(SETLISTFM, place, at)
        songs = tuple({"name": f"Song {n}", "position": n} for n in range(self.first + 1, self.first + self.songs + 1))
        page = ActualSetlist(
            setlistfm_id=f"{self.key}{act.tag}",
            version_id=f"{self.key}{self.hour}",
            artist_mbid=act.mbid,
            artist_name=act.name,
            event_date=self.day,
            url=f"https://www.setlist.fm/setlist/{self.key}.html",
            fetched_at=at,
            venue_provider_id=venue.provider_id,
            place=attrs.evolve(place, ids=frozenset({f"setlistfm:{venue.provider_id}"})),
            info=self.info or None,
            songs=songs,
            last_updated=datetime(2026, 10, 20, self.hour, tzinfo=UTC),
        )
        return Rows(venues=(venue,), actual_setlists=(page,))


Item = Event | Page


def _venue(provider: Any, place: Place, at: datetime) -> Venue:
    sold = provider == TICKETMASTER
    return Venue(
        provider=provider,
        provider_id=f"{place.name}, {place.city}",
        name=place.name,
        city=place.city,
        country_code=place.country,
        latitude=place.latitude if sold else None,
        longitude=place.longitude if sold else None,
        fetched_at=at,
    )


def orders(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Yield every order in which they can arrive; an event's later answer comes after its earlier one."""
    for order in permutations(items):
        events = [one for one in order if isinstance(one, Event)]
        if all(a.key != b.key or items.index(a) < items.index(b) for a, b in combinations(events, 2)):
            yield order


SHOWS = """
select coalesce(left(s.ticketmaster_id, -length($2)), ''), s.local_date, s.kind, s.status,
    coalesce(left(p.setlistfm_id, -length($2)), ''), coalesce(jsonb_array_length(p.songs), 0)
from artists a join artist_shows l on l.artist_id = a.id join shows s on s.id = l.show_id
left join actual_setlists p on p.show_id = s.id and p.artist_id = a.id
where a.mbid = $1 and s.merged_into is null and l.left_at is null and not s.is_addon
"""
REVIEWS = """
select left(setlistfm_id, -length($2)), review from thesetd.setlist_pages
where artist_mbid = $1 and review is not null order by 1
"""
PAGES = "select left(setlistfm_id, -length($2)), verdict from thesetd.setlist_pages where artist_mbid = $1 order by 1"
WAYS = 6  # orders of arrival: all of two and three items, a stride through those of more
Ends = tuple[list[Any], list[Any], list[Any]]


class Scene:
    """A database in which each order of arrival has an act of its own."""

    def __init__(self, store: PostgresStore, look: Look) -> None:
        self.store, self.look, self.acts = store, look, 0

    async def ends(self, batches: Sequence[Sequence[Item]]) -> Ends:
        """Store what arrives, batch by batch, and give shows, pages, and what is to be reviewed."""
        self.acts += 1
        act = Act(f"{self.acts:03d}")
        owls = artist(
            name=act.name,
            spotify_id=f"S{act.tag}",
            slug=f"owls-{act.tag}",
            mbid=act.mbid,
            ticketmaster_id=f"K{act.tag}",
        )
        await self.store.batches.write(Batch(at=NOW, rows=Rows(artists=(owls,))))
        for number, batch in enumerate(batches, 1):
            at = NOW + timedelta(minutes=number)
            parts = [item.rows(act, at) for item in batch]
            rows = Rows(
                venues=tuple({(v.provider, v.provider_id): v for p in parts for v in p.venues}.values()),
                shows=tuple(s for p in parts for s in p.shows),
                actual_setlists=tuple(s for p in parts for s in p.actual_setlists),
            )
            written = await self.store.batches.write(Batch(at=at, rows=rows))
            assert written.rejects == ()
        found = [await self.look(query, act.mbid, act.tag) for query in (SHOWS, PAGES, REVIEWS)]
        return sorted(found[0], key=str), found[1], [(page, bool(why)) for page, why in found[2]]

    async def alike(self, *items: Item) -> Ends:
        """Store in every order, and all in one answer; what comes out is always the same."""
        ways = list(orders(items))
        found = [await self.ends([[item] for item in order]) for order in sample(ways, max(1, len(ways) // WAYS))]
        if len({item.key for item in items}) == len(items):
            found.append(await self.ends([items]))
        assert all(one == found[0] for one in found), found
        return found[0]


@pytest.fixture
def scene(postgres_store: PostgresStore, look: Look) -> Scene:
    """Return a scene over a real database."""
    return Scene(postgres_store, look)


def day(month: int, number: int, year: int = 2026) -> date:
    """Return a date."""
    return date(year, month, number)


async def test_a_radio_session_on_the_day_of_an_arena_show(scene: Scene) -> None:
    """The arena's page is the show's setlist; the session is a show of its own kind. Alone it completes nothing."""
    show = Event(key="E1", day=day(9, 11), place=ARENA)
    session, concert = (
        Page(key="P1", day=day(9, 11), place=RADIO, songs=4),
        Page(key="P2", day=day(9, 11), place=ARENA, songs=19),
    )
    shows, pages, reviews = await scene.alike(show, session, concert)
    assert shows == [
        ("", day(9, 11), "session", "completed", "P1", 4),
        ("E1", day(9, 11), "concert", "completed", "P2", 19),
    ]
    assert (pages, reviews) == ([("P1", "own"), ("P2", "joined")], [])
    shows, _, _ = await scene.alike(show, session)
    assert [one[4:] for one in shows if one[0] == "E1"] == [("", 0)]


@pytest.mark.parametrize("infos", [("Early show", "Second show of the evening"), ("6 pm", "10 pm")])
async def test_early_and_late(scene: Scene, infos: tuple[str, str]) -> None:
    """Two shows of a day are told apart by the pages' notes."""
    shows, _, reviews = await scene.alike(
        Event(key="E1", day=day(9, 14), place=DUNMORE, start=time(18)),
        Event(key="E2", day=day(9, 14), place=DUNMORE, start=time(22)),
        Page(key="P1", day=day(9, 14), place=DUNMORE, songs=14, info=infos[0]),
        Page(key="P2", day=day(9, 14), place=DUNMORE, songs=15, info=infos[1]),
    )
    assert [(one[0], *one[4:]) for one in shows] == [("E1", "P1", 14), ("E2", "P2", 15)]
    assert reviews == []


async def test_early_and_late_without_notes(scene: Scene) -> None:
    """Two shows with a page each, put to review; never four shows."""
    shows, _, reviews = await scene.alike(
        Event(key="E1", day=day(9, 14), place=DUNMORE, start=time(18)),
        Event(key="E2", day=day(9, 14), place=DUNMORE, start=time(22)),
        Page(key="P1", day=day(9, 14), place=DUNMORE, songs=14),
        Page(key="P2", day=day(9, 14), place=DUNMORE, songs=15),
    )
    assert sorted(one[4] for one in shows) == ["P1", "P2"]
    assert reviews == [("P1", True), ("P2", True)]


async def test_one_night_twice(scene: Scene) -> None:
    """The fuller page leads, the other is its alias; when the empty one is filled it leads."""
    show = Event(key="E1", day=day(9, 15), place=BAYSIDE)
    empty = Page(key="P1", day=day(9, 15), place=BAYSIDE, songs=0)
    full = Page(key="P2", day=day(9, 15), place=BAYSIDE, songs=25)
    shows, pages, _ = await scene.alike(show, empty, full)
    assert [(one[0], *one[3:]) for one in shows] == [("E1", "completed", "P2", 25)]
    assert pages == [("P1", "alias"), ("P2", "joined")]
    filled = Page(key="P1", day=day(9, 15), place=BAYSIDE, songs=26, hour=5)
    shows, pages, _ = await scene.alike(show, empty, full, filled)
    assert [(one[0], *one[3:]) for one in shows] == [("E1", "completed", "P1", 26)]
    assert pages == [("P1", "joined"), ("P2", "alias")]


async def test_one_night_twice_without_a_show(scene: Scene) -> None:
    """Two pages of a night that nobody sold are one show too, whichever of them made it."""
    shows, _, _ = await scene.alike(
        Page(key="P1", day=day(9, 15), place=BAYSIDE, songs=0), Page(key="P2", day=day(9, 15), place=BAYSIDE, songs=25)
    )
    assert [one[2:] for one in shows] == [("concert", "completed", "P2", 25)]


async def test_dated_wrongly_then_corrected(scene: Scene) -> None:
    """A page that moves takes its songs along; an old version that comes late moves it nowhere."""
    shows, pages, _ = await scene.alike(
        Event(key="E1", day=day(9, 18), place=ARENA),
        Event(key="E2", day=day(9, 19), place=ARENA),
        Page(key="P1", day=day(9, 18), place=ARENA, songs=21),
        Page(key="P1", day=day(9, 19), place=ARENA, songs=21, hour=5),
        Page(key="P2", day=day(9, 18), place=ARENA, songs=20, hour=6),
    )
    assert [(one[0], *one[4:]) for one in shows] == [("E1", "P2", 20), ("E2", "P1", 21)]
    assert pages == [("P1", "joined"), ("P2", "joined")]


async def test_a_festival_of_three_days(scene: Scene) -> None:
    """The page of the act's own day is the festival's; of day events, that of its day."""
    whole = Event(key="E1", day=day(7, 9), end=day(7, 11), place=MEADOW, start=None)
    page = Page(key="P1", day=day(7, 11), place=MEADOW, songs=12)
    shows, _, _ = await scene.alike(whole, page)
    assert [(one[0], *one[3:]) for one in shows] == [("E1", "completed", "P1", 12)]
    first, third = (Event(key=f"E{n}", day=day(7, n), place=MEADOW, start=None) for n in (9, 11))
    shows, _, reviews = await scene.alike(whole, third, page)
    assert [(one[0], one[1], one[4]) for one in shows] == [("E11", day(7, 11), "P1")]
    shows, _, _ = await scene.alike(whole, first, page)
    assert [(one[0], one[1], one[4]) for one in shows] == [("E1", day(7, 9), "P1")]
    shows, _, reviews = await scene.alike(whole, first, third, page)
    assert ([(one[0], one[4]) for one in shows], reviews) == ([("E11", "P1"), ("E9", "")], [])


async def test_a_listing_takes_over_no_row_that_it_does_not_keep(scene: Scene) -> None:
    """A page whose show is sold as a whole festival, and then as another day of it, has a show of its own again."""
    whole = Event(key="E1", day=day(7, 9), end=day(7, 11), place=MEADOW, start=None)
    third = Event(key="E3", day=day(7, 11), place=MEADOW, start=None)
    shows, _, _ = await scene.alike(whole, third, Page(key="P1", day=day(7, 10), place=MEADOW, songs=12))
    assert [(one[0], one[1], one[4]) for one in shows] == [("", day(7, 10), "P1"), ("E3", day(7, 11), "")]


async def test_after_midnight(scene: Scene) -> None:
    """A page of the next day in the same hall is that of the late show, which keeps its day."""
    show = Event(key="E1", day=day(9, 25), place=PIER, start=time(23, 30))
    page = Page(key="P1", day=day(9, 26), place=PIER, songs=9)
    shows, _, _ = await scene.alike(show, page)
    assert shows == [("E1", day(9, 25), "concert", "completed", "P1", 9)]
    other = Event(key="E2", day=day(9, 26), place=ARENA)
    shows, _, reviews = await scene.alike(show, other, page)
    assert {one[0]: one[4] for one in shows} == {"": "P1", "E1": "", "E2": ""}
    assert reviews == [("P1", True)]
    elsewhere = Page(key="P2", day=day(9, 26), place=ARENA, songs=9)
    shows, _, _ = await scene.alike(show, elsewhere, page)
    assert sorted((one[0], one[4]) for one in shows) == [("", "P1"), ("", "P2"), ("E1", "")]


async def test_a_vip_set_before_the_concert(scene: Scene) -> None:
    """It stands beside the concert, and is no second one."""
    shows, pages, _ = await scene.alike(
        Event(key="E1", day=day(9, 28), place=DUNMORE),
        Page(key="P1", day=day(9, 28), place=DUNMORE, songs=20),
        Page(
            key="P2", day=day(9, 28), place=DUNMORE, songs=3, info="Short set for VIP ticket holders, before the doors"
        ),
    )
    assert [(one[0], *one[4:]) for one in shows] == [("E1", "P1", 20)]
    assert pages == [("P1", "joined"), ("P2", "beside")]


async def test_two_late_nights_whose_pages_are_a_day_off(scene: Scene) -> None:
    """Each page goes to the night before, and both are put to review."""
    shows, _, reviews = await scene.alike(
        Event(key="E1", day=day(9, 25), place=PIER, start=time(23, 30)),
        Event(key="E2", day=day(9, 26), place=PIER, start=time(23, 30)),
        Page(key="P1", day=day(9, 26), place=PIER, songs=16),
        Page(key="P2", day=day(9, 27), place=PIER, songs=17),
    )
    assert [(one[0], one[1], *one[4:]) for one in shows] == [
        ("E1", day(9, 25), "P1", 16),
        ("E2", day(9, 26), "P2", 17),
    ]
    assert reviews == [("P1", True), ("P2", True)]


async def test_a_small_set_that_is_sold_like_a_concert(scene: Scene) -> None:
    """A lone page of a whole concert is that of the evening, whatever is sold for the afternoon."""
    shows, _, reviews = await scene.alike(
        Event(key="E1", day=day(9, 28), place=DUNMORE),
        Event(key="E2", day=day(9, 28), place=DUNMORE, start=time(16)),
        Page(key="P1", day=day(9, 28), place=DUNMORE, songs=20),
    )
    assert ([(one[0], *one[4:]) for one in shows], reviews) == ([("E1", "P1", 20), ("E2", "", 0)], [("P1", True)])


async def test_a_city_in_another_language(scene: Scene) -> None:
    """Without positions too, a hall in Munich is one in München."""
    shows, _, reviews = await scene.alike(
        Event(key="E1", day=day(9, 29), place=MUENCHEN), Page(key="P1", day=day(9, 29), place=MUNICH, songs=18)
    )
    assert ([(one[0], *one[4:]) for one in shows], reviews) == ([("E1", "P1", 18)], [])


async def test_two_nights_in_one_hall(scene: Scene) -> None:
    """Each page stands on its night."""
    shows, _, _ = await scene.alike(
        Event(key="E1", day=day(10, 2), place=ARENA),
        Event(key="E2", day=day(10, 3), place=ARENA),
        Page(key="P2", day=day(10, 3), place=ARENA, songs=18),
        Page(key="P1", day=day(10, 2), place=ARENA, songs=19),
    )
    assert [(one[0], one[4]) for one in shows] == [("E1", "P1"), ("E2", "P2")]


@pytest.mark.parametrize(
    ("place", "found"), [(HALL, {"E1": "P1"}), (SUBURB, {"E1": "P1"}), (FAR, {"E1": "", "": "P1"})]
)
async def test_the_hall_has_another_name_there(scene: Scene, place: Place, found: dict[str, str]) -> None:
    """The town decides, by distance; another town is not joined, and put to review."""
    shows, _, reviews = await scene.alike(
        Event(key="E1", day=day(10, 4), place=DOME), Page(key="P1", day=day(10, 4), place=place, songs=18)
    )
    assert {one[0]: one[4] for one in shows} == found
    assert reviews == ([("P1", True)] if "" in found else [])


async def test_the_event_comes_after_the_page(scene: Scene, look: Look) -> None:
    """One show: it keeps its first key and gains the event's id."""
    page = Page(key="P1", day=day(10, 5), place=DOME, songs=18)
    await scene.ends([[page]])
    before = await look("select id from shows")
    act = Act("001")
    rows = Event(key="E1", day=day(10, 5), place=HALL).rows(act, NOW + timedelta(days=7))
    await scene.store.batches.write(Batch(at=NOW + timedelta(days=7), rows=rows))
    found = await look("select id, ticketmaster_id, setlistfm_id, local_time, status from shows")
    assert found == [(before[0], "E1001", "P1001", time(20), "completed")]


async def test_the_event_moves_away(scene: Scene) -> None:
    """An empty page stays behind, completes nothing, and comes back when it moves to the new date."""
    show = Event(key="E1", day=day(10, 9), place=ARENA)
    moved = Event(key="E1", day=day(3, 19, 2027), place=ARENA, status="rescheduled", former=day(10, 9))
    page = Page(key="P1", day=day(10, 9), place=ARENA, songs=0)
    shows, pages, _ = await scene.alike(show, moved, page)
    assert [one[:2] + one[3:] for one in shows if one[0]] == [("E1", day(3, 19, 2027), "rescheduled", "", 0)]
    assert pages == [("P1", "waiting")]
    back = Page(key="P1", day=day(3, 19, 2027), place=ARENA, songs=0, hour=5)
    _, pages, _ = await scene.alike(show, moved, page, back)
    assert pages == [("P1", "joined")]


async def test_the_event_of_a_page_with_songs_moves_away(scene: Scene) -> None:
    """It is rescheduled, also if the songs had completed it before; they keep their own night."""
    shows, _, _ = await scene.alike(
        Event(key="E1", day=day(10, 9), place=ARENA),
        Event(key="E1", day=day(3, 19, 2027), place=ARENA, status="rescheduled", former=day(10, 9)),
        Page(key="P1", day=day(10, 9), place=ARENA, songs=12),
    )
    assert [(one[0], *one[3:]) for one in shows] == [("", "completed", "P1", 12), ("E1", "rescheduled", "", 0)]


async def test_an_empty_page_keeps_no_songs_from_their_show(scene: Scene) -> None:
    """The songs of a page under the hall's other name are the show's; the empty page is its alias, until it is full."""
    show = Event(key="E1", day=day(9, 15), place=DOME)
    full, empty = (
        Page(key="P1", day=day(9, 15), place=HALL, songs=20),
        Page(key="P2", day=day(9, 15), place=DOME, songs=0),
    )
    shows, pages, reviews = await scene.alike(show, full, empty)
    assert [(one[0], *one[3:]) for one in shows] == [("E1", "completed", "P1", 20)]
    assert (pages, reviews) == ([("P1", "joined"), ("P2", "alias")], [("P1", True)])
    filled = Page(key="P2", day=day(9, 15), place=DOME, songs=21, hour=5)
    shows, pages, reviews = await scene.alike(show, full, empty, filled)
    assert [(one[0], *one[3:]) for one in shows] == [("E1", "completed", "P2", 21)]
    assert (pages, reviews) == ([("P1", "alias"), ("P2", "joined")], [])


async def test_the_event_was_cancelled_and_the_page_has_songs(scene: Scene) -> None:
    """The page is the show's setlist, and the contradiction is put to review."""
    shows, _, reviews = await scene.alike(
        Event(key="E1", day=day(10, 11), place=ARENA, status="cancelled"),
        Page(key="P1", day=day(10, 11), place=ARENA, songs=12),
    )
    assert [(one[0], *one[3:]) for one in shows] == [("E1", "completed", "P1", 12)]
    assert reviews == [("P1", True)]


async def test_one_concert_is_sold_and_resold(scene: Scene) -> None:
    """The primary and the resale event are one show with one setlist, that of whichever event came first."""
    items = (
        Event(key="E1", day=day(9, 16), place=DUNMORE),
        Event(key="Z7r9jE2", day=day(9, 16), place=DUNMORE),
        Page(key="P1", day=day(9, 16), place=DUNMORE, songs=17),
    )
    for order in orders(items):
        first = next(one.key for one in order if isinstance(one, Event))
        shows, pages, reviews = await scene.ends([[item] for item in order])
        assert [(one[0], *one[3:]) for one in shows] == [(first, "completed", "P1", 17)]
        assert (pages, reviews) == ([("P1", "joined")], [])


@pytest.mark.parametrize("known", [0, 1])
async def test_street_sets(scene: Scene, known: int) -> None:
    """Sets on a square and on a balcony are shows of their own kind, whether or not the act's concerts are known."""
    square, balcony = (
        Place(name="Plaza Mayor", city="Bergen", country="NO"),
        Place(name="Hotel Helm", city="Bergen", country="NO"),
    )
    shows, _, reviews = await scene.alike(
        *(Page(key="P0", day=day(9, 2), place=ARENA, songs=20),) * known,
        Page(key="P1", day=day(9, 17), place=square, songs=3, info="Played three times for a video shoot"),
        Page(key="P2", day=day(9, 17), place=balcony, songs=4, info="From a balcony", first=30),
    )
    concerts = [("P0", "concert")] * known
    assert sorted((one[4], one[2]) for one in shows) == [*concerts, ("P1", "street"), ("P2", "street")]
    assert reviews == []


async def test_an_answer_follows_its_show(scene: Scene, look: Look) -> None:
    """A person's answer holds if the show turns out to be sold beside another; a show of a page is no answer."""
    early, late = (
        Event(key=key, day=day(9, 14), place=DUNMORE, start=time(hour)) for key, hour in (("E1", 18), ("E2", 22))
    )
    page = Page(key="P1", day=day(9, 14), place=DUNMORE, songs=14)
    other = Page(key="P2", day=day(9, 20), place=PIER, songs=14)
    await scene.ends([[early], [late], [page], [other]])
    act = Act("001")

    async def answer(minutes: int, show: str) -> str:
        (chosen,) = await look(f"select id from shows where {show}")
        edits = (PlacePage(page="P1001", show=chosen),)
        return (
            (await scene.store.batches.write(Batch(at=NOW + timedelta(minutes=minutes), edits=edits))).edited[0].problem
        )

    assert (await answer(10, "ticketmaster_id is null")).startswith("only a page tells of show ")
    assert await answer(11, "ticketmaster_id = 'E2001'") == ""
    at = NOW + timedelta(minutes=12)
    await scene.store.batches.write(Batch(at=at, rows=attrs.evolve(late, start=time(18, 5)).rows(act, at)))
    found = "select s.ticketmaster_id, p.ruled, p.review from thesetd.setlist_pages p join shows s on s.id = p.show_id"
    assert await look(f"{found} where p.setlistfm_id = 'P1001'") == [("E1001", True, None)]
