"""Makes fictional venues, as the two concert providers know them: with different ids and slightly different names."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import attrs

from thesetd.sandbox.listing import Json
from thesetd.sandbox.synthetic.chance import happens, stream
from thesetd.sandbox.synthetic.cities import CITIES, City
from thesetd.sandbox.synthetic.ids import Mint

VENUES = 160
_HALLS = ("Arena", "Theatre", "Hall", "Ballroom", "Auditorium", "Pavilion", "Club", "Amphitheatre")
_PATRONS = (
    "Mercer", "Union", "Station", "Alder", "Riverside", "Old Mill", "Granary", "Observatory", "Kestrel", "Lyceum",
    "Beacon Street", "Foundry", "Regent", "Harlow", "Tivoli", "Eastgate", "Corn Exchange", "Monarch", "Palace",
)  # fmt: skip


@attrs.frozen
class Venue:
    """A venue, as both providers know it. `sparse`: Ticketmaster has neither coordinates nor country for it."""

    number: int
    tm_id: str
    slfm_id: str
    tm_name: str
    slfm_name: str
    city: City
    sparse: bool

    def utc(self, day: date, local: time) -> datetime:
        """Return the moment of a local time at the venue, in UTC."""
        return datetime.combine(day, local, ZoneInfo(self.city.timezone)).astimezone(UTC)


def make_venues(seed: int, mint: Mint) -> tuple[Venue, ...]:
    """Make the world's venues: each city has at least four."""
    dice = stream(seed, "venues")
    venues = []
    for number in range(VENUES):
        city = CITIES[number % len(CITIES)]
        name = f"{dice.choice(_PATRONS)} {dice.choice(_HALLS)}"
        tm_name, slfm_name = dice.choice(
            (
                (name, name),
                (f"The {name}", name),
                (f"{name} - {city.name}", name),
                (name.replace("Theatre", "Theater"), f"{name} {city.name}"),
                (f"O'Malley {name}", f"O’Malley {name}"),
            )
        )
        ids = mint.venue(number), mint.slfm_venue(number)
        venues.append(Venue(number, *ids, tm_name, slfm_name, city, sparse=happens(dice, 0.05)))
    return tuple(venues)


def ticketmaster_venue(venue: Venue) -> Json:
    """Write a venue as Ticketmaster does: coordinates are strings, and much may be missing."""
    city = venue.city
    body: Json = {
        "name": venue.tm_name,
        "type": "venue",
        "id": venue.tm_id,
        "test": False,
        "url": f"https://www.ticketmaster.example/venue/{venue.number}",
        "locale": "en-us",
        "timezone": city.timezone,
        "_links": {"self": {"href": f"/discovery/v2/venues/{venue.tm_id}?locale=en-us"}},
    }
    if venue.sparse:
        return body
    if city.country_code in {"US", "CA", "AU"}:
        body["state"] = {"name": city.state, "stateCode": city.state_code}
    return {
        **body,
        "postalCode": f"{10000 + venue.number * 37}",
        "city": {"name": city.tm_name},
        "country": {"name": city.country, "countryCode": city.country_code},
        "address": {"line1": f"{venue.number + 1} Stage Street"},
        "location": {"longitude": f"{city.longitude + venue.number / 1e4:.6f}", "latitude": f"{city.latitude:.6f}"},
    }


def setlistfm_venue(venue: Venue) -> Json:
    """Write a venue as setlist.fm does: the coordinates are the city's centre."""
    city = venue.city
    return {
        "id": venue.slfm_id,
        "name": venue.slfm_name,
        "city": {
            "id": city.geonames_id,
            "name": city.name,
            "state": city.state,
            "stateCode": city.state_code,
            "coords": {"lat": city.latitude, "long": city.longitude},
            "country": {"code": city.country_code, "name": city.country},
        },
        "url": f"https://www.setlist.fm/venue/venue-{venue.number}-{venue.slfm_id}.html",
    }
