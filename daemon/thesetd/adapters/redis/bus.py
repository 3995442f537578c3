"""Publishes events on Redis channels: `theset:progress` carries every import, `theset:progress:<job_id>` one.

The latest event of each job is also kept under `theset:progress:latest:<job_id>` for an hour, set before it is
published: a client that subscribes first and reads the key afterwards misses nothing. One script publishes events and
stores in the same step which was the last, so an event is published once even if a daemon crashes before it receives
the reply, and however many daemons try. Only a Redis that lost its data receives some events again.

The stored position belongs to one database: its key contains the database's mark, and it holds the event's identity in
addition to the number, since a restored database counts from an earlier number again. The channels' names are promised
to the web application and contain no mark: databases that share a Redis get separate channels by `[redis] channel`. If
two publish on one channel, the health check reports it, and each event names its database in `database`.
"""

import json
from collections.abc import Sequence
from typing import Any

from thesetd.adapters.redis.link import RedisServer
from thesetd.domain.ids import Seq
from thesetd.domain.work.progress import CommittedEvent
from thesetd.ports.bus import Position

CHANNEL = "theset:progress"
LATEST_TTL_S = 3600
TIMEOUT_S = 2.0  # for connecting and for each answer; after failures the events wait in the database
CONNECTIONS = 4

# KEYS: the position; the users of the channel. ARGV: the channel, the seconds a latest event is kept, our mark, `after`
# ("" for any position), the identity of the last event, then number, job and text of each. The keys of latest events
# are computed from the jobs, so Redis Cluster is not supported.
_PUBLISH = """
local stands = redis.call('GET', KEYS[1])
local told = stands and string.match(stands, '^%d+')
if ARGV[4] ~= '' and (not told or tonumber(told) < tonumber(ARGV[4])) then
    return {told, ''}
end
local last, new = ARGV[4] ~= '' and tonumber(told) or 0, false
for i = 6, #ARGV, 3 do
    if tonumber(ARGV[i]) > last then
        redis.call('SET', ARGV[1] .. ':latest:' .. ARGV[i + 1], ARGV[i + 2], 'EX', ARGV[2])
        redis.call('PUBLISH', ARGV[1] .. ':' .. ARGV[i + 1], ARGV[i + 2])
        redis.call('PUBLISH', ARGV[1], ARGV[i + 2])
        told, new = ARGV[i], true
    end
end
if new then redis.call('SET', KEYS[1], told .. ' ' .. ARGV[5]) end
local user = redis.call('GET', KEYS[2])
if not user or user == ARGV[3] then redis.call('SET', KEYS[2], ARGV[3], 'EX', ARGV[2]) end
return {told, user or ''}
"""


class RedisBus:
    """A `thesetd.ports.bus.Publisher` on Redis; it connects by itself, and reconnects after every loss."""

    def __init__(self, server: RedisServer, *, channel: str = CHANNEL) -> None:
        """Prepare; nothing is connected yet."""
        self._mark = server.mark
        self._channel = channel
        self._position = server.name("told")
        self._user = f"thesetd:channel:{channel}"
        self._about = f"keys {self._position} and {channel}:*, channels {channel} and {channel}:*"
        self._link = server.link(timeout_s=TIMEOUT_S, connections=CONNECTIONS, text=True)
        self._publish = self._link.client.register_script(_PUBLISH)
        self._shared_with: str | None = None

    async def position(self) -> Position | None:
        """Return the position up to which all events were published; see `thesetd.ports.bus.Publisher`."""
        found: Any = await self._link.ask_about(self._position, self._link.client.get, self._position)
        async with self._link.reading():
            seq, _, event = (found or "").partition(" ")
            return Position(Seq(int(seq)), event) if seq.isdigit() else None

    async def publish(self, events: Sequence[CommittedEvent], *, after: Seq | None) -> Seq | None:
        """Publish those events that have not been published yet; see `thesetd.ports.bus.Publisher`."""
        if self._shared_with is None:
            self._shared_with = await self.other_user()
        mark = self._mark if self._shared_with else ""
        entries = [part for event in events for part in (event.seq, event.job_id, encode(event, mark))]
        first: list[Any] = [
            self._channel,
            LATEST_TTL_S,
            self._mark,
            "" if after is None else after,
            events[-1].identity,
        ]
        keys = [self._position, self._user]
        answer: Any = await self._link.ask_about(self._about, self._publish, keys, [*first, *entries])
        async with self._link.reading():
            now, user = answer
            reached = None if now is None else Seq(int(now))
        if user:
            self._shared_with = "" if user == self._mark else str(user)
        return reached

    async def rehearse(self) -> None:
        """Queue the commands of publishing, with the real names, and then discard them: no subscriber is notified.

        They are sent when the transaction has begun: a server that refuses one would carry them out.

        Raises:
            BusUnavailable: it refuses one of the commands.
        """
        await self._link.ask_about(self._about, self._rehearse)

    async def other_user(self) -> str:
        """Return the mark of another database that recently published on this channel, "" if there is none.

        Raises:
            BusUnavailable: Redis is unavailable.
        """
        found: Any = await self._link.ask_about(self._user, self._link.client.get, self._user)
        return "" if found is None or found == self._mark else str(found)

    async def _rehearse(self) -> None:
        pool: Any = self._link.client.connection_pool
        connection = await pool.get_connection()
        parts = [("GET", self._user), ("GET", self._position), ("SET", self._position, "0")]
        parts += [("SET", f"{self._channel}:latest:0", ""), ("PUBLISH", f"{self._channel}:0", "")]
        parts += [("PUBLISH", self._channel, "")]
        try:
            for together in ([("MULTI",)], [*parts, ("DISCARD",)]):
                await connection.send_packed_command(connection.pack_commands(together))
                for _ in together:
                    await connection.read_response()
        except BaseException:
            await connection.disconnect(nowait=True)
            raise
        finally:
            await pool.release(connection)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._link.aclose()


def encode(event: CommittedEvent, mark: str = "") -> str:
    """Return the event as compact JSON, with the mark of its database."""
    form: dict[str, Any] = event.as_json() | ({"database": mark} if mark else {})
    return json.dumps(form, separators=(",", ":"), ensure_ascii=False)
