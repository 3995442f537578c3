"""Events of one concert, from the shop's bodies to the rows: one show, and what belongs to it."""

from collections.abc import Awaitable, Callable
from itertools import permutations
from typing import Any

import attrs
import pytest

from sample_rows import batch, moment, predicted, show
from thesetd.adapters.postgres import PostgresStore
from thesetd.adapters.providers.ticketmaster.rows import to_show
from thesetd.adapters.providers.ticketmaster.wire import WireEvent, read_one
from thesetd.domain.identity import spaces
from thesetd.domain.identity.spaces import Ref
from thesetd.domain.music.records import Rows
from thesetd.domain.work.batches import Batch

Look = Callable[..., Awaitable[list[Any]]]
ARENA = {"id": "V1", "name": "Harbour Arena", "city": {"name": "Belfast"}, "country": {"countryCode": "GB"}}
LANE, HAMN = {"id": "T1", "name": "Otterwick Lane"}, {"id": "T2", "name": "Kall Hamn"}
SHOWN = """
    select t.ticketmaster_id, c.ticketmaster_id from shows t left join shows c on c.id = t.concert_id
    where {} order by 1
"""


def event(event_id: str, name: str, day: str = "2027-07-09", hour: str = "20:00:00", **parts: Any) -> dict[str, Any]:
    """Return the body of an event at the arena."""
    embedded = {"venues": [parts.pop("venue", ARENA)], "attractions": parts.pop("acts", [LANE])}
    start = {"localDate": day, **({"localTime": hour} if hour else {"timeTBA": True})}
    return {
        "id": event_id,
        "name": name,
        "url": "https://tickets.example.com/1",
        "dates": {"start": start, "timezone": "Europe/London", "status": {"code": "onsale"}},
        "_embedded": embedded,
        **parts,
    }


def said(minutes: float, *bodies: dict[str, Any]) -> Batch:
    """Return the batch that stores these bodies, fetched at that moment."""
    found = [to_show(read_one(body, WireEvent), moment(minutes)) for body in bodies]
    details = [one for one in found if one is not None]
    venues = {one.venue.provider_id: one.venue for one in details if one.venue}
    return batch(minutes, shows=tuple(one.show for one in details), venues=tuple(venues.values()))


async def shown(look: Look) -> list[str]:
    """Return the ids of what is a show of its own."""
    return [one for one, _ in await look(SHOWN.format("not t.is_addon"))]


async def parts(look: Look) -> list[tuple[str, str]]:
    """Return the ids of the others, each with the show that it belongs to."""
    return await look(SHOWN.format("t.is_addon"))


PRICED = {"priceRanges": [{"type": "standard", "currency": "USD", "min": 60, "max": 90}]}
FESTIVAL = [
    event("E1", "Harbour Fest", "2027-07-09", "", acts=[{"id": "A1", "name": "Act 1"}]),
    event("E2", "Harbour Fest", "2027-07-10", "", acts=[LANE]),
    event("E3", "Harbour Fest", "2027-07-11", "", acts=[{"id": "A3", "name": "Act 3"}]),
    event("E4", "Harbour Fest: 3-Day Pass", "2027-07-11", "", acts=[{"id": "A1", "name": "Act 1"}, LANE]),
]


async def test_an_act_of_a_festival_has_one_show(postgres_store: PostgresStore, look: Look) -> None:
    """The day it plays on; the pass of all days belongs to a day and is nobody's show."""
    await postgres_store.batches.write(said(0, *FESTIVAL))
    assert await shown(look) == ["E1", "E2", "E3"]
    ((one, _),) = await parts(look)
    assert one == "E4"
    own = """
        select s.ticketmaster_id from artist_shows l join shows s on s.id = l.show_id
        join artists a on a.id = l.artist_id where a.name = 'Otterwick Lane' and not s.is_addon
    """
    assert await look(own) == ["E2"]


async def test_a_pass_stands_for_its_festival_until_its_days_appear(postgres_store: PostgresStore, look: Look) -> None:
    """It keeps its key then."""
    weekend = event("E9", "Harbour Fest - Weekend Pass", "2027-07-11", "")
    await postgres_store.batches.write(said(0, weekend))
    assert await shown(look) == ["E9"]
    key = await look("select id from shows")
    await postgres_store.batches.write(said(5, *FESTIVAL[:3]))
    assert await shown(look) == ["E1", "E2", "E3"]
    assert await parts(look) == [("E9", "E3")]
    assert await look("select id from shows where ticketmaster_id = 'E9'") == key
    assert "shows" not in (await postgres_store.batches.write(said(6, weekend, *FESTIVAL[:3]))).changed


UPSELL = {"classifications": [{"type": {"id": "KZAyXgnZfZ7v7nJ"}}]}
MOMENT = "Otterwick Lane - The Lighthouse Moment"
CHEAP = {"priceRanges": [{"type": "standard", "currency": "USD", "min": 25, "max": 25}]}
CLUB = {"venue": {**ARENA, "id": "V2", "name": "Harbour Arena - Club Level"}}


@pytest.mark.parametrize(
    "extra",
    [
        {**CHEAP, "hour": "18:30:00"},
        {**UPSELL, "hour": "18:30:00"},
        {"acts": [LANE, {"id": "T8", "name": "Club", **UPSELL}], "hour": "18:30:00"},
        {**CLUB, "hour": "18:30:00"},
    ],
    ids=["price", "type of the event", "type of an attraction", "part of the place"],
)
@pytest.mark.parametrize("first", [0, 1])
async def test_an_addon_is_told_by_its_structure(
    postgres_store: PostgresStore, look: Look, extra: dict[str, Any], first: int
) -> None:
    """No word of its name is for sale; in either order of arrival it belongs to the concert."""
    bodies = [event("E1", "Otterwick Lane", **PRICED), event("E2", MOMENT, **extra)]
    await postgres_store.batches.write(said(0, bodies[first]))
    await postgres_store.batches.write(said(1, bodies[1 - first]))
    assert await shown(look) == ["E1"]
    assert await parts(look) == [("E2", "E1")]


DOME = {**ARENA, "id": "V5", "name": "Nordbank Dome"}
ABROAD = {**ARENA, "id": "V6", "name": "Hafenhalle", "city": {"name": "Rostock"}, "country": {"countryCode": "DE"}}
RESALE, PLATINUM, SEATED = [
    ("Z7r9jZ1", "Otterwick Lane"),
    ("E2", "Otterwick Lane - Platinum"),
    ("E2", "Otterwick Lane (seated)"),
]


@pytest.mark.parametrize("left", [RESALE, PLATINUM, SEATED], ids=["resale", "platinum", "seated"])
@pytest.mark.parametrize(
    "moves",
    [
        [{"venue": DOME}],
        [{"venue": ABROAD, "day": "2027-10-01"}],
        [{"day": "2027-10-01"}, {"day": "2027-12-01"}],
    ],
    ids=["another hall", "another city and day", "twice"],
)
@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
async def test_what_is_left_behind_belongs_to_the_concert_that_moved(
    postgres_store: PostgresStore, look: Look, left: tuple[str, str], moves: list[dict[str, Any]], *, late: bool
) -> None:
    """A listing of the old hall or day, also where it comes only after the concert has moved, is no show."""
    moved = [event("E1", "Otterwick Lane", **move) for move in moves]
    steps = [event("E1", "Otterwick Lane"), *moved, event(*left)] if late else [event("E1", "Otterwick Lane")]
    steps += [] if late else [event(*left), *moved]
    for minutes, body in enumerate(steps):
        await postgres_store.batches.write(said(minutes, body))
    assert await shown(look) == ["E1"]
    assert await parts(look) == [(left[0], "E1")]
    assert not (await postgres_store.batches.write(said(9, event(*left), moved[-1]))).changed
    await postgres_store.batches.write(said(10, event(*left, **moves[-1])))
    assert await parts(look) == [(left[0], "E1")]


async def test_a_concert_that_moves_back_has_its_listings_again(postgres_store: PostgresStore, look: Look) -> None:
    """Where it stood in between nothing is left; a late show there is another concert."""
    late_show = event("E3", "Otterwick Lane", hour="23:00:00")
    await postgres_store.batches.write(said(0, event("E1", "Otterwick Lane"), event(*RESALE), late_show))
    await postgres_store.batches.write(said(1, event("E1", "Otterwick Lane", venue=DOME)))
    assert await shown(look) == ["E1", "E3"]
    await postgres_store.batches.write(said(2, event("E1", "Otterwick Lane")))
    assert await shown(look) == ["E1", "E3"]
    assert await parts(look) == [("Z7r9jZ1", "E1")]


async def test_an_older_answer_tells_where_a_concert_stood(postgres_store: PostgresStore, look: Look) -> None:
    """It comes after the newer one; the resale at the old hall belongs to the concert all the same."""
    await postgres_store.batches.write(said(9, event("E1", "Otterwick Lane", venue=DOME)))
    await postgres_store.batches.write(said(1, event("E1", "Otterwick Lane"), event(*RESALE)))
    assert await shown(look) == ["E1"]


async def test_a_support_acts_own_listing_is_the_headliners_concert(postgres_store: PostgresStore, look: Look) -> None:
    """Whichever was known first, the headliner has its show, with the whole bill."""
    await postgres_store.batches.write(said(0, event("E2", "Kall Hamn", acts=[HAMN])))
    await postgres_store.batches.write(said(5, event("E1", "Otterwick Lane", acts=[LANE, HAMN])))
    assert await shown(look) == ["E1"]
    assert await parts(look) == [("E2", "E1")]


async def test_a_residency_has_a_show_a_night(postgres_store: PostgresStore, look: Look) -> None:
    """Packages, resales and passes of its nights belong to them, also if all come at once."""
    nights = [f"2027-07-{day:02}" for day in (9, 10, 11)]
    name = "Otterwick Lane - The Residency"
    bodies = [event(f"N{n}", name, night) for n, night in enumerate(nights)]
    bodies += [event(f"P{n}", f"{name} - VIP Package", night, "18:00:00") for n, night in enumerate(nights)]
    bodies += [event(f"Z7r9jZ{n}", "Otterwick Lane", night, "19:30:00") for n, night in enumerate(nights)]
    bodies += [
        event("PP", "Otterwick Lane - 2-Night Pass", nights[0], ""),
        event("HP", f"{name} - Hotel", nights[0], ""),
    ]
    await postgres_store.batches.write(said(0, *bodies))
    assert await shown(look) == ["N0", "N1", "N2"]
    assert dict(await parts(look)) == {
        **{f"P{n}": f"N{n}" for n in range(3)},
        **{f"Z7r9jZ{n}": f"N{n}" for n in range(3)},
        "PP": "N0",
        "HP": "N0",
    }


async def test_a_ticket_for_a_weekend_is_no_day_of_a_festival(postgres_store: PostgresStore, look: Look) -> None:
    """In whatever language; those of two weekends belong each to its own."""
    days = [event(f"D{day}", "Harbour Fest", f"2027-07-{day:02}", "") for day in (9, 10, 11, 16, 17, 18)]
    tickets = [
        event("W1", "Harbour Fest Wochenendticket 1", "2027-07-11", ""),
        event("W2", "Harbour Fest - Weekend 2 Pass", "2027-07-18", ""),
        event("W3", "Harbour Fest - 3-dagars biljett", "2027-07-09", ""),
    ]
    await postgres_store.batches.write(said(0, *days, *tickets))
    assert await shown(look) == ["D10", "D11", "D16", "D17", "D18", "D9"]
    assert await parts(look) == [("W1", "D11"), ("W2", "D18"), ("W3", "D9")]


async def test_a_brunch_elsewhere_is_a_concert(postgres_store: PostgresStore, look: Look) -> None:
    """There is no concert beside it."""
    quay = {**ARENA, "id": "V7", "name": "Quay House"}
    await postgres_store.batches.write(
        said(0, event("E1", "Otterwick Lane - Acoustic Brunch", hour="11:30:00", venue=quay))
    )
    assert await shown(look) == ["E1"]


async def test_a_record_of_the_back_office_is_no_show(postgres_store: PostgresStore, look: Look) -> None:
    """It has nothing but the name, the place and the day of the concert."""
    copy = event("Za5ju3rK1", "Otterwick Lane", acts=[], venue={**ARENA, "country": {"countryCode": "CAN"}})
    del copy["url"]
    await postgres_store.batches.write(said(0, event("E1", "Otterwick Lane")))
    await postgres_store.batches.write(said(1, copy))
    assert await shown(look) == ["E1"]
    assert await parts(look) == [("Za5ju3rK1", "E1")]


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_primary_resale_and_platinum_are_one_show(
    postgres_store: PostgresStore, look: Look, order: tuple[int, ...]
) -> None:
    """The one that was there first keeps its key; once it is withdrawn another one leads, and its rows stay."""
    bodies = [
        event("E1", "Otterwick Lane", acts=[LANE, HAMN]),
        event("Z7r9jZ1", "Otterwick Lane"),
        event("E3", "Otterwick Lane - Platinum"),
    ]
    ids = [body["id"] for body in bodies]
    for minute, number in enumerate(order):
        await postgres_store.batches.write(said(minute, bodies[number]))
    (leader,) = await shown(look)
    others = sorted(one for one in ids if one != leader)
    assert await parts(look) == [(one, leader) for one in sorted(others)]
    assert leader == (ids[order[0]] if order[0] != 2 else "E1" if order[1] == 0 else "Z7r9jZ1")
    before = await look("select id, ticketmaster_id from shows order by 2")
    absent = show(
        9, provider_id=leader, name="", bill=(), local_date=None, status="withdrawn", gone_because="unknown by its id"
    )
    await postgres_store.batches.write(batch(9, shows=(absent,)))
    on = await look("select ticketmaster_id from shows where not is_addon and status <> 'withdrawn'")
    assert on == (["Z7r9jZ1"] if leader == "E1" else ["E1"])
    assert await look("select id, ticketmaster_id from shows order by 2") == before


async def test_a_resale_that_still_lists_the_former_support_is_the_show(
    postgres_store: PostgresStore, look: Look
) -> None:
    """The bill is that of the leading record, before and after the resale tells the former one again."""
    door = {"id": "T3", "name": "Open Door"}
    lane, copy = event("E1", "Otterwick Lane", acts=[LANE, HAMN]), event("Z7r9jZ1", "Otterwick Lane", acts=[LANE, HAMN])
    await postgres_store.batches.write(said(0, lane, copy))
    await postgres_store.batches.write(said(5, event("E1", "Otterwick Lane", acts=[LANE, door])))
    for minute in (6, 7):
        assert (await shown(look), await parts(look)) == (["E1"], [("Z7r9jZ1", "E1")])
        bill = """
            select a.name from artist_shows l join artists a on a.id = l.artist_id join shows s on s.id = l.show_id
            where s.ticketmaster_id = 'E1' and l.left_at is null order by l.set_order
        """
        assert await look(bill) == ["Otterwick Lane", "Open Door"]
        await postgres_store.batches.write(said(minute, copy))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_a_concert_that_both_attractions_of_an_act_list_is_one_show(
    postgres_store: PostgresStore, look: Look, order: tuple[int, int]
) -> None:
    """Both link to her page: one artist, on the bill of one show, whichever is told first."""
    page = {"spotify": [{"url": "https://open.spotify.com/artist/0OdUWJ0sBjDrqHygGUXeCF"}]}
    acts = [{"id": f"T{n}", "name": "Mara Vell", "externalLinks": page} for n in (5, 6)]
    bodies = [event(f"E{n}", "Mara Vell", acts=[act]) for n, act in enumerate(acts, 1)]
    for minute, number in enumerate(order):
        await postgres_store.batches.write(said(minute, bodies[number]))
    first, second = (bodies[number]["id"] for number in order)
    assert (await shown(look), await parts(look)) == ([first], [(second, first)])
    bill = "select count(distinct l.artist_id) from artist_shows l where l.left_at is null"
    assert await look(bill) == [1]


async def test_matinee_and_evening_are_two_shows(postgres_store: PostgresStore, look: Look) -> None:
    """Of one hour they are one."""
    matinee, evening = event("E1", "Otterwick Lane", hour="15:00:00"), event("E2", "Otterwick Lane")
    await postgres_store.batches.write(said(0, matinee, evening, event("E3", "Otterwick Lane (seated)")))
    assert await shown(look) == ["E1", "E2"]
    assert await parts(look) == [("E3", "E2")]


async def test_a_retitled_event_is_one_row(postgres_store: PostgresStore, look: Look) -> None:
    """It has the new name."""
    await postgres_store.batches.write(said(0, event("E1", "Otterwick Lane")))
    await postgres_store.batches.write(said(1, event("E1", "Otterwick Lane + special guest Open Door")))
    assert await look("select name, is_addon from shows") == [("Otterwick Lane + special guest Open Door", False)]


def off(body: dict[str, Any], code: str = "cancelled") -> dict[str, Any]:
    """Return an event with another status."""
    return {**body, "dates": {**body["dates"], "status": {"code": code}}}


LANE_SHOW, RELISTED = event("E1", "Otterwick Lane"), event("E2", "Otterwick Lane", hour="19:30:00")
RESOLD = event("Z7r9jZ1", "Otterwick Lane", hour="20:30:00")
TBA = {"dates": {"start": {"dateTBA": True}, "initialStartDate": {"localDate": "2027-07-09"}}}


@pytest.mark.parametrize(
    ("told", "speaks"),
    [
        ([LANE_SHOW, RELISTED, off(LANE_SHOW)], "E2"),
        ([LANE_SHOW, off(LANE_SHOW), RESOLD], "E1"),
        ([off(LANE_SHOW, "postponed"), RELISTED], "E2"),
        ([off(RESOLD, "offsale"), LANE_SHOW], "E1"),
        ([LANE_SHOW, RESOLD, {**LANE_SHOW, **TBA}], "E1"),
        ([LANE_SHOW, {**LANE_SHOW, **TBA}, RELISTED], "E2"),
    ],
    ids=["cancelled", "resale", "postponed", "unsold resale", "undated", "undated and relisted"],
)
async def test_one_listing_speaks_for_a_concert(
    postgres_store: PostgresStore, look: Look, told: list[dict[str, Any]], speaks: str
) -> None:
    """The one that goes ahead, in whatever order the answers arrive; an old one that comes late changes nothing."""
    ids = sorted({body["id"] for body in told})
    for town, order in enumerate(permutations(range(len(told)))):
        for number in order:
            await postgres_store.batches.write(said(10 + number, elsewhere(told[number], town)))
        found = await look(SHOWN.format(f"t.ticketmaster_id like '%in{town}'"))
        others = [(f"{one}in{town}", f"{speaks}in{town}") for one in ids if one != speaks]
        assert found == sorted([*others, (f"{speaks}in{town}", None)]), [told[n]["id"] for n in order]


def elsewhere(body: dict[str, Any], town: int) -> dict[str, Any]:
    """Return an event with an id of its own at an arena of its own."""
    venue = {**ARENA, "id": f"V{town}", "name": "Harbour Arena", "city": {"name": f"Town {chr(ord('A') + town)}"}}
    return {**body, "id": f"{body['id']}in{town}", "_embedded": {**body["_embedded"], "venues": [venue]}}


async def test_votes_follow_a_concert_that_is_listed_again(postgres_store: PostgresStore, look: Look) -> None:
    """Its setlist is that of the listing that represents it, there and back; another show gets its own."""
    concerts = "select s.ticketmaster_id, t.id from setlists t join shows s on s.id = t.show_id order by 1"
    former, new = event("E1", "Otterwick Lane"), event("E2", "Otterwick Lane: Live")
    gone = show(2, provider_id="E1", name="", bill=(), local_date=None, status="withdrawn", gone_because="unknown")

    def foretold(listing: str, *songs: str) -> Batch:
        act = Ref(spaces.TICKETMASTER, LANE["id"])
        return batch(9, predicted=(predicted(*songs, show_provider_id=listing, artist=act),))

    await postgres_store.batches.write(said(0, former))
    await postgres_store.batches.write(foretold("E1", "Hoot", "Dusk"))
    ((_, voted),) = await look(concerts)
    await look("update setlists set locked_at = now() returning id")

    listed = said(2, new)
    await postgres_store.batches.write(
        attrs.evolve(listed, rows=attrs.evolve(listed.rows, shows=(*listed.rows.shows, gone)))
    )
    assert await shown(look) == ["E2"]
    assert await look(concerts) == [("E2", voted)]
    await postgres_store.batches.write(foretold("E2", "Feather"))
    assert await look(concerts) == [("E2", voted)]
    assert await look("select title from setlist_songs order by position") == ["Hoot", "Dusk", "Feather"]

    await postgres_store.batches.write(said(3, former))
    assert await shown(look) == ["E1"]
    assert await look(concerts) == [("E1", voted)]

    await postgres_store.batches.write(
        attrs.evolve(batch(4), rows=Rows(shows=(attrs.evolve(gone, fetched_at=moment(4)),)))
    )
    await postgres_store.batches.write(said(5, event("E1", "Otterwick Lane", "2027-07-19")))
    assert await shown(look) == ["E1", "E2"]
    await postgres_store.batches.write(foretold("E1", "Hoot"))
    (first, own), second = await look(concerts)
    assert (first, second) == ("E1", ("E2", voted))
    assert own != voted
