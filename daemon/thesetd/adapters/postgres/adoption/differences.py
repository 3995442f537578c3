"""Compares two shapes of a table, the application's and the catalogue's, and returns what has to be done; pure.

Columns of both are kept if their types fit. Columns of only the catalogue are added. Columns of only the application
stay; if the catalogue has the same fact under another name, a trigger keeps both in sync.
"""

import re
from collections.abc import Iterator

import attrs

from thesetd.adapters.postgres.adoption.names import ASIDE, DEFAULTS, FACTS, FORMS, NOTES, DocumentedColumn, spelling
from thesetd.adapters.postgres.adoption.shapes import Column, TableShape, UniqueKey, quoted

_NUMBERS = frozenset({"smallint", "integer", "bigint", "real", "double precision", "numeric"})
_TEXTS = frozenset({"text", "character varying", "character"})
_MOMENTS = frozenset({"timestamp without time zone", "date"})
# The possible conversions of types: {0} is the column.
_CASTS = (
    (_TEXTS | {"uuid"}, "text", "{0}::text"),
    (_NUMBERS, "double precision", "{0}::double precision"),
    (_NUMBERS, "real", "{0}::real"),
    (_TEXTS, "uuid", "{0}::uuid"),
    (_MOMENTS, "timestamp with time zone", "{0}::timestamp at time zone 'UTC'"),
    (_MOMENTS | {"timestamp with time zone"}, "date", "{0}::timestamp::date"),
    ({"json", "text"}, "jsonb", "{0}::jsonb"),
    ({"json", "jsonb", "text"}, "text[]", ASIDE + ".texts({0}::text)"),
)
_WHOLE = frozenset({"smallint", "integer", "bigint"})


@attrs.define
class Difference:
    """What has to be done with a table of the application.

    Attributes:
        table: its name.
        alter: actions of one `alter table`, in order; each the text of a statement after the table's name.
        retyped: columns whose type changes.
        converted: columns whose values are converted, with the expression.
        drops: indexes to drop, as statements.
        mirrored: columns of the application that a trigger maintains, with their facts.
        lines: remarks for the operator.
        refused: why the table cannot be kept.
    """

    table: str
    alter: list[str] = attrs.field(factory=list)
    retyped: list[str] = attrs.field(factory=list)
    converted: list[tuple[str, str]] = attrs.field(factory=list)
    drops: list[str] = attrs.field(factory=list)
    mirrored: dict[str, DocumentedColumn] = attrs.field(factory=dict)
    lines: list[str] = attrs.field(factory=list)
    refused: list[str] = attrs.field(factory=list)

    def refuse(self, column: str, reason: str, advice: str) -> None:
        """Record that a column cannot be kept, why, and what to do."""
        self.refused.append(f"{self.table}.{column}: {reason}: {advice}")


def difference(theirs: TableShape, ours: TableShape, schema: str) -> Difference:
    """Compare a table of the application with the catalogue's."""
    found = Difference(theirs.name)
    if lacking := _lacking(theirs, ours):
        found.refused.append(
            f"{schema}.{theirs.name} has no column {lacking}: it is not TheSet's: rename it, or name another schema"
        )
        return found
    taken = _shared(found, theirs, ours)
    _others(found, theirs, ours)
    found.converted += [
        (name, f"({fact.into.format(quoted(name))})::{ours.columns[fact.ours].type}")
        for name, fact in found.mirrored.items()
        if fact.ours and fact.into and fact.ours not in theirs.columns
    ]
    added = [name for name in ours.columns if name not in taken]
    for name in added:
        found.alter.append(f"add column {_definition(ours.columns[name])}")
    if added:
        found.lines.append(f"adds {', '.join(added)}")
    _keys(found, theirs, ours)
    return found


def _lacking(theirs: TableShape, ours: TableShape) -> str | None:
    """Return the column that identifies rows if the application's table lacks it under any spelling."""
    spelled = set(map(spelling, theirs.columns))
    named = (name for key in ours.keys if key.primary for name in sorted(key.columns))
    return next((name for name in named if spelling(name) not in spelled), None)


def _definition(column: Column) -> str:
    """Return the definition of a new column; it becomes required later, when it is filled."""
    collation = f" collate {quoted(column.collation)}" if column.collation else ""
    if column.generated:
        return f"{quoted(column.name)} {column.type}{collation} generated always as ({column.default}) stored"
    default = f" default {column.default}" if column.default else ""
    return f"{quoted(column.name)} {column.type}{collation}{default}"


def _shared(found: Difference, theirs: TableShape, ours: TableShape) -> set[str]:
    """Convert columns that both have under one name to a type that the daemon can write."""
    taken = set()
    for name, column in theirs.columns.items():
        if (wanted := ours.columns.get(name)) is None:
            continue
        taken.add(name)
        if wanted.generated or (name == "slug" and name in FACTS.get(theirs.name, {})):
            found.mirrored[name] = FACTS[theirs.name][spelling(name)]
        using = _conversion(theirs.name, column, wanted)
        if (note := NOTES.get((theirs.name, name))) is not None:
            found.lines.append(f"{name}: {note}; theset_documents.{theirs.name} has it as before")
        if using is None:
            found.refuse(name, f"{column.type} cannot become {wanted.type}", "convert it, or rename it")
        elif using:
            _convert(found, column, wanted, using)
        if column.required and not wanted.required and name not in found.mirrored:
            found.alter.append(f"alter column {quoted(name)} drop not null")
            found.lines.append(f"{name} may be null: no provider may have said it")
    return taken


def _convert(found: Difference, column: Column, wanted: Column, using: str) -> None:
    name = quoted(column.name)
    found.retyped.append(column.name)
    found.converted.append((column.name, f"({using})::{wanted.type}"))
    if column.default is not None:
        found.alter.append(f"alter column {name} drop default")
    found.alter.append(f"alter column {name} type {wanted.type} using {using}")
    if column.default is not None and wanted.type == "uuid":
        found.alter.append(f"alter column {name} set default ({column.default})::uuid")
    elif wanted.default is not None:
        found.alter.append(f"alter column {name} set default {wanted.default}")
    if _bare(column.type) not in {"character varying", wanted.type}:
        before = f"; theset_documents.{found.table} has it as before" if (found.table, column.name) in FORMS else ""
        found.lines.append(f"{column.name} becomes {wanted.type} (it is {column.type}){before}")


def _conversion(table: str, column: Column, wanted: Column) -> str | None:
    """Return how a column's values are converted to ours; empty if they stay, None if they cannot be converted."""
    was, name = _bare(column.type), quoted(column.name)
    if was == wanted.type == "text[]" or (was == wanted.type and (table, column.name) not in FORMS):
        return ""
    if (table, column.name) in FORMS:
        return FORMS[table, column.name].format(name)
    if was in _WHOLE and wanted.type in _WHOLE:
        return ""  # some drivers would read a wider one as text
    if column.is_enum and wanted.type == "text":
        return f"{name}::text"
    form = next((form for types, target, form in _CASTS if was in types and target == wanted.type), None)
    return None if form is None else form.format(name)


def _bare(kind: str) -> str:
    """Return a type without its length, which may be in its middle: timestamp(3) without time zone."""
    return re.sub(r"\([0-9, ]*\)", "", kind)


def _others(found: Difference, theirs: TableShape, ours: TableShape) -> None:
    """Keep the application's own columns, in sync with ours if they hold a fact of ours under another name."""
    spelled = {spelling(name): name for name in ours.columns}
    facts = FACTS.get(theirs.name, {})
    for name, column in theirs.columns.items():
        if name in ours.columns:
            continue
        default = DEFAULTS.get(theirs.name, {}).get(spelling(name))
        if spelling(name) in facts:
            found.mirrored[name] = facts[spelling(name)]
        elif spelling(name) in spelled:
            found.mirrored[name] = DocumentedColumn(spelled[spelling(name)])
        elif _is_demanding(column) and default is None:
            found.refuse(
                name, "thesetd cannot insert rows without it", "give it a default, or `alter column ... drop not null`"
            )
        if default is not None:
            found.alter.append(f"alter column {quoted(name)} set default {default}")
        if name in found.mirrored and column.required and not _is_filled(found.mirrored[name], ours):
            found.alter.append(f"alter column {quoted(name)} drop not null")


def _is_filled(fact: DocumentedColumn, ours: TableShape) -> bool:
    return fact.ours is not None and ours.columns[fact.ours].required


def _is_demanding(column: Column) -> bool:
    return column.required and column.default is None and not (column.generated or column.identity)


def _keys(found: Difference, theirs: TableShape, ours: TableShape) -> None:
    """Drop keys that are stricter than the catalogue can satisfy; those unique in the catalogue, too, stay."""
    for key in theirs.keys:
        columns = frozenset(_meaning(found, name) for name in key.columns)
        if any(name in found.mirrored and found.mirrored[name].ours is None for name in key.columns):
            continue  # the trigger makes values that are unique to the row
        if not _is_too_strict(columns, key, ours):
            continue
        named = ", ".join(sorted(key.columns))
        if key.used_by:
            advice = "refer to the catalogue's own key instead"
            found.refuse(f"({named})", f"is not a key of the catalogue, but {key.used_by} refers to it", advice)
        elif key.constraint:
            found.alter.append(f"drop constraint {quoted(key.constraint)}")
        else:
            found.drops.append(f"drop index {ASIDE}.{quoted(key.name)}")
        if columns not in [one.columns for one in ours.keys]:
            found.lines.append(f"({named}) is unique no longer")


def _meaning(found: Difference, name: str) -> str:
    """Return the catalogue's name of a column of the application."""
    return (found.mirrored[name].ours or name) if name in found.mirrored else name


def _is_too_strict(columns: frozenset[str], key: UniqueKey, ours: TableShape) -> bool:
    """Whether rows of the catalogue could break a key: it is over our columns, and none of our keys is within it."""
    if not columns <= ours.columns.keys() or not key.whole:
        return False  # it has a column of the application's own, which controls its values
    if any(one.columns == columns and one.deferrable and not key.deferrable for one in ours.keys):
        return True  # ours is checked at the end of a transaction, theirs immediately
    return not any(one.whole and one.columns <= columns for one in ours.keys)


def trigger(found: Difference, theirs: TableShape, ours: TableShape, schema: str) -> str:
    """Return the trigger function that keeps the application's columns in sync with ours on every write."""
    return "\n".join(
        (
            f"create function thesetd.mirror_{found.table}() returns trigger language plpgsql as $mirror$",
            "begin",
            "if tg_op = 'UPDATE' then",
            *_on_update(found),
            "    null;",
            "else",
            *_on_insert(found, ours, schema),
            "    null;",
            "end if;",
            *_backwards(found, theirs),
            "return new;",
            "end $mirror$",
        )
    )


def _on_update(found: Difference) -> Iterator[str]:
    for name, fact in found.mirrored.items():
        if fact.ours and fact.into:
            mine, own = quoted(fact.ours), quoted(name)
            yield f"    if new.{own} is distinct from old.{own} and new.{mine} is not distinct from old.{mine} then"
            yield f"        new.{mine} := {fact.into.format(f'new.{own}')}; end if;"


def _on_insert(found: Difference, ours: TableShape, schema: str) -> Iterator[str]:
    for name, fact in found.mirrored.items():
        if fact.ours and fact.into:
            yield f"    if new.{quoted(fact.ours)} is null then"
            yield f"        new.{quoted(fact.ours)} := {fact.into.format(f'new.{quoted(name)}')}; end if;"
    for name in ("created_at", "updated_at"):
        if name in ours.columns:
            # Rows inserted by the application have no time of their answer.
            yield f"    new.{name} := coalesce(new.{name}, transaction_timestamp());"
    if "folded_name" in ours.columns:
        yield "    new.folded_name := coalesce(new.folded_name, lower(new.name));"
    if found.table == "setlist_songs":
        yield "    if new.title is null then"
        title = f"(select name from {quoted(schema)}.songs where id = new.song_id)"  # noqa: S608 - a name
        yield f"        new.title := {title}; end if;"
    for name, value in DEFAULTS.get(found.table, {}).items():
        if name in ours.columns:
            yield f"    new.{name} := coalesce(new.{name}, {value});"


def _backwards(found: Difference, theirs: TableShape) -> Iterator[str]:
    if found.table == "shows":
        yield "if new.status = 'upcoming' then new.status := 'scheduled'; end if;"
    for name, fact in found.mirrored.items():
        if fact.source:
            own = f"new.{quoted(name)}"
            yield f"{own} := ({fact.source.format(own)})::{theirs.columns[name].type};"
