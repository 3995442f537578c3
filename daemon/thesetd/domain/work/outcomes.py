"""Decides what becomes of a job whose step failed: it waits, is retried later, or fails; and says so in words."""

from datetime import datetime, timedelta

import attrs

from thesetd.domain.errors import (
    BreakerOpen,
    LostLease,
    Paused,
    ProviderError,
    QuotaSpent,
    RateLimited,
    StoreUnavailable,
    ThesetdError,
    Unauthorized,
    Unavailable,
    leaves,
)
from thesetd.domain.work.deferrals import Deferral, DeferReason
from thesetd.domain.work.jobs import JobState

MOST_ATTEMPTS = 10  # failed runs of one job; with doubling waits that covers an outage of about five hours
FIRST_WAIT_S = 30.0
LONGEST_WAIT_S = 3600.0
UNHINTED_WAIT_S = 60.0


@attrs.frozen(kw_only=True)
class Outcome:
    """The outcome of a failed step.

    `wait_s`: seconds until the job is ready again. `waits_for`: the reason for waiting; a pause has no time, since an
    operator ends it. `error`: why, in words for a user. `failed_attempt`: this run counts against the job. `abandoned`:
    another run owns the job now, so nothing may be written.
    """

    state: JobState
    wait_s: float | None = None
    waits_for: Deferral | None = None
    error: str | None = None
    failed_attempt: bool = False
    abandoned: bool = False


def outcome_of(error: Exception, *, attempts: int) -> Outcome:
    """Decide the outcome of a job that ended with `error` after `attempts` earlier failed attempts.

    Pauses, limits, open breakers, refused credentials and an unavailable database are not held against the job: it
    waits, however often. An unavailable provider and an internal error count; the wait doubles each time.
    """
    leaf = _leaf(error)
    if isinstance(leaf, LostLease):
        return Outcome(state=JobState.READY, abandoned=True)
    if (outcome := _put_off(leaf)) is not None:
        return outcome
    if isinstance(leaf, ThesetdError) and not isinstance(leaf, Unavailable):
        return Outcome(state=JobState.FAILED, error=_text(leaf), failed_attempt=True)
    if attempts + 1 >= MOST_ATTEMPTS:
        return Outcome(state=JobState.DEAD, error=_text(leaf), failed_attempt=True)
    return Outcome(
        state=JobState.READY,
        wait_s=min(FIRST_WAIT_S * 2.0**attempts, LONGEST_WAIT_S),
        waits_for=Deferral(DeferReason.BACKOFF, leaf.provider if isinstance(leaf, ProviderError) else ""),
        error=_text(leaf),
        failed_attempt=True,
    )


def describe(outcome: Outcome, not_before: datetime | None) -> str:
    """Return what becomes of the job in one sentence for the user who waits."""
    if not_before is not None:
        now = not_before - timedelta(seconds=outcome.wait_s or 0.0)
        return f"Waiting until {clock_text(not_before, now)}: {outcome.error}"
    if outcome.state is JobState.READY:
        return f"Waiting: {outcome.error}"
    return f"Import failed: {outcome.error}"


def clock_text(moment: datetime, now: datetime) -> str:
    """Return a future moment for users: the time of day (UTC), with its date if that is not today's."""
    date = f"{moment:%Y-%m-%d} " if moment.date() != now.date() else ""
    return f"{date}{moment:%H:%M:%S} UTC"


def _put_off(error: Exception) -> Outcome | None:
    """Return the outcome of an error that is not held against the job, None for any other error."""
    wait_s: float | None
    match error:
        case Paused():
            waits_for, wait_s = Deferral(DeferReason.PAUSE, error.what), None
        case QuotaSpent():
            waits_for, wait_s = Deferral(DeferReason.QUOTA, error.provider), error.retry_after_s or UNHINTED_WAIT_S
        case RateLimited():
            waits_for, wait_s = Deferral(DeferReason.PENALTY, error.provider), error.retry_after_s or UNHINTED_WAIT_S
        case BreakerOpen():
            waits_for, wait_s = Deferral(DeferReason.BREAKER, error.provider), error.retry_after_s or UNHINTED_WAIT_S
        case Unauthorized():
            waits_for, wait_s = Deferral(DeferReason.HOLD, error.provider), error.retry_after_s
        case StoreUnavailable():
            waits_for, wait_s = Deferral(DeferReason.DATABASE), FIRST_WAIT_S
        case _:
            return None
    return Outcome(state=JobState.READY, wait_s=wait_s, waits_for=waits_for, error=_text(error))


def _leaf(error: Exception) -> Exception:
    """Take the first of several errors of one step: they share a cause, or each alone would have ended the job."""
    return next(leaf for leaf in leaves(error) if isinstance(leaf, Exception))


def _text(error: Exception) -> str:
    if isinstance(error, ThesetdError):
        return str(error)
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
