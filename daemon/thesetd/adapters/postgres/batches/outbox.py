"""The outbox: the number of the last event, and the number up to which events were published."""

from thesetd.adapters.postgres.database import Connection, Database
from thesetd.domain.ids import Seq

_IDENTITY = "select mark::text from thesetd.identity"
_IDENTIFY = "insert into thesetd.identity default values on conflict do nothing"
_MARK = "update thesetd.outbox set told = least($1, last) where told < $1"


class PostgresOutbox:
    """The `OutboxStore` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def identity(self) -> str:
        """Return the mark that identifies this database.

        Raises:
            StoreUnavailable: it cannot be read now.
        """

        async def look(connection: Connection) -> str | None:
            found: str | None = await connection.fetchval(_IDENTITY)
            return found

        async def identify(connection: Connection) -> None:
            await connection.execute(_IDENTIFY)

        mark = await self._database.read(look)
        if mark is None:
            await self._database.note(identify)
            mark = await self._database.read(look)
        assert mark is not None
        return mark

    async def published_seq(self) -> Seq:
        """Return the number up to which every event was published; see `thesetd.ports.store.OutboxStore`."""
        return await self._read("told")

    async def last_seq(self) -> Seq:
        """Return the number of the last committed event; see `thesetd.ports.store.OutboxStore`."""
        return await self._read("last")

    async def mark_published(self, seq: Seq) -> None:
        """Advance the number; see `thesetd.ports.store.OutboxStore`."""

        async def work(connection: Connection) -> None:
            await connection.execute(_MARK, seq)

        await self._database.note(work)

    async def _read(self, column: str) -> Seq:
        async def work(connection: Connection) -> Seq:
            return Seq(await connection.fetchval(f"select {column} from thesetd.outbox") or 0)  # noqa: S608 - constants

        return await self._database.read(work)
