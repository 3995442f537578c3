"""Defines the failures of a request to the daemon, one class per reaction.

`Unreachable`: there is no daemon: start it, or name its socket. `Broken`: the connection to the daemon was lost:
reconnect. `ProblemReply`: it answered with a problem document: show it.
"""

from collections.abc import Mapping
from typing import Any


class Unreachable(Exception):
    """No daemon answers on the socket; the message says why and what to do."""


class Broken(Exception):
    """The connection broke before the answer was complete."""


class ProblemReply(Exception):
    """The daemon answered with an error; `document` is its problem document (RFC 9457).

    `retry_after_s` is when the request may be repeated, None if it does not say.
    """

    def __init__(self, status: int, document: Mapping[str, Any], retry_after_s: float | None = None) -> None:
        """Keep the answer."""
        self.retry_after_s = retry_after_s
        super().__init__(str(document.get("detail") or f"the daemon answered with HTTP status {status}"))
        self.status = status
        self.document = document
