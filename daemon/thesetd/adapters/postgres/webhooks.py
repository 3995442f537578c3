"""Stores messages to webhooks in PostgreSQL."""

from collections.abc import Collection, Sequence
from datetime import datetime

from thesetd.adapters.postgres.changes import change
from thesetd.adapters.postgres.database import Connection, Database
from thesetd.adapters.postgres.text import storable
from thesetd.domain.changes import ChangeKind
from thesetd.domain.ids import Seq
from thesetd.domain.webhooks import Delivery, Message, MessageView, WebhookView
from thesetd.ports.store.webhooks import Due, WebhookTurn

MOST_QUEUED = 1000  # most changes in one turn, since the connection for notes is shared

_TAKE = """
insert into thesetd.webhooks as t (name, cursor, node, turns)
values ($1, coalesce((select max(last) from thesetd.change_feed), 0), $2, 1)
on conflict (name) do update set node = $2, turns = t.turns + 1
where t.node is null or t.node = $2 or t.turns = $3
returning turns
"""
_QUEUE = """
with upto as (
    select w.cursor, least(w.cursor + $3, coalesce((select max(last) from thesetd.change_feed), 0)) as seq
    from thesetd.webhooks w where w.name = $1
), queued as (
    insert into thesetd.webhook_messages (hook, seq, subject)
    select $1, c.seq, coalesce(c.artist_id, c.row_id) from thesetd.changes c, upto u
    where c.seq > u.cursor and c.seq <= u.seq and c.kind = any($2)
    on conflict (hook, seq) do nothing
)
update thesetd.webhooks w set cursor = u.seq from upto u where w.name = $1 and u.seq > u.cursor
"""
_FIRSTS = """
select distinct on (m.subject) m.seq, m.attempts, m.first_at, m.again_at
from thesetd.webhook_messages m where m.hook = $1 and not m.dead order by m.subject, m.seq
"""
_DUE = f"""
select f.attempts, f.first_at, c.* from ({_FIRSTS}) f join thesetd.changes c on c.seq = f.seq
where (f.again_at is null or f.again_at <= $2) and f.seq <> all($4::bigint[]) order by f.seq limit $3
"""  # noqa: S608 - a constant
_NEXT = f"select min(f.again_at) from ({_FIRSTS}) f where f.again_at > $2 and f.seq <> all($3::bigint[])"  # noqa: S608 - a constant
_MINE = "select true from thesetd.webhooks where name = $1 and node = $2 for update"
_SETTLE = """
with told as (
    select * from unnest($2::bigint[], $3::boolean[], $4::boolean[], $5::timestamptz[], $6::text[])
        as t (seq, delivered, dead, again_at, error)
), gone as (
    delete from thesetd.webhook_messages m using told t where m.hook = $1 and m.seq = t.seq and t.delivered
), kept as (
    update thesetd.webhook_messages m
    set attempts = m.attempts + 1, first_at = coalesce(m.first_at, $7), again_at = t.again_at, dead = t.dead,
        error = t.error
    from told t where m.hook = $1 and m.seq = t.seq and not t.delivered
)
update thesetd.webhooks w
set delivered = w.delivered + (select count(*) from told where delivered),
    delivered_at = case when exists (select from told where delivered) then $7 else w.delivered_at end,
    error = coalesce((select error from told where not delivered order by seq desc limit 1), w.error)
where w.name = $1
"""
_LET_GO = "update thesetd.webhooks set node = null where node = $1"
_ALL = """
select w.*, count(m.seq) filter (where not m.dead) as waiting, count(m.seq) filter (where m.dead) as dead,
    min(c.at) filter (where not m.dead) as oldest_at
from thesetd.webhooks w left join thesetd.webhook_messages m on m.hook = w.name
left join thesetd.changes c on c.seq = m.seq group by w.name order by w.name
"""
_FAILED = """
select m.*, c.kind, c.row_id from thesetd.webhook_messages m join thesetd.changes c on c.seq = m.seq
where m.hook = $1 and m.attempts > 0 order by m.seq limit $2
"""
_REVIVE = """
update thesetd.webhook_messages set dead = false, attempts = 0, first_at = null, again_at = null
where hook = $1 and dead
"""
_REPEAT = """
insert into thesetd.webhook_messages as t (hook, seq, subject)
select $1, c.seq, coalesce(c.artist_id, c.row_id) from thesetd.changes c join thesetd.webhooks w on w.name = $1
where c.seq > $2 and c.seq <= w.cursor and c.kind = any($3)
on conflict (hook, seq) do update set dead = false, attempts = 0, first_at = null, again_at = null
"""


class PostgresWebhooks:
    """The `WebhookQueue` and `WebhookLedger` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take_turn(
        self, hook: str, *, node: str, kinds: Collection[ChangeKind], stalled: int | None = None
    ) -> WebhookTurn:
        """Take or keep a webhook, and queue changes; see `thesetd.ports.store.webhooks.WebhookQueue`."""

        async def work(connection: Connection) -> WebhookTurn:
            turns = await connection.fetchval(_TAKE, hook, node, stalled)
            if turns is None:
                others = await connection.fetchval("select turns from thesetd.webhooks where name = $1", hook)
                return WebhookTurn(mine=False, count=others or 0)
            await connection.execute(_QUEUE, hook, _names(kinds), MOST_QUEUED)
            return WebhookTurn(mine=True, count=turns)

        return await self._database.note(work)

    async def messages_due(self, hook: str, *, now: datetime, limit: int, but: Collection[Seq] = ()) -> Due:
        """Return messages to send now; see `thesetd.ports.store.webhooks.WebhookQueue`."""

        async def work(connection: Connection) -> Due:
            rows = await connection.fetch(_DUE, hook, now, limit, list(but))
            messages = tuple(
                Message(change=change(row), attempts=row["attempts"], first_at=row["first_at"]) for row in rows
            )
            next_at = None if messages else await connection.fetchval(_NEXT, hook, now, list(but))
            return Due(messages=messages, next_at=next_at)

        return await self._database.read(work)

    async def settle(self, hook: str, deliveries: Sequence[Delivery], *, node: str, now: datetime) -> None:
        """Store the outcomes of messages; see `thesetd.ports.store.webhooks.WebhookQueue`."""

        async def work(connection: Connection) -> None:
            if await connection.fetchval(_MINE, hook, node):
                await connection.execute(
                    _SETTLE,
                    hook,
                    [one.seq for one in deliveries],
                    [one.delivered for one in deliveries],
                    [one.dead for one in deliveries],
                    [one.again_at for one in deliveries],
                    [None if one.error is None else storable(one.error) for one in deliveries],
                    now,
                )

        await self._database.note(work)

    async def let_go(self, node: str) -> None:
        """Release this node's webhooks; see `thesetd.ports.store.webhooks.WebhookQueue`."""

        async def work(connection: Connection) -> None:
            await connection.execute(_LET_GO, node)

        await self._database.note(work)

    async def webhooks(self) -> tuple[WebhookView, ...]:
        """Return every webhook; see `thesetd.ports.store.webhooks.WebhookLedger`."""

        async def work(connection: Connection) -> tuple[WebhookView, ...]:
            shown = ("name", "cursor", "waiting", "dead", "delivered", "delivered_at", "oldest_at", "error", "node")
            rows = await connection.fetch(_ALL)
            return tuple(WebhookView(url=None, kinds=(), **{name: row[name] for name in shown}) for row in rows)

        return await self._database.read(work)

    async def failed_messages(self, hook: str, *, limit: int) -> tuple[MessageView, ...]:
        """Return messages that failed; see `thesetd.ports.store.webhooks.WebhookLedger`."""

        async def work(connection: Connection) -> tuple[MessageView, ...]:
            return tuple(
                MessageView(
                    seq=row["seq"],
                    kind=ChangeKind(row["kind"]),
                    id=str(row["row_id"]),
                    dead=row["dead"],
                    attempts=row["attempts"],
                    again_at=row["again_at"],
                    error=row["error"],
                )
                for row in await connection.fetch(_FAILED, hook, limit)
            )

        return await self._database.read(work)

    async def replay(self, hook: str, *, kinds: Collection[ChangeKind], since: Seq | None) -> int:
        """Queue messages again; see `thesetd.ports.store.webhooks.WebhookLedger`."""

        async def work(connection: Connection) -> int:
            if since is None:
                status: str = await connection.execute(_REVIVE, hook)
            else:
                status = await connection.execute(_REPEAT, hook, since, _names(kinds))
            return int(status.rpartition(" ")[2])

        return await self._database.note(work)


def _names(kinds: Collection[ChangeKind]) -> list[str]:
    return [kind.value for kind in kinds or ChangeKind]
