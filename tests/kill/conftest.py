"""Servers that all campaigns share: starting them takes longer than most of what is done on them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from ground import Ground, grounds

Fresh = Callable[[], AbstractContextManager[Ground]]


@pytest.fixture(scope="session")
def fresh(redis_program: Path) -> Iterator[Fresh]:
    """Yield what makes a fresh database, Redis and world, with answers that take 50 ms."""
    assert redis_program
    with grounds("--latency", "0.05") as make:
        yield make


@pytest.fixture
def ground(fresh: Fresh) -> Iterator[Ground]:
    """Yield a fresh database, Redis and world."""
    with fresh() as one:
        yield one
