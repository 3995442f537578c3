"""Tell subscribers on Redis channels: `theset:progress` hears of every import, `theset:progress:<job_id>` of one.

The latest event of each job also lies under `theset:progress:latest:<job_id>` for an hour, set before it is published:
who subscribes first and reads the key afterwards misses nothing. One script publishes events and remembers the number
of the last in the same step, so an event is published once even where a daemon dies before it knows, and however many
daemons try. Only a Redis that lost its memory is told some events again.
"""

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from thesetd.adapters.redis.link import RedisServer
from thesetd.domain.ids import Seq
from thesetd.domain.progress import CommittedEvent
from thesetd.ports.probes import Probe

CHANNEL = "theset:progress"
POSITION = f"{CHANNEL}:told"
LATEST_TTL_S = 3600
SCRATCH = "theset:probe"  # the channel, and the beginning of the keys, that nobody misses
SCRATCH_TTL_S = 60
TIMEOUT_S = 2.0  # for connecting and for each answer; the broadcaster's breaker rests, the events wait in the database
CONNECTIONS = 4

# KEYS: the position. ARGV: the channel, the seconds a latest event is kept, `after` ("" for whatever is remembered),
# then number, job and text of each event. The keys of latest events follow from the jobs: no Redis Cluster.
_PUBLISH = """
local told = redis.call('GET', KEYS[1])
if ARGV[3] ~= '' and (not told or tonumber(told) < tonumber(ARGV[3])) then
    return told
end
local last = ARGV[3] ~= '' and tonumber(told) or 0
for i = 4, #ARGV, 3 do
    if tonumber(ARGV[i]) > last then
        redis.call('SET', ARGV[1] .. ':latest:' .. ARGV[i + 1], ARGV[i + 2], 'EX', ARGV[2])
        redis.call('PUBLISH', ARGV[1] .. ':' .. ARGV[i + 1], ARGV[i + 2])
        redis.call('PUBLISH', ARGV[1], ARGV[i + 2])
        told = ARGV[i]
    end
end
redis.call('SET', KEYS[1], told)
return told
"""


class RedisBus:
    """A `thesetd.ports.bus.Publisher` on Redis; connects by itself, and again after every loss."""

    def __init__(self, server: RedisServer) -> None:
        """Prepare; nothing is connected yet."""
        self._link = server.link(timeout_s=TIMEOUT_S, connections=CONNECTIONS)
        self._publish = self._link.client.register_script(_PUBLISH)

    async def position(self) -> Seq | None:
        """Give the number up to which all was told; see `thesetd.ports.bus.Publisher`."""
        return _seq(await self._link.ask(self._link.client.get, POSITION))

    async def publish(self, events: Sequence[CommittedEvent], *, after: Seq | None) -> Seq | None:
        """Tell those events that nobody has told yet; see `thesetd.ports.bus.Publisher`."""
        told = [part for event in events for part in (event.seq, event.job_id, encode(event))]
        arguments = [CHANNEL, LATEST_TTL_S, "" if after is None else after, *told]
        return _seq(await self._link.ask(self._publish, [POSITION], arguments))

    async def ping(self) -> None:
        """Return when Redis answers.

        Raises:
            BusUnavailable: it does not.
        """
        await self._link.ask(self._link.client.ping)

    def probes(self) -> tuple[Probe, ...]:
        """Return the proofs that Redis lets this daemon publish, by its own script, and lets clients subscribe."""
        return (
            Probe("redis publishing", self._prove_publishing),
            Probe("redis subscribing", partial(self._link.ask, self._subscribe)),
        )

    async def _prove_publishing(self) -> None:
        await self._link.ask(self._publish, [f"{SCRATCH}:told"], [SCRATCH, SCRATCH_TTL_S, "", 1, "probe", ""])

    async def _subscribe(self) -> None:
        async with self._link.client.pubsub() as listener:
            await listener.subscribe(SCRATCH)
            if await listener.get_message(timeout=TIMEOUT_S) is None:
                raise TimeoutError("no answer to SUBSCRIBE")

    async def aclose(self) -> None:
        """Close the connections."""
        await self._link.aclose()


def encode(event: CommittedEvent) -> str:
    """Give the event as compact JSON."""
    form: dict[str, Any] = event.as_json()
    return json.dumps(form, separators=(",", ":"), ensure_ascii=False)


def _seq(found: bytes | str | None) -> Seq | None:
    return None if found is None else Seq(int(found))
