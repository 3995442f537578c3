"""Stores pages of setlist.fm as received: the newest version of each leads, and every version is kept.

A version that is older by the page's own clock never replaces a newer one, whenever its answer arrived. Data that an
answer leaves out is handled in `thesetd.domain.setlists.answers`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import attrs

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.reading import json_column
from thesetd.adapters.postgres.rows.lookup import KnownVenues, artist_rows, derived_id, venue_rows
from thesetd.adapters.postgres.rows.merge import Row, Stored, halving, reading_id, reject
from thesetd.adapters.postgres.text import is_storable
from thesetd.domain.identity.spaces import MUSICBRAINZ
from thesetd.domain.ids import SETLISTFM
from thesetd.domain.music.records import ActualSetlist
from thesetd.domain.setlists.answers import completed
from thesetd.domain.setlists.entries import is_nameless, performed_key
from thesetd.domain.setlists.proximity import NOWHERE, Place

_COLUMNS: Mapping[str, str] = {
    "id": "uuid",
    "setlistfm_id": "text",
    "version_id": "text",
    "artist_mbid": "text",
    "artist_name": "text",
    "artist_id": "uuid",
    "venue_id": "uuid",
    "place": "jsonb",
    "event_date": "date",
    "url": "text",
    "tour": "text",
    "info": "text",
    "set_names": "text[]",
    "performed": "text[]",
    "songs": "jsonb",
    "encore_songs": "jsonb",
    "last_updated": "timestamptz",
}
_FROM_JSON = {
    "jsonb": "n.{c}::jsonb",
    "text[]": "array(select jsonb_array_elements_text(n.{c}::jsonb))",
}
_SAID = [column for column in _COLUMNS if column != "id"]
_WRITE = f"""
insert into thesetd.setlist_pages as p ({", ".join(_COLUMNS)}, fetched_at, created_at, updated_at)
select {", ".join(_FROM_JSON.get(kind, "n.{c}").format(c=c) for c, kind in _COLUMNS.items())}, n.fetched_at, $1, $1
from unnest($2::timestamptz[], {
    ", ".join(
        f"${number}::{'text' if kind in _FROM_JSON else kind}[]" for number, kind in enumerate(_COLUMNS.values(), 3)
    )
}) as n (fetched_at, {", ".join(_COLUMNS)})
on conflict (id) do update set {", ".join(f"{c} = excluded.{c}" for c in _SAID)}, gone_at = null,
    gone_because = null, fetched_at = excluded.fetched_at, updated_at = $1
where ({", ".join(f"p.{c}" for c in _SAID)}, p.gone_at)
    is distinct from ({", ".join(f"excluded.{c}" for c in _SAID)}, null)
returning p.id
"""  # noqa: S608 - columns of this module
# Pages that came together before are confirmed by one row.
_CONFIRM = """
update thesetd.setlist_pages p set fetched_at = n.fetched_at, reading_id = $3
from unnest($1::uuid[], $2::timestamptz[]) as n (id, fetched_at)
where p.id = n.id and p.reading_id is distinct from $3
"""
_READ = """
insert into thesetd.readings as r (id, fetched_at) values ($1, $2)
on conflict (id) do update set fetched_at = excluded.fetched_at where r.fetched_at < excluded.fetched_at
"""
_VERSION = """
insert into thesetd.setlist_versions as v
    (page_id, version_id, event_date, info, songs, encore_songs, last_updated, fetched_at)
select n.id, n.version_id, n.event_date, n.info, n.songs::jsonb, n.encore_songs::jsonb, n.last_updated, n.fetched_at
from unnest($1::uuid[], $2::text[], $3::date[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
    $8::timestamptz[]) as n (id, version_id, event_date, info, songs, encore_songs, last_updated, fetched_at)
on conflict do nothing
"""
_KNOWN = """
select p.id, p.setlistfm_id, p.artist_mbid, p.artist_id, p.version_id, p.artist_name, p.venue_id, p.place, p.event_date,
    p.url, p.tour, p.info, p.set_names, p.performed, p.songs, p.encore_songs, p.last_updated, p.gone_at, p.reading_id,
    greatest(p.fetched_at, r.fetched_at) as fetched_at
from thesetd.setlist_pages p left join thesetd.readings r on r.id = p.reading_id where p.setlistfm_id = any($1)
"""
# Those that the acts have and those under their ids, each found by an index: with "or" between them, all are read.
_CLAIM = """
with theirs as (
    select id, artist_mbid, artist_id from thesetd.setlist_pages where artist_id = any($1)
    union
    select p.id, p.artist_mbid, p.artist_id from thesetd.artist_ids i cross join lateral (
        select * from thesetd.setlist_pages p where p.artist_mbid = i.id collate "default" offset 0
    ) p where i.space = 'musicbrainz' and i.artist_id = any($1)
), moved as materialized (
    select t.id, t.artist_id as former, i.artist_id from theirs t cross join lateral (
        select i.artist_id from thesetd.artist_ids i where i.space = 'musicbrainz' and i.id = t.artist_mbid offset 0
    ) i where t.artist_id is distinct from i.artist_id
), claimed as (
    update thesetd.setlist_pages p set artist_id = m.artist_id, updated_at = $2 from moved m
    where p.id = any(array(select id from moved)) and p.id = m.id and p.artist_id is distinct from m.artist_id
    returning p.artist_id as id, m.former
)
select id from claimed union select former from claimed where former is not null
"""


@attrs.define
class PagesStored:
    """The outcome for pages, and the acts whose nights are affected, because they had or have one of them."""

    stored: Stored = attrs.field(factory=Stored)
    artists: set[UUID] = attrs.field(factory=set)


async def store_pages(
    connection: Connection, setlists: Sequence[ActualSetlist], at: datetime, known_venues: KnownVenues
) -> PagesStored:
    """Store pages; a new page whose act has no row is rejected, a known page that moves to such an act waits for it."""
    found = PagesStored()
    known = await _known(connection, setlists)
    artists = await artist_rows(connection, MUSICBRAINZ, (s.artist_mbid for s in setlists))
    venues = await venue_rows(connection, SETLISTFM, (s.venue_provider_id for s in setlists), known_venues)
    rows: dict[str, Row] = {}
    for setlist in sorted(setlists, key=_age):
        row = _row(setlist, artists.get(setlist.artist_mbid), venues)
        if row["artist_id"] is None and setlist.setlistfm_id not in known:
            found.stored.rejects.append(_rejected(row, "its artist is not known"))
        elif _leads(setlist, known.get(setlist.setlistfm_id)):
            before = rows.get(setlist.setlistfm_id) or known.get(setlist.setlistfm_id)
            row = completed(row, before, sets_said=setlist.sets_said) if before else row
            rows[setlist.setlistfm_id] = row

    async def store(part: Sequence[Row]) -> Stored:
        return await _write(connection, part, known, at)

    found.stored.add(await halving(connection, list(rows.values()), store, _rejected))
    for setlist_id, row in rows.items():
        if row["id"] in found.stored.changed:
            before = known[setlist_id]["artist_id"] if setlist_id in known else None
            found.artists |= {one for one in (row["artist_id"], before) if one is not None}
    return found


async def claim_pages(connection: Connection, artists: Iterable[UUID], at: datetime) -> set[UUID]:
    """Assign to these artists the pages under their MBIDs, and remove those under others'.

    Return the affected artists.
    """
    wanted = sorted(artists)
    return {row["id"] for row in await connection.fetch(_CLAIM, wanted, at)} if wanted else set()


def place_of(said: Mapping[str, Any]) -> Place:
    """Read a stored place."""
    return Place(**{**said, "ids": frozenset(said.get("ids", ()))}) if said else NOWHERE


async def _known(connection: Connection, setlists: Sequence[ActualSetlist]) -> dict[str, Row]:
    ids = [setlist.setlistfm_id for setlist in setlists if is_storable(setlist.setlistfm_id)]
    rows = await connection.fetch(_KNOWN, ids) if ids else ()
    return {
        row["setlistfm_id"]: {
            **row,
            **{column: json_column(row[column]) for column in ("place", "songs", "encore_songs")},
        }
        for row in rows
    }


def _age(setlist: ActualSetlist) -> tuple[datetime, datetime]:
    return setlist.last_updated or datetime.min.replace(tzinfo=UTC), setlist.fetched_at


def _leads(setlist: ActualSetlist, known: Row | None) -> bool:
    """Return whether an answer is not older than the stored page, by the page's own clock or else the answer's."""
    if known is None:
        return True
    if setlist.last_updated is not None and known["last_updated"] not in {None, setlist.last_updated}:
        return bool(setlist.last_updated > known["last_updated"])
    return bool(setlist.fetched_at >= known["fetched_at"])


def _row(setlist: ActualSetlist, artist: UUID | None, venues: Mapping[str, UUID]) -> Row:
    place = attrs.asdict(setlist.place, filter=lambda _, value: bool(value) or isinstance(value, float))
    entries = sorted((*setlist.songs, *setlist.encore_songs), key=lambda song: song.get("position", 0))
    return {
        "id": derived_id("actual_setlists", SETLISTFM, setlist.setlistfm_id),
        "setlistfm_id": setlist.setlistfm_id,
        "version_id": setlist.version_id,
        "artist_mbid": setlist.artist_mbid,
        "artist_name": setlist.artist_name,
        "artist_id": artist,
        "venue_id": venues.get(setlist.venue_provider_id or ""),
        "place": {**place, "ids": sorted(setlist.place.ids)} if setlist.place.ids else place,
        "event_date": setlist.event_date,
        "url": setlist.url,
        "tour": setlist.tour,
        "info": setlist.info,
        "set_names": sorted({str(song["set"]) for song in entries if song.get("set")}),
        "performed": [_key(song, number) for number, song in enumerate(entries) if not song.get("tape")],
        "songs": list(setlist.songs),
        "encore_songs": list(setlist.encore_songs),
        "last_updated": setlist.last_updated,
        "fetched_at": setlist.fetched_at,
    }


def _key(song: Mapping[str, Any], number: int) -> str:
    """Return the key of a performed song; unidentified songs differ from each other."""
    name = str(song.get("name", ""))
    return f"?{number}" if is_nameless(name) else performed_key(name) or f"?{number}"


def _rejected(row: Row, reason: object) -> Any:
    return reject("actual_setlists", row["setlistfm_id"], reason, row)


async def _write(connection: Connection, rows: Sequence[Row], known: Mapping[str, Row], at: datetime) -> Stored:
    changed: set[UUID] = set()
    if new := [row for row in rows if not _is_same(row, known.get(row["setlistfm_id"]))]:
        arrays = [[_travels(row[column], kind) for row in new] for column, kind in _COLUMNS.items()]
        found = await connection.fetch(_WRITE, at, [row["fetched_at"] for row in new], *arrays)
        changed = {row["id"] for row in found}
    fetched = [row["fetched_at"] for row in rows]
    ids = [row["id"] for row in rows]
    reading = reading_id("setlist_pages", ids)
    if new or any(known[row["setlistfm_id"]]["reading_id"] != reading for row in rows):
        await connection.execute(_CONFIRM, ids, fetched, reading)
    await connection.execute(_READ, reading, min(fetched))
    if versions := [row for row in rows if row["id"] in changed]:
        await _keep_versions(connection, versions)
    return Stored(ids={row["id"] for row in rows}, changed=changed)


def _is_same(row: Row, stored: Row | None) -> bool:
    """Return whether a page is stored as it is."""
    return stored is not None and stored["gone_at"] is None and all(row[column] == stored[column] for column in _SAID)


async def _keep_versions(connection: Connection, rows: Sequence[Row]) -> None:
    columns = ("id", "version_id", "event_date", "info", "songs", "encore_songs", "last_updated", "fetched_at")
    await connection.execute(_VERSION, *([_travels(row[c], _COLUMNS.get(c, "")) for row in rows] for c in columns))


def _travels(value: Any, kind: str) -> Any:
    return json.dumps(value, ensure_ascii=False) if kind in _FROM_JSON else value
