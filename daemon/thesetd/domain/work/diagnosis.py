"""Explains why a job is not making progress: names one cause, in words, and what would unblock it.

The store knows the job's row and its place in the queue; the node that runs it knows the state of its calls. Of several
calls, the cause is the one that is furthest from its answer.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum, IntEnum
from typing import Annotated, Any

import attrs

from thesetd.domain.documents import Says
from thesetd.domain.ids import JobId, ProviderName
from thesetd.domain.work.deferrals import EVERYTHING, Deferral, DeferReason, paused
from thesetd.domain.work.jobs import SUSPECT, JobState


class CallStage(IntEnum):
    """The stage of a call in its provider's lanes and gate, the last stage first."""

    WIRE = 0  # it is in flight
    PASSING = 1  # it is passing the gate, without waiting
    LANE = 2
    SLOT = 3
    BACKOFF = 4  # it failed and will be retried
    BREAKER = 5
    PENALTY = 6


class Cause(Enum):
    """What a job waits for, or how it ended."""

    PAUSE = "pause"
    PENALTY = "penalty"
    QUOTA = "quota"
    BREAKER = "breaker"
    HOLD = "hold"
    DATABASE = "database"
    BACKOFF = "backoff"
    NOT_BEFORE = "not-before"
    QUARANTINE = "quarantine"
    QUEUE = "queue"
    LEASE = "lease"
    ELSEWHERE = "elsewhere"
    SLOT = "slot"
    LANE = "lane"
    CALL = "call"
    WORK = "work"
    SAME_KEY = "same-key"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DEAD = "dead"


@attrs.frozen(kw_only=True)
class JobSnapshot:
    """What the store knows of a job. `due` is aware UTC; `ahead` counts the due jobs that will be claimed before it.

    `node` runs it, and `node_lives` says whether that node is alive; `same_key` is an unfinished job that does the same
    as this ended one; `paused` names everything that is paused.
    """

    job_id: JobId
    state: JobState
    due: datetime
    attempts: int
    rescues: int
    error: str | None
    waits_for: Deferral | None
    node: str | None
    node_lives: bool
    ahead: int
    same_key: JobId | None
    paused: frozenset[str]


@attrs.frozen(kw_only=True)
class CallSnapshot:
    """Where one call of a job is."""

    provider: ProviderName
    endpoint: Annotated[str, Says(example="albums")]
    place: Annotated[CallStage, Says("Where it is on its way to the provider.")]
    wait_s: Annotated[float | None, Says("Seconds until it resumes, if known.")] = None
    ahead: Annotated[int, Says("Calls ahead of it in its lane.")] = 0
    reason: Annotated[str, Says("Why it failed, if it is being retried.", example="")] = ""


@attrs.frozen(kw_only=True)
class Diagnosis:
    """Why a job is not making progress."""

    job_id: JobId
    state: Annotated[JobState | None, Says("Null while the database is unavailable.")]
    cause: Cause
    text: Annotated[str, Says("The cause in words.", example="it is next in the queue")]
    unblock: Annotated[str, Says("What would unblock it.", example="waiting")]
    earliest: Annotated[datetime | None, Says("When it resumes, if known.")] = None
    place: Annotated[int | None, Says("Its place in the queue; 1 is next.")] = None
    calls: Annotated[tuple[CallSnapshot, ...], Says("Those of its calls that are under way on this node.")] = ()


_TIME = "waiting"
_PUT_OFF: Mapping[DeferReason, tuple[Cause, str]] = {
    DeferReason.PAUSE: (Cause.NOT_BEFORE, _TIME),  # the pause is over already
    DeferReason.PENALTY: (Cause.PENALTY, _TIME),
    DeferReason.QUOTA: (Cause.QUOTA, "waiting, or `thesetctl limits set {0}` if the provider allows more"),
    DeferReason.BREAKER: (Cause.BREAKER, "waiting, or `thesetctl breakers reset {0}`"),
    DeferReason.HOLD: (Cause.HOLD, "valid credentials in [providers.{0}], or waiting if the account is suspended"),
    DeferReason.DATABASE: (Cause.DATABASE, _TIME),
    DeferReason.BACKOFF: (Cause.BACKOFF, "waiting; it is given up after too many failures"),
}
_ON_ITS_WAY: Mapping[CallStage, tuple[Cause, str, str]] = {
    CallStage.WIRE: (Cause.CALL, "a call to {0} is in flight ({1})", "the provider's answer"),
    CallStage.PASSING: (Cause.CALL, "a call to {0} is about to be sent ({1})", _TIME),
    CallStage.LANE: (Cause.LANE, "its call waits in a lane of {0} ({1}), {2} before it", "the calls before it"),
    CallStage.SLOT: (
        Cause.SLOT,
        "its call waits for a slot within the limits of {0} ({1})",
        _PUT_OFF[DeferReason.QUOTA][1],
    ),
    CallStage.BACKOFF: (Cause.BACKOFF, "the call to {0} is retried in {3:.1f} s ({1}): {4}", _TIME),
    CallStage.BREAKER: (Cause.BREAKER, "the circuit breaker of {0} is open ({1})", _PUT_OFF[DeferReason.BREAKER][1]),
    CallStage.PENALTY: (Cause.PENALTY, "{0} is rate-limiting the daemon ({1})", _TIME),
}


def why(standing: JobSnapshot, calls: Sequence[CallSnapshot], *, here: str, now: datetime) -> Diagnosis:
    """Return the one cause.

    Args:
        standing: what the store knows.
        calls: the job's calls that are in progress on this node.
        here: this node's name.
        now: aware UTC.
    """
    if standing.state is JobState.READY:
        return _waiting(standing, now)
    if standing.state is JobState.RUNNING:
        return _running(standing, calls, here, now)
    return _ended(standing)


def without_database(job_id: JobId) -> Diagnosis:
    """Return the answer for any job while the database is unavailable."""
    text = "the database does not answer: no job is claimed or stored until it does"
    return Diagnosis(job_id=job_id, state=None, cause=Cause.DATABASE, text=text, unblock="the database")


def _waiting(it: JobSnapshot, now: datetime) -> Diagnosis:
    put_off = it.waits_for
    if EVERYTHING in it.paused:
        return _paused(it, EVERYTHING)
    if put_off is not None and put_off.wait is DeferReason.PAUSE and put_off.whom in it.paused:
        return _paused(it, put_off.whom)
    if it.rescues >= SUSPECT and put_off is None:
        return _suspect(it, now)
    if it.due > now:
        if put_off is None:
            return _answer(it, Cause.NOT_BEFORE, "it is scheduled for later", _TIME, earliest=it.due)
        cause, unblock = _PUT_OFF[put_off.wait]
        text = it.error or "it was deferred"
        if cause is Cause.BACKOFF:
            text = f"failed {it.attempts} times, the last time with: {text}" if it.attempts > 1 else f"failed: {text}"
        return _answer(it, cause, text, unblock.format(put_off.whom), earliest=it.due)
    text = "it is next in the queue" if it.ahead == 0 else f"it is number {it.ahead + 1} in the queue"
    return _answer(it, Cause.QUEUE, text, "the running jobs and those before it, or another node", place=it.ahead + 1)


def _suspect(it: JobSnapshot, now: datetime) -> Diagnosis:
    text = f"quarantined: its node crashed {it.rescues} times while running it"
    unblock = "waiting: it then runs alone" if it.due > now else "the end of the running jobs"
    return _answer(it, Cause.QUARANTINE, text, unblock, earliest=max(it.due, now))


def _paused(it: JobSnapshot, what: str) -> Diagnosis:
    return _answer(it, Cause.PAUSE, paused(what), f"`thesetctl resume {what}`")


def _running(it: JobSnapshot, calls: Sequence[CallSnapshot], here: str, now: datetime) -> Diagnosis:
    if not it.node_lives:
        text = f"node {it.node!r}, which ran it, has crashed"
        return _answer(it, Cause.LEASE, text, "any live node takes it over within seconds")
    if it.node != here:
        text = f"it is running on node {it.node!r}, which knows the state of its calls"
        return _answer(it, Cause.ELSEWHERE, text, f"ask there: `thesetctl why {it.job_id}`")
    call = max(calls, key=lambda call: (call.place, -(call.wait_s or 0.0), -call.ahead), default=None)
    if call is None:
        return _answer(it, Cause.WORK, "it is running", "nothing: it is not waiting")
    cause, text, unblock = _ON_ITS_WAY[call.place]
    names = (call.provider, call.endpoint, call.ahead, call.wait_s or 0.0, call.reason)
    later = None if call.wait_s is None else now + timedelta(seconds=call.wait_s)
    return _answer(it, cause, text.format(*names), unblock.format(*names), earliest=later, calls=tuple(calls))


def _ended(it: JobSnapshot) -> Diagnosis:
    if it.state is JobState.DONE:
        return _answer(it, Cause.DONE, "it is done", "nothing: it is not waiting")
    if it.same_key is not None:
        text = f"it is {it.state.value}, and job {it.same_key} does the same"
        return _answer(it, Cause.SAME_KEY, text, f"the end of job {it.same_key}")
    reason = f": {it.error}" if it.error else ""
    return _answer(it, Cause(it.state.value), f"it is {it.state.value}{reason}", f"`thesetctl retry {it.job_id}`")


def _answer(it: JobSnapshot, cause: Cause, text: str, unblock: str, **more: Any) -> Diagnosis:
    return Diagnosis(job_id=it.job_id, state=it.state, cause=cause, text=text, unblock=unblock, **more)
