"""Decides identities inside the writer's transaction, and stores the changes.

The steps are those of `thesetd.domain.identity`: describe, read what is related, decide, write the tables, move what
came through an id that changes its artist, and derive the columns of `artists` from the ids in use.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import attrs

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.identity.form import (
    StoredRow,
    names_of,
    read_record,
    texts,
    write_link,
    write_proposals,
    write_record,
)
from thesetd.adapters.postgres.identity.idless import Idless
from thesetd.adapters.postgres.identity.moving import move
from thesetd.adapters.postgres.identity.near import read_near, read_tied
from thesetd.adapters.postgres.text import is_storable, storable
from thesetd.domain.identity.changes import Book, Change, IdentityTable, apply
from thesetd.domain.identity.learning import Learnt, Settlement, continued, in_use, settle
from thesetd.domain.identity.spaces import OTHER_ID, SPOTIFY, Ref, Space, rank, strongest_first
from thesetd.domain.identity.spaces import columns as columns_of
from thesetd.domain.identity.statements import Pair, Record
from thesetd.domain.ids import row_id
from thesetd.domain.music.names import fold, slugify
from thesetd.domain.music.records import Reject

COLUMN = columns_of("artists")
_IDS = (*COLUMN.values(), OTHER_ID)
_NUMBERED = re.compile(r"(.+)#(\d+)")

_DESCRIBE = """
insert into thesetd.artist_records as t (space, id, names, former, links, record, updated_at)
select n.space, n.id, array(select jsonb_array_elements_text(n.names::jsonb)),
    array(select jsonb_array_elements_text(n.former::jsonb)), array(select jsonb_array_elements_text(n.links::jsonb)),
    n.record::jsonb, $7
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
    as n (space, id, names, former, links, record)
on conflict (space, id) do update
set names = excluded.names, former = excluded.former, links = excluded.links, record = excluded.record,
    updated_at = excluded.updated_at
"""
_SEARCHED = """
insert into thesetd.artist_searches as t (space, name, complete, at)
select space, name, complete, $4 from unnest($1::text[], $2::text[], $3::boolean[]) as n (space, name, complete)
on conflict (space, name) do update set complete = excluded.complete, at = excluded.at
where t.complete <> excluded.complete
"""
_OWN = """
insert into thesetd.artist_ids as t (space, id, artist_id, created_at)
select n.space, n.id, n.artist_id, $4 from unnest($1::text[], $2::text[], $3::uuid[]) as n (space, id, artist_id)
on conflict (space, id) do update set artist_id = excluded.artist_id
"""
_LINK = """
insert into thesetd.artist_links
    (one_space, one_id, other_space, other_id, decision, rule, strength, evidence, decided_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (one_space, one_id, other_space, other_id) do update
set decision = excluded.decision, rule = excluded.rule, strength = excluded.strength, evidence = excluded.evidence,
    decided_at = excluded.decided_at
"""
_UNLINK = "delete from thesetd.artist_links where (one_space, one_id, other_space, other_id) = ($1, $2, $3, $4)"
_ALIAS = """
insert into thesetd.artist_aliases (space, id, successor, at) values ($1, $2, $3, $4)
on conflict (space, id) do update set successor = excluded.successor, at = excluded.at
"""
_REVIEW = """
insert into thesetd.artist_reviews (about_space, about_id, space, name, reason, proposals, at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (about_space, about_id, space) do update
set name = excluded.name, reason = excluded.reason, proposals = excluded.proposals, at = excluded.at
"""
_STUB = """
insert into artists (id, name, folded_name, slug, is_stub, created_at, updated_at)
values ($1, $2, $3, $4, $5, $6, $6) on conflict (id) do nothing
"""
# Ids are removed first, so that one that changes its row is never in two rows.
_CLEAR = f"""
update artists a set {", ".join(f"{c} = case when a.{c} = n.{c} then a.{c} end" for c in _IDS)}
from unnest($1::uuid[], {", ".join(f"${n}::text[]" for n, _ in enumerate(_IDS, start=2))}) as n (id, {", ".join(_IDS)})
where a.id = n.id and ({" or ".join(f"a.{c} is distinct from n.{c} and a.{c} is not null" for c in _IDS)})
"""  # noqa: S608 - constants
_SAID = (*_IDS, "verified", "is_stub", "merged_into")
_ROWS = f"select id, slug, {', '.join(_SAID)} from artists where id = any($1)"  # noqa: S608 - constants
_TYPES = (*("text" for _ in _IDS), "boolean", "boolean", "uuid")
_DERIVE = f"""
update artists a set {", ".join(f"{c} = n.{c}" for c in _SAID)}, updated_at = $1
from unnest($2::uuid[], {", ".join(f"${n}::{kind}[]" for n, kind in enumerate(_TYPES, start=3))})
    as n (id, {", ".join(_SAID)})
where a.id = n.id
returning a.id
"""  # noqa: S608 - constants
_SLUGS = "select slug from artists where slug = any($1) and id <> $2"
_ADDRESS = "update artists set slug = $2, updated_at = $3 where id = $1 and slug <> $2"


@attrs.frozen(kw_only=True)
class Settled:
    """What a decision did: the verdict, the row of each id, rows that changed, what moved, and what was refused.

    `catalogues` are rows that lost or received a catalogue: their songs are derived again.
    """

    settled: Settlement
    owners: Mapping[Ref, UUID]
    changed: frozenset[UUID]
    moved: tuple[str, ...] = ()
    catalogues: frozenset[UUID] = frozenset()
    rejects: tuple[Reject, ...] = ()


async def settle_identity(connection: Connection, learnt: Learnt, at: datetime) -> Settled:
    """Decide about what was learnt, and store all resulting changes."""
    tied: Sequence[StoredRow] | None = await read_tied(connection, learnt.refs())
    if await keep_records(connection, learnt.records, tied or (), at):
        tied = None
    if learnt.searches:
        done: dict[tuple[str, str], bool] = {}
        for one in learnt.searches:  # if two have the same name, one may have broken off
            place = (one.space, storable(one.name))
            done[place] = done.get(place, True) and one.complete
        places = sorted(done)
        columns_ = ([space for space, _ in places], [name for _, name in places], [done[place] for place in places])
        await connection.execute(_SEARCHED, *columns_, at)
    wanted = frozenset(ref for ref in learnt.wanted if is_storable(ref.id))
    learnt = attrs.evolve(learnt, wanted=wanted, stubs=frozenset(ref for ref in learnt.stubs if is_storable(ref.id)))
    book, known = await read_near(connection, learnt.refs(), tied)
    new = (learnt.wanted | learnt.stubs) - book.owners.keys()
    idless = await Idless.near(connection, new, known.records)
    settled = settle(book, known, learnt, lambda ref: str(idless.row_for(ref) or _derived(ref)))
    after = apply(book, settled.changes)
    records = {record.ref: record for record in known.records}
    owners = {ref: _uuid(key) for ref, key in after.owners.items()}
    present = await _present(connection, {*map(_uuid, book.owners.values()), *owners.values()})
    created = await _rows(connection, owners, records, learnt, at, present=present)
    await idless.note(connection, [ref for ref in new if owners.get(ref) == _derived(ref)], at)
    await _own(connection, [one for one in settled.changes.changes if _owns(one)], at)
    for change in settled.changes.changes:
        if not _owns(change):
            await _write(connection, change, at)
    moved = [
        await move(connection, one.ref, _uuid(one.source), _uuid(one.target), at)
        for one in settled.changes.moves()
        if one.source is not None
    ]
    if created:
        present = await _present(connection, {*present, *created})
    changed = await _derive(connection, (book, after), settled, learnt, at, stored=present)
    catalogues = {
        _uuid(key)
        for one in settled.changes.moves()
        if one.source is not None and one.ref.space == SPOTIFY
        for key in (one.source, one.target)
    }
    return Settled(
        settled=settled,
        owners=owners,
        changed=created | changed,
        moved=tuple(one.told for one in moved if one.told),
        catalogues=frozenset(catalogues),
        rejects=tuple(refused for one in moved for refused in one.rejects),
    )


async def keep_records(
    connection: Connection, records: Iterable[Record], stored: Iterable[StoredRow], at: datetime
) -> bool:
    """Store what providers say about ids, and return whether that is new; former names and known concerts are kept."""
    kept = {record.ref: record for record in records if is_storable(record.ref.id)}
    for before in (read_record(row) for row in stored if row["record"] is not None):
        if before.ref in kept:
            kept[before.ref] = continued(before, kept[before.ref])
            if kept[before.ref] == before:
                del kept[before.ref]
    if not kept:
        return False
    ordered = [kept[ref] for ref in sorted(kept)]
    await connection.execute(
        _DESCRIBE,
        [one.ref.space for one in ordered],
        [one.ref.id for one in ordered],
        [_json(names_of(one)) for one in ordered],
        [_json(sorted({storable(fold(name)) for name in one.names})) for one in ordered],
        [_json(texts(one.links)) for one in ordered],
        [write_record(one) for one in ordered],
        at,
    )
    return True


def _json(values: list[str]) -> str:
    return json.dumps(values, ensure_ascii=False)


def _derived(ref: Ref) -> UUID:
    return row_id("artists", ref.space, ref.id)


def _uuid(key: str) -> UUID:
    """Return the id of a row from its key; a numbered key belongs to a row that lost its first id to another."""
    numbered = _NUMBERED.fullmatch(key)
    return row_id("artists", "numbered", key) if numbered else UUID(key)


async def _present(connection: Connection, rows: Collection[UUID]) -> dict[UUID, asyncpg.Record]:
    return {row["id"]: row for row in await connection.fetch(_ROWS, sorted(rows))}


async def _rows(
    connection: Connection,
    owners: Mapping[Ref, UUID],
    records: Mapping[Ref, Record],
    learnt: Learnt,
    at: datetime,
    *,
    present: Mapping[UUID, asyncpg.Record],
) -> frozenset[UUID]:
    """Make the missing rows, and give a stub that is now imported a slug made from its name.

    A stub's slug contains its id, so that slugs do not depend on whether an act was on a bill before its import. A slug
    that an application gave stays.
    """
    imported = {owners[ref] for ref in learnt.wanted if ref in owners} if learnt.complete else set()
    created: set[UUID] = set()
    for ref in sorted(owners, key=rank):
        row = owners[ref]
        if row in created or (row in present and not (present[row]["is_stub"] and row in imported)):
            continue
        ids = [one for one in sorted(owners, key=rank) if owners[one] == row]
        if row in present and not _is_made(present[row]["slug"], ids, row):
            continue
        mine = [records[one] for one in ids if one in records]
        name = storable(mine[0].name).strip() if mine else ""
        name = name or ref.id
        slug = await _free_slug(connection, name, ref, row, stub=row not in imported)
        if row in present:
            await connection.execute(_ADDRESS, row, slug, at)
        else:
            await connection.execute(_STUB, row, name, fold(name), slug, row not in imported, at)
        created.add(row)
    return frozenset(created)


def _is_made(slug: str, ids: Iterable[Ref], row: UUID) -> bool:
    """Return whether a stub's slug was made here, with an id in it."""
    return any(slug.endswith(f"-{end}") for ref in ids for end in _pieces(ref, row))


def _pieces(ref: Ref, row: UUID) -> tuple[str, ...]:
    piece = slugify(ref.id, "id")
    return piece[:6], piece, str(row)


async def _free_slug(connection: Connection, name: str, ref: Ref, row: UUID, *, stub: bool) -> str:
    base = slugify(name, ref.id)
    wanted = [base, *(f"{base}-{piece}" for piece in _pieces(ref, row))][stub:]
    taken = {one["slug"] for one in await connection.fetch(_SLUGS, wanted, row)}
    return next(slug for slug in wanted if slug not in taken)


def _owns(change: Change) -> bool:
    return change.table is IdentityTable.OWNERS and change.after is not None


async def _own(connection: Connection, changes: Sequence[Change], at: datetime) -> None:
    """Give ids to their rows: a new bill has one for each act, and its shows wait for them."""
    rows = {change.key: _uuid(change.after) for change in changes}
    if rows:
        spaces, ids = [ref.space for ref in rows], [ref.id for ref in rows]
        await connection.execute(_OWN, spaces, ids, list(rows.values()), at)


async def _write(connection: Connection, change: Change, at: datetime) -> None:
    key, after = change.key, change.after
    match change.table:
        case IdentityTable.OWNERS:
            await connection.execute("delete from thesetd.artist_ids where (space, id) = ($1, $2)", key.space, key.id)
        case IdentityTable.LINKS | IdentityTable.REFUSALS:
            await _write_link(connection, change, at)
        case IdentityTable.ALIASES if after is not None:
            await connection.execute(_ALIAS, key.space, key.id, after.id, at)
        case IdentityTable.ALIASES:
            await connection.execute(
                "delete from thesetd.artist_aliases where (space, id) = ($1, $2)", key.space, key.id
            )
        case IdentityTable.LOST if after is not None:
            lost = "insert into thesetd.artist_lost_ids (space, id, at) values ($1, $2, $3) on conflict do nothing"
            await connection.execute(lost, key.space, key.id, at)
        case IdentityTable.LOST:
            await connection.execute(
                "delete from thesetd.artist_lost_ids where (space, id) = ($1, $2)", key.space, key.id
            )
        case IdentityTable.REVIEWS if after is not None:
            about = (after.about.space, after.about.id, after.space)
            said = (storable(after.name), after.reason.value, write_proposals(after))
            await connection.execute(_REVIEW, *about, *said, at)
        case IdentityTable.REVIEWS:
            about, space = key
            gone = "delete from thesetd.artist_reviews where (about_space, about_id, space) = ($1, $2, $3)"
            await connection.execute(gone, about.space, about.id, space)


async def _write_link(connection: Connection, change: Change, at: datetime) -> None:
    """Write a link or a refusal; they share a table, so one that turns into the other stays one row."""
    pair: Pair = change.key
    ids = (pair.one.space, pair.one.id, pair.other.space, pair.other.id)
    if change.after is not None:
        await connection.execute(_LINK, *ids, *write_link(change.after), at)
    elif change.table is IdentityTable.LINKS:
        await connection.execute(f"{_UNLINK} and decision in ('automatic', 'person')", *ids)
    else:
        await connection.execute(f"{_UNLINK} and decision in ('review', 'rejected')", *ids)


async def _derive(
    connection: Connection,
    books: tuple[Book, Book],
    settled: Settlement,
    learnt: Learnt,
    at: datetime,
    *,
    stored: Mapping[UUID, asyncpg.Record],
) -> frozenset[UUID]:
    """Update the columns of `artists` from the ids in use; `books` are the ones before and after."""
    book, after = books
    rows: dict[UUID, list[Ref]] = {_uuid(key): [] for key in {*book.owners.values(), *after.owners.values()}}
    for ref, key in after.owners.items():
        rows[_uuid(key)].append(ref)
    left = {_uuid(key): _uuid(after.owners[ref]) for ref, key in sorted(book.owners.items()) if ref in after.owners}
    wanted, said = {_uuid(after.owners[ref]) for ref in learnt.wanted if ref in after.owners}, []
    for row in sorted(rows):
        using = in_use(rows[row], after.aliases, after.lost)
        ids = [_chosen(stored[row][column], using.get(space, [])) for space, column in COLUMN.items()]
        other = _other(stored[row][OTHER_ID], using)
        act = next((act for act in settled.verdict.acts if not act.isdisjoint(rows[row])), frozenset[Ref]())
        stub = stored[row]["is_stub"] and not (learnt.complete and row in wanted)
        merged = None if rows[row] or left.get(row) == row else left.get(row)
        now = (*ids, other, settled.verdict.verified(act) if act else False, stub, merged)
        if now != tuple(stored[row][column] for column in _SAID):
            said.append((row, *now))
    if not said:
        return frozenset()
    arguments = [list(column) for column in zip(*said, strict=True)]
    await connection.execute(_CLEAR, *arguments[: 1 + len(_IDS)])
    return frozenset(row["id"] for row in await connection.fetch(_DERIVE, at, *arguments))


def _chosen(present: str | None, using: list[Ref]) -> str | None:
    """Return the id for a column: the present one as long as it is in use."""
    ids = [ref.id for ref in using]
    return present if present in ids else next(iter(ids), None)


def _other(present: str | None, using: Mapping[Space, list[Ref]]) -> str | None:
    """Return the id for OTHER_ID: the present one as long as it is in use."""
    ids = [str(ref) for space in strongest_first(using) if space not in COLUMN for ref in using[space]]
    return present if present in ids else next(iter(ids), None)
