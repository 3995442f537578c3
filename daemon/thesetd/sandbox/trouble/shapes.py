"""Defines bad answers as values, which faults of the same names send."""

import json
from collections.abc import Mapping

import attrs
from starlette.responses import Response

from thesetd.sandbox.listing import Json

JSON = "application/json"
Shapes = Mapping[str, "Shape"]


@attrs.frozen
class Shape:
    """A whole answer, which the fault of the same name sends. `retry_after` None sends no such header."""

    status: int
    body: bytes
    media_type: str | None = JSON
    retry_after: str | None = None

    def response(self, retry_after: str | None = None, apikey: str = "") -> Response:
        """Make the answer, with another Retry-After if one is given, and the key where the provider repeats it."""
        return self.with_hint(self.retry_after if retry_after is None else retry_after, apikey)

    def with_hint(self, hint: str | None, apikey: str = "") -> Response:
        """Make the answer with exactly this Retry-After, None for none."""
        headers = {} if hint is None else {"retry-after": hint}
        return Response(self.body.replace(b"{apikey}", apikey.encode()), self.status, headers, self.media_type)


def as_json(status: int, body: Json, retry_after: str | None = None) -> Shape:
    """Make a JSON answer."""
    return Shape(status, json.dumps(body).encode(), retry_after=retry_after)


def as_text(status: int, text: str, media_type: str | None = None, retry_after: str | None = None) -> Shape:
    """Make an answer of text."""
    return Shape(status, text.encode(), media_type, retry_after)
