"""Venues: one row for each place of each provider."""

from collections.abc import Sequence
from datetime import datetime

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.rows.lookup import CONCERT_IDS, concert_ids, derived_id
from thesetd.adapters.postgres.rows.merge import Row, Stored, Table, upsert
from thesetd.domain.music.records import Venue
from thesetd.domain.wording.cities import town_of

VENUES = Table(
    "venues",
    columns={
        **dict.fromkeys(CONCERT_IDS, "text"),
        "name": "text",
        "city": "text",
        "town": "text",
        "state": "text",
        "country_code": "text",
        "postal_code": "text",
        "address": "text",
        "timezone": "text",
        "latitude": "double precision",
        "longitude": "double precision",
        "url": "text",
    },
    keys=CONCERT_IDS,
)


async def store_venues(connection: Connection, venues: Sequence[Venue], at: datetime) -> Stored:
    """Insert or merge venues."""
    return await upsert(connection, VENUES, [_row(venue) for venue in venues], at)


def _row(venue: Venue) -> Row:
    return {
        "id": derived_id("venues", venue.provider, venue.provider_id),
        "fetched_at": venue.fetched_at,
        **concert_ids(venue.provider, venue.provider_id),
        "name": venue.name.strip() or None,
        "city": venue.city,
        "town": town_of(venue.city or "") or None,
        "state": venue.state,
        "country_code": venue.country_code,
        "postal_code": venue.postal_code,
        "address": venue.address,
        "timezone": venue.timezone,
        "latitude": venue.latitude,
        "longitude": venue.longitude,
        "url": venue.url,
    }
