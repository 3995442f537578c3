"""Translates Spotify's statuses and error bodies to errors."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import attrs

from thesetd.adapters.providers.refusals import error_of_status, json_object
from thesetd.adapters.providers.spotify.profile import PAGE_LIMIT, SMALL_PAGE
from thesetd.domain.errors import (
    CapabilityGone,
    NotFound,
    ProviderError,
    Refused,
    Suspended,
    Unauthorized,
    Unavailable,
)
from thesetd.domain.gate.calls import Response
from thesetd.domain.gate.endpoints import Endpoint
from thesetd.domain.ids import SPOTIFY

PREMIUM_LAPSED_S = 3600.0  # until the next probe: "it can take a few hours before requests are allowed again"
TOKEN_REFUSED_S = 60.0  # "Access token missing" occurred temporarily, with valid tokens

# "Invalid base62 id" (2025), "invalid id" (older), "wrong id: ..." (before 2015)
_MALFORMED_ID = re.compile(r"\b(invalid|wrong)( base62)? id\b", re.IGNORECASE)
_LIMIT = re.compile(r"\blimit\b", re.IGNORECASE)
_PREMIUM_LAPSED = (
    "the account that owns the application has no active Premium subscription: renew it, "
    "and requests are allowed again some hours later"
)


@attrs.frozen(kw_only=True)
class AskedEndpoint:
    """The parts of a request that the meaning of an error depends on.

    `capability` is what is missing if the endpoint is forbidden. `page_limit` is the requested page size, for lists
    with a smaller maximum in Development Mode.
    """

    endpoint: Endpoint
    capability: str = attrs.field()
    page_limit: int | None = None

    @capability.default
    def _capability_is_the_endpoint(self) -> str:
        return self.endpoint.name

    @property
    def name(self) -> str:
        """Return the endpoint's name."""
        return self.endpoint.name

    @property
    def names_one(self) -> bool:
        """Return whether the path holds an id, so that 404 refers to that id."""
        return self.endpoint.names_one


def body_of(query: AskedEndpoint, response: Response) -> Mapping[str, Any]:
    """Return the JSON object of a successful answer.

    Raises:
        ProviderError: of the class for the status and error body (see `problem`); Unavailable if a successful answer
            has no JSON, BadPayload if the JSON is not an object.
    """
    if (error := problem(query, response)) is not None:
        raise error
    return json_object(SPOTIFY, response)


def problem(query: AskedEndpoint, response: Response) -> ProviderError | None:
    """Return the error for an answer, None for a success."""
    said = message_of(response)
    match response.status:
        case HTTPStatus.UNAUTHORIZED:  # the transport has already tried a fresh token, which the token endpoint issued
            return Unauthorized(SPOTIFY, f"{query.name}: a fresh token is refused ({said})", TOKEN_REFUSED_S)
        case HTTPStatus.FORBIDDEN:
            return _forbidden(query, response, said)
        case HTTPStatus.BAD_REQUEST if _is_too_large_a_page(query, response, said):
            return CapabilityGone(SPOTIFY, PAGE_LIMIT, f"pages of {query.page_limit} are not allowed")
        case HTTPStatus.BAD_REQUEST if query.names_one and _MALFORMED_ID.search(said):
            return NotFound(SPOTIFY, f"{query.name}: malformed id")
        case HTTPStatus.NOT_FOUND if not query.names_one:
            return CapabilityGone(SPOTIFY, query.capability, f"{query.name} does not exist for this client id")
        case _:
            return error_of_status(SPOTIFY, response, f"{query.name}: {said}" if said else query.name)


def message_of(response: Response) -> str:
    """Return the text of an error body, in any of its four forms; empty if there is none.

    `error` is an object with `message` (and `reason`) on the API, a string at the token endpoint, an object with
    `description` in answers before 2015; and some errors are plain text.
    """
    if not isinstance(response.json, Mapping):
        return response.text
    error = response.json.get("error")
    if isinstance(error, Mapping):
        parts = [error.get("message") or error.get("description"), error.get("reason")]
    else:
        parts = [error, response.json.get("error_description")]
    return ", ".join(part for part in parts if isinstance(part, str) and part)


def _forbidden(query: AskedEndpoint, response: Response, said: str) -> ProviderError:
    if "premium" in said.lower():
        return Suspended(SPOTIFY, _PREMIUM_LAPSED, PREMIUM_LAPSED_S)
    if "scope" in said.lower():
        return Refused(SPOTIFY, f"{query.name} asks for what only a signed-in user may see (status 403)")
    if response.json is None and said:
        return Unavailable(SPOTIFY, f"{query.name}: turned away before the API was reached (status 403)")
    return CapabilityGone(SPOTIFY, query.capability, f"{query.name} is forbidden for this client id")


def _is_too_large_a_page(query: AskedEndpoint, response: Response, said: str) -> bool:
    is_empty = response.json is None and not said
    return (query.page_limit or 0) > SMALL_PAGE and (is_empty or _LIMIT.search(said) is not None)
