"""Debian's Redis: a server of its own on a free port, sentinels that watch one, a proxy that stands for its name."""

import json
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import create_server, socket
from typing import Any

import attrs
from redis import Redis
from redis.exceptions import RedisError

from debian.processes import Process, User, program, server_folder, until
from loopback import free_port
from patience import LONGEST_S

PASSWORD = "p-w0rd"  # of every user that `user` makes


@attrs.define(kw_only=True)
class RedisNode:
    """One Redis server that runs; settings are words of its command line."""

    folder: Path
    port: int = attrs.field(factory=free_port)
    tls: tuple[Path, Path] | None = None
    settings: dict[str, str] = attrs.field(factory=dict)
    process: Process = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        words = {"bind": "127.0.0.1", "port": str(self.port), "dir": str(self.folder), "save": "", **self.settings}
        if self.tls is not None:
            certificate, key = self.tls
            words |= {"port": "0", "tls-port": str(self.port), "tls-cert-file": str(certificate)}
            words |= {"tls-key-file": str(key), "tls-auth-clients": "no", **self.settings}
        command = [program("redis-server"), *(part for name, value in words.items() for part in (f"--{name}", value))]
        self.process = Process(command=command, log=self.folder / f"log-{self.port}")

    @property
    def url(self) -> str:
        """Where it is."""
        return f"redis{'s' if self.tls else ''}://127.0.0.1:{self.port}/0"

    def client(self) -> "Redis[Any]":
        """Return a client of the administrator."""
        url = f"{self.url}?ssl_cert_reqs=none&ssl_check_hostname=false" if self.tls else self.url
        return Redis.from_url(url, decode_responses=True)

    def __call__(self, *words: str) -> Any:
        """Run one command as the administrator."""
        with self.client() as client:
            return client.execute_command(*words)

    def user(self, *rights: str) -> str:
        """Return the user `daemon` exactly these rights; give the URL that uses it."""
        self("ACL", "SETUSER", "daemon", "reset", "on", f">{PASSWORD}", *rights)
        return self.url.replace("://", f"://daemon:{PASSWORD}@")

    def answers(self) -> bool:
        """Return whether it takes clients, also while it loads."""
        with suppress(OSError), socket() as probe:
            probe.connect(("127.0.0.1", self.port))
            return True
        return False

    def start(self) -> None:
        """Start it."""
        self.process.start(self.answers)

    def stop(self) -> None:
        """End it at once."""
        self.process.stop(signal.SIGKILL)


@contextmanager
def redis_node(*, tls: tuple[Path, Path] | None = None, **settings: str) -> Iterator[RedisNode]:
    """Run a Redis; settings have underscores for dashes."""
    with server_folder(User(None)) as folder:
        words = {name.replace("_", "-"): value for name, value in settings.items()}
        node = RedisNode(folder=folder, tls=tls, settings=words)
        node.start()
        try:
            yield node
        finally:
            node.stop()
            shutil.rmtree(folder / "appendonlydir", ignore_errors=True)


@contextmanager
def sentinels(master: RedisNode, service: str, count: int = 1) -> Iterator[list[int]]:
    """Run sentinels that watch a master; give their ports."""
    with server_folder(User(None)) as folder:
        ports = [free_port() for _ in range(count)]
        running = []
        for port in ports:
            file = folder / f"sentinel-{port}.conf"
            file.write_text(
                f"port {port}\nbind 127.0.0.1\ndir {folder}\n"
                f"sentinel monitor {service} 127.0.0.1 {master.port} {count // 2 + 1}\n"
                f"sentinel down-after-milliseconds {service} 800\nsentinel failover-timeout {service} 3000\n"
            )
            process = Process(
                command=[program("redis-server"), str(file), "--sentinel"], log=folder / f"sentinel-{port}.log"
            )
            process.start(lambda port=port: _pings(port))
            running.append(process)
        try:
            yield ports
        finally:
            for process in running:
                process.stop(signal.SIGKILL)


def _pings(port: int) -> bool:
    with suppress(RedisError), Redis(port=port) as client:
        return bool(client.ping())
    return False


class Name:
    """A TCP proxy that stands for a name: new connections go where it points now, those that are open stay."""

    def __init__(self, port: int) -> None:
        """Point somewhere."""
        self.target = port
        self._listener = create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """The address that clients have."""
        return f"redis://127.0.0.1:{self.port}/0"

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket()
            try:
                server.connect(("127.0.0.1", self.target))
            except OSError:
                client.close()
                server.close()
                continue
            for pair in ((client, server), (server, client)):
                threading.Thread(target=_pump, args=pair, daemon=True).start()


def _pump(source: socket, target: socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(2)
        end.close()


class Heard:
    """A client that subscribes to the progress of all imports, and comes back after every loss."""

    def __init__(self, node: RedisNode) -> None:
        """Listen on this server."""
        self._client = node.client()
        self._channel = self._client.pubsub(ignore_subscribe_messages=True)
        self._channel.subscribe("theset:progress")
        self.events: list[dict[str, Any]] = []

    def until(self, seq: int, patience_s: float = LONGEST_S) -> list[int]:
        """Wait for the event of this number; give all numbers that were heard."""
        began = time.monotonic()
        while not self.events or self.events[-1]["seq"] < seq:
            assert time.monotonic() - began < patience_s, f"heard {[event['seq'] for event in self.events]}"
            message = self._channel.get_message(timeout=1.0)
            if message is not None:
                self.events.append(json.loads(message["data"]))
        return [event["seq"] for event in self.events]

    def close(self) -> None:
        """Listen no more."""
        self._channel.close()
        self._client.close()


def loads_slowly(node: RedisNode, keys: int, delay_us: int) -> None:
    """Restart a server so that it loads this many keys with a pause after each."""
    node("DEBUG", "POPULATE", str(keys))
    node("SAVE")
    node.stop()
    node.settings |= {"key-load-delay": str(delay_us), "loading-process-events-interval-bytes": "1024"}
    again = RedisNode(folder=node.folder, port=node.port, settings=node.settings)
    node.process = again.process
    until(lambda: not node.answers(), "the port is free")
    node.start()
