"""Time is virtual in every test of actors, also in one that asks for no clock: what they wait for is there at once."""

from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Choose what runs the tests of this folder; pytest-trio takes the first mark that names a runner."""
    for item in items:
        if item.path.is_relative_to(HERE) and iscoroutinefunction(getattr(item, "obj", None)):
            item.add_marker(pytest.mark.trio(run=virtually), append=False)


def virtually(
    function: Callable[..., Awaitable[Any]], *, clock: trio.abc.Clock | None = None, **settings: Any
) -> object:
    """Run as `trio.run` does, on a clock that jumps unless the test has one of its own."""
    return trio.run(function, clock=clock or trio.testing.MockClock(autojump_threshold=0), **settings)
