import asyncio
import random
import re
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress

import asyncpg
import pytest
import trio

from patience import LONGEST_S, cancelling
from sample_rows import batch, new_job, owner
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.postgres import Database, PostgresStore
from thesetd.adapters.postgres.batches.commit_log import WRITER_LOCK
from thesetd.adapters.postgres.connection.address import parse
from thesetd.adapters.postgres.database import Connection, PoolLimits, savepoint
from thesetd.domain.errors import ConfigError, StoreRejected, StoreUnavailable
from thesetd.domain.work.jobs import JobState
from thesetd.ports.background import in_background

pytestmark = pytest.mark.real


def running(statement: str, *arguments: object) -> Callable[[Connection], Awaitable[object]]:
    """Return work that runs one statement and gives its value."""

    async def work(connection: Connection) -> object:
        return await connection.fetchval(statement, *arguments)

    return work


PID = running("select pg_backend_pid()")
SOME_ARTISTS = """
insert into artists (id, name, folded_name, slug, mbid, created_at, updated_at)
select gen_random_uuid(), n, n, n, n, now(), now() from (select g::text as n from generate_series(1, 300) g) t
"""
WAITING = "select pid from pg_locks where locktype = 'advisory' and not granted"


async def test_a_plan_made_while_a_table_is_small_finds_rows_by_an_index(
    migrated_dsn: str, bridge: AsyncioBridge
) -> None:
    """It is kept until the table is analysed, by then with tens of thousands of rows."""

    async def plan(connection: Connection) -> str:
        await connection.execute("prepare find(text[]) as select id from artists where slug = any($1)")
        return "\n".join(row[0] for row in await connection.fetch("explain execute find(null)"))

    async with Database.open(migrated_dsn, bridge) as database:
        await database.transact(running(SOME_ARTISTS))
        for way in (database.transact, database.note, database.read):
            assert "Index Cond: (slug = ANY ($1))" in await way(plan)


async def test_a_cancelled_write_is_stored_or_was_never_begun(migrated_dsn: str, bridge: AsyncioBridge) -> None:
    """In a storm of cancels every acknowledged transaction is in the database, and no other."""
    async with Database.open(migrated_dsn, bridge) as database:
        await database.transact(running("create table storm (number integer)"))

        async def write(number: int) -> None:
            await database.transact(running("insert into storm values ($1) returning pg_sleep(0.0005)", number))

        acknowledged, _ = await cancelling(write, of_each=100, rng=random.Random(7))
        rows = await database.read(running("select array_agg(number) from storm"))
        await database.transact(running("drop table storm"))
    assert isinstance(rows, list)
    assert set(rows) == acknowledged


async def test_reads_survive_a_storm_of_cancels(migrated_dsn: str, bridge: AsyncioBridge) -> None:
    """A read after cancelled reads gets its own answer, and no connection is left behind."""
    async with Database.open(migrated_dsn, bridge) as database:

        async def read(number: int) -> None:
            await database.read(running("select $1::integer from pg_sleep(0.001)", number))

        async def read_again(number: int) -> None:
            assert await database.read(running("select $1::integer", number)) == number

        await cancelling(read, of_each=20, rng=random.Random(7), after=read_again)


async def test_a_connection_is_used_again(migrated_dsn: str, bridge: AsyncioBridge) -> None:
    """What went well keeps its connection."""
    async with Database.open(migrated_dsn, bridge) as database:
        assert await database.transact(PID) == await database.transact(PID)


@pytest.mark.parametrize("failure", ["select 1 / 0", "select broken", "select pg_terminate_backend(pg_backend_pid())"])
async def test_a_connection_that_failed_is_never_used_again(
    migrated_dsn: str, bridge: AsyncioBridge, failure: str
) -> None:
    """After any error the next transaction runs on another connection."""
    async with Database.open(migrated_dsn, bridge) as database:
        before = await database.transact(PID)
        with pytest.raises((StoreRejected, StoreUnavailable)):
            await database.transact(running(failure))
        assert await database.transact(PID) != before


async def test_a_terminated_backend_is_unavailable_and_then_replaced(
    postgres_store: PostgresStore, migrated_dsn: str, bridge: AsyncioBridge
) -> None:
    """A backend killed under a batch is a lost connection; the same batch succeeds afterwards."""
    import_ = batch(enqueue=(new_job(),))
    await postgres_store.batches.write(import_)
    async with Database.open(migrated_dsn, bridge) as other, trio.open_nursery() as nursery:

        async def hold_the_writers_lock(connection: Connection) -> None:
            await connection.execute("select pg_advisory_xact_lock($1)", WRITER_LOCK)
            nursery.start_soon(refused)
            while not await connection.fetchval(WAITING):
                await asyncio.sleep(0)
            await connection.fetchval(f"select pg_terminate_backend(pid) from ({WAITING})")

        async def refused() -> None:
            with pytest.raises(StoreUnavailable):
                await postgres_store.batches.write(import_)

        await other.transact(hold_the_writers_lock)
    written = await postgres_store.batches.write(import_)
    assert written.enqueued[0].joined
    assert [s.state for s in await postgres_store.statuses.listed()] == [JobState.READY]
    assert len((await postgres_store.jobs.claim(owner=owner("n"), limit=1, background=1, now=import_.at)).jobs) == 1


async def test_the_server_ends_a_statement_that_takes_too_long(migrated_dsn: str, bridge: AsyncioBridge) -> None:
    """`statement_timeout` bounds a shielded write, which nothing else could end."""
    async with Database.open(
        migrated_dsn, bridge, limits=PoolLimits(connect_s=LONGEST_S, statement_s=0.05)
    ) as database:
        with pytest.raises(StoreUnavailable, match="statement timeout"):
            await database.transact(running("select pg_sleep(600)"))
        await goes_on(database)


async def test_the_server_ends_a_transaction_that_idles(migrated_dsn: str, bridge: AsyncioBridge) -> None:
    """A writer that hangs in a transaction frees its locks."""

    async def work(connection: Connection) -> None:
        await connection.execute("select 1")
        await end_of(connection).wait()
        await connection.execute("select 1")

    async with Database.open(
        migrated_dsn, bridge, limits=PoolLimits(connect_s=LONGEST_S, idle_in_transaction_s=0.05)
    ) as database:
        with pytest.raises(StoreUnavailable):
            await database.transact(work)
        await goes_on(database)


async def goes_on(database: Database) -> None:
    """Write until it is done: on a slow machine a short limit may end this, too."""
    with trio.fail_after(LONGEST_S):
        while True:
            with suppress(StoreUnavailable):
                await database.transact(PID)
                return


def end_of(connection: Connection) -> asyncio.Event:
    """Return an event of asyncio that is set when the connection ends."""
    ended = asyncio.Event()
    connection.add_termination_listener(lambda _: ended.set())
    return ended


async def test_a_server_that_answers_no_more_is_given_up(migrated_dsn: str, bridge: AsyncioBridge) -> None:
    """The bound on this side ends a transaction whose server is silent, by closing the connection under it."""
    async with Database.open(
        migrated_dsn, bridge, limits=PoolLimits(connect_s=LONGEST_S, statement_s=600, call_s=0.05)
    ) as database:
        with pytest.raises(StoreUnavailable):
            await database.transact(running("select pg_sleep(600)"))


@pytest.mark.parametrize("code", ["01000", "02000", "P0001", "57014"])
async def test_a_savepoint_undoes_what_an_error_of_any_code_left(
    code: str, migrated_dsn: str, bridge: AsyncioBridge
) -> None:
    """Also one with the code of a warning, an exception that takes no attributes; nested ones undo their own."""
    insert = "insert into thesetd.schedules (name, next_due) values ('{}', 'epoch')"

    async def failing(connection: Connection) -> None:
        async with savepoint(connection):
            await connection.execute(insert.format("undone"))
            await connection.execute(f"do $$ begin raise exception using errcode = '{code}'; end $$")

    async def work(connection: Connection) -> None:
        async with savepoint(connection, first=insert.format("first"), last=insert.format("last")):
            with pytest.raises((asyncpg.PostgresError, asyncpg.PostgresWarning)):
                await failing(connection)

    async with Database.open(migrated_dsn, bridge) as database:
        await database.transact(work)
        names = await database.read(running("select array_agg(name order by name) from thesetd.schedules"))
        assert names == ["first", "last"]


@pytest.mark.parametrize("code", ["01000", "02000", "P0001"])
async def test_a_refusal_of_any_code_is_one(code: str, migrated_dsn: str, bridge: AsyncioBridge) -> None:
    """In whatever way it was asked, also with the code of a warning, and the next call works."""
    refused = running(f"do $$ begin raise exception 'no' using errcode = '{code}'; end $$")
    async with Database.open(migrated_dsn, bridge) as database:
        for way in (database.transact, database.note, database.state, database.read):
            with pytest.raises(StoreRejected, match="no"):
                await way(refused)
            assert await way(PID)


async def test_nothing_of_a_failed_transaction_stays(migrated_dsn: str, bridge: AsyncioBridge) -> None:
    """What raises in a transaction undoes all of it; what raises in a savepoint undoes only its own."""

    async def insert(connection: Connection, name: str) -> None:
        await connection.execute("insert into thesetd.schedules (name, next_due) values ($1, 'epoch')", name)

    async def half(connection: Connection) -> None:
        await insert(connection, "kept")
        try:
            async with savepoint(connection):
                await insert(connection, "undone")
                raise ZeroDivisionError
        except ZeroDivisionError:
            await insert(connection, "kept too")

    async def none(connection: Connection) -> None:
        await insert(connection, "lost")
        raise ZeroDivisionError

    async with Database.open(migrated_dsn, bridge) as database:
        await database.transact(half)
        with pytest.raises(ZeroDivisionError):
            await database.transact(none)
        assert await database.read(running("select array_agg(name order by name) from thesetd.schedules")) == [
            "kept",
            "kept too",
        ]


async def test_a_refused_connection_names_the_place_and_no_password(bridge: AsyncioBridge) -> None:
    """The error says which host, port, database and user; the password is nowhere in it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        dsn = f"postgresql://someone:hush@127.0.0.1:{port}/theset"
        with pytest.raises(StoreUnavailable) as caught:
            async with Database.open(dsn, bridge):
                pass
    assert f"host 127.0.0.1, port {port}, database theset, user someone" in str(caught.value)
    assert "hush" not in str(caught.value) + repr(caught.value.__cause__)


async def test_an_unknown_database_is_named(migrated_dsn: str, bridge: AsyncioBridge) -> None:
    """A server that answers but has no such database makes one clear line."""
    with pytest.raises(ConfigError, match=r"database nowhere, user .*does not exist"):
        async with Database.open(re.sub(r"/\w+\?host", "/nowhere?host", migrated_dsn), bridge):
            pass


async def test_a_silent_server_is_not_waited_for(bridge: AsyncioBridge) -> None:
    """Connecting is bounded where somebody listens and says nothing."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        dsn = f"postgresql://someone@127.0.0.1:{silent.getsockname()[1]}/theset"
        with pytest.raises(StoreUnavailable, match="no connection to PostgreSQL"):
            async with Database.open(dsn, bridge, limits=PoolLimits(connect_s=0.05)):
                pass


@pytest.mark.parametrize(
    "dsn", ["", "hush", "mysql://u:hush@h/d", "postgresql://u:hush@h:port/d", "postgresql://[hush/d"]
)
def test_a_malformed_address_is_a_fault_of_the_configuration(dsn: str) -> None:
    """What is no address is reported without repeating it."""
    with pytest.raises(ConfigError) as caught:
        parse(dsn)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("dsn", "words"),
    [
        ("postgresql://ann:pw@db.example:6000/theset", "host db.example, port 6000, database theset, user ann"),
        ("postgres:///theset?host=/run/pg&port=7", "host /run/pg, port 7, database theset, user of this process"),
        ("postgresql://ann@/", "host the local socket, port 5432, database of the user's name, user ann"),
    ],
)
def test_an_address_is_described_in_words(dsn: str, words: str) -> None:
    """Each part is taken from where asyncpg takes it."""
    assert str(parse(dsn)) == words


async def test_transactions_wait_for_one_another(migrated_dsn: str, bridge: AsyncioBridge) -> None:
    """There is one writing connection, however many write."""
    pids = set()
    async with Database.open(migrated_dsn, bridge) as database, trio.open_nursery() as nursery:

        async def write() -> None:
            pids.add(await database.transact(PID))

        for _ in range(10):
            nursery.start_soon(write)
    assert len(pids) == 1


async def test_reads_of_background_jobs_do_not_hold_up_users(migrated_dsn: str, bridge: AsyncioBridge) -> None:
    """However many there are and however long they take: one connection is left to users."""
    async with Database.open(migrated_dsn, bridge) as database, trio.open_nursery() as nursery:
        with in_background():
            for _ in range(10):
                nursery.start_soon(database.read, running("select pg_sleep(5)"))
        await trio.testing.wait_all_tasks_blocked(0.05)
        reading = next(pool for pool in database.pools() if pool.name == "reading")
        assert (reading.busy, reading.waiting) == (reading.limit - 1, 10 - reading.busy)
        for _ in range(3):
            await database.read(PID)
        nursery.cancel_scope.cancel()
