"""The batches that wait for the writer, in two queues that are stored beside one another.

Reports of running jobs change no rows, and users wait for them, so they do not queue behind batches with rows. Of
those with rows the ones go first for which a caller waits, then those of users' jobs, then those of background jobs: a
backlog of refreshes would else stand between an import and its acceptance, and between each two of its batches. Batches
of one job are stored in the order in which they were sent, whichever queue they are in.
"""

from collections.abc import Iterator
from enum import IntEnum

import attrs
import trio

from thesetd.actors.messages import Write
from thesetd.domain.ids import JobId
from thesetd.domain.work.jobs import Lane

TOGETHER = 256  # batches in one commit
WITH_ROWS = 8  # batches with rows among them: each takes milliseconds, and a user may be waiting
MOST_OVERTAKING = 4  # commits in a row that may overtake the batch that has waited longest, which is then stored


class Urgency(IntEnum):
    """Who waits for a batch; the smaller value goes first."""

    REPLY = 0
    USER = 1
    NOBODY = 2

    @classmethod
    def of(cls, command: Write) -> "Urgency":
        """Return who waits for this one."""
        if command.is_for_reply:
            return cls.REPLY
        return cls.USER if command.lane is Lane.INTERACTIVE else cls.NOBODY


@attrs.frozen
class Waiting:
    """One batch that waits."""

    command: Write
    is_report: bool
    urgency: Urgency


class WaitingBatches:
    """Batches that were received and not stored yet."""

    def __init__(self) -> None:
        """Start empty."""
        self._waiting: list[Waiting] = []
        self._taken: list[Write] = []
        self._overtaking = 0
        self._changed = trio.Event()

    def __len__(self) -> int:
        """Return the number of batches that wait."""
        return len(self._waiting)

    def add(self, command: Write) -> None:
        """Add a batch behind all others that are as urgent."""
        self._waiting.append(Waiting(command, command.batch.is_report, Urgency.of(command)))
        self._notify()

    async def room(self) -> None:
        """Wait until there is room for another batch."""
        while len(self) >= TOGETHER:
            await self._changed.wait()

    async def take(self, *, reports: bool) -> list[Write]:
        """Wait for reports, or for other batches, and return the first that can be stored with one commit."""
        while not (free := list(self._free(reports=reports))):
            await self._changed.wait()
        group = _group(free if reports else self._most_urgent(free))
        taken = set(map(id, group))
        self._waiting = [one for one in self._waiting if id(one.command) not in taken]
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
        for command in (*self._taken, *(one.command for one in self._waiting)):
            command.reply.close()

    def _free(self, *, reports: bool) -> Iterator[Waiting]:
        """Find the batches of a queue that may be stored now, in order of arrival: at most one of each job.

        A job that is being cancelled may have two batches waiting: those are stored one after the other.
        """
        jobs = {_job(command) for command in self._taken} - {None}
        for one in self._waiting:
            job = _job(one.command)
            if one.is_report is reports and job not in jobs:
                yield one
            if job is not None:
                jobs.add(job)

    def _most_urgent(self, free: list[Waiting]) -> list[Waiting]:
        """Return those that are as urgent as any, or as the one that was overtaken too often."""
        oldest, chosen = free[0].urgency, min(one.urgency for one in free)
        if oldest is chosen or self._overtaking == MOST_OVERTAKING:
            self._overtaking, chosen = 0, oldest
        else:
            self._overtaking += 1
        return [one for one in free if one.urgency is chosen]

    def _notify(self) -> None:
        self._changed.set()
        self._changed = trio.Event()


def _group(free: list[Waiting]) -> list[Write]:
    """Return the first that one commit takes."""
    group: list[Write] = []
    with_rows = 0
    for one in free:
        with_rows += bool(one.command.batch.rows)
        if with_rows > WITH_ROWS or len(group) == TOGETHER:
            break
        group.append(one.command)
    return group


def _job(command: Write) -> JobId | None:
    return command.batch.job.id if command.batch.job else None
