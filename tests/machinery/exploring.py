"""How much a test repeats itself: `make test` takes a sample of seeds and moments, `make prove` takes them all."""

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
EXPLORE = bool(os.environ.get("THESETD_EXPLORE"))


def sample(everything: Sequence[T], every: int) -> Sequence[T]:
    """Choose one in so many, from the first on; all where tests explore."""
    return everything if EXPLORE else everything[::every]
