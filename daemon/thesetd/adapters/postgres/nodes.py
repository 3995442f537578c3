"""Nodes: a name belongs to whoever holds its advisory lock, and the server lets go of it when that session ends.

So a node that died is known to be dead at once, without clocks and without waiting for a lease to run out. The session
that holds the lock also listens for the hints of other nodes. A session that is lost is opened again; if nobody took
the name meanwhile the node goes on as before, in the same life.
"""

from datetime import datetime
from typing import Any, TypeVar

import trio

from thesetd.adapters.postgres.database import Connection, Database, Work
from thesetd.domain.errors import NameTaken, StoreUnavailable
from thesetd.domain.ids import Epoch, Seq
from thesetd.domain.jobs import Owner
from thesetd.ports.store import Hint, Left, Standing

NODE_LOCK = int.from_bytes(b"node")  # the class of these locks; the number in it is the name's hash
HINTS = "thesetd"  # the channel
LINGERING_S = 60.0  # twice what the keepalives of `Database` take to end the session of a host that is gone
AGAIN_S = 0.05

T = TypeVar("T")

LIVES = f"""
exists (
    select from pg_locks l
    where l.locktype = 'advisory' and l.classid = {NODE_LOCK} and l.objsubid = 2 and l.granted
        and l.database = (select oid from pg_database where datname = current_database())
        and l.objid::bigint = (hashtext({{node}})::bigint & 4294967295)
)
"""  # noqa: S608 - constants
_LIVE = f"select name from thesetd.nodes n where {LIVES.format(node='n.name')}"  # noqa: S608 - constants
_BEGIN_LIFE = """
insert into thesetd.nodes as t (name, epoch, started_at) values ($1, 1, $2)
on conflict (name) do update set epoch = t.epoch + 1, started_at = $2, beats = 0
returning epoch
"""
_BEAT = "update thesetd.nodes set beats = beats + 1 where name = $1 and epoch = $2 returning true"
_LIFE = "select epoch, beats from thesetd.nodes where name = $1"
_LAST_EVENT = "select last from thesetd.outbox"
_PEERS = """
select name, beats from thesetd.nodes
where name <> $1 and name in (select node from thesetd.jobs where state = 'running')
"""


class PostgresNodes:
    """The `NodeStore` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._session: Connection | None = None
        self._holds = False
        self._hints: dict[Left, Seq | None] = {}
        self._hinted = trio.Event()

    async def join(self, name: str, *, now: datetime) -> Owner:
        """Take a name and begin the next of its lives; see `thesetd.ports.store.NodeStore`.

        A name that is held by somebody whose beats stand still is waited for: the server may take half a minute to find
        out that a host is gone.
        """
        began, life = trio.current_time(), None
        while not await self._take(name):
            now_there = await self._life(name)
            if life is not None and now_there != life:
                self.leave()
                raise _taken(name)
            life = now_there
            if trio.current_time() - began > LINGERING_S:
                self.leave()
                raise StoreUnavailable(
                    f"the database still holds node {name!r} for a session that gives no sign of life"
                )
            await trio.sleep(AGAIN_S)

        async def begin(session: Connection) -> Epoch:
            return Epoch(await session.fetchval(_BEGIN_LIFE, name, now))

        return Owner(name, await self._on_session(begin))

    async def beat(self, owner: Owner) -> Standing:
        """Prove that the name is still held and count it; see `thesetd.ports.store.NodeStore`."""
        lost = self._session is None or self._session.is_closed() or not self._holds
        if lost and not await self._take(owner.node):
            epoch, _ = await self._life(owner.node)
            if epoch != owner.epoch:
                raise _taken(owner.node)
            raise StoreUnavailable("the database has not ended our lost session yet, which holds this node's name")

        async def prove(session: Connection) -> Standing | None:
            if not await session.fetchval(_BEAT, owner.node, owner.epoch):
                return None
            beats = {row["name"]: row["beats"] for row in await session.fetch(_PEERS, owner.node)}
            live = frozenset(row["name"] for row in await session.fetch(_LIVE))
            return Standing(beats=beats, retaken=lost, live=live)

        standing = await self._on_session(prove)
        if standing is None:
            raise _taken(owner.node)
        if lost:
            await self._hear_what_was_missed()
        return standing

    async def hint(self) -> Hint:
        """Wait for the next hint; of several of a kind the last; see `thesetd.ports.store.NodeStore`."""
        while not self._hints:
            self._hinted = trio.Event()
            await self._hinted.wait()
        await trio.lowlevel.checkpoint()
        left = next(iter(self._hints))  # the kind that waits longest: events come so fast that they could hide the rest
        return Hint(left, self._hints.pop(left))

    async def _hear_what_was_missed(self) -> None:
        """Take a hint of each kind: nobody listened for a while."""

        async def look(session: Connection) -> Seq | None:
            found: Seq | None = await session.fetchval(_LAST_EVENT)
            return found

        last = await self._on_session(look)
        for left in (Left.JOBS, Left.ORDERS, Left.PAUSES):
            self._take_hint(left, None)
        if last:
            self._take_hint(Left.EVENTS, last)

    def leave(self) -> None:
        """Let go of the name."""
        if self._session is not None:
            self._session.terminate()
        self._session, self._holds = None, False

    async def _take(self, name: str) -> bool:
        """Try once to hold the name, on a session that then listens as well."""
        if self._session is None or self._session.is_closed():
            self.leave()
            self._session = await self._database.session()

        async def lock(session: Connection) -> bool:
            locked: bool = await session.fetchval("select pg_try_advisory_lock($1, hashtext($2))", NODE_LOCK, name)
            if locked:
                await session.add_listener(HINTS, self._heard)
            return locked

        self._holds = await self._on_session(lock)
        return self._holds

    async def _life(self, name: str) -> tuple[int, int]:
        """Give the name's last life and how often it has beaten."""

        async def look(session: Connection) -> tuple[int, int]:
            row = await session.fetchrow(_LIFE, name)
            return (row["epoch"], row["beats"]) if row else (0, 0)

        return await self._on_session(look)

    async def _on_session(self, work: Work[T]) -> T:
        assert self._session is not None
        return await self._database.on(self._session, work)

    def _heard(self, _connection: Any, _pid: int, _channel: str, hint: object) -> None:
        left, _, seq = str(hint).partition(" ")
        self._take_hint(Left(left), Seq(int(seq)) if seq else None)

    def _take_hint(self, left: Left, seq: Seq | None) -> None:
        self._hints[left] = seq
        self._hinted.set()


async def tell(connection: Connection, *hints: Hint) -> None:
    """Tell every node what this transaction, once it is committed, leaves to do."""
    payloads = [hint.left.value if hint.seq is None else f"{hint.left.value} {hint.seq}" for hint in hints]
    await connection.execute("select pg_notify($1, payload) from unnest($2::text[]) payload", HINTS, payloads)


def _taken(name: str) -> NameTaken:
    return NameTaken(
        f"another thesetd runs as node {name!r} on this database: stop it, or give this one a name of its own "
        "(node.name in the configuration)"
    )
