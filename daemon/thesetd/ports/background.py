"""Marks tasks that no user waits for, so that users' work goes first wherever both need the same thing.

Tasks inherit the mark from the one that starts them, and so do the reads that they make.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_in_background: ContextVar[bool] = ContextVar("in_background", default=False)


def is_in_background() -> bool:
    """Return whether no user waits for this task."""
    return _in_background.get()


@contextmanager
def in_background(*, unless: bool = False) -> Iterator[None]:
    """Mark this task and those that it starts while the block runs, `unless` a user waits for them."""
    token = _in_background.set(not unless)
    try:
        yield
    finally:
        _in_background.reset(token)
