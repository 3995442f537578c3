"""How long a session keeps its prepared statements."""

import asyncio

import pytest

from thesetd.adapters.postgres.connection.address import parse
from thesetd.adapters.postgres.connection.connect import STATEMENT_LIFE_S, Connector

OURS, PREPARED = "select 1 as ours", "select count(*) from pg_prepared_statements where statement = $1"


class Hurried(asyncio.SelectorEventLoop):
    """A loop whose clock a test moves forward."""

    ahead_s = 0.0

    def time(self) -> float:
        """Return the moment."""
        return super().time() + self.ahead_s


@pytest.mark.parametrize(("after_s", "kept"), [(600.0, 1), (STATEMENT_LIFE_S + 1.0, 0)])
def test_a_statement_of_a_daily_refresh_is_not_planned_again(migrated_dsn: str, after_s: float, kept: int) -> None:
    """Ten minutes after its use it is still prepared; an hour later it is not, lest it keep an outdated plan."""
    connector = Connector(parse(migrated_dsn), {}, connect_s=60.0)

    async def found(loop: Hurried) -> int:
        connection = await connector.open()
        try:
            assert await connection.fetchval(OURS) == 1
            loop.ahead_s = after_s
            await asyncio.sleep(0)
            await asyncio.sleep(0)  # what was due then was done
            await connection.fetchval("select 2")  # with it the server learns what is dropped
            prepared: int = await connection.fetchval(PREPARED, OURS)
            return prepared
        finally:
            connection.terminate()

    loop = Hurried()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        assert runner.run(found(loop)) == kept
