"""The batches that wait for the writer, in two queues that are stored beside one another.

Reports of running jobs change no rows, and users wait for them, so they do not queue behind batches with rows. Batches
of one job are stored in the order in which they were sent, whichever queue they are in.
"""

import trio

from thesetd.actors.messages import Write
from thesetd.domain.ids import JobId

TOGETHER = 256  # batches in one commit
WITH_ROWS = 8  # batches with rows among them: each takes milliseconds, and a user may be waiting


class WaitingBatches:
    """Batches that were received and not stored yet."""

    def __init__(self) -> None:
        """Start empty."""
        self._waiting: list[tuple[bool, Write]] = []  # each with whether it is a report
        self._taken: list[Write] = []
        self._changed = trio.Event()

    def __len__(self) -> int:
        """Return the number of batches that wait."""
        return len(self._waiting)

    def add(self, command: Write) -> None:
        """Add a batch behind all others."""
        self._waiting.append((command.batch.is_report, command))
        self._notify()

    async def room(self) -> None:
        """Wait until there is room for another batch."""
        while len(self) >= TOGETHER:
            await self._changed.wait()

    async def take(self, *, reports: bool) -> list[Write]:
        """Wait for reports, or for other batches, and return the first that can be stored with one commit."""
        while not (group := self._first(reports=reports)):
            await self._changed.wait()
        taken = set(map(id, group))
        self._waiting = [one for one in self._waiting if id(one[1]) not in taken]
        self._taken += group
        self._notify()
        return group

    def done(self, group: list[Write]) -> None:
        """Forget batches that were taken: they are answered."""
        answered = set(map(id, group))
        self._taken = [one for one in self._taken if id(one) not in answered]
        self._notify()

    def drop(self) -> None:
        """Leave all batches unanswered: the writer ends."""
        for command in (*self._taken, *(command for _, command in self._waiting)):
            command.reply.close()

    def _first(self, *, reports: bool) -> list[Write]:
        """Return a group, at most one batch of each job.

        A job that is being cancelled may have two batches waiting: those are stored one after the other.
        """
        group: list[Write] = []
        jobs: set[JobId | None] = set()
        earlier = {_job(command) for command in self._taken}
        with_rows = 0
        for is_report, command in self._waiting:
            job = _job(command)
            if is_report is reports:
                with_rows += bool(command.batch.rows)
                if with_rows > WITH_ROWS or len(group) == TOGETHER or (job and job in jobs):
                    break
                if job is None or job not in earlier:
                    group.append(command)
                    jobs.add(job)
            earlier.add(job)
        return group

    def _notify(self) -> None:
        self._changed.set()
        self._changed = trio.Event()


def _job(command: Write) -> JobId | None:
    return command.batch.job.id if command.batch.job else None
