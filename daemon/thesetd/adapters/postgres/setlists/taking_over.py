"""Finds new sold shows that are stored already, because a page of setlist.fm created them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.rows.bills import Act
from thesetd.adapters.postgres.setlists.nights import ANNOUNCED_AS, LISTED, event_of, rows_for
from thesetd.domain.music.records import Show
from thesetd.domain.setlists.pages import KnownShow
from thesetd.domain.shows.listings import SoldAs

_VENUES = f"""
select v.id, {ANNOUNCED_AS}, {LISTED}, v.name, v.city, v.country_code, v.latitude, v.longitude
from venues v where v.id = any($1)
"""  # noqa: S608 - a constant
_NOWHERE = dict.fromkeys(("announced_as", "listed", "name", "city", "country_code", "latitude", "longitude"))


async def taken_over(
    connection: Connection,
    shows: Sequence[Show],
    bills: Mapping[str, Mapping[UUID, Act]],
    venues: Mapping[str, UUID],
) -> dict[str, UUID]:
    """Return the rows that new shows take over, by the shows' ids; `bills` are by show, `venues` by their ids."""
    if not shows:
        return {}
    places = {row["id"]: dict(row) for row in await connection.fetch(_VENUES, list(venues.values()))}
    acts = sorted(
        (act.set_order, show.provider_id, artist) for show in shows for artist, act in bills[show.provider_id].items()
    )
    events = {
        show.provider_id: _event(show, places.get(venues.get(show.venue_provider_id or ""), _NOWHERE)) for show in shows
    }
    by_act: dict[UUID, list[KnownShow]] = defaultdict(list)
    for _, show, artist in acts:
        by_act[artist].append(events[show])
    found = await rows_for(connection, by_act)
    rows: dict[UUID, str] = {}
    for show, row in found.items():
        rows.setdefault(row, show)
    return {show: row for row, show in rows.items()}


def _event(show: Show, place: Mapping[str, object]) -> KnownShow:
    row = {**place, "local_time": show.local_time, "status": show.status}
    days = (show.local_date, show.end_date, show.former_date)
    return event_of(key=show.provider_id, resale=show.sold_as is SoldAs.RESALE, days=days, row=row)
