"""Serves recorded Ticketmaster bodies: every event, attraction and venue in them, by id and by search."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from thesetd.sandbox.listing import Json
from thesetd.sandbox.recorded.files import bodies
from thesetd.sandbox.search import folded
from thesetd.sandbox.twins.ticketmaster.source import EventCard, NameCard

_FOLDERS = ("venues-search", "attractions-search", "events-search", "venue", "attraction", "event")
_YEAR = re.compile(r"20\d\d")


class RecordedTicketmaster:
    """A `TicketmasterSource` over the folder of recorded bodies; nothing in it is ever over."""

    def __init__(self, folder: Path) -> None:
        self._entities: dict[str, dict[str, Json]] = {"event": {}, "attraction": {}, "venue": {}}
        for body in _oldest_first(folder):
            self._keep(body)
        self._cards = [_card(event) for event in self._entities["event"].values()]

    def entity(self, kind: str, tm_id: str, now: datetime) -> Json | None:  # noqa: ARG002 - recordings do not pass
        """See `TicketmasterSource.entity`."""
        return self._entities[kind].get(tm_id)

    def events(self, attraction_ids: frozenset[str] | None, now: datetime) -> Sequence[EventCard]:  # noqa: ARG002
        """See `TicketmasterSource.events`."""
        if attraction_ids is None:
            return self._cards
        return [card for card in self._cards if card.attraction_ids & attraction_ids]

    def names(self, kind: str) -> Sequence[NameCard]:
        """See `TicketmasterSource.names`."""
        return [
            NameCard(
                card_id=body["id"],
                name=body["name"],
                text=folded(body["name"]),
                segment_id=_segment(body),
                country_code=body.get("country", {}).get("countryCode", ""),
            )
            for body in self._entities[kind].values()
        ]

    def _keep(self, body: Any) -> None:
        """Keep a body and what it embeds.

        The newest recording counts, and a single body takes precedence over an embedded one.
        """
        if not isinstance(body, dict):
            return
        for embedded in body.get("_embedded", {}).values():
            for one in embedded:
                self._keep(one)
        if body.get("type") in self._entities and "id" in body and "name" in body:
            self._entities[body["type"]][body["id"]] = body


def _oldest_first(folder: Path) -> Iterator[Any]:
    """Sort by the year in the file's name, the only available date; searches come before single bodies of a year."""
    found = [
        (match[0] if (match := _YEAR.search(name)) else "", body)
        for kind in _FOLDERS
        for name, body in bodies(folder / kind)
    ]
    return (body for _, body in sorted(found, key=lambda entry: entry[0]))


def _card(event: Json) -> EventCard:
    embedded = event.get("_embedded", {})
    venue: Json = next(iter(embedded.get("venues", ())), {})
    attractions = embedded.get("attractions", ())
    start = event["dates"].get("start", {})
    city = venue.get("city", {}).get("name", "")
    names = [event["name"], venue.get("name", ""), city, *(one.get("name", "") for one in attractions)]
    return EventCard(
        event_id=event["id"],
        name=event["name"],
        text=folded(" ".join(names)),
        attraction_ids=frozenset(one["id"] for one in attractions),
        venue_id=venue.get("id", ""),
        country_code=venue.get("country", {}).get("countryCode", ""),
        city=city,
        segment_id=_segment(event),
        local_date=date.fromisoformat(start["localDate"]) if "localDate" in start else None,
        starts_at=_moment(start.get("dateTime")),
        tba=start.get("dateTBA", False),
        tbd=start.get("dateTBD", False),
    )


def _segment(body: Json) -> str:
    segments = [one.get("segment", {}).get("id", "") for one in body.get("classifications", ())]
    return segments[0] if segments else ""


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)
