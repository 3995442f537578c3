"""Sends requests to providers."""

from collections.abc import Callable
from typing import Protocol

from thesetd.domain.gate.calls import Request, Response

OnSent = Callable[[], None]


class Transport(Protocol):
    """The connection to one provider: adds credentials and bounds, and performs each request once."""

    async def send(self, request: Request, left: OnSent | None = None) -> Response:
        """Send a request and read the answer, whatever its status, within the deadline and byte limits.

        Args:
            request: the request.
            left: called each time a connection is available and the request is being written.

        Raises:
            Unavailable: no connection, timeout, too large, a broken or unknown encoding.
            BadPayload: the body claims to be JSON but is not acceptable as such.
            Unauthorized: the provider refuses the credentials themselves (no token was available).
            NotConfigured: no credentials are set.
        """
        ...
