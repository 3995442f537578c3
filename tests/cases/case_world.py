"""Worlds of labelled cases as bodies of the three providers, which change between imports."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from simulation.written import MUSIC, WrittenSetlistfm, WrittenSpotify, WrittenTicketmaster
from thesetd.sandbox.listing import Json
from thesetd.sandbox.twins.ticketmaster.recorded import _card as event_card
from thesetd.sandbox.twins.ticketmaster.source import EventCard

EVENT_STYLE, FESTIVAL = "KZAyXgnZfZ7vAv1", "KZFzBErXgnZfZ7vA6E"


@attrs.frozen
class Act:
    """An act with an id at each provider; its attraction publishes the other two."""

    number: int
    name: str
    linked: bool = True
    sub_type: str = ""

    @property
    def spotify_id(self) -> str:
        """Its id at Spotify."""
        return f"{self.number:02}ActOfACaseActOfACase"[:22]

    @property
    def attraction_id(self) -> str:
        """Its id at Ticketmaster."""
        return f"K8vZ9170{self.number:02}a"

    @property
    def mbid(self) -> str:
        """Its MBID."""
        return f"000000{self.number:02}-0000-4000-8000-000000000000"

    def profile(self) -> Json:
        """Return Spotify's artist."""
        return {
            "type": "artist", "id": self.spotify_id, "name": self.name, "followers": {"total": 900}, "images": [],
            "popularity": 50,
        }  # fmt: skip

    def attraction(self) -> Json:
        """Return Ticketmaster's attraction."""
        links = {
            "spotify": [{"url": f"https://open.spotify.com/artist/{self.spotify_id}"}],
            "musicbrainz": [{"id": self.mbid}],
        }
        return {
            "type": "attraction",
            "id": self.attraction_id,
            "name": self.name,
            "externalLinks": links if self.linked else {},
            "classifications": [{"primary": True, "segment": {"id": MUSIC}, "subType": {"id": self.sub_type}}],
        }

    def performer(self) -> Json:
        """Return setlist.fm's artist."""
        page = f"https://www.setlist.fm/setlists/{self.mbid}.html"
        return {"mbid": self.mbid, "name": self.name, "sortName": self.name, "url": page}


@attrs.frozen
class Hall:
    """A venue, with its ids at both providers made from its name and city."""

    name: str
    city: str
    country: str = "NO"
    zone: str | None = "Europe/Oslo"
    latitude: float | None = None
    longitude: float | None = None
    id: str = ""

    def sold(self) -> Json:
        """Return Ticketmaster's venue."""
        body: Json = {"type": "venue", "id": self.id or f"Kov{self.name}{self.city}".replace(" ", "")}
        body |= {"name": self.name, "city": {"name": self.city}}
        if self.country:
            body["country"] = {"countryCode": self.country}
        if self.zone:
            body["timezone"] = self.zone
        if self.latitude is not None:
            body["location"] = {"latitude": str(self.latitude), "longitude": str(self.longitude)}
        return body

    def written(self) -> Json:
        """Return setlist.fm's venue."""
        coords = {"coords": {"lat": self.latitude, "long": self.longitude}} if self.latitude is not None else {}
        city = {"id": f"c{self.city}", "name": self.city, "country": {"code": self.country, "name": self.country}}
        return {"id": f"v{self.name}{self.city}".replace(" ", ""), "name": self.name, "city": city | coords}


def gig(
    key: str,
    hall: Hall | None,
    day: str | None,
    at: str | None,
    *acts: Json,
    name: str = "",
    status: str | None = "onsale",
    start: Json | None = None,
    **dates: Any,
) -> Json:
    """Return an event; `start` replaces what it says of day and time, `dates` adds to the dates."""
    zone = hall.zone if hall else None
    said: Json = {} if day is None else {"localDate": day}
    if day and at:
        said["localTime"] = f"{at}:00"
        if zone:
            local = datetime.combine(date.fromisoformat(day), time.fromisoformat(at), ZoneInfo(zone))
            said["dateTime"] = f"{local.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    body: Json = {
        "type": "event",
        "id": key,
        "name": name or (acts[0]["name"] if acts else "A show"),
        "url": f"https://tickets.example.com/{key}",
        "classifications": [{"primary": True, "segment": {"id": MUSIC}}],
        "dates": {"start": said if start is None else start, **dates},
        "_embedded": {"attractions": list(acts)},
    }
    if status is not None:
        body["dates"]["status"] = {"code": status}
    if zone:
        body["dates"]["timezone"] = zone
    if hall:
        body["_embedded"]["venues"] = [hall.sold()]
    return body


def sheet(
    key: str,
    act: Act,
    hall: Hall,
    day: str,
    songs: int | Sequence[Any] = 0,
    *,
    info: str = "",
    version: int = 1,
    edited: str | None = None,
    named: str = "",
) -> Json:
    """Return a page; `day` in ISO form, `songs` their number or names, `edited` when it was last changed."""
    listed = [f"Song {n}" for n in range(1, songs + 1)] if isinstance(songs, int) else songs
    entries = [one if isinstance(one, dict) else {"name": one} for one in listed]
    body: Json = {
        "id": key,
        "versionId": f"v{key}{version}",
        "eventDate": f"{date.fromisoformat(day):%d-%m-%Y}",
        "lastUpdated": edited or f"{date.fromisoformat(day) + timedelta(days=1)}T{version:02}:00:00.000+0000",
        "artist": act.performer(),
        "venue": hall.written(),
        "sets": {"set": [{"song": entries, **({"name": named} if named else {})}] if entries else []},
        "url": f"https://www.setlist.fm/setlist/{key}.html",
    }
    return body | ({"info": info} if info else {})


class Listings(WrittenTicketmaster):
    """Events that leave the lists when their day is over, as they do at the provider; by id they stay.

    What an event says of its date is not looked into: one without a readable day is listed by its moment, else as open.
    """

    def __init__(self, *found: Json) -> None:
        """Take their bodies."""
        self._entities = {"event": {}, "attraction": {}, "venue": {}}
        for body in found:
            self._keep(body)
        self._cards = [_listed(event) for event in self._entities["event"].values()]

    def events(self, attraction_ids: frozenset[str] | None, now: datetime) -> Sequence[EventCard]:
        """List what is to come, and what has no date."""
        found = super().events(attraction_ids, now)
        last = {key: body["dates"].get("end", {}).get("localDate") for key, body in self._entities["event"].items()}

        def over(card: EventCard) -> bool:
            end = last.get(card.event_id)
            day = date.fromisoformat(end) if end else card.local_date
            return day is not None and datetime.combine(day, time(23), UTC) + timedelta(hours=10) < now

        return [card for card in found if not over(card)]


def _listed(event: Json) -> EventCard:
    start = event["dates"]["start"]
    try:
        date.fromisoformat(start["localDate"])
    except (KeyError, TypeError, ValueError):
        moment = str(start.get("dateTime", ""))[:10]
        day = {"localDate": moment} if moment else {"dateTBA": True}
        return event_card({**event, "dates": {"start": {**day, **({"dateTime": start["dateTime"]} if moment else {})}}})
    return event_card(event)


@attrs.define
class CaseWorld:
    """What the providers hold now; `publish` puts it behind them."""

    acts: list[Act] = attrs.field(factory=list)
    gigs: dict[str, Json] = attrs.field(factory=dict)
    sheets: dict[str, Json] = attrs.field(factory=dict)
    albums: list[Json] = attrs.field(factory=list)
    extra: dict[str, Any] = attrs.field(factory=dict)

    def add(self, *bodies: Json) -> "CaseWorld":
        """Add events and pages, or put them in place of those of the same id."""
        for body in bodies:
            (self.gigs if body.get("type") == "event" else self.sheets)[body["id"]] = body
        return self

    def drop(self, *keys: str) -> "CaseWorld":
        """Take events and pages out."""
        for key in keys:
            self.gigs.pop(key, None)
            self.sheets.pop(key, None)
        return self

    def sources(self) -> dict[str, Any]:
        """Return the providers."""
        return {
            "spotify": WrittenSpotify([act.profile() for act in self.acts], self.albums),
            "ticketmaster": Listings(*(act.attraction() for act in self.acts), *self.gigs.values()),
            "setlistfm": WrittenSetlistfm([act.performer() for act in self.acts], list(self.sheets.values())),
            **self.extra,
        }
