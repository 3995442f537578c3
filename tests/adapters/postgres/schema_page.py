"""Write config/schema.md: the tables, columns and views of a database with the whole schema, from its own comments.

`make schema` writes the file on a private PostgreSQL; a test compares it with what this would write.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import asyncpg
import trio

from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.aio.loop import open_quick_loop
from thesetd.adapters.embedded.postgres import EmbeddedPostgres
from thesetd.adapters.postgres import migrate

PAGE = Path(__file__).parents[3] / "config" / "schema.md"
BEGIN, END = "<!-- written by `make schema` from here -->", "<!-- to here -->"

_RELATIONS = """
select n.nspname as schema, c.relname as relation, c.relkind = 'v' as view, obj_description(c.oid) as about,
    a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as given,
    col_description(c.oid, a.attnum) as words
from pg_class c join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where n.nspname in ('public', 'thesetd', 'theset_documents') and c.relkind in ('r', 'v')
order by n.nspname, c.relkind = 'r', c.relname, a.attnum
"""
_ARROWS = """
select c.relname as one, f.relname as other, a.attname as name
from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class f on f.oid = k.confrelid
join pg_attribute a on a.attrelid = c.oid and a.attnum = any(k.conkey)
where k.contype = 'f' and c.relnamespace = 'public'::regnamespace and f.relnamespace = 'public'::regnamespace
order by c.relname, a.attname
"""


async def read(dsn: str) -> tuple[Sequence[Mapping[str, str]], Sequence[Mapping[str, str]]]:
    """Return every column with its table, and every foreign key between tables of the catalogue."""
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetch(_RELATIONS), await connection.fetch(_ARROWS)
    finally:
        await connection.close()


def page(columns: Sequence[Mapping[str, str]], arrows: Iterable[Mapping[str, str]]) -> str:
    """Return what belongs between the two marks: a diagram, the views, the catalogue, the daemon's own tables."""
    lines = ["", "```mermaid", "erDiagram"]
    lines += [f'    {arrow["other"]} ||--o{{ {arrow["one"]} : "{arrow["name"]}"' for arrow in arrows]
    lines += ["```", ""]
    for title, kept in (
        ("## Views", [row for row in columns if row["view"] and row["schema"] == "public"]),
        ("## Views of the documents", [row for row in columns if row["schema"] == "theset_documents"]),
        ("## Tables of the catalogue", [row for row in columns if not row["view"] and row["schema"] == "public"]),
        ("## Tables of the daemon", [row for row in columns if not row["view"] and row["schema"] == "thesetd"]),
    ):
        lines += [title, "", *_relations(kept)]
    return "\n".join(lines)


def _relations(columns: Sequence[Mapping[str, str]]) -> Iterator[str]:
    for (schema, relation), rows in groupby(columns, key=lambda row: (row["schema"], row["relation"])):
        first, *others = rows
        name = relation if schema == "public" else f"{schema}.{relation}"
        yield from (f"### {name}", "", f"{_sentence(first['about'])}", "", "| column | type | |", "| --- | --- | --- |")
        for row in (first, *others):
            yield f"| `{row['name']}` | {row['type']}{', not null' if row['given'] else ''} | {row['words']} |"
        yield ""


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def written(text: str, between: str) -> str:
    """Return the page with this between its marks."""
    head, _, rest = text.partition(BEGIN)
    return f"{head}{BEGIN}\n{between}\n{END}{rest.partition(END)[2]}"


async def _describe() -> str:
    with tempfile.TemporaryDirectory() as folder:
        async with open_quick_loop(), EmbeddedPostgres.run(Path(folder)) as dsn:
            bridge = AsyncioBridge()
            await migrate(dsn, bridge, at=datetime.now(UTC))
            return page(*await bridge(lambda: read(dsn)))


def main() -> None:
    """Write the page."""
    PAGE.write_text(written(PAGE.read_text(), trio.run(_describe)))


if __name__ == "__main__":
    main()
