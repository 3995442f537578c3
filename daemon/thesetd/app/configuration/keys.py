"""Flattens the configuration to a table of each key's path and value, for display and comparison."""

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from thesetd.app.configuration.config import Config
from thesetd.app.configuration.origins import DEFAULT
from thesetd.domain.gate.credentials import without_userinfo


@attrs.frozen
class Key:
    """The value of a key, whether it may be shown, and its origin."""

    value: Any
    secret: bool
    origin: str = attrs.field(default=DEFAULT, eq=False)

    @property
    def shown(self) -> str:
        """Return the value in a form that may be shown."""
        value = self.value
        if value is None or value in ("", ()):
            return "(not set)"
        if self.secret:
            return "(set)"
        if isinstance(value, tuple):
            return ", ".join(str(part) for part in value)
        return without_userinfo(str(getattr(value, "label", getattr(value, "value", value))))


def flat(config: Config) -> dict[str, Key]:
    """Return every key; lifetimes and windows count as single values."""
    return {path: attrs.evolve(key, origin=config.origins.of(path)) for path, key in _walk("", config)}


def _walk(path: str, value: Any, *, secret: bool = False) -> Iterator[tuple[str, Key]]:
    if attrs.has(type(value)) and path.count(".") < 2:  # noqa: PLR2004 - deeper values print themselves
        for field in attrs.fields(type(value)):
            if field.eq is False:
                continue  # the origins of the values are not a key
            inner = getattr(value, field.name)
            yield from _walk(f"{path}.{field.name}".lstrip("."), inner, secret=field.repr is False)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _walk(f"{path}.{name}", inner)
    else:
        yield path, Key(value, secret)
