"""What connections share about types."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.postgres.connection import known_types
from thesetd.adapters.postgres.connection.address import parse
from thesetd.adapters.postgres.connection.connect import Connection, Connector

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
ARRAYS = {"uuid": [uuid4(), None], "bigint": [1 << 40], "timestamptz": [AT], "smallint": [], "date": [AT.date()]}


async def all_of_them(connection: Connection) -> dict[str, object]:
    """Send an array of each type there and back."""
    return {name: await connection.fetchval(f"select $1::{name}[]", of) for name, of in ARRAYS.items()}


@pytest.mark.parametrize("bare", [False, True])
async def test_the_catalogue_is_asked_by_the_first_connection_alone(
    migrated_dsn: str, bridge: AsyncioBridge, monkeypatch: pytest.MonkeyPatch, *, bare: bool
) -> None:
    """Others know the types of PostgreSQL itself, and what they send arrives, also without prepared statements."""
    asked: list[object] = []
    whole = known_types.KnowingConnection.__base__
    ask = whole._introspect_types
    monkeypatch.setattr(known_types, "_known", {})

    async def noted(*given: object) -> object:
        asked.append(given[1])
        return await ask(*given)

    monkeypatch.setattr(whole, "_introspect_types", noted)
    connector, counts = Connector(parse(migrated_dsn), {}, connect_s=60.0), []
    for _ in range(3):
        connection = await bridge(connector.open, bare=bare)
        assert await bridge(all_of_them, connection) == ARRAYS
        counts.append(len(asked))
        connection.terminate()
    assert counts == [len(ARRAYS)] * 3


async def test_types_of_a_database_are_asked_each_time(migrated_dsn: str, bridge: AsyncioBridge) -> None:
    """An enumeration may be another type, under the same id, in another database or after it was made anew."""
    connector = Connector(parse(migrated_dsn), {}, connect_s=60.0)
    for words in (["slow", "fast"], ["fast", "faster"]):
        connection = await bridge(connector.open)
        await bridge(connection.execute, f"create type pg_temp.speed as enum ('{words[0]}', '{words[1]}')")
        assert await bridge(connection.fetchval, "select enum_range(null::pg_temp.speed)") == words
        connection.terminate()
    assert all(oid < known_types.FIRST_OTHER for wanted in known_types._known for oid in wanted)
