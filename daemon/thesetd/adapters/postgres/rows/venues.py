"""Stores venues: one row for each place of each provider."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.rows.lookup import CONCERT_IDS, KnownVenues, concert_ids, concert_rows, derived_id
from thesetd.adapters.postgres.rows.merge import Row, Stored, Table, upsert
from thesetd.domain.ids import ProviderName
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


async def store_venues(connection: Connection, venues: Sequence[Venue], at: datetime) -> tuple[Stored, KnownVenues]:
    """Insert or merge venues; return as well the rows that they had before."""
    known = {
        (provider, key): row
        for provider in {venue.provider for venue in venues}
        for key, row in (await concert_rows(connection, "venues", provider, _ids(venues, provider))).items()
    }
    rows = [_row(venue, known.get((venue.provider, venue.provider_id))) for venue in venues]
    return await upsert(connection, VENUES, rows, at), known


def _ids(venues: Sequence[Venue], provider: ProviderName) -> list[str]:
    return [venue.provider_id for venue in venues if venue.provider == provider]


def _row(venue: Venue, known: UUID | None) -> Row:
    """Return the row with the venue's id, updated with the present data, or a new one."""
    return {
        "id": known or derived_id("venues", venue.provider, venue.provider_id),
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
