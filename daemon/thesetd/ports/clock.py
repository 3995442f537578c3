"""The only source of time; the simulation replaces it."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Wall-clock time. Durations and deadlines use trio's clock, which tests make virtual."""

    def now(self) -> datetime:
        """Return the present moment as an aware UTC datetime."""
        ...
