"""Reloads the configuration."""

from typing import Protocol

from thesetd.ports.surface.daemon import Configuration, Reload


class Reloader(Protocol):
    """Reloads the configuration while the daemon runs."""

    async def reload(self) -> Reload:
        """Apply what can be changed at runtime, and return the rest by name.

        Raises:
            ConfigError: the configuration is invalid; nothing was changed.
        """
        ...

    def describe(self) -> Configuration:
        """Return the settings in force, and those that differ now in the file or environment."""
        ...

    def renew(self) -> None:
        """Restart the actors that the last reload requires; to be called after its reply was sent."""
        ...
