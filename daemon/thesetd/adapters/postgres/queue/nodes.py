"""Stores nodes: a name belongs to the holder of its advisory lock, which the server releases when that session ends.

So a crashed node is noticed at once, without clocks and without waiting for a lease to run out. The session that holds
the lock also listens for the hints of other nodes. A lost session is reopened; if no other node took the name in the
meantime, this one continues in the same epoch.

Behind a transaction pooler session features are unavailable. There a node holds its name by heartbeats, on a row marked
as leased: another node takes the name only after the beats have stopped for LEASE_S, and begins a run with a higher
epoch, so that the first node's next beat and all its fences fail. Other nodes' commits are polled for with each beat.
"""

from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar

import attrs
import trio

from thesetd.adapters.postgres.database import Connection, Database, DatabaseWork
from thesetd.domain.errors import NameTaken, StoreError, StoreRefused, StoreUnavailable
from thesetd.domain.ids import Epoch, Seq
from thesetd.domain.work.jobs import Owner
from thesetd.ports.store import Heartbeat, Hint, HintKind

NODE_LOCK = int.from_bytes(b"node")  # the class of these locks; the second number is the name's hash
HINTS = "thesetd"  # the channel
LINGERING_S = 60.0  # twice as long as the keepalives of `Database` take to end the session of a vanished host
LEASE_S = 5.0  # two and a half beats; a live node beats sooner, even after the database was unavailable
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

_BEGIN_LIFE = """
insert into thesetd.nodes as t (name, epoch, started_at, leased) values ($1, 1, $2, $3)
on conflict (name) do update set epoch = t.epoch + 1, started_at = $2, beats = 0, leased = $3
returning epoch
"""
_RELEASE = "update thesetd.nodes set leased = false where name = $1 and leased"
_LIFE = "select epoch, beats, leased from thesetd.nodes where name = $1"
_LAST_EVENT = "select last from thesetd.outbox"
# A beat, which nodes live, and which others are watched for beats: in one statement, since every node asks every two
# seconds. The nodes are those before the beat.
_BEAT = f"""
with beat as (
    update thesetd.nodes set beats = beats + 1, leased = $3 where name = $1 and epoch = $2
    returning pg_backend_pid() as pid
)
select (select pid from beat) as pid, name, beats,
    leased or (name = $1 and $3) or {LIVES.format(node="n.name")} as lives,
    name <> $1 and (leased or name in (select node from thesetd.jobs where state = 'running')) as watched
from thesetd.nodes n
"""  # noqa: S608 - constants
_TRY = "select pg_try_advisory_lock($1, hashtext($2))"
_IS_FREE = "select pg_try_advisory_xact_lock($1, hashtext($2))"


@attrs.frozen
class _Life:
    """The last holder of a name: its count of beats, and whether only its beats hold the name."""

    epoch: int = 0
    beats: int = 0
    leased: bool = False


class PostgresNodes:
    """The `NodeStore` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._session: Connection | None = None
        self._leases = not database.has_sessions
        self._name = ""
        self._pid = 0
        self._last_seen: Seq | None = None
        self._holds = False
        self._hints: dict[HintKind, Seq | None] = {}
        self._hinted = trio.Event()

    async def join(self, name: str, *, now: datetime) -> Owner:
        """Take a name and begin its next epoch; see `thesetd.ports.store.NodeStore`.

        If the beats of the present holder have stopped, this waits for the name: the server may take half a minute to
        notice that a host has vanished.
        """
        began, life = trio.current_time(), None
        while True:
            free, now_there, waited = await self._take(name), await self._life(name), trio.current_time() - began
            if free and (not now_there.leased or waited > LEASE_S):
                break
            if life is not None and now_there != life:
                self.leave()
                raise _taken(name)
            life = now_there
            if waited > LINGERING_S:
                self.leave()
                raise StoreUnavailable(f"the database still holds node {name!r} for a session that is unresponsive")
            await trio.sleep(AGAIN_S)
        self._name = name

        async def begin(session: Connection) -> Epoch:
            return Epoch(await session.fetchval(_BEGIN_LIFE, name, now, self._leases))

        return Owner(name, await self._on_session(begin))

    async def beat(self, owner: Owner) -> Heartbeat:
        """Prove that the name is still held and count it; see `thesetd.ports.store.NodeStore`."""
        lost = not self._holds or (not self._leases and (self._session is None or self._session.is_closed()))
        if lost and not await self._take(owner.node):
            if (await self._life(owner.node)).epoch != owner.epoch:
                raise _taken(owner.node)
            raise StoreUnavailable("the database has not ended our lost session yet, which holds this node's name")

        async def prove(session: Connection) -> Heartbeat | None:
            nodes = await session.fetch(_BEAT, owner.node, owner.epoch, self._leases)
            pid = nodes[0]["pid"] if nodes else None
            if pid is None:
                return None
            if not self._leases and pid != self._pid:
                raise StoreRefused("a pooler moves our session between servers: set database.session_dsn")
            beats = {row["name"]: row["beats"] for row in nodes if row["watched"]}
            live = frozenset(row["name"] for row in nodes if row["lives"])
            return Heartbeat(beats=beats, retaken=lost, live=live)

        standing = await self._on_session(prove)
        if standing is None:
            raise _taken(owner.node)
        if lost or self._leases:
            await self._hear_what_was_missed(everything=lost)
        return standing

    async def hint(self) -> Hint:
        """Wait for the next hint, the last one of several of a kind; see `thesetd.ports.store.NodeStore`."""
        while not self._hints:
            self._hinted = trio.Event()
            await self._hinted.wait()
        await trio.lowlevel.checkpoint()
        left = next(iter(self._hints))  # the one that has waited longest: frequent events could starve the rest
        return Hint(left, self._hints.pop(left))

    async def _hear_what_was_missed(self, *, everything: bool) -> None:
        """Add a hint of each kind after a time without listening; for events only if there are new ones."""

        async def look(session: Connection) -> Seq | None:
            found: Seq | None = await session.fetchval(_LAST_EVENT)
            return found

        last = await self._on_session(look)
        for left in (HintKind.JOBS, HintKind.ORDERS, HintKind.PAUSES, HintKind.CHANGES):
            self._take_hint(left, None)
        if last and (everything or last != self._last_seen):
            self._last_seen = last
            self._take_hint(HintKind.EVENTS, last)

    def leave(self) -> None:
        """Release the name."""
        if self._session is not None:
            self._session.terminate()
        self._session, self._holds = None, False

    async def release(self) -> None:
        """Release the name, so that the next holder need not wait; this does not wait for an unavailable database."""
        if self._leases and self._holds:
            with suppress(StoreError):
                await self._on_session(lambda session: session.execute(_RELEASE, self._name))
        self.leave()

    async def _take(self, name: str) -> bool:
        """Try once to hold the name, on a session that then listens as well.

        A lease only checks that no session holds it.
        """
        if self._leases:
            self._holds = await self._on_session(lambda session: session.fetchval(_IS_FREE, NODE_LOCK, name))
            return self._holds
        if self._session is None or self._session.is_closed():
            self.leave()
            self._session = await self._database.session()

        async def lock(session: Connection) -> bool:
            locked: bool = await session.fetchval(_TRY, NODE_LOCK, name)
            if locked:
                self._pid = await session.fetchval("select pg_backend_pid()")
                await session.add_listener(HINTS, self._heard)
            return locked

        self._holds = await self._on_session(lock)
        return self._holds

    async def _life(self, name: str) -> _Life:
        """Return the last epoch of the name."""

        async def look(session: Connection) -> _Life:
            row = await session.fetchrow(_LIFE, name)
            return _Life(**row) if row else _Life()

        return await self._on_session(look)

    async def _on_session(self, work: DatabaseWork[T]) -> T:
        if self._leases:
            try:
                return await self._database.note(work)
            except StoreUnavailable:
                self._holds = False
                raise
        assert self._session is not None
        return await self._database.on(self._session, work)

    def _heard(self, _connection: Any, _pid: int, _channel: str, hint: object) -> None:
        left, _, seq = str(hint).partition(" ")
        self._take_hint(HintKind(left), Seq(int(seq)) if seq else None)

    def _take_hint(self, left: HintKind, seq: Seq | None) -> None:
        self._hints[left] = seq
        self._hinted.set()


async def tell(connection: Connection, *hints: Hint) -> None:
    """Notify every node, once this transaction is committed, of the work that it causes."""
    payloads = [hint.left.value if hint.seq is None else f"{hint.left.value} {hint.seq}" for hint in hints]
    await connection.execute("select pg_notify($1, payload) from unnest($2::text[]) payload", HINTS, payloads)


def _taken(name: str) -> NameTaken:
    return NameTaken(
        f"another thesetd runs as node {name!r} on this database: stop it, or give this one a name of its own "
        "(node.name in the configuration)"
    )
