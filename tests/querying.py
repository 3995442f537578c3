"""What the daemon left in the database, asked for beside it; and the way to leave nothing in it."""

import asyncio
import os
from typing import Any

import asyncpg

SCHEMA = os.environ.get("THESETD_TEST_SCHEMA")  # of the catalogue, another than public: see `make prove-schema`
# Truncating makes new files for a table and its indexes, and costs more than most tests do. So the rows of a small
# table are deleted, past all triggers; a large one is truncated, so is one of which the planner knows how many rows it
# had, and one that never had a row is left alone. Only numbers that somebody took begin again.
EMPTY = f"""
do $$ declare used record; large text; begin
    perform pg_terminate_backend(pid, 5000) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend';
    set local session_replication_role = replica;
    for used in
        select oid::regclass::text as name, pg_relation_size(oid) > 65536 or reltuples >= 0 as is_large from pg_class
        where relkind = 'r' and relnamespace in ('{SCHEMA or "public"}'::regnamespace, 'thesetd'::regnamespace)
        and relname <> 'migrations' and pg_relation_size(oid) > 0
    loop
        if used.is_large then large := concat_ws(', ', large, used.name);
        else execute 'delete from ' || used.name; end if;
    end loop;
    if large is not null then execute 'truncate ' || large || ' cascade'; end if;
    perform setval(seqrelid, seqstart, false) from pg_sequence where pg_sequence_last_value(seqrelid) is not null;
end $$
"""


def query(dsn: str, statement: str) -> list[Any]:
    """Ask the database."""

    async def ask() -> list[Any]:
        connection = await asyncpg.connect(dsn)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    return asyncio.run(ask())
