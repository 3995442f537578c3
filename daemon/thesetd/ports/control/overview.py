"""Shows an operator actors, breakers, schedules and health."""

from typing import Protocol

from thesetd.ports.surface.daemon import ActorView, BreakerView, ScheduleView


class Overview(Protocol):
    """The state of the daemon, for operators."""

    def actors(self) -> tuple[ActorView, ...]:
        """List the actors in start order."""
        ...

    def breakers(self) -> tuple[BreakerView, ...]:
        """List the breakers."""
        ...

    async def schedules(self) -> tuple[ScheduleView, ...]:
        """List the schedules in the order of the configuration."""
        ...

    def dependencies(self) -> dict[str, str]:
        """Return for each dependency on a server the result of its last probe: "ok", or the server's message."""
        ...

    def readiness(self) -> dict[str, str]:
        """Return these results, and which providers are held, what is paused, and which actors are failing."""
        ...
