"""The wall clock: the only place that reads the time of day."""

from datetime import UTC, datetime


class SystemClock:
    """The machine's clock; see `thesetd.ports.clock.Clock`."""

    def now(self) -> datetime:
        """Return the present moment as an aware UTC datetime."""
        return datetime.now(UTC)
