"""The event log of a simulation: one line for everything that happens, and a hash over all of them."""

import hashlib
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any, TextIO

import attrs
import trio

from thesetd.domain.facts import Fact

LAST = 400


class Journal:
    """Hashes every line; keeps the last ones, and writes all of them to a file where one is given."""

    def __init__(self, out: TextIO | None = None) -> None:
        """Start empty."""
        self.lines = 0
        self.last: deque[str] = deque(maxlen=LAST)
        self._hash = hashlib.sha256()
        self._out = out

    def note(self, text: str) -> None:
        """Add a line, at the present virtual time."""
        line = f"{trio.current_time():.6f} {text}\n"
        self.lines += 1
        self.last.append(line)
        self._hash.update(line.encode())
        if self._out is not None:
            self._out.write(line)

    def fact(self, life: int, fact: Fact) -> None:
        """Add what an actor of a daemon told its observer."""
        fields = " ".join(f"{field.name}={shown(getattr(fact, field.name))}" for field in attrs.fields(type(fact)))
        self.note(f"[{life}] {type(fact).__name__} {fields}")

    @property
    def sha256(self) -> str:
        """Return the hash of all lines."""
        return self._hash.hexdigest()


def shown(value: Any) -> str:
    """Write a value in a way that does not depend on the process: no order of sets, no addresses in memory."""
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key}:{shown(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return str(value.value)
    return repr(value)
