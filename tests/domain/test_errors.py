import pytest

from thesetd.domain.errors import (
    AmbiguousArtist,
    BadPayload,
    BreakerOpen,
    Candidate,
    CapabilityGone,
    ConfigError,
    RateLimited,
    Unavailable,
    UnknownArtist,
)
from thesetd.domain.ids import SPOTIFY


def test_provider_errors_name_their_provider():
    """A provider's error says whose it is and keeps its hint."""
    error = RateLimited(SPOTIFY, "slow down", retry_after_s=3.0)
    assert (str(error), error.provider, error.retry_after_s) == ("spotify: slow down", SPOTIFY, 3.0)


def test_an_open_breaker_is_an_outage_with_an_end():
    """Whoever handles an outage handles an open breaker, and knows when the next probe is."""
    error = BreakerOpen(SPOTIFY, 12.4)
    assert isinstance(error, Unavailable)
    assert str(error) == "spotify: the circuit breaker is open after repeated failures, next probe in 12 s"
    assert error.retry_after_s == 12.4


def test_a_bad_payload_keeps_a_bounded_sample():
    """A sample of a broken answer is cut to 500 characters."""
    assert BadPayload(SPOTIFY, "no id", "x" * 1000).sample == "x" * 500


def test_a_gone_capability_is_named():
    """What a client id may not use is named, so that its profile can be lowered."""
    assert CapabilityGone(SPOTIFY, "albums-batch", "forbidden").capability == "albums-batch"


def test_what_a_person_is_told_about_an_artist():
    """Errors about an artist carry what can be chosen instead."""
    candidate = Candidate(name="Nirvana", spotify_id="6olE6TJLqED3rqDCT0FyPh")
    assert UnknownArtist("Nirvna", [candidate]).close == (candidate,)
    ambiguous = AmbiguousArtist("Nirvana", [candidate, candidate])
    assert ambiguous.candidates == (candidate, candidate)
    assert str(ambiguous) == "2 artists are called 'Nirvana': choose one by id"


def test_all_configuration_faults_are_told_at_once():
    """A configuration error lists every fault."""
    error = ConfigError(["a.b: missing", "c: unknown"])
    assert error.faults == ("a.b: missing", "c: unknown")
    assert str(error) == "a.b: missing; c: unknown"
    with pytest.raises(ConfigError):
        raise error
