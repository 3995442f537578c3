"""Stores which capabilities credentials turned out to lack."""

from thesetd.adapters.postgres.database import Connection, Database
from thesetd.domain.gate.credentials import Fingerprint
from thesetd.domain.ids import ProviderName
from thesetd.ports.gate import Learned

_SAVE = """
insert into thesetd.provider_state (provider, credential, capabilities_gone, learned_at) values ($1, $2, $3, $4)
on conflict (provider, credential) do update
set capabilities_gone = excluded.capabilities_gone, learned_at = excluded.learned_at
"""


class PostgresCapabilities:
    """The `CapabilityMemory` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, provider: ProviderName, credential: Fingerprint) -> Learned | None:
        """Return what was learned last; see `thesetd.ports.gate.CapabilityMemory`."""

        async def work(connection: Connection) -> Learned | None:
            row = await connection.fetchrow(
                """
                select capabilities_gone, learned_at from thesetd.provider_state
                where provider = $1 and credential = $2 and learned_at is not null
                """,
                provider,
                credential,
            )
            return Learned(gone=tuple(row["capabilities_gone"]), at=row["learned_at"]) if row else None

        return await self._database.read(work)

    async def save(self, provider: ProviderName, credential: Fingerprint, learned: Learned) -> None:
        """Store what was learned; see `thesetd.ports.gate.CapabilityMemory`."""

        async def work(connection: Connection) -> None:
            await connection.execute(_SAVE, provider, credential, list(learned.gone), learned.at)

        await self._database.note(work)
