"""Trio's order of tasks as a pure function of a seed. The names used here are private: `check` knows them."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from trio._core import _run as trio_run

_NAMES = ("_ALLOW_DETERMINISTIC_SCHEDULING", "_r")


def check() -> None:
    """Fail with a clear message where trio no longer has what this module replaces.

    Raises:
        AssertionError: see the text.
    """
    missing = [name for name in _NAMES if not hasattr(trio_run, name)]
    assert not missing, f"trio renamed {missing}: the simulation cannot order its tasks any more"
    fields = trio_run.Task.__slots__
    assert "_counter" in fields, "trio's tasks are not numbered any more: the simulation cannot order them"


class _Order:
    """Takes the place of trio's random source: sorts a batch of runnable tasks by seed and spawn number.

    The order of two tasks does not depend on how many others are in their batch, and seeds explore different orders.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._first: int | None = None
        self._random = random.Random(seed)

    def shuffle(self, batch: list[Any]) -> None:
        if self._first is None:
            self._first = min(task._counter for task in batch)
        if len(batch) > 1:
            batch.sort(key=self._rank)

    def _rank(self, task: Any) -> int:
        return hash((self._seed, task._counter - (self._first or 0)))  # of integers: the same in every process

    def random(self) -> float:
        return self._random.random()

    def uniform(self, low: float, high: float) -> float:
        return self._random.uniform(low, high)


@contextmanager
def deterministic(seed: int) -> Iterator[None]:
    """Make the next `trio.run` choose the order of its tasks by this seed alone."""
    check()
    before = [getattr(trio_run, name) for name in _NAMES]
    for name, value in zip(_NAMES, (True, _Order(seed)), strict=True):
        setattr(trio_run, name, value)
    try:
        yield
    finally:
        for name, value in zip(_NAMES, before, strict=True):
            setattr(trio_run, name, value)
