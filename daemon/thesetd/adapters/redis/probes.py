"""Probes what the daemon needs from Redis, by using it on scratch names, or by rehearsing it on the real ones.

A rehearsal queues commands in a transaction that is discarded: missing rights, a replica, full memory and a missing
replica are reported when a command is queued, in the server's words, and nothing is written or published.
"""

from collections.abc import Awaitable, Callable

from thesetd.adapters.redis.bus import TIMEOUT_S, RedisBus
from thesetd.adapters.redis.link import RedisServer
from thesetd.domain.errors import BusUnavailable
from thesetd.ports.probes import Probe

MB = 1_000_000
NEARLY_FULL = 0.95  # share of maxmemory: eviction and refusal begin at the limit


class RedisProbes:
    """The probes of one Redis; `limits` is the limiter's own."""

    def __init__(
        self, server: RedisServer, bus: RedisBus, *, node: str, channel: str, limits: Callable[[], Awaitable[None]]
    ) -> None:
        """Prepare; nothing is connected yet."""
        self._server = server
        self._bus = bus
        self._channel = channel
        self._limits = limits
        self._scratch = server.name("probe", node)
        self._link = server.link(timeout_s=TIMEOUT_S, connections=2)
        self._evicted: int | None = None

    def table(self) -> tuple[Probe, ...]:
        """Return the probes.

        Those that begin with "redis memory" or "redis channel" only inform: everything still works.
        """
        return (
            Probe("redis limits", self._limits),
            Probe("redis publishing", self._bus.rehearse),
            Probe("redis subscribing", self._subscribing),
            Probe("redis memory", self._memory),
            Probe("redis channel", self._channel_is_ours),
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._link.aclose()

    async def _subscribing(self) -> None:
        about = f"channels {self._channel} and {self._scratch}"
        if not await self._link.ask_about(about, self._round_trip):
            raise BusUnavailable("Redis does not deliver: a published message was not received")

    async def _round_trip(self) -> bool:
        """Receive a published message, and subscribe like clients."""
        async with self._link.client.pubsub(ignore_subscribe_messages=True) as listener:
            await listener.subscribe(self._scratch, self._channel)
            await self._link.client.publish(self._scratch, "probe")
            for _ in range(5):  # the confirmations, and messages of others meanwhile
                message = await listener.get_message(timeout=TIMEOUT_S / 2)
                if message is not None and message["data"] == b"probe":
                    return True
        return False

    async def _memory(self) -> None:
        """Report the eviction policy if keys of the limiter may be evicted, or writes refused, for lack of memory.

        The text has no changing figures, since each change of it is logged.
        """
        try:
            memory = await self._server.memory()
        except BusUnavailable as error:
            if "NOPERM" in str(error):
                raise BusUnavailable(f"maxmemory-policy is unknown: {error}") from None
            raise
        before, self._evicted = self._evicted, memory.evicted
        full = memory.used >= NEARLY_FULL * memory.most > 0
        what = f"maxmemory-policy {memory.policy}, maxmemory {memory.most / MB:.1f} MB"
        if memory.most and memory.policy.startswith("allkeys"):
            raise BusUnavailable(f"{what}: limits and events may be evicted, use noeviction or volatile-lru")
        if memory.most and before is not None and memory.evicted > before:
            raise BusUnavailable(f"{what}: keys were evicted lately, give it more memory")
        if full:
            raise BusUnavailable(f"{what}: writes are or will be refused, give it more memory")

    async def _channel_is_ours(self) -> None:
        if await self._bus.other_user():
            raise BusUnavailable(
                f"another database publishes on {self._channel}, too: set redis.channel for one of them"
            )
