"""What the daemon left in the database, asked for beside it."""

import asyncio
from typing import Any

import asyncpg


def query(dsn: str, statement: str) -> list[Any]:
    """Ask the database."""

    async def ask() -> list[Any]:
        connection = await asyncpg.connect(dsn)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    return asyncio.run(ask())
