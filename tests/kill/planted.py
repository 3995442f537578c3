"""What is put into a forked daemon before it runs: bugs that the auditor must find, and deaths at a chosen place."""

import os
import re
import signal
from collections.abc import Sequence
from typing import Any

import attrs
import trio

from thesetd.actors import importer
from thesetd.actors.jobs import work
from thesetd.adapters.postgres.batches import job_updates, recording, rowless, transaction
from thesetd.adapters.postgres.batches.committing import PostgresBatches
from thesetd.adapters.postgres.database import Connection, Database, DatabaseWork
from thesetd.adapters.postgres.queue import jobs
from thesetd.domain.errors import StoreError
from thesetd.domain.music.records import Rows
from thesetd.domain.work.batches import Batch, Written
from thesetd.domain.work.jobs import REST_S

NEVER_S = 1e6


def two_transactions() -> None:
    """Bug: checkpoint and rows are committed one after the other; the process dies between the two."""
    write_all = PostgresBatches.write_all

    async def write(self: PostgresBatches, group: Sequence[Batch]) -> tuple[Written | StoreError, ...]:
        if any(batch.rows.songs for batch in group):
            await write_all(self, [attrs.evolve(batch, rows=Rows()) for batch in group])
            _die()
        return await write_all(self, group)

    PostgresBatches.write_all = write  # type: ignore[method-assign]


def no_fence() -> None:
    """Bug: whoever once ran a job may go on writing it, over whatever was stored since."""
    checked = re.compile(r"(?s)(?<=and j\.id = n\.id) and .*?(?=\n    returning)")
    updating = job_updates.updating

    def unchecked(*args: Any, **named: Any) -> str:
        without, count = checked.subn("", updating(*args, **named))
        assert count == 1
        return without

    recording.updating = unchecked  # type: ignore[attr-defined]
    recording.statement.cache_clear()
    for ended, statement in job_updates._UPDATES.items():
        job_updates._UPDATES[ended] = checked.sub("", statement)


def die_after_commit(number: int) -> None:
    """Die in the very step in which the commit of so many batches with events is answered, before anybody can tell."""
    record, bounded = transaction.record, Database._bounded
    left, telling = number, set[int]()

    async def note(connection: Connection, *args: Any, **named: Any) -> Any:
        found = await record(connection, *args, **named)
        if found.events or found.firsts:
            telling.add(id(connection))
        return found

    async def die(self: Database, connection: Connection, work: DatabaseWork[Any]) -> Any:
        nonlocal left
        telling.discard(id(connection))
        found = await bounded(self, connection, work)
        left -= id(connection) in telling
        if left == 0:
            _die()
        return found

    transaction.record = rowless.record = note  # type: ignore[attr-defined]
    Database._bounded = die  # type: ignore[method-assign]


def never_look() -> None:
    """Run no job but those that one is told of: let nobody look for them of itself."""
    _look_every(NEVER_S)


def _look_every(poll_s: float) -> None:
    made = importer.Importer.__init__

    def make(self: importer.Importer, *args: Any, **named: Any) -> None:
        made(self, *args, **named)
        self._poll_s = poll_s

    importer.Importer.__init__ = make  # type: ignore[method-assign]


def poison(reference: str, after_s: float) -> None:
    """Let the job about this artist kill its process as soon as it runs for so long."""
    perform = importer.perform

    async def kill(running: work.JobRun) -> None:
        if running.job.args.get("reference") == reference:
            await trio.sleep(after_s)
            _die()
        await perform(running)

    importer.perform = kill


def short_rests(rest_s: float) -> None:
    """Let a suspect rest for so long before its first run alone, twice that before its second; look as often."""
    rested = f"interval '{REST_S} s'"
    assert jobs._RECOVER.count(rested) == 1
    jobs._RECOVER = jobs._RECOVER.replace(rested, f"interval '{rest_s} s'")
    _look_every(rest_s)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
