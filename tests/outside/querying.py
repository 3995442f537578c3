"""What the daemon left in the database, asked for beside it; and the way to leave nothing in it."""

import asyncio
import os
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import asyncpg

T = TypeVar("T")
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


def run_asyncio(work: Coroutine[Any, Any, T]) -> T:
    """Run on an ordinary loop: trio-asyncio's, which `asyncio.run` takes, costs three times as much to open."""
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        return runner.run(work)


async def execute(dsn: str, script: str) -> None:
    """Run a script on a connection of its own."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(script)
    finally:
        await connection.close()


def query(dsn: str, statement: str) -> list[Any]:
    """Ask the database."""

    async def ask() -> list[Any]:
        connection = await asyncpg.connect(dsn)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    return run_asyncio(ask())


class Emptying:
    """Empties one database again and again, on a connection that stays: a new one costs three times as much."""

    def __init__(self, runner: asyncio.Runner, dsn: str) -> None:
        """Connect when it is needed."""
        self._runner = runner
        self._dsn = dsn
        self._connection: asyncpg.Connection[Any] | None = None

    @classmethod
    @contextmanager
    def open(cls, dsn: str) -> Iterator["Emptying"]:
        """Yield one, whose connection is closed at the end."""
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            made = cls(runner, dsn)
            yield made
            made._close()

    def empty(self) -> None:
        """Leave nothing in the database; a test may have ended the connection."""
        try:
            self._runner.run(self._empty())
        except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.AdminShutdownError):
            self._close()
            self._runner.run(self._empty())

    async def _empty(self) -> None:
        if self._connection is None:
            self._connection = await asyncpg.connect(self._dsn)
        await self._connection.execute(EMPTY)

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError):
                self._runner.run(connection.close())
