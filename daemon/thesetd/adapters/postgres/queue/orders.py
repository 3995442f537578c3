"""Carries out an operator's orders: cancels jobs, whichever node runs them, and makes ended ones due again."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.queue.nodes import tell
from thesetd.adapters.postgres.reading import progress
from thesetd.domain.ids import JobId
from thesetd.domain.work.jobs import Action, JobState, Order, Ordered, obeys, told
from thesetd.domain.work.progress import ProgressEvent
from thesetd.ports.store import Hint, HintKind

_FIND = """
select j.state, j.unique_key, s.status, s.progress, s.message, s.counts,
    s.expected_at, s.expected_from, s.expected_until
from thesetd.jobs j left join import_status s on s.job_id = j.id
where j.id = $1 for update of j
"""
_UNFINISHED = "select id from thesetd.jobs where unique_key = $1 and state in ('ready', 'running')"
# The node that runs the job meets an advanced fence, and stores nothing more.
_CARRY_OUT = {
    Action.CANCEL: """
        update thesetd.jobs
        set state = 'cancelled', fence = fence + 1, node = null, epoch = null, renewed_at = null, finished_at = $2
        where id = $1
    """,
    Action.RETRY: """
        update thesetd.jobs
        set state = 'ready', attempts = 0, rescues = 0, not_before = $2, finished_at = null, error = null,
            waits_for = null
        where id = $1
    """,
}


async def carry_out(
    connection: Connection, orders: Sequence[Order], at: datetime
) -> tuple[list[Ordered], list[ProgressEvent]]:
    """Carry out the possible orders; return each outcome, and the events for followers of the jobs.

    The node that runs one of the jobs is notified by a hint.
    """
    found, events = [], []
    for order in orders:
        row = await connection.fetchrow(_FIND, order.job_id)
        ordered = await _one(connection, order, row, at)
        found.append(ordered)
        if ordered.obeyed and row is not None and row["status"] is not None:
            events.append(ProgressEvent(job_id=order.job_id, progress=told(order.action, progress(row)), at=at))
    await tell(connection, Hint(HintKind.ORDERS))
    return found, events


async def _one(connection: Connection, order: Order, row: asyncpg.Record | None, at: datetime) -> Ordered:
    if row is None:
        return Ordered(job_id=order.job_id, obeyed=False, before=None)
    state = JobState(row["state"])
    joined: int | None = None
    if order.action is Action.RETRY and state.final:
        joined = await connection.fetchval(_UNFINISHED, row["unique_key"])
    obeyed = obeys(state, order.action) and joined is None
    if obeyed:
        await connection.execute(_CARRY_OUT[order.action], order.job_id, at)
    return Ordered(job_id=order.job_id, obeyed=obeyed, before=state, joined=None if joined is None else JobId(joined))
