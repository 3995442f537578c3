import json
from collections.abc import Callable
from pathlib import Path

import pytest

from thesetd.adapters.providers.spotify import endpoints
from thesetd.adapters.providers.spotify.answers import AskedEndpoint, body_of, message_of, problem
from thesetd.domain.errors import (
    BadPayload,
    CapabilityGone,
    NotFound,
    ProviderError,
    RateLimited,
    Refused,
    Suspended,
    Unauthorized,
    Unavailable,
)
from thesetd.domain.gate.calls import Response

Answer = Callable[..., Response]

ARTIST = AskedEndpoint(endpoint=endpoints.ARTIST)
BATCH = AskedEndpoint(endpoint=endpoints.ALBUMS_SEVERAL, capability="batch")
LARGE = AskedEndpoint(endpoint=endpoints.ARTIST_ALBUMS, page_limit=50)
SMALL = AskedEndpoint(endpoint=endpoints.ARTIST_ALBUMS, page_limit=10)


def said(message: str, status: int = 400, **more: str) -> dict[str, object]:
    """Return an error body of the API."""
    return {"error": {"status": status, "message": message, **more}}


@pytest.mark.parametrize(
    ("endpoint", "status", "body", "kind"),
    [
        (ARTIST, 401, said("The access token expired", 401), Unauthorized),
        (ARTIST, 403, "Active premium subscription required for the owner of the app.", Suspended),
        (ARTIST, 403, said("Insufficient client scope", 403), Refused),
        (ARTIST, 403, "<html>blocked</html>", Unavailable),
        (ARTIST, 403, "", CapabilityGone),
        (BATCH, 403, said("Forbidden", 403), CapabilityGone),
        (BATCH, 404, said("Resource not found", 404), CapabilityGone),
        (ARTIST, 404, said("Resource not found", 404), NotFound),
        (ARTIST, 404, {"error": {"type": "not_found", "description": "non existing id"}}, NotFound),
        (ARTIST, 400, said("Invalid base62 id"), NotFound),
        (ARTIST, 400, said("invalid id"), NotFound),
        (ARTIST, 400, {"error": {"type": "bad_field", "description": "wrong id: 2Krx"}}, NotFound),
        (BATCH, 400, said("invalid id"), Refused),
        (LARGE, 400, said("Invalid limit"), CapabilityGone),
        (LARGE, 400, "", CapabilityGone),
        (SMALL, 400, said("Invalid limit"), Refused),
        (SMALL, 400, "", Refused),
        (ARTIST, 400, "", Refused),
        (ARTIST, 429, said("API rate limit exceeded", 429), RateLimited),
        (ARTIST, 429, "Too many requests", RateLimited),
        (ARTIST, 502, said("Bad gateway.", 502), Unavailable),
        (ARTIST, 504, "", Unavailable),
        (ARTIST, 200, "", Unavailable),
        (ARTIST, 200, [], BadPayload),
    ],
)
def test_errors(answer: Answer, endpoint: AskedEndpoint, status: int, body: object, kind: type[ProviderError]):
    """Each answer that Spotify was seen to give means the one error whose reaction fits it."""
    response = answer(None, status, body) if isinstance(body, str) else answer(body, status)
    with pytest.raises(ProviderError) as caught:
        body_of(endpoint, response)
    assert type(caught.value) is kind


@pytest.mark.parametrize(("endpoint", "status", "capability"), [(BATCH, 403, "batch"), (ARTIST, 403, "artist")])
def test_forbidden_names_what_is_gone(answer: Answer, endpoint: AskedEndpoint, status: int, capability: str):
    """403 Forbidden says which capability to do without, by the endpoint."""
    error = problem(endpoint, answer(said("Forbidden", status), status))
    assert isinstance(error, CapabilityGone)
    assert error.capability == capability


def test_too_large_a_page(answer: Answer):
    """400 Invalid limit says that pages have to be smaller."""
    error = problem(LARGE, answer(said("Invalid limit"), 400))
    assert isinstance(error, CapabilityGone)
    assert error.capability == "page-limit"


@pytest.mark.parametrize(("header", "seconds"), [("48925", 48925.0), ("0", None), (None, None), ("-1", None)])
def test_rate_limits(answer: Answer, header: str | None, seconds: float | None):
    """429 carries Spotify's hint where it is one, and the reason where one is given."""
    headers = {} if header is None else {"retry-after": header}
    body = said("Too many requests", 429, reason="QUOTA_EXCEEDED")
    error = problem(ARTIST, answer(body, 429, headers=headers))
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == seconds
    assert "QUOTA_EXCEEDED" in str(error)


def test_lapsed_premium_tells_what_to_do(answer: Answer):
    """The operator reads whose subscription has to be renewed."""
    error = problem(ARTIST, answer(None, 403, "Active premium subscription required for the owner of the app."))
    assert "Premium" in str(error)
    assert "renew" in str(error)


def test_both_shapes_of_error(answer: Answer):
    """`error` is an object on the API and a string at the token endpoint; both give their text."""
    assert message_of(answer(said("Forbidden"))) == "Forbidden"
    assert message_of(answer({"error": "invalid_client", "error_description": "Invalid client"})) == (
        "invalid_client, Invalid client"
    )
    assert message_of(answer({"error": {"message": None, "reason": 7}})) == ""


def test_every_recorded_error(answer: Answer, corpus: Path):
    """Every recorded error body means an error, whatever its shape."""
    for file in sorted((corpus / "spotify" / "errors").glob("*")):
        status = next((int(part) for part in file.stem.split("-") if part.isdigit() and len(part) == 3), None)
        if status is not None:
            text = file.read_text()
            body = json.loads(text) if file.suffix == ".json" else None
            error = problem(ARTIST, answer(body, status, "" if body else text))
            assert error is not None, file.name
            assert f"{status}" in str(error) or isinstance(error, NotFound | CapabilityGone | Unauthorized), file.name
