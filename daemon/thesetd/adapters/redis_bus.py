"""Tell subscribers on Redis channels: `theset:progress` hears of every import, `theset:progress:<job_id>` of one.

The latest event of each job also lies under `theset:progress:latest:<job_id>` for an hour, set before it is published
and in one transaction with it: who subscribes first and reads the key afterwards misses nothing.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from thesetd.adapters.aio import AsyncioBridge
from thesetd.domain.errors import BusUnavailable, ConfigError
from thesetd.domain.ids import JobId
from thesetd.domain.progress import CommittedEvent

CHANNEL = "theset:progress"
LATEST_TTL_S = 3600
TIMEOUT_S = 2.0  # for connecting and for each answer; the broadcaster's breaker rests, the event waits in the database
CONNECTIONS = 4
RETRIES = 0  # trying again is the broadcaster's; a pooled connection that a restart killed is renewed before its use

T = TypeVar("T")


class RedisBus:
    """A `thesetd.ports.bus.Publisher` on Redis; connects by itself, and again after every loss."""

    def __init__(self, url: str, bridge: AsyncioBridge) -> None:
        """Prepare; nothing is connected yet.

        Args:
            url: redis://, rediss:// or unix://; may hold a password, so it is in no text that leaves this module.
            bridge: the way to asyncio.

        Raises:
            ConfigError: the URL cannot be understood.
        """
        self._bridge = bridge
        try:
            self._redis: Redis = Redis.from_url(
                url,
                socket_timeout=TIMEOUT_S,
                socket_connect_timeout=TIMEOUT_S,
                max_connections=CONNECTIONS,
                retry=Retry(NoBackoff(), RETRIES),
            )
        except ValueError:
            raise ConfigError(["redis.url: must look like redis://host:6379/0, rediss://... or unix:///path"]) from None

    async def publish(self, event: CommittedEvent) -> None:
        """Hand an event over, at least once; see `thesetd.ports.bus.Publisher`."""
        await self._ask(self._publish, event.job_id, encode(event))

    async def ping(self) -> None:
        """Return when Redis answers; see `thesetd.ports.bus.Publisher`."""
        await self._ask(self._redis.ping)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._bridge(self._redis.aclose)

    async def _ask(self, call: Callable[..., Awaitable[T]], *args: object) -> T:
        try:
            return await self._bridge(call, *args)
        except (RedisError, OSError) as error:
            raise BusUnavailable(f"Redis does not answer as it should ({type(error).__name__})") from None

    async def _publish(self, job_id: JobId, message: str) -> None:
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.set(f"{CHANNEL}:latest:{job_id}", message, ex=LATEST_TTL_S)
            pipe.publish(f"{CHANNEL}:{job_id}", message)
            pipe.publish(CHANNEL, message)
            await pipe.execute()


def encode(event: CommittedEvent) -> str:
    """Give the event as compact JSON."""
    form: dict[str, Any] = event.as_json()
    return json.dumps(form, separators=(",", ":"), ensure_ascii=False)
