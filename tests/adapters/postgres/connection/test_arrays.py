"""Columns that are passed as arrays."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from asyncpg.protocol import protocol

from thesetd.adapters.postgres.connection.arrays import ARRAYS, without_nulls
from thesetd.adapters.postgres.rows.lookup import FAST, derived_id
from thesetd.domain.ids import SPOTIFY, row_id

Look = Callable[..., Awaitable[list[Any]]]
NAMES = ["a", None, "{b,c}", ""]


@pytest.mark.parametrize("kind", [list, tuple, lambda names: dict(enumerate(names)).values()])
async def test_a_column_arrives_as_it_is(look: Look, kind: Callable[[list[str | None]], Any]) -> None:
    """Texts, nulls among them, are the elements of one array, whatever holds them."""
    assert await look("select * from unnest($1::text[])", kind(NAMES)) == NAMES


async def test_a_set_of_keys_arrives(look: Look) -> None:
    """Sets and the keys of a dict are arrays, whose order is their own."""
    ids = {uuid4(): 0, uuid4(): 1}
    for some in (ids.keys(), set(ids), frozenset(ids)):
        assert set(await look("select * from unnest($1::uuid[])", some)) == set(ids)


async def test_elements_are_asked_by_their_types(look: Look) -> None:
    """Once there is a connection, no abstract class is asked about elements: asyncpg has kept its names for them."""
    assert await look("select cardinality($1::integer[])", [1, 2]) == [2]
    assert (protocol.IterableABC, protocol.SizedABC) == (ARRAYS, object)  # type: ignore[attr-defined]


async def test_a_column_of_nulls_is_not_sent(look: Look) -> None:
    """Beside a full column, one of nulls alone is passed as no elements, and arrives as nulls."""
    assert without_nulls([None, None]) == []
    assert without_nulls([None, 1]) == [None, 1]
    rows = await look("select * from unnest($1::text[], $2::integer[])", ["a", "b"], without_nulls([None, None]))
    assert rows == [("a", None), ("b", None)]


def test_derived_ids_equal_pythons() -> None:
    """The class of derived ids, which is cheaper to hash and to send, makes no difference to whoever compares them."""
    fast, slow = derived_id("songs", SPOTIFY, "x"), row_id("songs", SPOTIFY, "x")
    assert type(fast) is FAST
    assert type(slow) is UUID
    assert (fast, hash(fast), str(fast), fast.bytes) == (slow, hash(slow), str(slow), slow.bytes)
    assert {slow: 1}[fast] == 1
