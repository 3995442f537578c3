"""Lists Ticketmaster's endpoints."""

from functools import partial

from thesetd.domain.gate.endpoints import Endpoint, Topic
from thesetd.domain.identity import spaces
from thesetd.domain.ids import TICKETMASTER

_row = partial(Endpoint, provider=TICKETMASTER, space=spaces.TICKETMASTER)

ATTRACTIONS = _row(
    name="attractions",
    path="attractions.json",
    topic=Topic.PROFILE,
    fresh_s=3600.0,
    artists_at=("_embedded", "attractions", "id"),
)
ATTRACTION = _row(name="attraction", path="attractions/{artist}.json", topic=Topic.PROFILE, fresh_s=3600.0)
EVENTS = _row(name="events", path="events.json", topic=Topic.SHOWS, fresh_s=900.0, artist_params=("attractionId",))
EVENT = _row(
    name="event",
    path="events/{id}.json",
    topic=Topic.SHOWS,
    fresh_s=1800.0,
    artists_at=("_embedded", "attractions", "id"),
)

ENDPOINTS = (ATTRACTIONS, ATTRACTION, EVENTS, EVENT)
