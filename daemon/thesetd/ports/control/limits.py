"""Lets an operator see and change the path to the providers."""

from datetime import datetime
from typing import Any, Protocol

from thesetd.ports.surface.gate import LimitsView


class Gatekeeper(Protocol):
    """The path to the providers, as an operator sees and changes it."""

    async def limits(self) -> tuple[LimitsView, ...]:
        """Return every provider's limits, lanes and penalty."""
        ...

    async def set_limits(self, provider: str, limits: str, for_s: float | None) -> None:
        """Change a provider's limits ("50/60s,1000/1d") for `for_s` seconds, or until the daemon is restarted.

        A change for a time applies on every node; one without a time applies on this node, and ends the other
        everywhere. Jobs that wait for quota resume at once if some is free now.

        Raises:
            KeyError: there is no such provider.
            ValueError: invalid `limits`; the message says why.
        """
        ...

    async def calls(self, *, by: str, since: datetime) -> tuple[dict[str, Any], ...]:
        """Count the calls made since a moment.

        Raises:
            ValueError: calls cannot be counted by that.
            StoreUnavailable: the ledger cannot be read now.
        """
        ...

    def providers(self) -> dict[str, str]:
        """Return for each provider with credentials when it last accepted them, or until when it is held, and why."""
        ...

    async def reset_breaker(self, name: str) -> None:
        """Close a breaker; calls that wait for it resume at once.

        Raises:
            KeyError: there is no such breaker.
        """
        ...
