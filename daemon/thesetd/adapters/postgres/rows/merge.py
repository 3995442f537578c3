"""The upsert, with the rules that apply to every row from a provider.

Statements are generated from the columns of their tables, so that the rules are in one place:

- A record *leads* if it outranks the source of the row (the provider that knows best), or has the same rank and is not
  older. A leading record overwrites, any other only fills empty columns; None overwrites nothing. So a late answer and
  a lower-ranked provider can add to a row but not change it.
- A row that would not change is not written. The time of its last confirmation is kept separately, in
  `thesetd.freshness`. Rows that came together before, and do so again, are confirmed by one row of `thesetd.readings`.
  Of tables with most rows each tells itself when and with what it came first, until it is confirmed otherwise.
- A row that is refused by the database, or by a trigger, a policy or a constraint of the application, is found by
  bisection, and the others are stored.

The statement reads the row before it writes it. That is exact because the caller holds the writer's lock.
"""

import json
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import attrs

from thesetd.adapters.postgres.connection.arrays import without_nulls
from thesetd.adapters.postgres.database import Connection, savepoint
from thesetd.adapters.postgres.text import MAX_KEY, MAX_REASON, MAX_SAMPLE
from thesetd.adapters.postgres.translation import lacks_right, translated
from thesetd.domain.errors import StoreRejected
from thesetd.domain.ids import row_id
from thesetd.domain.music.records import Reject

Row = Mapping[str, Any]
R = TypeVar("R")

# Rules for merging: `n` is the new record, `o` the present row; {c} is the column.
NEWEST = "case when n.leads then coalesce(n.{c}, o.{c}) else coalesce(o.{c}, n.{c}) end"
FIRST = "coalesce(o.{c}, n.{c})"
_NOTED = "f.fetched_at", "f.reading_id"

# When and with what a row `o` came last, if it tells its first time itself and `f` is its row of freshness, if any.
FIRST_AT = "case when f.row_id is null then {o}.first_fetched_at else f.fetched_at end"
FIRST_READING = "case when f.row_id is null then {o}.first_reading_id else f.reading_id end"

_ANY = """
select exists (
    select from unnest($1::uuid[]) as n (id) cross join lateral (select from {} t where t.id = n.id offset 0) t
)
"""

_ENCODER = json.JSONEncoder(ensure_ascii=False)
_AT_ONCE: ContextVar[bool] = ContextVar("at_once", default=False)

SKIPPED = "the database left it out without an error: a trigger returned null"

# Types that cannot be elements of an array parameter are passed as text.
_TRAVELS = {"jsonb": "n.{c}::jsonb", "text[]": "n.{c}::text[]"}


@attrs.frozen
class Table:
    """A table of rows that providers describe.

    Attributes:
        name: the name of the table; also the kind of its rejects.
        columns: those that records fill, with their types, without `id`.
        keys: the columns of the providers' ids; the first that is set names the row in a reject.
        rules: how a column is merged, if not by NEWEST.
        rank: how much a record (alias {r}) knows, as an SQL expression; the higher leads.
        tells_first: whether a row has `first_fetched_at` and `first_reading_id`.
    """

    name: str
    columns: Mapping[str, str]
    keys: Sequence[str]
    rules: Mapping[str, str] = attrs.field(factory=dict)
    rank: str = "0"
    tells_first: bool = False
    statement: str = attrs.field(init=False, repr=False)
    adding: str = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "statement", _statement(self))
        object.__setattr__(self, "adding", _adding(self) if self.tells_first else "")

    def arguments(self, rows: Sequence[Row]) -> list[list[Any]]:
        """Turn rows into one array per parameter of the statement, after the moment and the reading."""
        arrays = [[row["id"] for row in rows], [row["fetched_at"] for row in rows]]
        for column, kind in self.columns.items():
            values = [row[column] for row in rows]
            if kind in _TRAVELS:
                encoded = _array if kind == "text[]" else _encoded
                values = [None if value is None else encoded(value) for value in values]
            arrays.append(without_nulls(values))
        return arrays

    def rejected(self, row: Row, reason: object) -> Reject:
        """Return the reject of a row that could not be stored."""
        key = next((str(row[column]) for column in self.keys if row[column] is not None), "")
        return reject(self.name, key, reason, row)


@attrs.define
class Stored:
    """The outcome for some rows: the ids of stored rows, of those whose record leads, of changed and of new ones.

    New rows are among the changed ones. `links` counts rows that changed and have no id of their own.
    """

    ids: set[UUID] = attrs.field(factory=set)
    leading: set[UUID] = attrs.field(factory=set)
    changed: set[UUID] = attrs.field(factory=set)
    added: set[UUID] = attrs.field(factory=set)
    rejects: list[Reject] = attrs.field(factory=list)
    links: int = 0

    def add(self, other: "Stored") -> None:
        """Add the outcome for some other rows."""
        self.ids |= other.ids
        self.leading |= other.leading
        self.changed |= other.changed
        self.added |= other.added
        self.rejects += other.rejects
        self.links += other.links


def reject(kind: str, key: str, reason: object, sample: object) -> Reject:
    """Return a reject within its size limits."""
    shown = sample if isinstance(sample, str) else json.dumps(sample, default=str, ensure_ascii=False)
    line = next(iter(str(reason).splitlines()), "refused")
    return Reject(kind=kind, key=key[:MAX_KEY], reason=line[:MAX_REASON], sample=shown[:MAX_SAMPLE])


def _encoded(value: Any) -> str:
    """Return the JSON of a value; that of an empty document, as most are, is no work."""
    return "{}" if value == {} else _ENCODER.encode(value)


def _array(texts: Iterable[str]) -> str:
    """Return texts as PostgreSQL writes an array of them."""
    quoted = (text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return "{" + ",".join(f'"{text}"' for text in quoted) + "}"


async def upsert(connection: Connection, table: Table, rows: Sequence[Row], at: datetime) -> Stored:
    """Insert or merge rows, in the order of their `fetched_at` if several are about the same one."""

    async def store(part: Sequence[Row]) -> Stored:
        reading = reading_id(table.name, (row["id"] for row in part))
        is_new = table.tells_first and not await connection.fetchval(_ANY.format(table.name), [r["id"] for r in part])
        statement = table.adding if is_new else table.statement
        found = await connection.fetch(statement, at, reading, *table.arguments(part))
        skipped = {row["id"] for row in part} - {r["id"] for r in found if r["stored"]}
        return Stored(
            rejects=[table.rejected(row, SKIPPED) for row in part if row["id"] in skipped],
            ids={r["id"] for r in found} - skipped,
            leading={r["id"] for r in found if r["leads"]} - skipped,
            changed={r["id"] for r in found if r["changed"]},
            added={r["id"] for r in found if r["changed"] and not r["existed"]},
        )

    stored = Stored()
    for part in _rounds(rows):
        stored.add(await halving(connection, part, store, table.rejected))
    return stored


def reading_id(table: str, rows: Iterable[UUID]) -> UUID:
    """Return the id of a group of rows that came together, whatever their order."""
    return row_id("readings", table, " ".join(sorted(map(str, rows))))


@contextmanager
def at_once() -> Iterator[None]:
    """Store without savepoints inside the block: a refused row raises, and the caller undoes everything.

    Savepoints take two statements for each one that stores something.
    """
    token = _AT_ONCE.set(True)
    try:
        yield
    finally:
        _AT_ONCE.reset(token)


def is_at_once() -> bool:
    """Return whether a refused row undoes the whole batch, so that rows may be stored in any order."""
    return _AT_ONCE.get()


async def halving(
    connection: Connection,
    items: Sequence[R],
    store: Callable[[Sequence[R]], Awaitable[Stored]],
    rejected: Callable[[R, object], Reject],
) -> Stored:
    """Store items by bisection, with as few statements as possible; a refused item affects no other.

    Raises:
        asyncpg.PostgresError: inside `at_once`, an item is refused.
    """
    if not items:
        return Stored()
    if is_at_once():
        return await store(items)
    try:
        with translated():
            async with savepoint(connection):
                return await store(items)
    except StoreRejected as error:
        if len(items) == 1 or lacks_right(error):
            return Stored(rejects=[rejected(item, error) for item in items])
    middle = len(items) // 2
    stored = await halving(connection, items[:middle], store, rejected)
    stored.add(await halving(connection, items[middle:], store, rejected))
    return stored


def _rounds(rows: Sequence[Row]) -> list[list[Row]]:
    """Distribute rows over rounds: no round has two rows with the same id, and later answers come in later rounds."""
    rounds: list[list[Row]] = []
    seen: dict[UUID, int] = {}
    for row in sorted(rows, key=lambda row: row["fetched_at"]):
        turn = seen.get(row["id"], 0)
        seen[row["id"]] = turn + 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(row)
    return rounds


def _arriving(table: Table) -> str:
    """Return what selects the records from the parameters."""
    columns = table.columns
    arrays = ["uuid[]", "timestamptz[]", *("text[]" if kind in _TRAVELS else f"{kind}[]" for kind in columns.values())]
    parameters = ", ".join(f"${number}::{kind}" for number, kind in enumerate(arrays, start=3))
    arriving = ", ".join(f"{_TRAVELS.get(kind, 'n.{c}').format(c=c)} as {c}" for c, kind in columns.items())
    return f"n.id, n.fetched_at, {arriving} from unnest({parameters}) as n (id, fetched_at, {', '.join(columns)})"


def _adding(table: Table) -> str:
    """Return the statement for rows that are all new: nothing is compared, and nothing looked up for each."""
    merged = ", ".join(f"{table.rules.get(c, NEWEST).format(c=c)} as {c}" for c in table.columns)
    return f"""
with read as (
    insert into thesetd.readings as r (id, fetched_at) select $2, min(m) from unnest($4::timestamptz[]) as m
    on conflict (id) do update set fetched_at = excluded.fetched_at where r.fetched_at < excluded.fetched_at
)
insert into {table.name} (id, {", ".join(table.columns)}, created_at, updated_at, first_fetched_at, first_reading_id)
select n.id, {merged}, $1, $1, n.fetched_at, $2
from (select true as leads, {_arriving(table)}) n left join {table.name} o on false
returning id, true as leads, false as existed, true as changed, true as stored
"""  # noqa: S608 - made of the names in this package, never of data


def _statement(table: Table) -> str:
    columns = table.columns
    merged = ", ".join(f"{table.rules.get(c, NEWEST).format(c=c)} as {c}" for c in columns)
    reading = "case when exists (select from reading) then $2 end"
    listed = ", ".join(columns)
    at, read = (FIRST_AT.format(o="o"), FIRST_READING.format(o="o")) if table.tells_first else _NOTED
    differs = f"({{read}} is distinct from {reading} or {reading} is null and {{at}} is distinct from n.fetched_at)"
    lacks = f"n.existed and {differs.format(read='n.read', at='n.read_at')}" if table.tells_first else "true"
    told, tells = (
        (", first_fetched_at, first_reading_id", f", m.fetched_at, {reading}") if table.tells_first else ("", "")
    )
    new_rank, old_rank = table.rank.format(r="n"), table.rank.format(r="o")
    return f"""
with arrived as (
    select {_arriving(table)}
), judged as (
    select n.*, o.id is not null as existed, f.row_id is not null as is_noted, {at} as read_at, {read} as read,
        o.id is null or {new_rank} > {old_rank}
        or ({new_rank} = {old_rank} and n.fetched_at >= coalesce(greatest({at}, r.fetched_at), n.fetched_at)) as leads
    from arrived n left join {table.name} o on o.id = n.id
    left join thesetd.freshness f on f.row_id = n.id left join thesetd.readings r on r.id = {read}
), reading as (
    select min(n.fetched_at) as fetched_at from judged n having bool_and(n.leads)
), read as (
    insert into thesetd.readings as r (id, fetched_at) select $2, fetched_at from reading
    on conflict (id) do update set fetched_at = excluded.fetched_at where r.fetched_at < excluded.fetched_at
), confirmed as (
    update thesetd.freshness f set fetched_at = n.fetched_at, reading_id = {reading} from judged n
    where f.row_id = n.id and n.leads and {differs.format(read="f.reading_id", at="f.fetched_at")}
), noted as (
    insert into thesetd.freshness (row_id, fetched_at, reading_id)
    select n.id, n.fetched_at, {reading} from judged n where n.leads and not n.is_noted and {lacks}
), merged as (
    select n.id, n.existed, n.fetched_at, {merged} from judged n left join {table.name} o on o.id = n.id
), added as (
    insert into {table.name} (id, {listed}, created_at, updated_at{told})
    select m.id, {listed}, $1, $1{tells} from merged m where not m.existed returning id
), changed as (
    update {table.name} t set {", ".join(f"{c} = m.{c}" for c in columns)}, updated_at = $1
    from merged m where t.id = m.id and m.existed
        and ({", ".join(f"t.{c}" for c in columns)}) is distinct from ({", ".join(f"m.{c}" for c in columns)})
    returning t.id
)
select n.id, n.leads, n.existed, w.id is not null as changed, n.existed or w.id is not null as stored
from judged n left join (select id from added union all select id from changed) w on w.id = n.id
"""  # noqa: S608 - made of the names in this package, never of data
