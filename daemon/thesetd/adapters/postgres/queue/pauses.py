"""Stores pauses: rows that the claim of jobs reads, so that a pause works without notifying any node."""

from datetime import datetime

from thesetd.adapters.postgres.database import Connection, Database
from thesetd.adapters.postgres.queue.nodes import LIVES, tell
from thesetd.domain.work.deferrals import EVERYTHING, DeferReason
from thesetd.ports.store import Busy, Hint, HintKind, Pause

# A ready job is free, or held: deferred by a pause, which may be over. Each kind has its own index. The last two
# conditions do not depend on the row: they are evaluated once per statement.
FREE = f"state = 'ready' and (waits_for like '{DeferReason.PAUSE.value} %') is not true"
HELD = f"state = 'ready' and waits_for like '{DeferReason.PAUSE.value} %'"
RUNNABLE = f"not exists (select from thesetd.pauses where what = '{EVERYTHING}')"
PAUSED_WAITS = f"array(select '{DeferReason.PAUSE.value} ' || what from thesetd.pauses)"  # noqa: S608 - a constant
_BUSY = f"""
select array(select name from thesetd.nodes n where n.leased or {LIVES.format(node="n.name")}) as nodes,
    (select count(*) from thesetd.jobs where state = 'running') as jobs
"""  # noqa: S608 - constants


class PostgresPauses:
    """The `PauseStore` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def in_force(self) -> tuple[Pause, ...]:
        """Return all pauses; see `thesetd.ports.store.PauseStore`."""

        async def work(connection: Connection) -> tuple[Pause, ...]:
            rows = await connection.fetch("select what, since, drained from thesetd.pauses order by what")
            return tuple(Pause(what=r["what"], since=r["since"], drained=frozenset(r["drained"])) for r in rows)

        return await self._database.read(work)

    async def pause(self, what: str, *, at: datetime) -> bool:
        """Pause something; see `thesetd.ports.store.PauseStore`."""
        return await self._change(
            "insert into thesetd.pauses (what, since) values ($1, $2) on conflict do nothing returning true", what, at
        )

    async def resume(self, what: str) -> bool:
        """End a pause; see `thesetd.ports.store.PauseStore`."""
        return await self._change("delete from thesetd.pauses where what = $1 returning true", what)

    async def mark_drained(self, what: str, node: str) -> None:
        """Record that a node has drained; see `thesetd.ports.store.PauseStore`."""

        async def work(connection: Connection) -> None:
            await connection.execute(
                "update thesetd.pauses set drained = drained || $2::text where what = $1 and $2 <> all(drained)",
                what,
                node,
            )

        await self._database.note(work)

    async def busy(self) -> Busy:
        """Return what may still be running; see `thesetd.ports.store.PauseStore`."""

        async def work(connection: Connection) -> Busy:
            row = await connection.fetchrow(_BUSY)
            assert row is not None
            return Busy(nodes=frozenset(row["nodes"]), jobs=row["jobs"])

        return await self._database.read(work)

    async def _change(self, statement: str, *arguments: object) -> bool:
        async def work(connection: Connection) -> bool:
            changed = await connection.fetchval(statement, *arguments)
            if changed:
                await tell(connection, Hint(HintKind.PAUSES))
            return changed is not None

        return await self._database.note(work)
