"""Which names are add-ons."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from thesetd.adapters.providers.ticketmaster import TicketmasterClient
from thesetd.adapters.providers.ticketmaster.addons import ADDON_TYPES, holds_no_concerts, names_addon, names_pass
from thesetd.domain.gate.calls import Response

Answer = Callable[..., Response]

# By reading every recorded event in these files: what is no event of its own.
LABELLED = {
    "event/sdk-js-2016-susquehanna-rv-pass.json": {"Susquehanna Breakdown RV Pass"},
    "events-search/albany-rock-2022-page0-us.json": {"2 Day Pass: Cold Waves"},
    "events-search/birmingham-covid-2020-gb.json": {"Ozzy Osbourne - Vip Packages"},
    "events-search/czech-keyword-music-2025-06-cz.json": {
        "IMAGINE DRAGONS: LOOM World Tour - Baggage Storage",
        "MASTERS OF ROCK (10. 7. - 13. 7. 2025) Festival Pass",
        "MASTERS OF ROCK (10. 7. - 13. 7. 2025) Festival Pass - SEATING",
        "Disturbed: The Sickness 25th Anniversary Tour | Enhanced Experiences",
        "Disturbed: The Sickness 25th Anniversary Tour | Megadeth Packages",
    },
    "events-search/gb-ie-music-geo-zurich-2025.json": {
        "To Pimp a Butterfly: 10 Year Anniversary - Restaurant",
        "The Kooks - the Suite Experience",
    },
    "events-search/post-malone-cloakroom-2025-cz.json": {"Post Malone Presents: The BIG ASS World Tour | ÚSCHOVNA"},
    "events-search/sdk-js-2016-all.json": {
        "OSEA Membership Registration",
        "Susquehanna Breakdown RV Pass",
        "TXRD Lonestar Rollergirls 2016 Regular Season Pass",
        "Parking: 8th Annual Beerfest",
    },
    "events-search/us-country-megaticket-2020.json": {
        "The B104.7 2020 Country Megaticket",
        "2020 Jones Beach Country Megaticket",
        "Country Megaticket 2020",
    },
    "events-search/albany-rock-2022-page1-us.json": set(),
    "events-search/global-shania-imagine-dragons-2023.json": set(),
    "events-search/los-angeles-eagles-2021-us.json": set(),
    "events-search/us-top-2019-romeo-santos-sports.json": set(),
    "events-search/us-top-2020-eagles-sports.json": set(),
    "events-search/us-top-2024-pink-sports.json": set(),
}


def test_recorded_events(client: TicketmasterClient, answer: Answer, raw_events: list[tuple[str, dict[str, Any]]]):
    """In the lists that hold concerts, the rule finds every add-on and nothing else."""
    found: dict[str, set[str]] = {file: set() for file in LABELLED}
    for file, raw in raw_events:
        show = client.show(raw["id"]).parse(answer(raw)).show
        if show.is_addon and file in LABELLED:
            found[file].add(show.name)
    assert found == LABELLED


def test_suites_and_passes_of_an_arena(
    client: TicketmasterClient, answer: Answer, raw_events: list[tuple[str, dict[str, Any]]]
):
    """Of a basketball team's 160 records no game is flagged; seven names that only insiders can read are missed."""
    names: dict[bool, set[str]] = {True: set(), False: set()}
    for file, raw in raw_events:
        if file == "events-search/toronto-raptors-all-sources-2025.json":
            details = client.show(raw["id"]).parse(answer(raw))
            place = details.venue.name if details.venue else ""
            names[details.show.is_addon].add(f"{details.show.name} @ {place}")
    signs = re.compile(r"pass|suite|premium|guest|licen[cs]e|rental|\bTEST\b", re.IGNORECASE)
    assert all(signs.search(name) for name in names[True])
    missed = {name.split(" @ ")[0] for name in names[False] if signs.search(name)}
    assert missed == {
        "2024-25 Raptors License",
        "2024-25 Raptors Upgrade License",
        "JetBlue at the Key Pass-Nets v Toronto Raptors",
        "RENTAL 2/26/2025 Toronto Raptors",
        "Section 103 - Toronto Raptors Postgame Guest",
        "Section 121 Blazers Guest - Toronto Raptors",
        "Toronto Raptors TEST",
    }
    assert len(names[True]) >= 15


@pytest.mark.parametrize(
    ("name", "acts"),
    [
        ("Slipknot I VIP Packages", ["Slipknot"]),
        ("Pitbull - Platinum Experience", ["Pitbull"]),
        ("Bad Bunny (Boleto de evento no incluido)", ["Bad Bunny"]),
        ("Parking - Luke Combs", ["Luke Combs"]),
        ("Luke Combs Premier Parking", ["Luke Combs"]),
        ("Download Festival - Camping", ["Download Festival"]),
        ("Wireless Festival 3 Day Pass", []),
        ("Rammstein | Cloakroom", ["Rammstein"]),
        ("Foo Fighters: Meet & Greet Upgrade", ["Foo Fighters"]),
        ("Jools Holland - Restaurant Tickets", ["Jools Holland"]),
        ("Shuttle Service: Coldplay", ["Coldplay"]),
        ("Hotel Package - Tomorrowland", []),
    ],
)
def test_addons(name: str, acts: list[str]):
    """A phrase that tells by itself, or a word that stands apart, makes an add-on."""
    assert names_addon(name, acts)


@pytest.mark.parametrize(
    ("name", "acts"),
    [
        ("Arlo Guthrie: Alice's Restaurant 50th Anniversary Tour", ["Arlo Guthrie"]),
        ("Duke Ellington's Nutcracker Suite", []),
        ("Hospitality", ["Hospitality"]),
        ("Hospitality: World Tour", ["Hospitality"]),
        ("The Jimi Hendrix Experience Revisited", []),
        ("Passenger", ["Passenger"]),
        ("Passion Pit - All These Trees Tour", ["Passion Pit"]),
        ("Parkway Drive", ["Parkway Drive"]),
        ("Camper Van Beethoven", ["Camper Van Beethoven"]),
        ("Hotel California - The Original Tribute to the Eagles", []),
        ("Donation", ["Donation"]),
        ("Vip", []),
        ("Parking Lot Party", []),
        ("The Care Package Tour", []),
        ("Premium Blend", []),
        ("VIP Packages", ["VIP Packages"]),
    ],
)
def test_concerts(name: str, acts: list[str]):
    """Names of bands, songs and tours that hold such words are concerts."""
    assert not names_addon(name, acts)


def test_places():
    """A cloakroom and a floor of suites are known by the venue's name; a lounge is a place for concerts."""
    assert holds_no_concerts("Úschovna - Letiště Letňany")
    assert holds_no_concerts("Barclays Center - Suites")
    assert not holds_no_concerts("Knitting Factory - Lounge")
    assert not holds_no_concerts("Suites Hotel Ballroom")


@pytest.mark.parametrize("type_id", sorted(ADDON_TYPES))
def test_type_ids(client: TicketmasterClient, answer: Answer, type_id: str):
    """A type that is nothing but an add-on settles it, on the event or all its acts, but not on one of two."""
    typed = [{"type": {"id": type_id}}]
    act = {"id": "a", "name": "Somebody"}
    extra = {"id": "b", "name": "Something", "classifications": typed}

    def is_addon(**event: Any) -> bool:
        return client.show("x").parse(answer({"id": "x", "name": "Somebody", **event})).show.is_addon

    assert is_addon(classifications=typed)
    assert is_addon(_embedded={"attractions": [extra]})
    assert not is_addon(_embedded={"attractions": [act, extra]})
    assert not is_addon(classifications=[{"segment": {"id": "KZFzniwnSyZfZ7v7nJ"}}])


@pytest.mark.parametrize(
    "part",
    """
    Parkschein, Shuttle Pass, Dinner & Show, Pre-Show Buffet, Estacionamiento, Plaza de Garaje, Navette depuis Lyon,
    Vestiaire, Consigne, Hotelpaket, Logenplätze, Palco VIP, Ônibus, Ubytování, Otopark Bileti, Parkeringsbiljett,
    Parkeerkaart, Szatnia, Autokar z Krakowa, Pullman da Milano, Skybox, Ticketversicherung, Platinum, Car Park,
    Getränkegutschein, Nuit d'hôtel, Posto auto, Deposito bagagli, Pacote de viagem, Ônibus saindo de Campinas,
    VIP-pakket, Parkovací lístek, Bilet parkingowy, Narikka, Overnatning, Table for Four, T-Shirt,
    Live Parking Pass, Live Nation Shuttle Service
    """.replace("\n", " ")
    .strip()
    .split(", "),
)
def test_what_is_sold_beside_in_other_words(part: str) -> None:
    """Words of a dozen languages behind the name of the act."""
    assert names_addon(f"Otterwick Lane - {part.strip()}", ["Otterwick Lane"], ["Harbour Arena", "Belfast"])


@pytest.mark.parametrize(
    "name",
    [
        "Otterwick Lane - Gira 2027",
        "Otterwick Lane - Zusatzkonzert",
        "Otterwick Lane: Parking Lot Symphony Tour",
        "Otterwick Lane - Live at the Terrace",
        "Otterwick Lane - 18+",
        "Otterwick Lane - Live in der Garderobe",
        "Otterwick Lane - Live im Car Park",
        "Otterwick Lane - Live from the Cloakroom",
        "Otterwick Lane - Platinum Jubilee Tour",
        "Otterwick Lane - The Shuttle Sessions",
        "Otterwick Lane - Nachholtermin",
        "Otterwick Lane - Second Night",
    ],
)
def test_what_is_a_concert_in_other_words(name: str) -> None:
    """Tours, programmes and conditions of entry are not for sale."""
    assert not names_addon(name, ["Otterwick Lane"], ["Harbour Arena", "Belfast"])


@pytest.mark.parametrize(
    ("name", "several"),
    [
        ("Harbour Fest: 3-Day Pass", True),
        ("Harbour Fest - Forfait 3 jours", True),
        ("Harbour Fest - Abono 3 días", True),
        ("Harbour Fest - 3-Tages-Ticket", True),
        ("Harbour Fest - Passaporte 3 dias", True),
        ("Karnet 3 dni - Harbour Fest", True),
        ("Harbour Fest Wochenendticket", True),
        ("Harbour Fest - 3-dagars biljett", True),
        ("Harbour Fest Karnet 3-dniowy", True),
        ("Otterwick Lane - 2-Night Pass", True),
        ("Harbour Fest - Day Ticket Friday", False),
        ("Harbour Fest - Weekend Camping Pass", False),
        ("Harbour Fest - Parking Pass", False),
        ("Vampire Weekend", False),
    ],
)
def test_passes_for_several_days(name: str, *, several: bool) -> None:
    """A pass for days stands for its festival; one for parking or camping never does."""
    assert names_pass(name) is several
