"""One place with several ids: links that names and concerts prove, and that can be taken back."""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import date
from itertools import combinations
from random import Random
from typing import Any

import pytest

from sample_rows import MBID, artist, batch, played, played_show, show, venue
from thesetd.adapters.postgres import PostgresStore
from thesetd.adapters.postgres.database import Connection
from thesetd.domain.ids import SETLISTFM
from thesetd.domain.music.records import Venue
from thesetd.domain.setlists.proximity import Place
from thesetd.domain.shows.venues import Nights, VenueAddress, VenueVerdict, judge, nights_of

Look = Callable[..., Awaitable[list[Any]]]
SAME = """
    select v.name, coalesce(v.ticketmaster_id, v.setlistfm_id), coalesce(h.ticketmaster_id, h.setlistfm_id)
    from venues v left join venues h on h.id = v.same_as order by 2
"""
JOINED = """
    select s.ticketmaster_id, p.setlistfm_id from shows s join thesetd.setlist_pages p on p.show_id = s.id
    where s.ticketmaster_id is not null order by 1
"""
NIGHTS = (date(2026, 5, 18), date(2026, 5, 19), date(2026, 5, 20))


def hall(name: str, provider_id: str, **parts: Any) -> Venue:
    """Return a venue in Rostock."""
    return venue(provider_id=provider_id, name=name, **{"city": "Rostock", **parts})


async def run(store: PostgresStore, statement: str) -> None:
    """Do what a person does by hand."""

    async def work(connection: Connection) -> None:
        await connection.execute(statement)

    await store.database.transact(work)


async def test_one_hall_with_several_ids(postgres_store: PostgresStore, look: Look) -> None:
    """Equal names in one city, at either provider; a room of the hall and a placeholder stay apart."""
    near = {"latitude": 54.6, "longitude": -5.92}
    await postgres_store.batches.write(batch(venues=(hall("Harbour Arena", "V1", city="Belfast", **near),)))
    others = (
        hall("Harbour Arena", "V2", city="Belfast", latitude=54.6003, longitude=-5.92),
        hall("Harbour Arena", "V9", city="Belfast", provider=SETLISTFM),
        hall("The Basement at Harbour Arena", "V3", city="Belfast", **near),
        hall("General Use", "V4", city="Belfast"),
        hall("Harbour Arena", "V5", city="Derry"),
    )
    await postgres_store.batches.write(batch(1, venues=others))
    assert {one: head for _, one, head in await look(SAME)} == {
        "V1": None,
        "V2": "V1",
        "V9": "V1",
        "V3": None,
        "V4": None,
        "V5": None,
    }
    assert "venues" not in (await postgres_store.batches.write(batch(2, venues=others))).changed
    at = (
        show(3, provider_id=f"Show{one}", venue_provider_id=one, local_date=NIGHTS[n])
        for n, one in enumerate(("V1", "V2", "V5"))
    )
    await postgres_store.batches.write(batch(3, artists=(artist(mbid=MBID),), shows=tuple(at)))
    there = """
        select coalesce(s.ticketmaster_id, s.setlistfm_id), h.ticketmaster_id from shows s
        join venues v on v.id = s.venue_id join venues h on h.id = coalesce(v.same_as, v.id)
    """
    places = dict(await look(there))
    assert {place for key, place in places.items() if key != "ShowV5"} == {"V1"}
    assert (places["ShowV5"], len(places)) == ("V5", 3)


async def test_a_renamed_hall_is_proven_by_its_concerts(postgres_store: PostgresStore, look: Look) -> None:
    """Same act, same nights at two providers; without them two names stay two."""
    await postgres_store.batches.write(
        batch(
            artists=(artist(mbid=MBID),),
            venues=(hall("Nordbank Dome", "V1"), hall("Hafenhalle", "P1", provider=SETLISTFM)),
        )
    )
    sold = tuple(show(provider_id=f"E{n}", local_date=night, venue_provider_id="V1") for n, night in enumerate(NIGHTS))
    await postgres_store.batches.write(batch(1, shows=sold))
    assert [head for _, _, head in await look(SAME)] == [None, None]
    pages = [{"provider_id": f"S{n}", "local_date": night, "venue_provider_id": "P1"} for n, night in enumerate(NIGHTS)]
    lists = [played(setlistfm_id=f"S{n}", event_date=night, venue_provider_id="P1") for n, night in enumerate(NIGHTS)]
    await postgres_store.batches.write(
        batch(2, shows=tuple(played_show(**page) for page in pages), actual_setlists=tuple(lists))
    )
    await postgres_store.batches.write(batch(3, venues=(hall("Nordbank Dome", "V1", url="https://dome.example.com"),)))
    assert {one: head for _, one, head in await look(SAME)} in ({"V1": None, "P1": "V1"}, {"V1": "P1", "P1": None})
    assert await look("select verdict, shared_nights from thesetd.venue_links") == [("same", 3)]


NAPOCA = {"name": "Sala Polivalenta", "city": "Cluj-Napoca", "country_code": "RO"}
KOLOZSVAR = {**NAPOCA, "city": "Kolozsvár"}


@pytest.mark.parametrize("pages_first", [False, True])
async def test_a_city_in_another_language(postgres_store: PostgresStore, look: Look, *, pages_first: bool) -> None:
    """Known names of a city are one; of unknown ones two shared nights prove it, one is put to review."""
    munich = ("München", "Munich", "Muenchen", " munich ")
    halls = [hall("Kantine", f"M{n}", city=city) for n, city in enumerate(munich)]
    chain = [hall("Kantine", f"C{n}", city=city, country_code="DE") for n, city in enumerate(("Kiel", "Celle"))]
    await postgres_store.batches.write(batch(artists=(artist(mbid=MBID),), venues=(*halls, *chain)))
    assert {head for _, one, head in await look(SAME) if one in {"M1", "M2", "M3"}} == {"M0"}
    assert {head for _, one, head in await look(SAME) if one in {"M0", "C0", "C1"}} == {None}
    venues = (venue(provider_id="N", **NAPOCA), venue(provider_id="K", provider=SETLISTFM, **KOLOZSVAR))
    await postgres_store.batches.write(batch(1, venues=venues))
    place = Place(ids=frozenset({"setlistfm:K"}), name="Sala Polivalenta", city="Kolozsvár", country="RO")

    async def night(number: int) -> list[Any]:
        sold = {"shows": (show(provider_id=f"E{number}", local_date=NIGHTS[number], venue_provider_id="N"),)}
        page = played(setlistfm_id=f"S{number}", event_date=NIGHTS[number], venue_provider_id="K", place=place)
        listed = {"shows": (played_show(provider_id=f"S{number}", local_date=NIGHTS[number]),)}
        listed |= {"actual_setlists": (page,)}
        for minute, rows in enumerate((listed, sold) if pages_first else (sold, listed)):
            await postgres_store.batches.write(batch(2 * number + minute + 2, **rows))
        return await look(
            "select verdict, shared_nights from thesetd.venue_links where one in (select id from venues "
            "where name like 'Sala%')"
        )

    assert await night(0) == [("review", 1)]
    assert await look(JOINED) == []
    assert await night(1) == [("same", 2)]
    assert await look(JOINED) == [("E0", "S0"), ("E1", "S1")]
    # a batch about other halls of one of the two cities leaves the link alone
    await postgres_store.batches.write(batch(9, venues=(venue(provider_id="X", name="Club", city="Cluj-Napoca"),)))
    assert [head for name, _, head in await look(SAME) if name.startswith("Sala")].count(None) == 1


async def test_a_persons_word_holds(postgres_store: PostgresStore, look: Look) -> None:
    """What was joined is taken apart by hand and stays so."""
    halls = (hall("Harbour Arena", "V1"), hall("Harbour Arena", "V2"))
    await postgres_store.batches.write(batch(venues=halls))
    await run(postgres_store, "update thesetd.venue_links set verdict = 'apart', by_person = true")
    await postgres_store.batches.write(batch(1, venues=(hall("Harbour Arena", "V2", url="https://arena.example.com"),)))
    assert [head for _, _, head in await look(SAME)] == [None, None]


LINKS = "select one, other, verdict, shared_nights, apart_nights from thesetd.venue_links where verdict <> 'apart'"
CONCERTS = """
    select s.venue_id, l.artist_id, s.local_date as day from shows s join artist_shows l on l.show_id = s.id
    where s.is_announced and l.left_at is null
    union select venue_id, artist_id, event_date from thesetd.setlist_pages where gone_at is null
"""
VENUES = """
    select id, ticketmaster_id is null, town, name, city, country_code, latitude, longitude
    from venues order by ticketmaster_id, setlistfm_id
"""


async def judged_all(look: Look) -> set[tuple[Any, ...]]:
    """Judge every two venues of one town, and those that share a concert, with all concerts that there are."""
    concerts: dict[Any, set[Any]] = defaultdict(set)
    for venue_id, artist_id, day in await look(CONCERTS):
        concerts[venue_id].add((artist_id, day))
    found, venues = set(), await look(VENUES)
    for one, other in combinations(venues, 2):
        here, there = concerts[one[0]], concerts[other[0]]
        towns = {one[2], other[2]}
        if len(towns) > 1 and not here & there:
            continue
        second = [v for v in venues if v[1] == other[1] and v[2] in towns and v is not other]
        elsewhere: dict[bool, set[Any]] = {True: set(), False: set()}
        for another in second:
            elsewhere[judge(address(one), address(another)) is VenueVerdict.SAME] |= concerts[another[0]]
        apart = one[1] == other[1] or not here & there
        nights = Nights() if apart else nights_of(here, there, elsewhere[False], elsewhere[True])
        verdict = judge(address(one), address(other), nights)
        if verdict is not VenueVerdict.APART:
            found.add((*sorted((one[0], other[0])), verdict.value, nights.shared, nights.apart))
    return found


def address(row: tuple[Any, ...]) -> VenueAddress:
    """Read a row of VENUES."""
    return VenueAddress(name=row[3], city=row[4], country=row[5], latitude=row[6], longitude=row[7])


@pytest.mark.parametrize("seed", range(4))
async def test_nothing_is_left_to_judge(postgres_store: PostgresStore, look: Look, *, seed: int) -> None:
    """Whatever comes in which order, the links are those of all venues judged at once with all concerts."""
    dice = Random(seed)
    names = ("Harbour Arena", "Nordbank Dome", "Kesselhaus", "Harbour Hall", "Old Mill", "Zeche")
    halls = [
        hall(dice.choice(names), f"{space}{n}", city=dice.choice(("Rostock", "Roztoka")), **provider)
        for n in range(4)
        for space, provider in (("V", {}), ("P", {"provider": SETLISTFM}))
    ]
    dice.shuffle(halls)
    await postgres_store.batches.write(batch(artists=(artist(mbid=MBID),), venues=tuple(halls[:5])))
    for minute in range(1, 16):
        day, number, place = dice.choice(NIGHTS), dice.randrange(4), dice.randrange(4)
        page = {"local_date": day, "venue_provider_id": f"P{number}", "provider_id": f"S{number}"}
        list_ = {"event_date": day, "venue_provider_id": f"P{number}", "setlistfm_id": f"S{number}"}
        sold = show(minute, local_date=day, venue_provider_id=f"V{place}", provider_id=f"E{number}")
        told = {"shows": (played_show(minute, **page),), "actual_setlists": (played(minute, **list_),)}
        rows: dict[str, Any] = {"shows": (sold,)} if dice.random() < 0.5 else told
        if minute == 4:  # the others become known in between
            rows["venues"] = tuple(halls)
        await postgres_store.batches.write(batch(minute, **rows))
        assert {tuple(row) for row in await look(LINKS)} == await judged_all(look)
