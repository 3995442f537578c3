"""Handles what all providers' answers share: error statuses, Retry-After, bodies that must be objects."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import responses
from itertools import islice
from typing import Any

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
from thesetd.domain.ids import ProviderName
from thesetd.domain.music.names import clean

MAX_RETRY_AFTER_S = 7 * 86400.0  # the longest hint ever reported is one day; beyond a week it is a mistake
MAX_MESSAGE = 200
MAX_SAMPLE = 500

_SECONDS = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?")
_ANSWERED = {HTTPStatus.NOT_FOUND: NotFound, HTTPStatus.GONE: NotFound}
_ENCODER = json.JSONEncoder(ensure_ascii=False, default=str)
_CREDENTIALS = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


def retry_after_s(response: Response) -> float | None:
    """Read Retry-After: seconds, or an HTTP date counted from the moment of receipt.

    Absent, zero, negative, past or unreadable values return None: no hint. At most `MAX_RETRY_AFTER_S`. Source: RFC
    9110, section 10.2.3; the forms that providers actually send are in the tests.
    """
    text = response.headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(text):
        seconds = float(text)
    else:
        moment = _http_date(text)
        if moment is None:
            return None
        seconds = (moment - response.received_at).total_seconds()
    return min(seconds, MAX_RETRY_AFTER_S) if seconds > 0 else None


def time_of(response: Response) -> datetime:
    """Return when an answer was given: by the provider's clock, if that is earlier than when it was received.

    Of two clocks that differ the earlier one is used: a request from that moment on misses nothing.
    """
    said = _http_date(response.headers.get("date", ""))
    return response.received_at if said is None else min(said, response.received_at)


def _http_date(text: str) -> datetime | None:
    """Read an HTTP date, None if it is unreadable."""
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def error_of_status(provider: ProviderName, response: Response, message: str = "") -> ProviderError | None:
    """Return the general error for a status, None for 2xx; a provider handles its exceptions first.

    `message` is the provider's own text if it sent one; it is cleaned and truncated, and must not hold a credential.
    """
    status = response.status
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    said = clean(message)[:MAX_MESSAGE]
    named = f"status {status} {responses.get(status, '')}".rstrip()
    text = f"{said} ({named})" if said else named
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimited(provider, text, retry_after_s(response))
    if status in _CREDENTIALS:
        return Unauthorized(provider, text)
    if status in _ANSWERED:
        return NotFound(provider, text)
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.REQUEST_TIMEOUT:
        return Refused(provider, text)
    return Unavailable(provider, text)


def json_object(provider: ProviderName, response: Response) -> Mapping[str, Any]:
    """Return the body of a successful answer, which must be a JSON object.

    Raises:
        Unavailable: there is no JSON at all (an empty body, a proxy's page): a retry may succeed.
        BadPayload: the JSON is not an object.
    """
    if response.json is None:
        raise Unavailable(provider, f"status {response.status} without a JSON body")
    if not isinstance(response.json, Mapping):
        raise BadPayload(provider, "the body is not a JSON object", sample(response.json))
    return response.json


def sample(value: Any) -> str:
    """Return the first 500 characters of a JSON value, as evidence in a reject, without serialising the rest."""
    pieces = _ENCODER.iterencode(value)
    return "".join(piece[:MAX_SAMPLE] for piece in islice(pieces, MAX_SAMPLE))[:MAX_SAMPLE]
