"""The connections to Redis of one user of it: bounded in time, no repeats of their own, no secret in what they raise.

redis-py connects by itself, and again after every loss; a pooled connection that a restart killed is renewed before its
use. Whether to try again is for the user to say, who knows what waits for the answer.
"""

from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

import trio
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from thesetd.adapters.aio import AsyncioBridge
from thesetd.domain.errors import BusUnavailable, ConfigError

P = ParamSpec("P")
T = TypeVar("T")


class RedisLink:
    """Asks one Redis; `client` is redis-py's, whose coroutine functions `ask` runs."""

    def __init__(
        self, url: str, bridge: AsyncioBridge, *, timeout_s: float, connections: int, text: bool = False
    ) -> None:
        """Prepare; nothing is connected yet.

        Args:
            url: redis://, rediss:// or unix://; may hold a password, so it is in no text that leaves this module.
            bridge: the way to asyncio.
            timeout_s: for connecting and for each answer.
            connections: how many at most; who finds none free waits for one.
            text: answers are text instead of bytes.

        Raises:
            ConfigError: the URL cannot be understood.
        """
        self._bridge = bridge
        self._room = trio.Semaphore(connections)
        try:
            self.client: Redis = Redis.from_url(
                url,
                socket_timeout=timeout_s,
                socket_connect_timeout=timeout_s,
                max_connections=connections,
                retry=Retry(NoBackoff(), 0),
                decode_responses=text,
            )
        except ValueError:
            raise ConfigError(["redis.url: must look like redis://host:6379/0, rediss://... or unix:///path"]) from None

    async def ask(self, call: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a coroutine function that asks Redis, and give its answer.

        Raises:
            BusUnavailable: Redis does not answer as it should; what was asked may have been done.
        """
        try:
            async with self._room:
                return await self._bridge(call, *args, **kwargs)
        except (RedisError, OSError) as error:
            raise BusUnavailable(f"Redis does not answer as it should ({type(error).__name__})") from None

    async def aclose(self) -> None:
        """Close the connections."""
        await self._bridge(self.client.aclose)
