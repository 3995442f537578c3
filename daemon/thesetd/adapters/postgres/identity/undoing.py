"""Carries out operators' decisions in the writer's transaction.

Changes are stored row by row, and an undo reverts them.

A snapshot of all rows that a decision can change is taken before and after it; the difference is stored under its
number. An undo restores what the decision changed, column by column: columns that have been changed otherwise since
stay. Then identities are decided again, which changes nothing unless something was learnt in between. An undo is a
decision too, and can be undone.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import attrs

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.identity.form import read_entry, ref, storable_ids, texts
from thesetd.adapters.postgres.identity.idless import Received, receive
from thesetd.adapters.postgres.identity.moving import move
from thesetd.adapters.postgres.identity.near import near_refs
from thesetd.adapters.postgres.identity.settling import Settled, settle_identity
from thesetd.adapters.postgres.rows.restoring import (
    RowChange,
    Snapshot,
    differing,
    drop_empty,
    insert_row,
    put_back,
    restored,
    row_key_of,
    update_row,
)
from thesetd.adapters.postgres.songs.songs import settle_songs
from thesetd.adapters.postgres.text import storable
from thesetd.domain.errors import UnknownDecision
from thesetd.domain.identity.decisions import Entry, Verb, standing
from thesetd.domain.identity.learning import Learnt
from thesetd.domain.identity.spaces import OTHER_ID, Ref, columns
from thesetd.domain.ids import row_id
from thesetd.domain.music.records import Reject

# The tables that a decision can change, in the order in which rows are restored, each with its key: those about ids,
# then those of artists' rows.
_OF_IDS: Mapping[str, tuple[str, ...]] = {
    "thesetd.artist_ids": ("space", "id"),
    "thesetd.artist_links": ("one_space", "one_id", "other_space", "other_id"),
    "thesetd.artist_aliases": ("space", "id"),
    "thesetd.artist_lost_ids": ("space", "id"),
    "thesetd.artist_reviews": ("about_space", "about_id", "space"),
}
_OF_ARTISTS: Mapping[str, tuple[str, ...]] = {
    "artists": ("id",),
    "albums": ("id",),
    "songs": ("id",),
    "artist_tracks": ("artist_id", "track_id"),
    "artist_shows": ("artist_id", "show_id"),
    "thesetd.setlist_pages": ("id",),
    "actual_setlists": ("id",),
    "setlists": ("id",),
}
_KEYS = {**_OF_ARTISTS, **_OF_IDS}
_VOTED_ON = ("songs", "setlists")  # rows of these that a decision made stay if anything refers to them
_KEEP = """
insert into thesetd.artist_changes (number, place, table_name, before, after)
select $1, n.place, n.table_name, n.before::jsonb, n.after::jsonb
from unnest($2::integer[], $3::text[], $4::text[], $5::text[]) as n (place, table_name, before, after)
"""
_KEPT = """
select table_name, before::text as before, after::text as after from thesetd.artist_changes where number = $1
order by place
"""
_APPEND = """
insert into thesetd.artist_decisions (number, verb, ids, others, undoes, who, at)
select coalesce(max(number), 0) + 1, $1, $2, $3, $4, $5, $6 from thesetd.artist_decisions returning number
"""

# A row that the undone decision made and that something now refers to leads to the artist that has its ids again.
_LEFT = """
update artists set merged_into = $2 where id = $1 and merged_into is null
    and not exists (select from thesetd.artist_ids where artist_id = $1)
"""

# Tracks that a decision gave to another artist, and the songs that they are recordings of by a later decision.
_SONGS_SINCE = """
select l.track_id, l.song_id, l.by_hand
from jsonb_populate_recordset(null::artist_tracks, $1::jsonb) n
join artist_tracks l on l.artist_id = n.artist_id and l.track_id = n.track_id
where (l.song_id, l.by_hand) is distinct from (n.song_id, n.by_hand)
"""
_KEEP_SONGS = """
update artist_tracks l set song_id = n.song_id, by_hand = n.by_hand
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::boolean[]) as n (artist_id, track_id, song_id, by_hand)
join songs s on s.id = n.song_id
where l.artist_id = n.artist_id and l.track_id = n.track_id and s.artist_id = n.artist_id
"""
# Songs that were merged while two artists were one; a song of an artist without ids stays merged.
_PART_SONGS = """
update songs s set merged_into = null, updated_at = $2 from songs o
where o.id = s.merged_into and s.artist_id <> o.artist_id and s.key is not null and (s.id = any($1) or o.id = any($1))
    and exists (select from thesetd.artist_ids i where i.artist_id = s.artist_id)
returning s.artist_id, o.artist_id as other
"""


@attrs.frozen
class Said:
    """A stored decision: its number, and its outcome."""

    number: int
    outcome: Settled


async def say(connection: Connection, learnt: Learnt, word: Entry, at: datetime) -> Said:
    """Store an operator's decision, and carry it out.

    Raises:
        UnknownDecision: it undoes a number that does not exist, or is already undone.
    """
    undone = await _undone(connection, word) if word.verb is Verb.UNDO else None
    about = learnt.refs() | (undone.ids | undone.others if undone else frozenset[Ref]())
    near, _ = await near_refs(connection, about)
    rows = await _rows(connection, near) | frozenset({learnt.receiver} if learnt.receiver else ())
    before = await _snapshot(connection, near, rows)
    number = await connection.fetchval(
        _APPEND,
        word.verb.value,
        texts(word.ids or (undone.ids if undone else ())),
        texts(word.others or (undone.others if undone else ())),
        word.undoes,
        storable(word.who),
        at,
    )
    back = await _put_back(connection, word.undoes, near, at) if word.undoes is not None else _PutBack()
    received = await receive(connection, word.others, learnt.receiver, at) if learnt.receiver else Received()
    wanted = learnt.wanted if undone else learnt.wanted | about
    outcome = await settle_identity(connection, attrs.evolve(learnt, wanted=wanted, word=None), at)
    await settle_songs(connection, outcome.catalogues | received.catalogues | back.parted, at)
    await drop_empty(connection, "artists", back.created)
    await connection.executemany(_LEFT, [(row, heir) for row, heir in back.created.items() if heir is not None])
    near |= frozenset(outcome.owners)
    after = await _snapshot(connection, near, rows | await _rows(connection, near))
    await _keep(connection, number, before, after)
    # Rows restored by an undo are not decided again, but they did change.
    changed = {UUID(key[0]) for table, key in differing(before, after) if table == "artists" and (table, key) in after}
    outcome = attrs.evolve(
        outcome,
        changed=outcome.changed | changed,
        moved=(*received.moved, *outcome.moved),
        rejects=(*back.rejects, *received.rejects, *outcome.rejects),
    )
    return Said(number, outcome)


async def _undone(connection: Connection, word: Entry) -> Entry:
    log = [read_entry(row) for row in await connection.fetch("select * from thesetd.artist_decisions order by number")]
    found = next((entry for entry in standing(log) if entry.number == word.undoes), None)
    if found is None:
        raise UnknownDecision(word.undoes or 0, tuple(entry.number for entry in standing(log)))
    return found


async def _rows(connection: Connection, refs: frozenset[Ref]) -> frozenset[UUID]:
    """Return the rows that some ids have, may get, or had before they moved to another."""
    statement = """
        select i.artist_id as id from unnest($1::text[], $2::text[]) as n (space, id)
        join thesetd.artist_ids i using (space, id)
    """
    owned = {row["id"] for row in await connection.fetch(statement, *storable_ids(refs))}
    left = await connection.fetch("select id from artists where merged_into = any($1)", sorted(owned))
    own = {row_id("artists", one.space, one.id) for one in refs}
    return frozenset(owned | own | {row["id"] for row in left})


async def _snapshot(connection: Connection, refs: frozenset[Ref], rows: frozenset[UUID]) -> Snapshot:
    found: Snapshot = {}
    for table, key in _OF_ARTISTS.items():
        column = "id" if table == "artists" else "artist_id"
        statement = f"select to_jsonb(t)::text as row from {table} t where {column} = any($1)"  # noqa: S608 - constants
        for row in await connection.fetch(statement, sorted(rows)):
            found[table, row_key_of(json.loads(row["row"]), key)] = row["row"]
    for table, key in _OF_IDS.items():
        statement = f"""
            select distinct to_jsonb(t)::text as row from unnest($1::text[], $2::text[]) as n (space, id)
            join {table} t on (t.{key[0]}, t.{key[1]}) = (n.space, n.id)
        """  # noqa: S608 - constants
        for row in await connection.fetch(statement, *storable_ids(refs)):
            found[table, row_key_of(json.loads(row["row"]), key)] = row["row"]
    return found


async def _keep(connection: Connection, number: int, before: Snapshot, after: Snapshot) -> None:
    changed = differing(before, after)
    await connection.execute(
        _KEEP,
        number,
        list(range(1, len(changed) + 1)),
        [table for table, _ in changed],
        [before.get(place) for place in changed],
        [after.get(place) for place in changed],
    )


@attrs.frozen
class _PutBack:
    """The artists that the undone decision had made, with those that have their ids now, and whose songs are parted."""

    created: Mapping[UUID, UUID | None] = attrs.field(factory=dict)
    parted: frozenset[UUID] = frozenset()
    rejects: Sequence[Reject] = ()


async def _put_back(connection: Connection, number: int, near: frozenset[Ref], at: datetime) -> _PutBack:
    """Restore what a decision changed."""
    kept = [
        RowChange(
            row["table_name"],
            _KEYS[row["table_name"]],
            json.loads(row["before"]) if row["before"] else None,
            json.loads(row["after"]) if row["after"] else None,
        )
        for row in await connection.fetch(_KEPT, number)
    ]
    owned = await _owners(connection, near)
    songs_since = await _songs_since(connection, kept)
    await _put_back_artists(connection, [change for change in kept if change.table == "artists"])
    for table in _KEYS:
        if table != "artists":
            changes = [change for change in kept if change.table == table]
            for change in sorted(changes, key=lambda one: one.before is not None):  # deletions make room first
                if change.before is not None or table not in _VOTED_ON:
                    await put_back(connection, change)
    await connection.execute(_KEEP_SONGS, *songs_since)
    for table in reversed(_VOTED_ON):
        made = [UUID(one.key[0]) for one in kept if one.table == table and one.before is None]
        await drop_empty(connection, table, made)
    heirs: dict[UUID, UUID] = {}
    rejects: list[Reject] = []
    for one, row in (await _owners(connection, near)).items():
        if one in owned and owned[one] != row:
            rejects += (await move(connection, one, owned[one], row, at)).rejects  # of what has come through it since
            heirs[owned[one]] = row
    made = [UUID(change.key[0]) for change in kept if change.table == "artists" and change.before is None]
    songs = [UUID(one.key[0]) for one in kept if one.table == "songs"]
    parted = await connection.fetch(_PART_SONGS, songs, at)
    return _PutBack(
        {row: heirs.get(row) for row in made},
        frozenset(row[name] for row in parted for name in ("artist_id", "other")),
        rejects,
    )


async def _songs_since(connection: Connection, kept: Sequence[RowChange]) -> Sequence[Sequence[object]]:
    """Return, column by column, tracks with their former artist and the song that was decided since they left it."""
    tracks = [change for change in kept if change.table == "artist_tracks"]
    left = {one.before["track_id"]: UUID(one.before["artist_id"]) for one in tracks if one.before and not one.after}
    given = [one.after for one in tracks if one.after and not one.before and one.after["track_id"] in left]
    found = await connection.fetch(_SONGS_SINCE, json.dumps(given)) if given else []
    rows = [(left[str(row["track_id"])], *row) for row in found]
    return [list(column) for column in zip(*rows, strict=True)] or [[], [], [], []]


async def _owners(connection: Connection, refs: frozenset[Ref]) -> dict[Ref, UUID]:
    statement = """
        select i.* from unnest($1::text[], $2::text[]) as n (space, id) join thesetd.artist_ids i using (space, id)
    """
    rows = await connection.fetch(statement, *storable_ids(refs))
    return {ref(f"{row['space']}:{row['id']}"): row["artist_id"] for row in rows}


async def _put_back_artists(connection: Connection, changes: Sequence[RowChange]) -> None:
    """Write artists back, after clearing the ids of all of them: two may swap ids."""
    rows = [change.key[0] for change in changes]
    statement = "select to_jsonb(t)::text as row from artists t where id = any($1)"
    present = {one["id"]: one for one in map(json.loads, [r["row"] for r in await connection.fetch(statement, rows)])}
    no_ids = dict.fromkeys((*columns("artists").values(), OTHER_ID))
    clear = f"update artists set {', '.join(f'{one} = null' for one in no_ids)} where id = any($1)"  # noqa: S608 - constants
    await connection.execute(clear, rows)
    for change in changes:
        now = present.get(change.key[0])
        if now is None and change.before is not None:
            await insert_row(connection, "artists", change.before)
        elif now is not None:
            before = change.before or {**now, **no_ids}
            await update_row(connection, "artists", _KEYS["artists"], restored(now, before, change.after or {}))
