"""Learns about PostgreSQL's own types once in a process, not once in each connection.

For each statement with a type that asyncpg has no codec for yet, such as an array, it asks the catalogue. That is up to
three statements, one of which takes longer to plan than most of ours: ten times or more on each new connection.
"""

from collections.abc import Iterable
from typing import Any

import asyncpg
import attrs

# Lower ids are assigned by hand and mean the same in every release and database.
# Source: https://www.postgresql.org/docs/18/system-catalog-initial-data.html#SYSTEM-CATALOG-OID-ASSIGNMENT, 2026-12-01
FIRST_OTHER = 10_000

_known: dict[frozenset[int], list[Any]] = {}


@attrs.frozen
class Unasked:
    """Stands for the statement that asked. It has a name: asyncpg then knows that no other statement was replaced."""

    name: str = "unasked"


class KnowingConnection(asyncpg.Connection):
    """A connection that shares what is known about types with all others."""

    __slots__ = ()

    async def _introspect_types(self, typeoids: Iterable[int], timeout: float | None) -> tuple[list[Any], Any]:  # noqa: ASYNC109 - asyncpg calls it so
        wanted = frozenset(typeoids)
        if wanted in _known:
            return _known[wanted], Unasked()
        types, statement = await super()._introspect_types(typeoids, timeout)  # type: ignore[misc]
        if all(found["oid"] < FIRST_OTHER for found in types):
            _known[wanted] = types
        return types, statement
