"""Commits batches: each in a transaction, and those with rows one at a time in the whole cluster.

Their transaction begins with an advisory lock that every batch but a report takes, on every node. This simplifies two
things. The upserts read rows before they write them, and no other transaction changes those in between. And two batches
about the same rows cannot deadlock. A batch takes milliseconds; providers allow a few answers per second.

Events are numbered at the end, from a row that stays locked until the commit. So numbers are assigned and committed in
the same order, and a reader of the events after a number misses none (a number assigned early and committed late would
be skipped). Reports of running jobs need only that lock. If it is free, they are committed beside a batch with rows, on
another connection; otherwise that batch is about to be committed, and they are next.
"""

from collections.abc import Collection, Sequence
from functools import partial

from thesetd.adapters.postgres.batches.commit_log import WRITER_LOCK
from thesetd.adapters.postgres.batches.completing import HourlyCompletion
from thesetd.adapters.postgres.batches.job_updates import StoredBefore
from thesetd.adapters.postgres.batches.rowless import is_light, is_one_statement, write_light, write_reports
from thesetd.adapters.postgres.batches.transaction import write_batch
from thesetd.adapters.postgres.database import OPEN_SAVEPOINT, Connection, Database, savepoint
from thesetd.adapters.postgres.rows.merge import at_once
from thesetd.adapters.postgres.translation import check_table_right, translated
from thesetd.domain.errors import AlreadyFired, LostLease, StoreError, StoreRejected, UnknownDecision
from thesetd.domain.work.batches import Batch, Written

_LOCK = f"select pg_advisory_xact_lock({WRITER_LOCK})"
_CHECK, _CHECK_LATER = "set constraints all immediate", "set constraints all deferred"
_REFUSED = (AlreadyFired, LostLease, StoreRejected, UnknownDecision)


class PostgresBatches:
    """The `BatchStore` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._hourly = HourlyCompletion(database)

    async def write(self, batch: Batch) -> Written:
        """Store a batch in one transaction; see `thesetd.ports.store.BatchStore`."""
        (found,) = await self.write_all([batch])
        if isinstance(found, StoreError):
            raise found
        return found

    async def write_all(self, batches: Sequence[Batch]) -> tuple[Written | StoreError, ...]:
        """Store several batches with one commit; see `thesetd.ports.store.BatchStore`.

        Batches without rows, which are the most frequent ones under load, are stored together by a few statements.
        """
        try:
            if all(batch.is_report for batch in batches):
                found = await self._database.state(partial(write_reports, batches=batches))
                if found is not None:
                    return tuple(found)
            if all(map(is_light, batches)):
                alone = is_one_statement(batches)
                light = partial(write_light, batches=batches)
                return tuple(await self._database.transact(light, alone=alone, first="" if alone else _LOCK))
            await self._hourly.before(batches)
            first = next(batch for batch in batches if not is_light(batch))
            begin = f"{_LOCK}; {OPEN_SAVEPOINT}; {_name_job(first)}"
            return await self._database.transact(partial(_write_all, batches=batches), first=begin)
        except StoreRejected:  # by the commit, or a light batch is: storing each separately shows which
            return await self._write_apart(batches)

    async def _write_apart(self, batches: Sequence[Batch]) -> tuple[Written | StoreError, ...]:
        """Store each batch separately, so that one that only the commit refuses does not affect the others."""
        try:
            return await self._database.transact(partial(_write_each, batches=batches), first=_LOCK)
        except StoreRejected as error:
            if len(batches) == 1:
                return (error,)
        return tuple([(await self._write_apart([batch]))[0] for batch in batches])


async def _write_all(connection: Connection, batches: Sequence[Batch]) -> tuple[Written | StoreError, ...]:
    """Store batches under the writer's lock, those with rows first, then the light ones together.

    Nearly always all are accepted, so those with rows share the savepoint that was opened with the transaction, and
    their deferred checks are made by the commit. If one of them is refused, each is stored by itself.
    """
    light = [number for number, batch in enumerate(batches) if is_light(batch)]
    try:
        with at_once(), translated():
            async with savepoint(connection, open=True):
                found = await _write_together(connection, {n: b for n, b in enumerate(batches) if n not in light})
    except (StoredBefore, *_REFUSED):
        return await _write_each(connection, batches, light)
    return await _with_light(connection, batches, light, found)


async def _write_together(connection: Connection, batches: dict[int, Batch]) -> dict[int, Written | StoreError]:
    found: dict[int, Written | StoreError] = {}
    for number, batch in batches.items():
        if found:
            await connection.execute(_name_job(batch))
        found[number] = await write_batch(connection, batch, strict=False)
    return found


async def _write_each(
    connection: Connection, batches: Sequence[Batch], light: Collection[int] = ()
) -> tuple[Written | StoreError, ...]:
    """Store batches under the writer's lock, each by itself but for the light ones."""
    found = {n: await _write_one(connection, batch) for n, batch in enumerate(batches) if n not in light}
    return await _with_light(connection, batches, light, found)


async def _with_light(
    connection: Connection,
    batches: Sequence[Batch],
    light: Collection[int],
    found: dict[int, Written | StoreError],
) -> tuple[Written | StoreError, ...]:
    if light:
        found.update(zip(light, await write_light(connection, [batches[n] for n in light]), strict=True))
    return tuple(found[number] for number in range(len(batches)))


async def _write_one(connection: Connection, batch: Batch) -> Written | StoreError:
    """Store a batch as a whole, or return why not and leave the transaction unchanged.

    Nearly every batch is accepted as it is. A refused one is written again with savepoints, which leave out the refused
    rows, then with the application's deferred checks at the end of each statement, which shows the row or status to
    blame. If a right is still missing then, it concerns the daemon's own tables: the batch is kept until it is granted.
    """
    with at_once():
        found = await _write_whole(connection, batch, strict=False)
    for strict in (False, True):
        if not isinstance(found, StoreRejected):
            return found
        found = await _write_whole(connection, batch, strict=strict)
    if isinstance(found, StoreRejected):
        check_table_right(found)
    return found


async def _write_whole(connection: Connection, batch: Batch, *, strict: bool) -> Written | StoreError:
    first = f"{_CHECK}; {_name_job(batch)}" if strict else _name_job(batch)
    try:
        with translated():
            async with savepoint(connection, first=first, last=f"{_CHECK}; {_CHECK_LATER}"):
                return await write_batch(connection, batch, strict=strict)
    except StoredBefore:
        return Written()
    except _REFUSED as error:
        return error


def _name_job(batch: Batch) -> str:
    """Return the statement that names a batch's job to the triggers of the change feed."""
    return f"select set_config('thesetd.job', '{batch.job.id if batch.job else ''}', true)"
