"""Manages the connections to Redis: with timeouts, without retries, and without secrets in errors.

redis-py connects by itself, and reconnects after every loss; a pooled connection that a restart killed is renewed
before its use. The caller decides whether to retry, since it knows what waits for the answer.

After a failover the old server may continue as a replica, with open connections. So if a server says that it cannot
serve now (READONLY, LOADING, ...), all links of the process discard their connections: the next command resolves the
address, or queries the sentinels, again.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from functools import partial
from typing import Any, ParamSpec, TypeVar

import attrs
import trio
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.exceptions import InvalidResponse, RedisError

from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.certificates import public_authorities
from thesetd.adapters.redis.address import RedisAddress, parse
from thesetd.adapters.redis.wire import RedisScript, RedisWire, ScriptRun, ScriptWord, connected
from thesetd.adapters.redis.words import explained, is_cluster, moved_on
from thesetd.domain.errors import BusUnavailable, ConfigError

RENEW_S = 0.5  # between two renewals: limits the connections to a server that refuses every request
LOOK_TIMEOUT_S = 2.0
# The errors that parsing a malformed answer raises, in redis-py and here.
_FOREIGN = (AttributeError, LookupError, TypeError, ValueError)

P = ParamSpec("P")
T = TypeVar("T")


@attrs.define
class _Group:
    """Runs that go to the server in one round trip; `found` gets an answer or an error for each."""

    runs: list[ScriptRun] = attrs.field(factory=list)
    found: list[Any] | None = None
    over: trio.Event = attrs.field(factory=trio.Event)


@attrs.frozen(kw_only=True)
class RedisMemory:
    """The memory limit and usage of Redis in bytes, and its policy at the limit; 0 means no limit."""

    policy: str
    most: int
    used: int
    evicted: int


class RedisServer:
    """One Redis, by its address; makes links to it and renews them together."""

    def __init__(self, address: RedisAddress | str, bridge: AsyncioBridge, *, mark: str = "") -> None:
        """Prepare; nothing is connected yet.

        Args:
            address: read by `thesetd.adapters.redis.address.parse` if it is text.
            bridge: the bridge to asyncio.
            mark: distinguishes the keys of our database from those of others.

        Raises:
            ConfigError: the address cannot be parsed.
        """
        self.mark = mark
        self.address = parse(address) if isinstance(address, str) else address
        self._bridge = bridge
        self._links: list[RedisLink] = []
        self._renewed_at = -RENEW_S
        self._looking: RedisLink | None = None

    def name(self, *parts: str) -> str:
        """Return the name of a key or channel that belongs only to our database."""
        return ":".join(["thesetd", *([self.mark] if self.mark else []), *parts])

    def link(self, *, timeout_s: float, connections: int, text: bool = False) -> "RedisLink":
        """Return a separate link for one user.

        Args:
            timeout_s: for connecting and for each answer.
            connections: the maximum number; a caller that finds none free waits for one.
            text: whether answers are text instead of bytes.
        """
        made = RedisLink(self, self._bridge, timeout_s=timeout_s, connections=connections, text=text)
        self._links.append(made)
        return made

    def forget(self, link: "RedisLink") -> None:
        """Stop renewing a closed link."""
        self._links = [other for other in self._links if other is not link]

    async def renew(self) -> None:
        """Discard every connection, unless that has just been done; those in use are discarded when they are free."""
        if trio.current_time() - self._renewed_at < RENEW_S:
            return
        self._renewed_at = trio.current_time()
        for link in tuple(self._links):
            await self._bridge(link.renew)

    async def check(self) -> None:
        """Check that the server is one that the daemon can use.

        Raises:
            BusUnavailable: it does not answer, or refuses for now.
            ConfigError: it runs in cluster mode.
        """
        try:
            about = await self._info("cluster")
        except BusUnavailable as error:
            if is_cluster(str(error)):
                raise ConfigError([f"redis.url: {error}"]) from None
            if "NOPERM" not in str(error):
                raise
            about = await self._about_cluster()
        if about.get("cluster_enabled"):
            raise ConfigError(["redis.url: this Redis runs in cluster mode, which is not supported: use one without"])

    async def _about_cluster(self) -> dict[str, Any]:
        """Detect a cluster without INFO: keys of different slots are refused before anything else is checked."""
        link = self.link(timeout_s=LOOK_TIMEOUT_S, connections=1)
        try:
            await link.ask(link.client.exists, self.name("a"), self.name("b"))
        except BusUnavailable as error:
            return {"cluster_enabled": is_cluster(str(error))}
        finally:
            await link.aclose()
        return {}

    async def memory(self) -> RedisMemory:
        """Return how full it is.

        Raises:
            BusUnavailable: it does not say.
        """
        link = self._link_for_looking()
        about, statistics = await link.ask(self._sections, "memory", "stats")
        async with link.reading():
            return RedisMemory(
                policy=str(about.get("maxmemory_policy", "unknown")),
                most=int(about.get("maxmemory", 0)),
                used=int(about.get("used_memory", 0)),
                evicted=int(statistics.get("evicted_keys", 0)),
            )

    async def aclose(self) -> None:
        """Close this object's own link."""
        if self._looking is not None:
            await self._looking.aclose()

    async def _info(self, section: str) -> dict[str, Any]:
        link = self._link_for_looking()
        found: dict[str, Any] = await link.ask(link.client.info, section)
        return found

    async def _sections(self, *names: str) -> list[dict[str, Any]]:
        """Return sections in one round trip: older servers answer with one at a time."""
        async with self._link_for_looking().client.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.info(name)
            found = await pipe.execute(raise_on_error=False)
        for answer in found:
            if isinstance(answer, RedisError):
                raise answer
        return list(found)

    def _link_for_looking(self) -> "RedisLink":
        if self._looking is None:
            self._looking = self.link(timeout_s=LOOK_TIMEOUT_S, connections=1)
        return self._looking


class RedisLink:
    """A link to one Redis; `run` runs scripts, `ask` coroutine functions with `client`, which is redis-py's."""

    def __init__(
        self, server: RedisServer, bridge: AsyncioBridge, *, timeout_s: float, connections: int, text: bool
    ) -> None:
        """Prepare; nothing is connected yet; see `RedisServer.link`."""
        self._server = server
        self._bridge = bridge
        self._room = trio.Semaphore(connections)
        self._turn = trio.Lock()
        self._group = _Group()
        self._timeout_s, self._text = timeout_s, text
        self._wire: RedisWire | None = None  # while it is free
        self._renewals = 0
        self._sentinel, self.client = _client(server.address, timeout_s, connections, text=text)

    async def ask(self, call: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a coroutine function that queries Redis, and return its answer.

        Raises:
            BusUnavailable: Redis does not answer properly; the command may have been carried out.
        """
        return await self.ask_about("", call, *args, **kwargs)

    async def ask_about(self, keys: str, call: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Query Redis; a refusal because of missing rights names these keys, which the server itself does not.

        Raises:
            BusUnavailable: Redis does not answer properly; the command may have been carried out.
        """
        try:
            async with self.reading(), self._room:
                return await self._bridge(call, *args, **kwargs)
        except (RedisError, OSError) as error:
            refused = error
        raise await self._refusal(refused, keys)

    async def _refusal(self, error: RedisError | OSError, keys: str = "") -> BusUnavailable:
        """Return what an error means; the connections are thrown away if another server is to be found."""
        text = explained(error, keys=keys, tls=self._server.address.tls)
        if moved_on(text):
            await self._server.renew()
        return BusUnavailable(text)

    async def run(
        self, script: RedisScript, keys: Sequence[str], arguments: Sequence[ScriptWord] = (), *, about: str = ""
    ) -> Any:
        """Run a script, in one round trip with those that other callers want while an earlier round trip lasts.

        The script may run twice: if the caller that sends for all is cancelled, the others send again. A refusal
        because of missing rights names the keys of `about`.

        Raises:
            BusUnavailable: Redis does not answer as it should; the script may have run.
        """
        while True:
            group, place = self._group, len(self._group.runs)
            group.runs.append(ScriptRun(script, keys, arguments))
            if place == 0:
                await self._send(group)
            else:
                await group.over.wait()
            if group.found is not None:
                break
        found = group.found[place]
        if isinstance(found, RedisError | OSError):
            raise await self._refusal(found, about)
        if isinstance(found, BusUnavailable):
            raise BusUnavailable(str(found))
        return found

    async def _send(self, group: _Group) -> None:
        try:
            async with self._turn:
                self._group = _Group()
                try:
                    group.found = await self._exchange(group.runs)
                except (RedisError, OSError, BusUnavailable) as error:
                    group.found = [error] * len(group.runs)
        finally:
            if self._group is group:
                self._group = _Group()
            group.over.set()

    async def _exchange(self, runs: Sequence[ScriptRun]) -> list[Any]:
        """Send runs on our wire, connecting it first if need be; after any error another wire is connected."""
        renewals, wire = self._renewals, await self._free_wire()
        with ExitStack() as unless_kept:
            unless_kept.callback(wire.close)
            async with self.reading():
                found = await self._bridge.native(partial(wire.run, runs))
            if renewals == self._renewals:
                unless_kept.pop_all()
                self._wire = wire
        return found

    async def _free_wire(self) -> RedisWire:
        wire, self._wire = self._wire, None
        if wire is not None and not wire.is_stale:
            return wire
        if wire is not None:
            wire.close()
        address = self._server.address
        place = address.hosts[0] if address.hosts else None
        async with self.reading():
            if self._sentinel is not None:
                place = await self._bridge(self._sentinel.discover_master, address.service)
            connect = partial(connected, address, place, timeout_s=self._timeout_s, text=self._text)
            return await self._bridge.native(connect)

    def _renew_wire(self) -> None:
        self._renewals += 1
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """Parse an answer in this block: a malformed one is from another kind of server, or belongs to another query.

        Raises:
            BusUnavailable: it is malformed; the connections are discarded.
        """
        try:
            yield
        except _FOREIGN as error:
            await self._server.renew()
            raise BusUnavailable(explained(InvalidResponse(type(error).__name__))) from error

    async def renew(self) -> None:
        """Discard idle connections, and those in use when they are free; this runs in asyncio's loop."""
        self._renew_wire()
        pool: Any = self.client.connection_pool
        await pool.update_active_connections_for_reconnect()
        with suppress(RedisError, OSError):  # a server that hangs does not even end TLS
            await pool.disconnect(inuse_connections=False)

    async def aclose(self) -> None:
        """Close the connections."""
        self._server.forget(self)
        self._renew_wire()
        clients: list[Any] = [self.client, *([self._sentinel] if self._sentinel else [])]
        for client in clients:
            with suppress(RedisError, OSError):
                await self._bridge(client.aclose)


def _client(address: RedisAddress, timeout_s: float, connections: int, *, text: bool) -> tuple[Sentinel | None, Redis]:
    bounds: dict[str, Any] = {
        "socket_timeout": timeout_s,
        "socket_connect_timeout": timeout_s,
        "retry": Retry(NoBackoff(), 0),
    }
    bounds |= {"ssl": True} | _tls(address) if address.tls else {}
    options: dict[str, Any] = bounds | {
        "db": address.db,
        "username": address.username,
        "password": address.password,
        "client_name": address.client_name,
        "max_connections": connections,
        "decode_responses": text,
    }
    if address.service:
        login = {"username": address.sentinel_username, "password": address.sentinel_password}
        make: Any = Sentinel
        sentinel: Sentinel = make(address.hosts, sentinel_kwargs=bounds | login, **options)
        return sentinel, sentinel.master_for(address.service)
    if address.path:
        return None, Redis(unix_socket_path=address.path, **options)
    ((host, port),) = address.hosts
    return None, Redis(host=host, port=port, **options)


def _tls(address: RedisAddress) -> dict[str, Any]:
    return {
        "ssl_cert_reqs": "required" if address.check else "none",
        "ssl_check_hostname": address.check and address.check_name,
        "ssl_ca_certs": address.ca_file or public_authorities(),
        "ssl_certfile": address.certificate,
        "ssl_keyfile": address.key,
    }
