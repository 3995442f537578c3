from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.adapters.providers.refusals import MAX_RETRY_AFTER_S, error_of_status, json_object, retry_after_s
from thesetd.domain.errors import (
    BadPayload,
    NotFound,
    ProviderError,
    RateLimited,
    Refused,
    Unauthorized,
    Unavailable,
)
from thesetd.domain.gate.calls import Response
from thesetd.domain.ids import SPOTIFY

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def answer(status: int, json: object = None, **headers: str) -> Response:
    """Return a response received at noon."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status=status, headers=named, received_at=NOON, json=json)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("19056", 19056.0),
        (" 1 ", 1.0),
        ("1.5", 1.5),
        ("Sun, 22 Nov 2026 12:00:30 GMT", 30.0),
        ("Sun, 22 Nov 2026 12:00:30 -0000", 30.0),
        ("99999999999", MAX_RETRY_AFTER_S),
        ("Fri, 31 Dec 9999 23:59:59 GMT", MAX_RETRY_AFTER_S),
        ("0", None),
        ("-5", None),
        ("", None),
        ("soon", None),
        ("Sun, 22 Nov 2026 11:59:59 GMT", None),
        ("Sun, 99 Nov 2026 11:59:59 GMT", None),
        ("Sun, 22 Nov 99999999999999999999 11:59:59 GMT", None),
        ("٣", None),
        ("inf", None),
    ],
)
def test_retry_after(text: str, seconds: float | None):
    """Seconds and dates are hints; zero, negative, past and unreadable are none; a week is the most."""
    assert retry_after_s(answer(429, retry_after=text)) == seconds


def test_retry_after_absent():
    """No header, no hint."""
    assert retry_after_s(answer(429)) is None


@pytest.mark.parametrize(
    ("status", "said", "text"),
    [
        (429, "artist-albums", "artist-albums (status 429 Too Many Requests)"),
        (503, "", "status 503 Service Unavailable"),
        (599, "", "status 599"),
    ],
)
def test_a_status_is_told_with_its_meaning(status: int, said: str, text: str):
    """A number alone tells an operator little, and what the provider says may not name the trouble."""
    assert str(error_of_status(SPOTIFY, answer(status), said)).endswith(text)


@given(st.text())
def test_retry_after_never_raises(text: str):
    """Whatever the header holds gives None or a positive number of seconds within the bound."""
    seconds = retry_after_s(answer(429, retry_after=text))
    assert seconds is None or 0 < seconds <= MAX_RETRY_AFTER_S


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (304, Unavailable),
        (400, Refused),
        (401, Unauthorized),
        (403, Unauthorized),
        (404, NotFound),
        (408, Unavailable),
        (410, NotFound),
        (422, Refused),
        (429, RateLimited),
        (500, Unavailable),
        (503, Unavailable),
        (504, Unavailable),
    ],
)
def test_statuses(status: int, kind: type[ProviderError]):
    """Each status has the one error class whose reaction fits it."""
    assert type(error_of_status(SPOTIFY, answer(status))) is kind


def test_success_is_no_refusal():
    """2xx raises nothing."""
    assert error_of_status(SPOTIFY, answer(200)) is None


def test_messages_are_bounded_and_clean():
    """A provider's text reaches the log without control characters and cut to size."""
    error = error_of_status(SPOTIFY, answer(500), "bad\x00\n" + "x" * 1000)
    assert error is not None
    assert "\x00" not in error.message
    assert len(error.message) < 250


def test_bodies():
    """A missing body is worth another try; one of another kind is evidence."""
    with pytest.raises(Unavailable):
        json_object(SPOTIFY, answer(200))
    with pytest.raises(BadPayload):
        json_object(SPOTIFY, answer(200, json=[1]))
    assert json_object(SPOTIFY, answer(200, json={"a": 1})) == {"a": 1}
