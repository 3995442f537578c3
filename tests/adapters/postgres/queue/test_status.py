"""What clients ask about, over PostgreSQL: the headliner of a show."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from sample_rows import artist, batch, show
from thesetd.adapters.postgres import PostgresStore

pytestmark = pytest.mark.real
Look = Callable[..., Awaitable[list[Any]]]


async def test_the_headliner_of_a_show(postgres_store: PostgresStore, look: Look) -> None:
    """The first act that has an id, with the day of the show; a show that there is not has none."""
    await postgres_store.batches.write(batch(artists=(artist(),), shows=(show(),)))
    (row,) = await look("select id from shows")
    found = await postgres_store.statuses.headliner(row)
    assert found is not None
    assert (found[0].slug, found[1]) == ("the-owls", date(2026, 6, 11))
    assert await postgres_store.statuses.headliner(UUID(int=1)) is None
