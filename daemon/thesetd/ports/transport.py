"""How a request reaches a provider."""

from collections.abc import Callable
from typing import Protocol

from thesetd.domain.gate.calls import Request, Response

OnSent = Callable[[], None]


class Transport(Protocol):
    """One provider's wire: adds credentials and bounds, performs the request once."""

    async def send(self, request: Request, left: OnSent | None = None) -> Response:
        """Send and read the answer, whatever its status, within the deadline and byte bounds.

        Args:
            request: what to ask.
            left: called each time when a connection was there and the request is written.

        Raises:
            Unavailable: no connection, timeout, too large, a broken or unknown encoding.
            BadPayload: the body claims to be JSON and is not acceptable as such.
            Unauthorized: the provider refuses the credentials themselves (no token was available).
            NotConfigured: no credentials are set.
        """
        ...
