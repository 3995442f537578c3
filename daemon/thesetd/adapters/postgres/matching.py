"""Which show of another provider a show is: the same artist on the same local date, where that leaves no choice."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from uuid import UUID

import attrs

from thesetd.adapters.postgres.database import Connection


@attrs.frozen
class Wanted:
    """A concert that looks for its row: who plays, and on which local date."""

    artists: tuple[UUID, ...]
    local_date: date


async def match(connection: Connection, wanted: Mapping[str, Wanted], *, lacking: str) -> dict[str, UUID]:
    """Give the row of each concert that has exactly one candidate, and is the only one to have it.

    A candidate is a show of one of the artists on that date that is no add-on, not cancelled, and has nothing in the
    column `lacking`, that of the provider who asks.
    """
    triples = [(key, artist, w.local_date) for key, w in wanted.items() for artist in w.artists]
    if not triples:
        return {}
    found = await connection.fetch(
        f"""
        select distinct n.number, s.id
        from unnest($1::integer[], $2::uuid[], $3::date[]) as n (number, artist_id, local_date)
        join artist_shows l on l.artist_id = n.artist_id
        join shows s on s.id = l.show_id and s.local_date = n.local_date
        where s.{lacking} is null and not s.is_addon and s.status <> 'cancelled'
        """,  # noqa: S608 - a column's name, from this package
        list(range(len(triples))),
        [artist for _, artist, _ in triples],
        [local_date for _, _, local_date in triples],
    )
    pairs = {(triples[r["number"]][0], r["id"]) for r in found}
    choices = Counter(key for key, _ in pairs)
    rivals = Counter(row for _, row in pairs)
    return {key: row for key, row in pairs if choices[key] == 1 and rivals[row] == 1}
