"""Fixtures for tests that look into the tables."""

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from thesetd.adapters.postgres import PostgresStore
from thesetd.adapters.postgres.database import Connection

Look = Callable[..., Awaitable[list[Any]]]


@pytest.fixture
def look(postgres_store: PostgresStore) -> Look:
    """Give a function that runs a query and gives its rows as tuples, or as plain values where there is one column."""

    async def query(statement: str, *arguments: Any) -> list[Any]:
        async def work(connection: Connection) -> list[asyncpg.Record]:
            return await connection.fetch(statement, *arguments)

        rows = [tuple(row) for row in await postgres_store.database.read(work)]
        return [row[0] if len(row) == 1 else row for row in rows]

    return query
