"""Defines probes: the daemon's dependencies, each with a way to check it."""

from collections.abc import Awaitable, Callable

import attrs

OK = "ok"  # the verdict on a working dependency; details may follow after a comma
NOT_PROVED = "not proved yet"
ADVICE = ("redis memory", "redis channel")  # probes that only inform: the daemon works although they fail


def is_ok(verdict: str) -> bool:
    """Return whether a verdict says that the dependency works."""
    return verdict == OK or verdict.startswith(f"{OK}, ")


def is_trouble(verdict: str) -> bool:
    """Return whether a verdict needs an operator; the missing verdict right after a start does not."""
    return not is_ok(verdict) and verdict != NOT_PROVED


@attrs.frozen
class Probe:
    """One dependency of the daemon, which `prove` checks by using it on disposable data.

    `prove` returns if that succeeded, and otherwise raises one of the domain's errors, whose message is shown to
    operators: it quotes the server's message and holds neither a secret nor a whole address. It is called every few
    seconds, costs the server almost nothing, and can be cancelled at any moment.
    """

    name: str
    prove: Callable[[], Awaitable[None]]
