"""Randomness of the synthetic world: a stream for each thing, so that any part can be made without the others."""

import hashlib
import random


def stream(seed: int, *path: object) -> random.Random:
    """Return the random numbers of one item, the same in every process and Python version."""
    return random.Random("/".join(str(part) for part in (seed, *path)))  # noqa: S311 - repeatable, not secret


def digest(seed: int, *path: object) -> int:
    """Return 256 bits that depend on seed and path only."""
    return int.from_bytes(hashlib.sha256("/".join(str(part) for part in (seed, *path)).encode()).digest())


def happens(dice: random.Random, share: float) -> bool:
    """Return True with a probability."""
    return dice.random() < share


def one_in(index: int, every: int, place: int) -> bool:
    """Return whether an index is the one at `place` among every n: for rare kinds that each world must have."""
    return index % every == place
