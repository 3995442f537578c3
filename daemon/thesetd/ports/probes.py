"""What the daemon needs of the outside, each thing with the way to prove it."""

from collections.abc import Awaitable, Callable

import attrs

OK = "ok"  # the verdict about what works; more about it may follow a comma
NOT_PROVED = "not proved yet"
ADVICE = ("redis memory", "redis channel")  # the things whose proof only tells: all works meanwhile


def is_ok(verdict: str) -> bool:
    """Return whether a verdict is about what works."""
    return verdict == OK or verdict.startswith(f"{OK}, ")


@attrs.frozen
class Probe:
    """One thing the daemon needs, which `prove` proves by doing it on something disposable.

    `prove` returns when it was done, and raises one of the domain's errors if not: its text is shown to operators, so
    it carries the server's own words and holds no secret and no whole address. It is called every few seconds, costs
    the server next to nothing, and can be cancelled at any moment.
    """

    name: str
    prove: Callable[[], Awaitable[None]]
