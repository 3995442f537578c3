"""What an operator should know about a configuration that works: words without a meaning, missing keys, open doors."""

from collections.abc import Iterator

from thesetd.adapters.postgres.connection.address import parse
from thesetd.adapters.providers.registry import unused
from thesetd.app.configuration.config import Config
from thesetd.domain.facts import Fact, ListenerExposed, SettingIgnored


def ignored_words(config: Config, dsn: str) -> Iterator[SettingIgnored]:
    """Say which words of the database's addresses mean nothing here."""
    for key, address in (("database.dsn", dsn), ("database.session_dsn", config.database.session_dsn)):
        if address and (words := parse(address, key).parameters.ignored):
            yield SettingIgnored(key=key, words=words)


def remarks(config: Config) -> Iterator[Fact]:
    """Say which providers are not used, and what is shown to other hosts."""
    yield from unused(config.providers)
    yield from (ListenerExposed(key=key, reason=reason) for key, reason in config.http.exposed())
