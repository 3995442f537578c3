"""Reading the configuration again."""

from typing import Protocol

from thesetd.ports.surface.daemon import Configuration, Reload


class Reloader(Protocol):
    """Reads the configuration again while the daemon runs."""

    async def reload(self) -> Reload:
        """Put in force what can be changed; the rest is named.

        Raises:
            ConfigError: the configuration has faults; nothing was changed.
        """
        ...

    def describe(self) -> Configuration:
        """Return what is in force, and what file and environment say now where that is something else."""
        ...

    def renew(self) -> None:
        """Start the actors again where the last reload needs that; to be called once its reply is sent."""
        ...
