"""How a job ends that did not simply finish: waits, tries again later, or fails, and what is said about it."""

from datetime import datetime

import attrs

from thesetd.domain.errors import (
    BreakerOpen,
    LostLease,
    RateLimited,
    StoreUnavailable,
    ThesetdError,
    Unauthorized,
    Unavailable,
)
from thesetd.domain.jobs import JobState

MOST_ATTEMPTS = 10  # failed runs of one job; with doubling waits that is about five hours of a provider's absence
FIRST_WAIT_S = 30.0
LONGEST_WAIT_S = 3600.0
UNHINTED_WAIT_S = 60.0


@attrs.frozen(kw_only=True)
class Fate:
    """What becomes of a job.

    `wait_s`: it is ready again after so many seconds. `error`: why, in words for a person. `failed_attempt`: this run
    counts against the job. `abandoned`: it belongs to another run by now, nothing may be written.
    """

    state: JobState
    wait_s: float | None = None
    error: str | None = None
    failed_attempt: bool = False
    abandoned: bool = False


def fate_of(error: Exception, *, attempts: int) -> Fate:
    """Decide what becomes of a job that ended with `error` after `attempts` earlier failed attempts.

    Limits, rests, refused credentials and a database that is away are no fault of the job: it waits, however often.
    An unavailable provider and a defect of ours count; the wait doubles each time.
    """
    match _leaf(error):
        case LostLease():
            return Fate(state=JobState.READY, abandoned=True)
        case RateLimited() | BreakerOpen() | Unauthorized() as error:
            return Fate(state=JobState.READY, wait_s=error.retry_after_s or UNHINTED_WAIT_S, error=_text(error))
        case StoreUnavailable() as error:
            return Fate(state=JobState.READY, wait_s=FIRST_WAIT_S, error=str(error))
        case ThesetdError() as error if not isinstance(error, Unavailable):
            return Fate(state=JobState.FAILED, error=_text(error), failed_attempt=True)
        case error if attempts + 1 >= MOST_ATTEMPTS:
            return Fate(state=JobState.DEAD, error=_text(error), failed_attempt=True)
        case error:
            wait_s = min(FIRST_WAIT_S * 2.0**attempts, LONGEST_WAIT_S)
            return Fate(state=JobState.READY, wait_s=wait_s, error=_text(error), failed_attempt=True)


def describe(fate: Fate, not_before: datetime | None) -> str:
    """Say what becomes of the job in one sentence for the person who waits."""
    if not_before is not None:
        return f"Waiting until {not_before:%H:%M:%S} UTC: {fate.error}"
    return f"Import failed: {fate.error}"


def _leaf(error: Exception) -> Exception:
    """Take the first of several errors of one step: they had one cause, or each would have ended the job alone."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


def _text(error: Exception) -> str:
    if isinstance(error, ThesetdError):
        return str(error)
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
