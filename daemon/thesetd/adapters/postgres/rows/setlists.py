"""Setlists that were played."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.rows.lookup import derived_id, row_ids
from thesetd.adapters.postgres.rows.matching import Wanted, match
from thesetd.adapters.postgres.rows.merge import Row, Stored, Table, upsert
from thesetd.domain.ids import SETLISTFM
from thesetd.domain.music.records import ActualSetlist

ACTUAL_SETLISTS = Table(
    "actual_setlists",
    columns={
        "setlistfm_id": "text",
        "version_id": "text",
        "artist_id": "uuid",
        "show_id": "uuid",
        "venue_id": "uuid",
        "event_date": "date",
        "url": "text",
        "tour": "text",
        "info": "text",
        "songs": "jsonb",
        "encore_songs": "jsonb",
        "last_updated": "timestamptz",
    },
    keys=("setlistfm_id",),
)

# Through which id each came: with the id it goes to another artist.
_CAME = """
insert into thesetd.artist_sources (space, id, kind, row_id)
select 'musicbrainz', n.id, 'setlist', n.row_id from unnest($1::text[], $2::uuid[]) as n (id, row_id)
where n.row_id = any($3) on conflict do nothing
"""


async def store_actual(connection: Connection, setlists: Sequence[ActualSetlist], at: datetime) -> Stored:
    """Insert or merge setlists that were played; one whose artist or show has no row is rejected.

    The show is the one with the setlist's id, or the artist's only show on that date.
    """
    artists = await row_ids(connection, "artists", "mbid", (s.artist_mbid for s in setlists))
    shows = await row_ids(connection, "shows", "setlistfm_id", (s.setlistfm_id for s in setlists))
    venues = await row_ids(connection, "venues", "setlistfm_id", (s.venue_provider_id for s in setlists))
    wanted = {
        s.setlistfm_id: Wanted(artists[s.artist_mbid], s.event_date)
        for s in setlists
        if s.artist_mbid in artists and s.setlistfm_id not in shows
    }
    matches = await match(connection, wanted, lacking="setlistfm_id")
    shows |= {key: found.row for key, found in matches.items()}
    rows, rejects = [], []
    for setlist in setlists:
        row = _row(setlist, artists.get(setlist.artist_mbid), shows.get(setlist.setlistfm_id), venues)
        missing = next((column for column in ("artist_id", "show_id") if row[column] is None), None)
        if missing is None:
            rows.append(row)
        else:
            rejects.append(ACTUAL_SETLISTS.rejected(row, f"its {missing.removesuffix('_id')} is not known"))
    stored = await upsert(connection, ACTUAL_SETLISTS, rows, at)
    await connection.execute(
        _CAME,
        [s.artist_mbid for s in setlists if s.artist_mbid in artists],
        [derived_id("actual_setlists", SETLISTFM, s.setlistfm_id) for s in setlists if s.artist_mbid in artists],
        sorted(stored.ids),
    )
    stored.rejects += rejects
    return stored


def _row(setlist: ActualSetlist, artist: UUID | None, show: UUID | None, venues: Mapping[str, UUID]) -> Row:
    return {
        "id": derived_id("actual_setlists", SETLISTFM, setlist.setlistfm_id),
        "fetched_at": setlist.fetched_at,
        "setlistfm_id": setlist.setlistfm_id,
        "version_id": setlist.version_id,
        "artist_id": artist,
        "show_id": show,
        "venue_id": venues.get(setlist.venue_provider_id or ""),
        "event_date": setlist.event_date,
        "url": setlist.url,
        "tour": setlist.tour,
        "info": setlist.info,
        "songs": list(setlist.songs),
        "encore_songs": list(setlist.encore_songs),
        "last_updated": setlist.last_updated,
    }
