"""How a job ends that did not simply finish: waits, tries again later, or fails, and what is said about it."""

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
from thesetd.domain.work.jobs import JobState
from thesetd.domain.work.waits import Wait, Waiting

MOST_ATTEMPTS = 10  # failed runs of one job; with doubling waits that is about five hours of a provider's absence
FIRST_WAIT_S = 30.0
LONGEST_WAIT_S = 3600.0
UNHINTED_WAIT_S = 60.0
DAY_S = 86_400.0  # a longer wait is told with its date


@attrs.frozen(kw_only=True)
class Fate:
    """What becomes of a job.

    `wait_s`: it is ready again after so many seconds. `waits_for`: what for; a pause ends when an operator says so, and
    has no time. `error`: why, in words for a person. `failed_attempt`: this run counts against the job. `abandoned`: it
    belongs to another run by now, nothing may be written.
    """

    state: JobState
    wait_s: float | None = None
    waits_for: Waiting | None = None
    error: str | None = None
    failed_attempt: bool = False
    abandoned: bool = False


def fate_of(error: Exception, *, attempts: int) -> Fate:
    """Decide the outcome of a job that ended with `error` after `attempts` earlier failed attempts.

    Pauses, limits, rests, refused credentials and a database that is away are no fault of the job: it waits, however
    often. An unavailable provider and a defect of ours count; the wait doubles each time.
    """
    leaf = _leaf(error)
    if isinstance(leaf, LostLease):
        return Fate(state=JobState.READY, abandoned=True)
    if (fate := _put_off(leaf)) is not None:
        return fate
    if isinstance(leaf, ThesetdError) and not isinstance(leaf, Unavailable):
        return Fate(state=JobState.FAILED, error=_text(leaf), failed_attempt=True)
    if attempts + 1 >= MOST_ATTEMPTS:
        return Fate(state=JobState.DEAD, error=_text(leaf), failed_attempt=True)
    return Fate(
        state=JobState.READY,
        wait_s=min(FIRST_WAIT_S * 2.0**attempts, LONGEST_WAIT_S),
        waits_for=Waiting(Wait.BACKOFF, leaf.provider if isinstance(leaf, ProviderError) else ""),
        error=_text(leaf),
        failed_attempt=True,
    )


def describe(fate: Fate, not_before: datetime | None) -> str:
    """Return what becomes of the job in one sentence for the person who waits."""
    if not_before is not None:
        now = not_before - timedelta(seconds=fate.wait_s or 0.0)
        return f"Waiting until {clock_text(not_before, now)}: {fate.error}"
    if fate.state is JobState.READY:
        return f"Waiting: {fate.error}"
    return f"Import failed: {fate.error}"


def clock_text(moment: datetime, now: datetime) -> str:
    """Return a moment to come for people: the time of the day (UTC), with its date if it is a day or more away."""
    date = f"{moment:%Y-%m-%d} " if (moment - now).total_seconds() >= DAY_S else ""
    return f"{date}{moment:%H:%M:%S} UTC"


def _put_off(error: Exception) -> Fate | None:
    """Return the fate of a job that is to blame for nothing, None if `error` is of another kind."""
    wait_s: float | None
    match error:
        case Paused():
            waits_for, wait_s = Waiting(Wait.PAUSE, error.what), None
        case QuotaSpent():
            waits_for, wait_s = Waiting(Wait.QUOTA, error.provider), error.retry_after_s or UNHINTED_WAIT_S
        case RateLimited():
            waits_for, wait_s = Waiting(Wait.PENALTY, error.provider), error.retry_after_s or UNHINTED_WAIT_S
        case BreakerOpen():
            waits_for, wait_s = Waiting(Wait.BREAKER, error.provider), error.retry_after_s or UNHINTED_WAIT_S
        case Unauthorized():
            waits_for, wait_s = Waiting(Wait.HOLD, error.provider), error.retry_after_s
        case StoreUnavailable():
            waits_for, wait_s = Waiting(Wait.DATABASE), FIRST_WAIT_S
        case _:
            return None
    return Fate(state=JobState.READY, wait_s=wait_s, waits_for=waits_for, error=_text(error))


def _leaf(error: Exception) -> Exception:
    """Take the first of several errors of one step: they had one cause, or each would have ended the job alone."""
    return next(leaf for leaf in leaves(error) if isinstance(leaf, Exception))


def _text(error: Exception) -> str:
    if isinstance(error, ThesetdError):
        return str(error)
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
