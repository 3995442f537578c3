"""Stores everything that outlives the process in PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import trio

from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.postgres.batches.committing import PostgresBatches
from thesetd.adapters.postgres.batches.outbox import PostgresOutbox
from thesetd.adapters.postgres.changes import PostgresChanges
from thesetd.adapters.postgres.database import Database
from thesetd.adapters.postgres.freshness.plans import PostgresPlanning
from thesetd.adapters.postgres.freshness.store import PostgresFreshness
from thesetd.adapters.postgres.gate.capabilities import PostgresCapabilities
from thesetd.adapters.postgres.gate.ledger import PostgresLedger
from thesetd.adapters.postgres.gate.penalties import PostgresPenalties
from thesetd.adapters.postgres.identity.showing import PostgresIdentity
from thesetd.adapters.postgres.migrations import Migration, check_schema, migrate
from thesetd.adapters.postgres.probes import check_rights, database_probes
from thesetd.adapters.postgres.queue.job_snapshot import PostgresJobSnapshots
from thesetd.adapters.postgres.queue.jobs import PostgresJobs
from thesetd.adapters.postgres.queue.nodes import PostgresNodes
from thesetd.adapters.postgres.queue.pauses import PostgresPauses
from thesetd.adapters.postgres.queue.schedules import PostgresSchedules
from thesetd.adapters.postgres.queue.status import PostgresStatus
from thesetd.adapters.postgres.queue.survey import PostgresSurvey
from thesetd.adapters.postgres.rows.repertoire import PostgresRepertoire
from thesetd.adapters.postgres.setlists.gone import PostgresPages
from thesetd.adapters.postgres.setlists.looking_up import PostgresReviews
from thesetd.adapters.postgres.songs.song_views import PostgresSongs
from thesetd.adapters.postgres.venues.views import PostgresVenues
from thesetd.adapters.postgres.webhooks import PostgresWebhooks
from thesetd.ports.probes import Probe
from thesetd.ports.store import Stores
from thesetd.ports.survey import PoolUse

__all__ = ["Database", "Migration", "PostgresStore", "check_schema", "migrate"]


@attrs.frozen(kw_only=True)
class PostgresStore(Stores):
    """All ports of the store over one database, and the penalties stored in it."""

    database: Database
    nodes: PostgresNodes
    outbox: PostgresOutbox
    schedules: PostgresSchedules
    penalties: PostgresPenalties

    @classmethod
    def over(cls, database: Database) -> "PostgresStore":
        """Return the store over an open database."""
        freshness = PostgresFreshness(database)
        webhooks = PostgresWebhooks(database)
        schedules = PostgresSchedules(database)
        repertoires = PostgresRepertoire(database)
        return cls(
            database=database,
            webhook_queue=webhooks,
            webhook_ledger=webhooks,
            batches=PostgresBatches(database),
            changes=PostgresChanges(database),
            jobs=PostgresJobs(database),
            nodes=PostgresNodes(database),
            outbox=PostgresOutbox(database),
            pauses=PostgresPauses(database),
            schedules=schedules,
            schedule_plans=schedules,
            snapshots=PostgresJobSnapshots(database),
            statuses=PostgresStatus(database),
            repertoires=repertoires,
            forecasts=repertoires,
            identities=PostgresIdentity(database),
            songs=PostgresSongs(database),
            venues=PostgresVenues(database),
            reviews=PostgresReviews(database),
            pages=PostgresPages(database),
            freshness=freshness,
            interest=freshness,
            timings=freshness,
            plans=PostgresPlanning(database),
            surveys=PostgresSurvey(database),
            ledger=PostgresLedger(database),
            capabilities=PostgresCapabilities(database),
            penalties=PostgresPenalties(database),
        )

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        dsn: str,
        bridge: AsyncioBridge,
        *,
        session_dsn: str | None = None,
        connections: int | None = None,
        schema: str | None = None,
    ) -> AsyncIterator["PostgresStore"]:
        """Yield the store over a database that answers, has this version's schema and grants every right on it.

        The arguments are those of `Database`.

        Raises:
            ConfigError: an address is malformed, the server refuses access, or the schema is not this version's.
            StoreUnavailable: the database cannot be reached; the message says which one.
        """
        async with Database.open(
            dsn, bridge, session_dsn=session_dsn, connections=connections, schema=schema
        ) as database:
            await check_schema(database)
            store = cls.over(database)
            await check_rights(database)
            try:
                yield store
            finally:
                with trio.CancelScope(shield=True):
                    await store.nodes.release()

    def another_node(self) -> PostgresNodes:
        """Return the port of a further node on this database."""
        return PostgresNodes(self.database)

    def probes(self, *, node: str) -> tuple[Probe, ...]:
        """Return the probes of this database, for the node of that name."""
        return database_probes(self.database, node=node)

    @property
    def pools(self) -> tuple[PoolUse, ...]:
        """Return the use of the connections at this moment."""
        return self.database.pools()
