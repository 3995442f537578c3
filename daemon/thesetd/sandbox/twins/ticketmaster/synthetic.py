"""The synthetic world in Ticketmaster's form: attractions, coming events, venues."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

import attrs

from thesetd.sandbox.listing import Json
from thesetd.sandbox.search import folded
from thesetd.sandbox.synthetic.chance import one_in
from thesetd.sandbox.synthetic.places import Venue, ticketmaster_venue
from thesetd.sandbox.synthetic.roster import Artist
from thesetd.sandbox.synthetic.tours import FIRST_FESTIVAL, AddOn, EventStatus, Festival, Show
from thesetd.sandbox.synthetic.universe import Universe
from thesetd.sandbox.twins.ticketmaster.source import EventCard, NameCard

MUSIC = "KZFzniwnSyZfZ7v7nJ"
MISCELLANEOUS = "KZFzniwnSyZfZ7v7n1"
REMEMBERED = timedelta(days=7)  # how long a past event still answers by id
_GENRE = {"id": "KnvZfZ7vAeA", "name": "Rock"}
_SUBGENRE = {"id": "KZazBEonSMnZfZ7v6F1", "name": "Pop"}
_UNDEFINED = {"id": "KZAyXgnZfZ7v7nI", "name": "Undefined"}
_PARKING = {"id": "KZAyXgnZfZ7vAva", "name": "Parking"}
_GROUP = {"id": "KZAyXgnZfZ7v7nl", "name": "Group"}
_FESTIVAL = {"id": "KZAyXgnZfZ7vAv1", "name": "Event Style"}
_NO_SALE = "1900-01-01T06:00:00Z"  # the placeholder of 18 % of live events
_PASS = 90  # numbers from here on are a festival's passes


@attrs.frozen(kw_only=True)
class SyntheticEvent:
    """One listing: a show, an add-on of it, a festival or its pass. `bill` are owners, headliner first."""

    event_id: str
    number: int
    name: str
    venue: Venue
    bill: tuple[int, ...]
    day: date
    local_time: time | None = None
    status: EventStatus = EventStatus.ONSALE
    before: date | None = None
    add_on: AddOn | None = None

    @property
    def announced(self) -> bool:
        """Return whether there is a date."""
        return self.status is not EventStatus.POSTPONED

    @property
    def starts_at(self) -> datetime | None:
        """Return the moment it starts in UTC, None if date or time are to be announced."""
        return self.venue.utc(self.day, self.local_time) if self.announced and self.local_time else None


class TicketmasterView:
    """A `TicketmasterSource` over the universe."""

    def __init__(self, universe: Universe) -> None:
        self._universe = universe
        self._events: dict[tuple[int, int], tuple[SyntheticEvent, ...]] = {}
        self._cards: dict[str, EventCard] = {}
        self._venues = {venue.tm_id: venue for venue in universe.venues}

    def entity(self, kind: str, tm_id: str, now: datetime) -> Json | None:
        """See `TicketmasterSource.entity`."""
        if kind == "venue":
            venue = self._venues.get(tm_id)
            return None if venue is None else ticketmaster_venue(venue)
        if kind == "attraction":
            owner = self._universe.mint.attraction_owner(tm_id)
            return self._attraction(owner, now) if owner is not None and self._attraction_id(owner) == tm_id else None
        owner = self._universe.mint.event_owner(tm_id)
        since = now.date() - REMEMBERED
        found = (event for event in self._owned(owner, since) if event.event_id == tm_id)
        event = next(found, None)
        return None if event is None else self._event(event, now)

    def events(self, attraction_ids: frozenset[str] | None, now: datetime) -> Sequence[EventCard]:
        """See `TicketmasterSource.events`."""
        if attraction_ids is None:
            owners: Iterable[int | None] = (*range(len(self._universe.roster)), *self._festival_owners())
            return [self._card(event) for owner in owners for event in self._owned(owner, now.date())]
        wanted = {self._universe.mint.attraction_owner(one) for one in attraction_ids}
        return [
            card
            for event in self._with(wanted, now.date())
            if (card := self._card(event)).attraction_ids & attraction_ids
        ]

    def names(self, kind: str) -> Sequence[NameCard]:
        """See `TicketmasterSource.names`."""
        if kind == "venue":
            return [
                NameCard(
                    card_id=venue.tm_id,
                    name=venue.tm_name,
                    text=folded(f"{venue.tm_name} {venue.city.tm_name}"),
                    country_code="" if venue.sparse else venue.city.country_code,
                )
                for venue in self._universe.venues
            ]
        owners = (*range(len(self._universe.roster)), *self._festival_owners())
        return [
            NameCard(card_id=tm_id, name=self._name(owner), text=folded(self._name(owner)), segment_id=MUSIC)
            for owner in owners
            if (tm_id := self._attraction_id(owner)) is not None
        ]

    def _festival_owners(self) -> range:
        return range(FIRST_FESTIVAL, FIRST_FESTIVAL + len(self._universe.festival_titles))

    def _with(self, owners: set[int | None], since: date) -> list[SyntheticEvent]:
        """Return the events on whose bill one of the owners may be: its own, the host's, and the festivals."""
        looked_at = {*owners, *self._festival_owners()}
        for owner in owners:
            if (artist := self._universe.artist(owner)) is not None:
                looked_at.add(self._universe.host(artist).index)
        return [
            event
            for owner in sorted(one for one in looked_at if one is not None)
            for event in self._owned(owner, since)
        ]

    def _owned(self, owner: int | None, since: date) -> list[SyntheticEvent]:
        if owner is None:
            return []
        years = range(since.year - 1, since.year + 2)
        return [event for year in years for event in self._of_year(owner, year) if event.day >= since]

    def _of_year(self, owner: int, year: int) -> tuple[SyntheticEvent, ...]:
        key = owner, year
        if key not in self._events:
            artist = self._universe.artist(owner)
            if artist is not None:
                self._events[key] = tuple(
                    event for show in self._universe.tour(artist, year) for event in self._listed(artist, show)
                )
            else:
                festivals = [one for one in self._universe.festivals(year) if one.owner == owner]
                self._events[key] = tuple(event for one in festivals for event in self._listed_festival(one))
        return self._events[key]

    def _listed(self, artist: Artist, show: Show) -> Iterable[SyntheticEvent]:
        guest = self._universe.guest(artist)
        name = (show.tour and f"{artist.name}: {show.tour}") or artist.name
        main = SyntheticEvent(
            event_id=self._universe.mint.event(artist.index, show.year, show.number),
            number=show.number,
            name=f"{name} with special guest {guest.name}" if show.support and one_in(show.number, 3, 0) else name,
            venue=show.venue,
            bill=(artist.index, guest.index) if show.support else (artist.index,),
            day=show.day,
            local_time=show.local_time,
            status=show.status,
            before=show.before,
        )
        yield main
        for place, add_on in enumerate(AddOn, start=1):
            if add_on in show.add_ons:
                number, resale = show.number + 32 * place, add_on is AddOn.RESALE
                event_id = self._universe.mint.event(artist.index, show.year, number, resale=resale)
                bill = main.bill if add_on is AddOn.RESALE else main.bill[:1]
                yield attrs.evolve(
                    main, event_id=event_id, number=number, name=name + add_on.value, bill=bill, add_on=add_on
                )

    def _listed_festival(self, festival: Festival) -> Iterable[SyntheticEvent]:
        mint, bill = self._universe.mint, (festival.owner, *festival.line_up)
        name = f"{festival.name} {festival.year}"
        yield SyntheticEvent(
            event_id=mint.event(festival.owner, festival.year, 0), number=0, name=name, venue=festival.venue,
            bill=bill, day=festival.first_day,
        )  # fmt: skip
        yield SyntheticEvent(
            event_id=mint.event(festival.owner, festival.year, _PASS), number=_PASS, name=f"{name} - 3 Day Pass",
            venue=festival.venue, bill=bill, day=festival.first_day + timedelta(days=2),
        )  # fmt: skip

    def _attraction_id(self, owner: int) -> str | None:
        artist = self._universe.artist(owner)
        if artist is not None:
            return artist.attraction_id
        return self._universe.mint.attraction(owner) if owner in self._festival_owners() else None

    def _name(self, owner: int) -> str:
        artist = self._universe.artist(owner)
        return artist.name if artist is not None else self._universe.festival_titles[owner - FIRST_FESTIVAL]

    def _card(self, event: SyntheticEvent) -> EventCard:
        if event.event_id not in self._cards:
            self._cards[event.event_id] = self._describe(event)
        return self._cards[event.event_id]

    def _describe(self, event: SyntheticEvent) -> EventCard:
        names = " ".join(self._name(owner) for owner in event.bill)
        city = event.venue.city
        return EventCard(
            event_id=event.event_id,
            name=event.name,
            text=folded(f"{event.name} {names} {event.venue.tm_name} {city.tm_name}"),
            attraction_ids=frozenset(one for owner in event.bill if (one := self._attraction_id(owner)) is not None),
            venue_id=event.venue.tm_id,
            country_code="" if event.venue.sparse else city.country_code,
            city=city.tm_name,
            segment_id=MISCELLANEOUS if event.add_on is AddOn.PARKING else MUSIC,
            local_date=event.day if event.announced else None,
            starts_at=event.starts_at,
            tba=not event.announced,
        )

    def _attraction(self, owner: int, now: datetime) -> Json:
        artist, tm_id = self._universe.artist(owner), self._attraction_id(owner)
        coming = sum(owner in event.bill for event in self._with({owner}, now.date()))
        kind = _FESTIVAL if artist is None else _GROUP
        body = {
            "name": self._name(owner),
            "type": "attraction",
            "id": tm_id,
            "test": False,
            "url": f"https://www.ticketmaster.example/artist/{tm_id}",
            "locale": "en-us",
            "images": [],
            "classifications": [_classification(MUSIC, "Music", kind)],
            "upcomingEvents": {"_total": coming, "_filtered": 0, "ticketmaster": coming},
            "_links": {"self": {"href": f"/discovery/v2/attractions/{tm_id}?locale=en-us"}},
        }
        if artist is not None and (links := _external_links(artist)):
            body["externalLinks"] = links
        return body

    def _event(self, event: SyntheticEvent, now: datetime) -> Json:
        performers = [owner for owner in event.bill if self._attraction_id(owner) is not None]
        embedded: Json = {"venues": [ticketmaster_venue(event.venue)]}
        if performers:
            embedded["attractions"] = [self._attraction(owner, now) for owner in performers]
        parking = event.add_on is AddOn.PARKING
        segment = (MISCELLANEOUS, "Miscellaneous", _PARKING) if parking else (MUSIC, "Music", _UNDEFINED)
        opened = _NO_SALE if one_in(event.number, 6, 1) else f"{event.day - timedelta(days=120)}T10:00:00Z"
        return {
            "name": event.name,
            "type": "event",
            "id": event.event_id,
            "test": False,
            "url": f"https://www.ticketmaster.example/event/{event.event_id}",
            "locale": "en-us",
            "images": [],
            "sales": {"public": {"startDateTime": opened, "startTBD": False, "startTBA": False}},
            "dates": _dates(event),
            "classifications": [_classification(*segment)],
            "_links": {"self": {"href": f"/discovery/v2/events/{event.event_id}?locale=en-us"}},
            "_embedded": embedded,
        }


def _dates(event: SyntheticEvent) -> Json:
    start: Json = {"dateTBD": False, "dateTBA": not event.announced, "timeTBA": False, "noSpecificTime": False}
    if event.announced:
        start["localDate"] = event.day.isoformat()
    if event.announced and event.local_time is None:
        start["noSpecificTime"] = True
    elif event.starts_at is not None:
        start["localTime"] = f"{event.local_time:%H:%M:%S}"
        start["dateTime"] = f"{event.starts_at:%Y-%m-%dT%H:%M:%SZ}"
    dates: Json = {"start": start, "status": {"code": event.status.value}, "spanMultipleDays": False}
    if not event.venue.sparse:
        dates["timezone"] = event.venue.city.timezone
    if event.before is not None:
        dates["initialStartDate"] = {"localDate": event.before.isoformat()}
    return dates


def _classification(segment_id: str, segment: str, kind: Json) -> Json:
    return {
        "primary": True,
        "segment": {"id": segment_id, "name": segment},
        "genre": _GENRE,
        "subGenre": _SUBGENRE,
        "type": kind,
        "subType": {"id": "KZFzBErXgnZfZ7v7lJ", "name": "Undefined"},
        "family": False,
    }


def _external_links(artist: Artist) -> Json:
    links: Json = {}
    if "musicbrainz" in artist.links and artist.mbid is not None:
        links["musicbrainz"] = [{"id": artist.mbid}]
    if "spotify" in artist.links:
        form = "artist/{}?autoplay=true" if one_in(artist.index, 3, 0) else "artist/{}"
        links["spotify"] = [{"url": f"https://open.spotify.com/{form.format(artist.spotify_id)}"}]
    if "homepage" in artist.links:
        links["homepage"] = [{"url": f"https://artist-{artist.index}.example/"}]
    return links
