"""How a request to the daemon fails, one class per reaction.

`Unreachable`: there is no daemon to talk to: start it, or name its socket. `Broken`: the daemon was there and went
away: reconnect. `ProblemReply`: it answered with a problem document: show it.
"""

from collections.abc import Mapping
from typing import Any


class Unreachable(Exception):
    """No daemon answers on the socket; the text says why and what to do."""


class Broken(Exception):
    """The connection broke before the answer was complete."""


class ProblemReply(Exception):
    """The daemon answered with an error; `document` is its problem document (RFC 9457).

    `retry_after_s` is when it wants to be asked again, None if it does not say.
    """

    def __init__(self, status: int, document: Mapping[str, Any], retry_after_s: float | None = None) -> None:
        """Keep the answer."""
        self.retry_after_s = retry_after_s
        super().__init__(str(document.get("detail") or f"the daemon answered with HTTP status {status}"))
        self.status = status
        self.document = document
