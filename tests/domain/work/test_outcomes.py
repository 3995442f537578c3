"""Every error has a reaction."""

from datetime import UTC, datetime

import attrs
import pytest

from thesetd.domain import errors
from thesetd.domain.ids import SPOTIFY
from thesetd.domain.work.deferrals import Deferral, DeferReason
from thesetd.domain.work.jobs import JobState
from thesetd.domain.work.outcomes import LONGEST_WAIT_S, MOST_ATTEMPTS, UNHINTED_WAIT_S, Outcome, describe, outcome_of


def leaves(root: type[errors.ThesetdError]) -> list[type[errors.ThesetdError]]:
    """List the error classes that nothing derives from."""
    below = root.__subclasses__()
    return [leaf for cls in below for leaf in leaves(cls)] if below else [root]


MADE: dict[str, errors.ThesetdError] = {
    "QuotaSpent": errors.QuotaSpent(SPOTIFY, "slow down", 90.0),
    "Paused": errors.Paused("spotify"),
    "BreakerOpen": errors.BreakerOpen(SPOTIFY, 120.0),
    "Unauthorized": errors.Unauthorized(SPOTIFY, "wrong key"),
    "Suspended": errors.Suspended(SPOTIFY, "no subscription", 3600.0),
    "CapabilityGone": errors.CapabilityGone(SPOTIFY, "batch", "gone"),
    "NotFound": errors.NotFound(SPOTIFY, "no such id"),
    "Refused": errors.Refused(SPOTIFY, "bad request"),
    "BadPayload": errors.BadPayload(SPOTIFY, "odd", "{}"),
    "NotOffered": errors.NotOffered(SPOTIFY, "no recommendations"),
    "NotConfigured": errors.NotConfigured("set a key"),
    "BadReference": errors.BadReference("empty"),
    "UnknownArtist": errors.UnknownArtist("x"),
    "UnknownDecision": errors.UnknownDecision(7, (3, 2)),
    "UnknownShow": errors.UnknownShow("x"),
    "AmbiguousArtist": errors.AmbiguousArtist("x", ()),
    "StoreUnavailable": errors.StoreUnavailable("away"),
    "StoreRefused": errors.StoreRefused("password authentication failed"),
    "StoreRejected": errors.StoreRejected("no"),
    "LostLease": errors.LostLease("taken"),
    "AlreadyFired": errors.AlreadyFired("fired"),
    "NameTaken": errors.NameTaken("taken"),
    "ConfigError": errors.ConfigError(["a"]),
    "BusUnavailable": errors.BusUnavailable("away"),
    "ListenerUnavailable": errors.ListenerUnavailable("not here yet"),
}
WAITS = {"QuotaSpent", "BreakerOpen", "Suspended", "StoreUnavailable", "StoreRefused"}


@pytest.mark.parametrize("leaf", [c for c in leaves(errors.ThesetdError) if c.__module__ == errors.__name__])
def test_every_leaf_has_a_reaction(leaf: type[errors.ThesetdError]) -> None:
    """What waits keeps the job without blame, a lost lease writes nothing, everything else ends it with its text."""
    outcome = outcome_of(MADE[leaf.__name__], attempts=0)
    if leaf is errors.LostLease:
        assert outcome.abandoned
    elif leaf is errors.Paused:
        assert outcome == Outcome(
            state=JobState.READY,
            waits_for=Deferral(DeferReason.PAUSE, "spotify"),
            error="spotify is paused by an operator",
        )
    elif leaf.__name__ in WAITS:
        assert (outcome.state, outcome.failed_attempt) == (JobState.READY, False)
        assert outcome.wait_s
    else:
        assert outcome.state is JobState.FAILED
        assert outcome.error == str(MADE[leaf.__name__])


def test_hints_are_kept_and_their_absence_has_a_default() -> None:
    """A 429 with Retry-After waits exactly as long; without, a minute."""
    assert outcome_of(MADE["QuotaSpent"], attempts=0).wait_s == 90.0
    assert outcome_of(errors.RateLimited(SPOTIFY, "slow"), attempts=50).wait_s == UNHINTED_WAIT_S


@pytest.mark.parametrize("error", [errors.Unavailable(SPOTIFY, "502"), ValueError("a defect")])
def test_failures_wait_longer_each_time_and_end_at_last(error: Exception) -> None:
    """Unavailability and defects count; waits double up to a bound; the tenth failed attempt is the last."""
    waits = [outcome_of(error, attempts=n).wait_s for n in range(MOST_ATTEMPTS - 1)]
    assert None not in waits
    assert waits == sorted(waits, key=lambda wait: wait or 0.0)
    assert waits[-1] == LONGEST_WAIT_S
    assert outcome_of(error, attempts=MOST_ATTEMPTS - 1).state is JobState.DEAD


def test_the_first_of_several_errors_decides() -> None:
    """An exception group, however nested, is judged by its first leaf."""
    group = ExceptionGroup("g", [ExceptionGroup("h", [MADE["LostLease"], ValueError()]), ValueError()])
    assert outcome_of(group, attempts=0).abandoned


def test_a_waiting_job_says_until_when_and_a_failed_one_why() -> None:
    """The sentence for the person names the time, with its date if that is not today's, or the reason."""
    waiting = outcome_of(MADE["QuotaSpent"], attempts=0)
    assert describe(waiting, datetime(2026, 11, 22, 15, 4, 5, tzinfo=UTC)).startswith("Waiting until 15:04:05 UTC")
    banned = attrs.evolve(waiting, wait_s=86_400.0)
    assert describe(banned, datetime(2026, 11, 22, 15, 4, 5, tzinfo=UTC)).startswith("Waiting until 2026-11-22 15:04")
    night = attrs.evolve(waiting, wait_s=84_000.0)
    assert describe(night, datetime(2026, 11, 22, 11, 2, 24, tzinfo=UTC)).startswith(
        "Waiting until 2026-11-22 11:02:24"
    )
    assert describe(outcome_of(MADE["UnknownArtist"], attempts=0), None) == "Import failed: no artist found for 'x'"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (errors.Paused("spotify"), "pause spotify"),
        (errors.RateLimited(SPOTIFY, "slow down", 90.0), "penalty spotify"),
        (errors.QuotaSpent(SPOTIFY, "no slot", 90.0), "quota spotify"),
        (errors.BreakerOpen(SPOTIFY, 120.0), "breaker spotify"),
        (errors.Suspended(SPOTIFY, "premium ended"), "hold spotify"),
        (errors.StoreUnavailable("away"), "database"),
        (errors.Unavailable(SPOTIFY, "502"), "backoff spotify"),
        (ValueError("a defect"), "backoff"),
    ],
)
def test_a_job_that_is_put_off_remembers_what_it_waits_for(error: Exception, text: str) -> None:
    """In a form that the database keeps and that is read back as it was."""
    waits_for = outcome_of(error, attempts=0).waits_for
    assert waits_for is not None
    assert (waits_for.text, Deferral.parse(text)) == (text, waits_for)


def test_a_paused_job_has_no_time() -> None:
    """Nobody knows when an operator resumes."""
    assert describe(outcome_of(errors.Paused("setlistfm"), attempts=0), None) == (
        "Waiting: setlistfm is paused by an operator"
    )
    assert str(errors.Paused("all")) == "everything is paused by an operator"
