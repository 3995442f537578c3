"""No key, secret or token is anywhere that somebody can look, whatever goes wrong at the providers."""

import base64
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from querying import query
from real import until
from thesetd.sandbox.synthetic.universe import Universe

pytestmark = pytest.mark.real

BASIC = base64.b64encode(b"sandbox:sandbox-secret")
SECRET = re.compile(rb"sandbox-key|sandbox-secret|BQ[0-9a-f]{100}|" + BASIC)
PROVIDERS = ("spotify", "ticketmaster", "setlistfm")
SHAPES = ("repeats-credentials", "redirect-loop", "hang", "close-truncated")
ROUNDS = (
    *(dict.fromkeys(PROVIDERS, shape) for shape in SHAPES),
    {"setlistfm": "duplicate-keys"},
    {"setlistfm": "429-quota"},
    {"ticketmaster": "401-key", "setlistfm": "403-forbidden"},  # from here on they are held
    {"spotify": "403-forbidden"},
    {"spotify": "401-expired"},
)
SHOWN = ("status", "jobs", "limits", "breakers", "actors", "schedules", "cache", "calls")
TABLES = "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('public', 'thesetd')"


@pytest.fixture
def sandbox(synthetic_sandbox: Any) -> Iterator[Any]:
    """Yield a sandbox that behaves again afterwards."""
    yield synthetic_sandbox
    synthetic_sandbox.ask("faults", method="DELETE")


@pytest.fixture
def names() -> Iterator[str]:
    """Return names that one artist of the sandbox has, one after the other."""
    universe = Universe(1, 300)
    found = [universe.artist(index).name for index in range(300)]
    return (name for name in found if found.count(name) == 1)


def test_no_secret_is_anywhere(
    start_daemon: Any, sandbox: Any, names: Iterator[str], redis_server: str, database_dsn: str, folder: Path
) -> None:
    """Imports through failures of all kinds, all logged; then logs, answers, metrics, Redis and all rows."""
    daemon = start_daemon(
        sandbox,
        forked=False,  # a forked one has the command line of the process that forked it
        THESETD_LOG__LEVEL="debug",
        **{f"THESETD_PROVIDERS__{name.upper()}__TIMEOUT_S": "1" for name in PROVIDERS},
    )
    told: list[str] = []

    def show(*arguments: str) -> None:
        done = daemon.ctl(*arguments)
        told.extend((done.stdout, done.stderr))

    show("--json", "import", next(names), "--follow")
    assert "completed" in told[0]
    for faults in ROUNDS:
        for provider, shape in faults.items():
            show("breakers", "reset", provider)  # what was open after the round before would spare the call
            fail(sandbox, provider, shape)
        show("import", next(names))
        settle(database_dsn)
        if "401-key" in faults.values():  # its call may have been put off
            until(lambda: "Unauthorized" in outcomes(database_dsn))
        sandbox.ask("faults", method="DELETE")
    assert {"ok", "Unavailable", "BadPayload", "Unauthorized", "RateLimited"} <= outcomes(database_dsn)
    for command in SHOWN:
        show("--json", command)
    told += [daemon.get(path)[1] for path in ("/metrics", "/healthz", "/readyz")]
    command = Path(f"/proc/{daemon.running.process.pid}/cmdline").read_text()
    assert "run\0--json" in command  # it is the daemon's own
    told.append(command)
    assert daemon.running.stop() == 0
    assert finds("told", "\n".join(told).encode()) == []
    assert finds("log", daemon.running.log().encode()) == []
    everything = dict(kept(redis_server))
    assert any(b"answer" in key for key in everything)
    assert [find for key, value in everything.items() for find in (*finds("key", key), *finds(repr(key), value))] == []
    for (table,) in query(database_dsn, TABLES):
        rows = query(database_dsn, f"select string_agg(t::text, E'\\n') from {table} t")
        assert finds(table, (rows[0][0] or "").encode()) == []
    for file in folder.rglob("*"):
        assert not file.is_file() or finds(str(file), file.read_bytes()) == []


def fail(sandbox: Any, provider: str, shape: str) -> None:
    """Let the next answers of a provider have a shape, where it has it."""
    hint = {"retry_after": "1"} if shape.startswith("429") else {}
    sandbox.ask("faults", {"provider": provider, "shape": shape, "count": 2, **hint}, "POST")


def settle(dsn: str) -> None:
    """Wait until no job runs or is due: what failed waits for later or has ended."""
    due = "select 1 from thesetd.jobs where state = 'running' or state = 'ready' and not_before <= now()"
    until(lambda: not query(dsn, due))


def outcomes(dsn: str) -> set[str]:
    """Return how calls ended."""
    return {outcome for (outcome,) in query(dsn, "select distinct outcome from thesetd.api_calls")}


def kept(url: str) -> Iterator[tuple[bytes, bytes]]:
    """Yield every key of Redis with all that is under it, unpacked."""
    with redis.Redis.from_url(url) as client:
        for key in client.scan_iter(count=1000):
            match client.type(key):
                case b"hash":
                    parts = [part for pair in client.hgetall(key).items() for part in pair]
                case b"zset":
                    parts = [member for member, _ in client.zrange(key, 0, -1, withscores=True)]
                case b"list":
                    parts = client.lrange(key, 0, -1)
                case b"set":
                    parts = list(client.smembers(key))
                case _:
                    parts = [client.get(key) or b""]
            yield key, b"\n".join(map(unpacked, parts))


def unpacked(part: bytes) -> bytes:
    """Return what a kept answer holds, and anything else as it is."""
    try:
        return zlib.decompress(part[1:]) if part[:1] == b"z" else part
    except zlib.error:
        return part


def finds(place: str, text: bytes) -> list[tuple[str, bytes]]:
    """Return the secrets in a text, with what stands around them."""
    return [(place, text[max(0, found.start() - 80) : found.end() + 20]) for found in SECRET.finditer(text)]


def test_the_search_finds_what_it_looks_for() -> None:
    """Each secret is found in plain and packed text."""
    for secret in (b"sandbox-key", b"sandbox-secret", b"BQ" + b"0f" * 60, BASIC):
        assert finds("", b'{"a": "' + secret + b'"}')
        assert finds("", unpacked(b"z" + zlib.compress(secret)))
    assert not finds("", json.dumps({"key": "sandbox"}).encode())
