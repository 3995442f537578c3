"""The way to the providers, as an operator sees and changes it."""

from datetime import datetime
from typing import Any, Protocol

from thesetd.ports.surface.gate import LimitsView


class Gatekeeper(Protocol):
    """What an operator sees and changes of the way to the providers."""

    async def limits(self) -> tuple[LimitsView, ...]:
        """Show every provider's limits, lanes and penalty."""
        ...

    async def set_limits(self, provider: str, limits: str, for_s: float | None) -> None:
        """Change a provider's limits ("50/60s,1000/1d") for this many seconds, or until the daemon is restarted.

        The former holds on every node, the latter on this one, and ends the former everywhere. What waits for quota
        continues at once, as far as there is some now.

        Raises:
            KeyError: there is no such provider.
            ValueError: `limits` cannot be read; the text says why.
        """
        ...

    async def calls(self, *, by: str, since: datetime) -> tuple[dict[str, Any], ...]:
        """Count the calls made since then.

        Raises:
            ValueError: they cannot be counted by that.
            StoreUnavailable: the ledger cannot be read now.
        """
        ...

    def providers(self) -> dict[str, str]:
        """Say of each provider with credentials when it last took them, or until when it is not asked, and why."""
        ...

    async def reset_breaker(self, name: str) -> None:
        """Close a breaker; calls that wait for it continue at once.

        Raises:
            KeyError: there is no such breaker.
        """
        ...
