"""Actors, breakers, schedules and health, as an operator sees them."""

from typing import Protocol

from thesetd.ports.surface.daemon import ActorView, BreakerView, ScheduleView


class Overview(Protocol):
    """What an operator looks at."""

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
        """Say of each thing the daemon needs of a server what its last proof showed: "ok", or the server's words."""
        ...

    def readiness(self) -> dict[str, str]:
        """Say all of these, and which providers are held, what is paused, and which actors do not do their work."""
        ...
