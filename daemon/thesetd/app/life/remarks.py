"""Warns about a valid configuration: ignored parts, missing keys, unprotected listeners."""

from collections.abc import Iterator

from thesetd.adapters.postgres.connection.address import parse
from thesetd.adapters.providers.registry import unused
from thesetd.app.configuration.config import Config
from thesetd.domain.facts import Fact, ListenerExposed, SettingIgnored


def ignored_words(config: Config, dsn: str) -> Iterator[SettingIgnored]:
    """Report which parts of the database's addresses are ignored."""
    for key, address in (("database.dsn", dsn), ("database.session_dsn", config.database.session_dsn)):
        if address and (words := parse(address, key).parameters.ignored):
            yield SettingIgnored(key=key, words=words)


def remarks(config: Config) -> Iterator[Fact]:
    """Report which providers are not used, and what is exposed to other hosts."""
    yield from unused(config.providers)
    yield from (ListenerExposed(key=key, reason=reason) for key, reason in config.http.exposed())
