"""Which failure means what, and that none of them shows the key."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.adapters.providers.ticketmaster import TicketmasterClient
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

Answer = Callable[..., Response]
Recorded = Callable[[str], dict[str, Any]]
KEY = "7elxdku9GGG5k8j0Xm8KWdANDgecHMV0"


def _fault(code: str, text: str = f"Identifier : {KEY}") -> dict[str, Any]:
    return {"fault": {"faultstring": text, "detail": {"errorcode": code}}}


def _error_of(client: TicketmasterClient, response: Response) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        client.artist("x").parse(response)
    shown = f"{caught.value!r} {caught.value} {vars(caught.value)}"
    assert KEY not in shown
    assert "apikey" not in shown.casefold()
    assert caught.value.__cause__ is None
    return caught.value


def test_recorded_errors(client: TicketmasterClient, answer: Answer, recorded: Recorded):
    """Each recorded or documented error, under the status in its name, calls for the right reaction."""
    kinds = {"400": Refused, "401": Unauthorized, "404": NotFound, "429": RateLimited}
    for file, body in recorded("errors/*.json").items():
        status = Path(file).name[:3]
        error = _error_of(client, answer(body, status=int(status)))
        assert type(error) is kinds[status], file
        if code := (body.get("errors") or [{}])[0].get("code"):
            assert code in str(error), file


def test_quota(client: TicketmasterClient, answer: Answer):
    """A used-up day ends when Rate-Limit-Reset says, which counts milliseconds of the epoch."""
    body = _fault("policies.ratelimit.QuotaViolation", f"Rate limit quota violation. Identifier : {KEY}")
    received = answer().received_at
    reset = str(round((received + timedelta(hours=5)).timestamp() * 1000))
    error = _error_of(client, answer(body, status=429, headers={"rate-limit-reset": reset}))
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == pytest.approx(5 * 3600)


@pytest.mark.parametrize("reset", ["", "soon", "-5", "0", "1465971154290", "1e9"])
def test_resets_that_say_nothing(client: TicketmasterClient, answer: Answer, reset: str):
    """A reset in the past, or that is no number, is no hint."""
    body = _fault("policies.ratelimit.QuotaViolation")
    error = _error_of(client, answer(body, status=429, headers={"rate-limit-reset": reset}))
    assert isinstance(error, RateLimited)
    assert error.retry_after_s is None


def test_a_reset_is_at_most_a_day_away(client: TicketmasterClient, answer: Answer):
    """The quota's window has 24 hours: a later reset is a mistake and is cut."""
    headers = {"rate-limit-reset": "999999999999999"}
    error = _error_of(client, answer(_fault("policies.ratelimit.QuotaViolation"), status=429, headers=headers))
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == 86400


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (429, _fault("policies.ratelimit.SpikeArrestViolation"), RateLimited),
        (429, None, RateLimited),
        (429, {"unlabelled": KEY}, RateLimited),
        (401, _fault("policies.ratelimit.QuotaViolation"), RateLimited),
        (200, _fault("policies.ratelimit.QuotaViolation"), RateLimited),
        (200, _fault("oauth.v2.InvalidApiKey"), Unauthorized),
        (403, None, Unauthorized),
        (401, {"fault": KEY}, Unauthorized),
        (500, _fault("steps.javascript.ScriptExecutionFailed"), Unavailable),
        (503, None, Unavailable),
        (504, ["<html>"], Unavailable),
        (200, None, Unavailable),
        (200, [], BadPayload),
        (404, None, NotFound),
        (400, {"errors": [{"code": KEY, "detail": KEY}]}, Refused),
        (302, None, Unavailable),
    ],
)
def test_statuses(client: TicketmasterClient, answer: Answer, status: int, body: Any, kind: type[ProviderError]):
    """The gateway's code decides on any status, the status alone where there is no code."""
    assert type(_error_of(client, answer(body, status=status))) is kind


def test_a_spike_gives_no_time(client: TicketmasterClient, answer: Answer):
    """Too many calls at once are not the end of the day: no hint, whatever the quota's header says."""
    headers = {"rate-limit-reset": "99999999999999"}
    error = _error_of(client, answer(_fault("policies.ratelimit.SpikeArrestViolation"), status=429, headers=headers))
    assert isinstance(error, RateLimited)
    assert error.retry_after_s is None


def test_a_list_needs_its_page_block(client: TicketmasterClient, answer: Answer):
    """200 with JSON of another kind is an outage in disguise, not an empty list."""
    for body in ({}, {"page": None}, {"_embedded": {"attractions": []}}):
        with pytest.raises(Unavailable):
            client.search_artists("x").parse(answer(body))


@given(status=st.integers(100, 599), code=st.text(max_size=40), extra=st.dictionaries(st.text(max_size=5), st.text()))
def test_no_status_with_any_code_surprises(
    client: TicketmasterClient, answer: Answer, status: int, code: str, extra: Any
):
    """Whatever a fault says, it becomes a provider error that does not repeat it."""
    _error_of(client, answer(_fault(code) | extra, status=status))
