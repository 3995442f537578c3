"""Changes when schedules fire."""

from typing import Protocol

from thesetd.ports.surface.daemon import ScheduleView


class ScheduleDesk(Protocol):
    """Plans of schedules that operators set at run time.

    Each method raises StoreUnavailable if the database is unavailable, and KeyError for an unknown schedule.
    """

    async def set_plan(self, name: str, cron: str, zone: str | None, for_s: float | None) -> ScheduleView:
        """Let a schedule fire by another plan, for a time or until reset; `zone` is the configured one by default.

        Raises:
            ValueError: the expression or the zone is invalid, or the configuration disables the schedule.
        """
        ...

    async def reset_plan(self, name: str) -> ScheduleView:
        """Return to the configured plan, which may apply already."""
        ...
