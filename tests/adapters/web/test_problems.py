import inspect

import pytest

from thesetd.adapters.web.problems import problem_of
from thesetd.domain import errors
from thesetd.domain.errors import (
    AlreadyFired,
    AmbiguousArtist,
    BadPayload,
    BadReference,
    BreakerOpen,
    BusUnavailable,
    CapabilityGone,
    ConfigError,
    ListenerUnavailable,
    LostLease,
    NameTaken,
    NotConfigured,
    NotFound,
    NotOffered,
    Paused,
    ProviderError,
    QuotaSpent,
    RateLimited,
    Refused,
    StoreError,
    StoreRefused,
    StoreRejected,
    StoreUnavailable,
    Suspended,
    ThesetdError,
    Unauthorized,
    Unavailable,
    UnknownArtist,
    UnknownDecision,
    UnknownShow,
)
from thesetd.domain.ids import SPOTIFY

TOLD = [
    (BadReference("empty"), 400, None),
    (UnknownArtist("x"), 404, None),
    (AmbiguousArtist("x", []), 409, None),
    (UnknownShow("x"), 404, None),
    (NotConfigured("set providers.spotify.client_id"), 503, None),
    (Unauthorized(SPOTIFY, "invalid_client"), 502, None),
    (Suspended(SPOTIFY, "no subscription"), 502, None),
    (RateLimited(SPOTIFY, "slow down", 2.1), 503, "3"),
    (RateLimited(SPOTIFY, "slow down"), 503, None),
    (QuotaSpent(SPOTIFY, "no slot", 2.1), 503, "3"),
    (BreakerOpen(SPOTIFY, 0.2), 503, "1"),
    (Unavailable(SPOTIFY, "timeout"), 503, None),
    (Paused("spotify"), 503, None),
    (NotOffered(SPOTIFY, "no recommendations"), 409, None),
    (NotFound(SPOTIFY, "no such id"), 404, None),
    (ProviderError(SPOTIFY, "odd"), 502, None),
    (BadPayload(SPOTIFY, "odd", "sample"), 502, None),
    (Refused(SPOTIFY, "odd"), 502, None),
    (CapabilityGone(SPOTIFY, "albums", "odd"), 502, None),
    (StoreUnavailable("refused"), 503, "5"),
    (StoreRefused("permission denied"), 503, "5"),
    (StoreRejected("a trigger says no"), 500, None),
    (UnknownDecision(7, (3, 2)), 404, None),
]
UNTOLD = [
    StoreError("x"),
    LostLease("x"),
    NameTaken("x"),
    AlreadyFired("x"),
    ConfigError(["x"]),
    BusUnavailable("x"),
    ListenerUnavailable("x"),
    ThesetdError("x"),
]


@pytest.mark.parametrize(("error", "status", "retry_after"), TOLD)
def test_told(error: ThesetdError, status: int, retry_after: str | None):
    """Each error that concerns the person who asked has its status, and Retry-After where waiting helps."""
    response = problem_of(error).response()
    assert (response.status_code, response.headers.get("retry-after")) == (status, retry_after)


@pytest.mark.parametrize("error", [*UNTOLD, ValueError("x")])
def test_untold(error: Exception):
    """Errors of the daemon's own are not told."""
    assert problem_of(error) is None


def test_every_error_is_considered():
    """An error class that is added has to be put on one of the two sides."""
    defined = {kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, ThesetdError)}
    assert defined == {type(error) for error, *_ in TOLD} | {type(error) for error in UNTOLD}


def test_unauthorized_says_what_to_do():
    """A refused key leads the operator to the table in the configuration."""
    assert "[providers.spotify]" in problem_of(Unauthorized(SPOTIFY, "invalid_client")).detail
