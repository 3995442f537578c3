"""Ticketmaster's row of the suite over all providers."""

from datetime import UTC, datetime, timedelta
from typing import Any

from thesetd.adapters.providers.ticketmaster import TicketmasterClient
from thesetd.domain.gate.calls import Call
from thesetd.domain.shows.sweep import Ask, SweepWindow

SETTINGS = {"api_key": "the-api-key"}

_SINCE = datetime(2026, 11, 22, tzinfo=UTC)


def calls(client: TicketmasterClient) -> dict[str, Call[Any]]:
    """Return one call of every kind."""
    dated, to_be_announced, to_be_determined = client.artist_shows("K8vZ9174XZ0", _SINCE)
    undated, undetermined = client.undated()
    week = SweepWindow(since=_SINCE, until=_SINCE + timedelta(days=7))
    return {
        "search_artists": client.search_artists("Harry Styles"),
        "artist": client.artist("K8vZ9174XZ0"),
        "artists": client.artists(["K8vZ9174XZ0", "K8vZ9171ya0"])[0],
        "artist_shows": dated,
        "artist_shows of several": client.artist_shows("K8vZ9174XZ0", _SINCE, ["K8vZ9171ya0", "K8vZ9174XZ0"])[0],
        "artist_shows to be announced": to_be_announced,
        "artist_shows to be determined": to_be_determined,
        "window": client.window(Ask(window=week, page=0)),
        "window of an artist": client.window(Ask(window=week, page=0), "K8vZ9174XZ0"),
        "undated": undated,
        "undated to be determined": undetermined,
        "event": client.show("vvG1IZ9eMI7NI1"),
    }


_EVENTS = tuple(
    f"ticketmaster/events-search/{name}.json" for name in ("[acdgptu]*", "birmingham-*", "los-*", "lou*", "s*", "em*")
)
RECORDED = {
    "search_artists": ("ticketmaster/attractions-search/*.json",),
    "artist": ("ticketmaster/attraction/*.json",),
    "artists": ("ticketmaster/attractions-search/*.json",),
    "artist_shows": _EVENTS,  # all but the one whose page block was cut off by its recorder
    "window": _EVENTS,
    "undated": _EVENTS,
    "event": ("ticketmaster/event/*-[0-9][0-9][0-9][0-9]-[gcu]?.json", "ticketmaster/event/docs-*.json"),
}
