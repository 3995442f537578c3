"""Which show of another provider a show is: the same artist on the same local date, where that leaves no choice.

A concert is its headliner's. What setlist.fm calls a concert is one artist's part of it, so those of the others on the
bill belong to the same row, which keeps the headliner's id: whoever is imported first, the rows come out the same.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from uuid import UUID

import attrs

from thesetd.adapters.postgres.database import Connection

_FREE = {
    "ticketmaster_id": "s.ticketmaster_id is null",
    "setlistfm_id": "(s.setlistfm_id is null or l.set_order > 1)",
}


@attrs.frozen
class Wanted:
    """A concert that looks for its row: whose it is, and on which local date."""

    artist: UUID
    local_date: date


@attrs.frozen
class Match:
    """The row of a concert; `as_guest` where its artist is not the first on the bill there."""

    row: UUID
    as_guest: bool


async def match(connection: Connection, wanted: Mapping[str, Wanted], *, lacking: str) -> dict[str, Match]:
    """Give the row of each concert that has exactly one candidate, and is its artist's only one to have it.

    A candidate is a show of the artist on that date that is no add-on, not cancelled, and has nothing in the column
    `lacking`, that of the provider who asks.
    """
    if not wanted:
        return {}
    found = await connection.fetch(
        f"""
        select n.number, n.artist_id, s.id, l.set_order > 1 as as_guest
        from unnest($1::uuid[], $2::date[]) with ordinality as n (artist_id, local_date, number)
        join artist_shows l on l.artist_id = n.artist_id and l.left_at is null
        join shows s on s.id = l.show_id and s.local_date = n.local_date
        where {_FREE[lacking]} and not s.is_addon and s.status <> 'cancelled'
        """,  # noqa: S608 - a condition from this module
        [one.artist for one in wanted.values()],
        [one.local_date for one in wanted.values()],
    )
    keys = dict(enumerate(wanted, start=1))
    choices = Counter(r["number"] for r in found)
    rivals = Counter((r["id"], r["artist_id"]) for r in found)
    return {
        keys[r["number"]]: Match(r["id"], r["as_guest"])
        for r in found
        if choices[r["number"]] == 1 and rivals[r["id"], r["artist_id"]] == 1
    }
