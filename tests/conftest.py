"""Fixtures that every test may use."""

import fcntl
import gc
import itertools
import os
import queue
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import trio
from redis import Redis

from exploring import EXPLORE
from patience import LONGEST_S
from querying import SCHEMA, Emptying, execute, run_asyncio
from sharing_out import Together, place
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.aio.loop import open_quick_loop
from thesetd.adapters.embedded.postgres import EmbeddedPostgres
from thesetd.adapters.embedded.redis import EmbeddedRedis, find_program
from thesetd.adapters.postgres import PostgresStore, migrate
from thesetd.adapters.postgres.database import PoolLimits
from thesetd.domain.errors import ConfigError

pytest_plugins = ["in_memory", "one_authority", "server_table", "task_order"]
gc.disable()  # nothing that is loaded to begin with is garbage; see `pytest_collection_finish`

# No test is timed. Examples are few and the same each time, as the order of tasks is, since a failure blocks everybody.
# `make prove` draws many others.
hypothesis.settings.register_profile(
    "thesetd", deadline=None, derandomize=not EXPLORE, max_examples=500 if EXPLORE else 25
)
hypothesis.settings.load_profile("thesetd")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together | None:
    """Keep the tests of a group on one worker where `--dist loadgroup` asks for groups."""
    return Together(config, log) if config.getvalue("dist") == "loadgroup" else None


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not load files of which every test is traced for those workers of `make test` that run the others."""
    if "not traced" not in config.option.markexpr or not collection_path.name.startswith("test_"):
        return None
    covered = str(collection_path.relative_to(config.rootpath)).startswith(COVERED)
    return True if covered and "untraced" not in collection_path.read_text() else None


@pytest.hookimpl(tryfirst=True)  # before tests are chosen by their marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take longest: short ones fill the end. Mark those that run with coverage."""
    for item in items:
        if item.nodeid.startswith(COVERED) and item.get_closest_marker("untraced") is None:
            item.add_marker("traced")
    items.sort(key=lambda item: place(item.nodeid, real=item.get_closest_marker("real") is not None))


def pytest_collection_finish() -> None:
    """Let no later collection of garbage go over all modules and tests."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Return the folder of recorded real responses, which lives beside the checkout and never in it."""
    folder = Path(os.environ.get("THESETD_CORPUS") or Path(__file__).parents[2] / "shared" / "corpus")
    if not folder.is_dir():
        pytest.skip(f"no recorded responses: {folder} is absent (set THESETD_CORPUS to their folder)")
    return folder


@pytest.fixture(scope="session")
def made_postgres(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a state directory with PostgreSQL's data and the whole schema in it, made by one worker for all."""
    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    made = folder / "made-postgres"
    with (folder / "made-postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            trio.run(_make, folder / "half-made-postgres")
            (folder / "half-made-postgres").rename(made)
    return made


@pytest.fixture(scope="session")
def postgres_server(made_postgres: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the DSN of a private PostgreSQL that lives as long as the tests do; `database_dsn` has an empty database."""
    state_dir = tmp_path_factory.mktemp("postgres") / "state"
    shutil.copytree(made_postgres, state_dir, symlinks=True)
    yield from _serve(lambda: EmbeddedPostgres.run(state_dir, settings=SETTINGS))


@pytest.fixture
def patient_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a store that is given no limits of its own wait for its server, however slow the machine is."""
    whole = partial(PoolLimits, connect_s=LONGEST_S, statement_s=LONGEST_S, call_s=LONGEST_S)
    monkeypatch.setattr("thesetd.adapters.postgres.database.PoolLimits", whole)


@pytest.fixture
def empty_dsn(postgres_server: str, patient_store: None) -> Iterator[str]:
    """Yield the DSN of a fresh, empty database, which is dropped after the test whoever is still connected."""
    yield from _database(postgres_server)


@pytest.fixture
def database_dsn(empty_dsn: str) -> str:
    """Return the DSN of the database that a test's daemon works on: an empty one, unless the folder's tests differ."""
    return empty_dsn


@pytest.fixture
def schema_dsn(postgres_server: str, patient_store: None) -> Iterator[str]:
    """Yield the DSN of a fresh database with the whole schema, which is dropped after the test."""
    yield from _database(postgres_server, f"template {WHOLE} strategy file_copy")


@pytest.fixture(scope="session")
def migrated_database(postgres_server: str) -> Iterator[str]:
    """Yield the DSN of a database with the whole schema, which tests share one after another."""
    yield from _database(postgres_server, f"template {WHOLE} strategy file_copy")


@pytest.fixture(scope="session")
def emptying(migrated_database: str) -> Iterator[Emptying]:
    """Yield what empties the database that tests share."""
    with Emptying.open(migrated_database) as made:
        yield made


@pytest.fixture
def migrated_dsn(migrated_database: str, emptying: Emptying, patient_store: None) -> str:
    """Return the DSN of a database that has the schema, no rows, and no other client; numbers start again from 1."""
    emptying.empty()
    return migrated_database


@pytest.fixture
async def bridge() -> AsyncIterator[AsyncioBridge]:
    """Yield the way into an asyncio loop that lasts as long as the test."""
    async with open_quick_loop():
        yield AsyncioBridge()


@pytest.fixture
async def postgres_store(migrated_dsn: str, bridge: AsyncioBridge) -> AsyncIterator[PostgresStore]:
    """Yield the real store over a fresh database of a real server."""
    async with PostgresStore.open(migrated_dsn, bridge, schema=SCHEMA) as store:
        yield store


@pytest.fixture(scope="session")
def redis_program() -> Path:
    """Return the program that private Redis servers run, or skip: from Python 3.13 on no wheel brings one."""
    try:
        return find_program()
    except ConfigError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def redis_server(redis_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the URL (unix://...) of a private Redis that lives as long as the tests do; they share keys and channels."""
    assert redis_program
    state_dir = tmp_path_factory.mktemp("redis")
    yield from _serve(lambda: EmbeddedRedis.run(state_dir))


@pytest.fixture
def patient_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everything in this process wait for the answers of a Redis, however slow the machine is."""
    for user in ("cache.redis", "redis.penalties", "redis.bus", "redis_limiter.log"):
        monkeypatch.setattr(f"thesetd.adapters.{user}.TIMEOUT_S", LONGEST_S)
    monkeypatch.setattr("thesetd.adapters.redis.link.LOOK_TIMEOUT_S", LONGEST_S)


@pytest.fixture
def empty_redis(redis_server: str, patient_redis: None) -> str:
    """Return the URL of a Redis that holds no key, and whose answers are waited for."""
    with Redis.from_url(redis_server) as client:
        client.flushall()
    return redis_server


EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
WHOLE = "whole_schema"  # a database to which nobody connects: copies of it need no migration
# the planner takes every table for one of which nothing is known yet, whatever tests did before
SETTINGS = {"fsync": "off", "autovacuum": "off"}
COVERED = ("tests/domain/", "tests/actors/")  # as in Makefile
_numbers = itertools.count(1)


def _database(server: str, options: str = "") -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    run_asyncio(execute(server, f"create database {name} {options}"))
    yield server.replace("/theset?", f"/{name}?")
    run_asyncio(execute(server, f"drop database {name} with (force)"))


async def _make(state_dir: Path) -> None:
    state_dir.mkdir()
    async with EmbeddedPostgres.run(state_dir, settings=SETTINGS) as server, open_quick_loop():
        bridge = AsyncioBridge()
        await bridge(execute, server, f"create database {WHOLE}")
        await migrate(server.replace("/theset?", f"/{WHOLE}?"), bridge, at=EPOCH, schema=SCHEMA)


def _serve(opened: Callable[[], AbstractAsyncContextManager[str]]) -> Iterator[str]:
    """Run a server in a trio loop of its own, in a thread that lasts as long as the server."""
    told: queue.SimpleQueue[str | BaseException] = queue.SimpleQueue()
    ending: list[Callable[[], None]] = []

    async def hold() -> None:
        over, token = trio.Event(), trio.lowlevel.current_trio_token()
        ending.append(lambda: token.run_sync_soon(over.set))
        async with opened() as address:
            told.put(address)
            await over.wait()

    def live() -> None:
        try:
            trio.run(hold)
        except BaseException as error:  # noqa: BLE001  whatever it is, the waiting test has to see it
            told.put(error)

    thread = threading.Thread(target=live)
    thread.start()
    address = told.get()
    if isinstance(address, BaseException):
        raise address
    yield address
    ending[0]()
    thread.join()
