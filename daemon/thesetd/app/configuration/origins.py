"""Records where each value of the configuration comes from.

Tested in tests/app/configuration/test_origins.py
"""

from collections.abc import Collection, Mapping
from typing import Any

import attrs

DEFAULT = "default"


@attrs.define
class Origins:
    """The origin of each key: file, credential, environment variable, or option; the last one noted counts."""

    _known: dict[str, str] = attrs.field(factory=dict)

    def note(self, key: tuple[str, ...], where: str) -> None:
        """Record the origin of a key."""
        self._known[_plain(".".join(key))] = where

    def note_all(self, table: Mapping[str, Any], where: str, above: tuple[str, ...] = ()) -> None:
        """Record the origin of all keys of a table."""
        for name, value in table.items():
            if isinstance(value, Mapping):
                self.note_all(value, where, (*above, name))
            else:
                self.note((*above, name), where)

    def of(self, path: str) -> str:
        """Return the origin of a key, or of the part of it that is not the default."""
        plain = _plain(path)
        below = (where for key, where in self._known.items() if key.startswith(f"{plain}."))
        return self._known.get(plain) or next(below, DEFAULT)

    def keeping(self, paths: Collection[str], earlier: "Origins") -> "Origins":
        """Return these origins, with the earlier ones for keys whose earlier values stay in force."""
        kept = {_plain(path): earlier.of(path) for path in paths}
        below = tuple(f"{path}." for path in kept)
        return Origins({key: where for key, where in self._known.items() if not key.startswith(below)} | kept)


def _plain(path: str) -> str:
    """Return a path in the form of environment variables, without dashes."""
    return path.replace("-", "_")
