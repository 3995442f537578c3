"""What tests of the simulation share."""

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture
def untraced() -> Iterator[None]:
    """Measure no coverage, which more than doubles the time of runs that repeat what is covered with other seeds."""
    trace = sys.gettrace()
    sys.settrace(None)
    yield
    sys.settrace(trace)
