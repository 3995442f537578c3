"""The batches that wait for the writer, in two queues that are stored in parallel.

Reports of running jobs change no rows, and users wait for them, so they do not queue behind batches with rows. Of
those with rows the ones go first for which a caller waits, then those of users' jobs, then those of background jobs: a
backlog of refreshes would else stand between an import and its acceptance, and between each two of its batches. Batches
of one job are stored in the order in which they were sent, whichever queue they are in.

Batches that could not be stored are tried again one by one, the same one later each time that something else was stored
meanwhile: then the database is available, and it is this batch that takes longer than a statement may.
"""

import math
from collections.abc import Iterator, Sequence
from enum import IntEnum

import attrs
import trio

from thesetd.actors.messages import Write
from thesetd.domain.ids import JobId
from thesetd.domain.music.records import Rows
from thesetd.domain.work.jobs import Lane

TOGETHER = 256  # batches in one commit
HELD = 1_024  # batches that wait, some for each job that may run: in the mailbox replies would wait behind the others
WITH_ROWS = 8  # batches with rows among them: each takes milliseconds, and a user may be waiting
MOST_ROWS = 1_000  # rows of several batches in one commit: about a second
MOST_OVERTAKING = 4  # commits in a row that may overtake the batch that has waited longest, which is then stored
FIRST_AGAIN_S, LONGER, LONGEST_AGAIN_S = 0.4, 4.0, 60.0  # until a batch that could not be stored is tried again
MOST_IN_VAIN = 3  # such attempts for a sender that no longer waits


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


@attrs.define(eq=False)
class Waiting:
    """One batch that waits; it `is_alone` once it could not be stored, by itself or with others.

    `failed` is how often that was by itself, after something else was stored: `others` were when it failed last. It is
    not tried before a moment of trio's clock.
    """

    command: Write
    is_report: bool
    urgency: Urgency
    rows: int
    is_alone: bool = False
    failed: int = 0
    others: int = -1
    not_before: float = -math.inf


class WaitingBatches:
    """Batches that were received and not stored yet."""

    def __init__(self) -> None:
        """Start empty."""
        self._waiting: list[Waiting] = []
        self._taken: list[Waiting] = []
        self._stored = 0
        self._overtaking = 0
        self._changed = trio.Event()

    def __len__(self) -> int:
        """Return the number of batches that wait."""
        return len(self._waiting)

    def add(self, command: Write) -> None:
        """Add a batch behind all others that are as urgent."""
        batch = command.batch
        self._waiting.append(Waiting(command, batch.is_report, Urgency.of(command), _count(batch.rows)))
        self._notify()

    async def room(self) -> None:
        """Wait until there is room for another batch."""
        while len(self) >= HELD:
            await self._changed.wait()

    async def take(self, *, reports: bool) -> list[Write]:
        """Wait for reports, or for other batches, and return the first that can be stored with one commit."""
        while not (free := list(self._free(reports=reports))):
            later = (one.not_before for one in self._waiting if one.not_before > trio.current_time())
            with trio.move_on_at(min(later, default=math.inf)):
                await self._changed.wait()
        group = _group(free if reports else self._most_urgent(free))
        taken = set(map(id, group))
        self._waiting = [one for one in self._waiting if id(one) not in taken]
        self._taken += group
        self._notify()
        return [one.command for one in group]

    def done(self, group: Sequence[Write]) -> None:
        """Forget batches that were taken: they are answered."""
        self._stored += len(group)
        self._drop_taken(group)

    def put_back(self, group: Sequence[Write]) -> float:
        """Let batches wait again that could not be stored; return for how long, if it is one."""
        failed, again_s = self._drop_taken(group), 0.0
        for one in failed:
            one.is_alone = True
            if len(failed) == 1:
                one.failed, one.others = one.failed + (self._stored != one.others), self._stored
                again_s = min(FIRST_AGAIN_S * LONGER ** (one.failed - 1), LONGEST_AGAIN_S)
                one.not_before = trio.current_time() + again_s
        vain = [one for one in failed if one.failed > MOST_IN_VAIN and not one.command.reply.wanted]
        self._waiting = [one for one in failed if one not in vain] + self._waiting  # before later ones of their jobs
        return again_s

    def forgive(self) -> None:
        """Treat all batches as if none had failed: the database was unavailable to every one of them."""
        for one in self._waiting:
            one.is_alone, one.failed, one.others, one.not_before = False, 0, -1, -math.inf
        self._notify()

    def _drop_taken(self, group: Sequence[Write]) -> list[Waiting]:
        ended = set(map(id, group))
        dropped = [one for one in self._taken if id(one.command) in ended]
        self._taken = [one for one in self._taken if id(one.command) not in ended]
        self._notify()
        return dropped

    def drop(self) -> None:
        """Leave all batches unanswered: the writer ends."""
        for one in (*self._taken, *self._waiting):
            one.command.reply.close()

    def _free(self, *, reports: bool) -> Iterator[Waiting]:
        """Find the batches of a queue that may be stored now, in order of arrival: at most one of each job.

        A job that is being cancelled may have two batches waiting: those are stored one after the other.
        """
        jobs, now = {_job(one.command) for one in self._taken} - {None}, trio.current_time()
        for one in self._waiting:
            job = _job(one.command)
            if one.is_report is reports and job not in jobs and one.not_before <= now:
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


def _group(free: list[Waiting]) -> list[Waiting]:
    """Return the first that one commit takes."""
    group: list[Waiting] = []
    with_rows = rows = 0
    for one in free:
        with_rows, rows = with_rows + bool(one.command.batch.rows), rows + one.rows
        is_full = with_rows > WITH_ROWS or rows > MOST_ROWS or len(group) == TOGETHER
        if group and (is_full or one.is_alone or group[0].is_alone):
            break
        group.append(one)
    return group


def _count(rows: Rows) -> int:
    """Return how many rows take the writer's time."""
    parts = (rows.artists, rows.albums, rows.songs, rows.venues, rows.shows, rows.actual_setlists, rows.predicted)
    return sum(map(len, parts))


def _job(command: Write) -> JobId | None:
    return command.batch.job.id if command.batch.job else None
