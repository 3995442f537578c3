"""Translates Ticketmaster's failures to errors.

Two layers answer. The gateway (Apigee) sends `{"fault": {"faultstring", "detail": {"errorcode"}}}` and handles key and
quota; its text repeats the key ("Identifier : <key>") and is never copied. The API behind it sends `{"errors":
[{"code": "DIS1035", "detail", ...}]}`, of which only the code is used. Source:
developer.ticketmaster.com/products-and-docs/apis/getting-started, and recorded answers.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from thesetd.adapters.providers.refusals import error_of_status, json_object, retry_after_s
from thesetd.domain.errors import ProviderError, RateLimited, Unauthorized, Unavailable
from thesetd.domain.gate.calls import Response
from thesetd.domain.ids import TICKETMASTER

MAX_QUOTA_WAIT_S = (
    86400.0  # the quota's day starts with the first call after the last one ended, so it ends within 24 h
)
KEY_REFUSED = "the key is refused: check providers.ticketmaster.api_key"

_CODE = re.compile(r"DIS\d{4}")
_MEANINGS = {
    "DIS1004": "nothing has this id",
    "DIS1005": "unknown sort",
    "DIS1015": "malformed date",
    "DIS1024": "beyond the results that can be listed",
    "DIS1035": "paged too deep",
    "DIS1036": "page too large",
}
_EPOCH_MS = re.compile(r"\d{1,15}")


def answer(response: Response) -> Mapping[str, Any]:
    """Return the body of a successful answer.

    Raises:
        RateLimited: quota or spike; a header says when the daily quota is reset.
        Unauthorized: the key is refused.
        NotFound, Refused, Unavailable, BadPayload: as for every provider.
    """
    error = _fault(response) or error_of_status(TICKETMASTER, response, _explanation(response))
    if error is not None:
        raise error
    body = json_object(TICKETMASTER, response)
    if "fault" in body:  # not a bad payload, which would keep a sample with the key
        raise Unavailable(TICKETMASTER, "the gateway sent a fault as a success")
    return body


def _fault(response: Response) -> ProviderError | None:
    """Return the error for key or quota, by the gateway's code, whatever the status."""
    code = _errorcode(response.json)
    if response.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN} and "ratelimit" not in code:
        return Unauthorized(TICKETMASTER, KEY_REFUSED)
    if code.startswith(("oauth.", "keymanagement.")):
        return Unauthorized(TICKETMASTER, KEY_REFUSED)
    if "quotaviolation" in code:
        return RateLimited(TICKETMASTER, "the day's quota is used up", _until_reset_s(response))
    if "ratelimit" in code:
        return RateLimited(TICKETMASTER, "too many calls at once", retry_after_s(response))
    return None


def _errorcode(body: Any) -> str:
    for key in ("fault", "detail", "errorcode"):
        body = body.get(key) if isinstance(body, Mapping) else None
    return body.casefold() if isinstance(body, str) else ""


def _until_reset_s(response: Response) -> float | None:
    """Return the seconds until Rate-Limit-Reset, which is in epoch milliseconds; Retry-After has never been seen."""
    text = response.headers.get("rate-limit-reset", "").strip()
    if not _EPOCH_MS.fullmatch(text):
        return retry_after_s(response)
    seconds = int(text) / 1000 - response.received_at.timestamp()
    return min(seconds, MAX_QUOTA_WAIT_S) if seconds > 0 else None


def _explanation(response: Response) -> str:
    errors = response.json.get("errors") if isinstance(response.json, Mapping) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    code = first.get("code") if isinstance(first, Mapping) else None
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        return ""
    return f"{code} {_MEANINGS[code]}" if code in _MEANINGS else code
