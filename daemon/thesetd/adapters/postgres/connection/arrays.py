"""Passes columns to asyncpg as arrays, with as little as possible done for each element.

asyncpg asks of each element whether it is an array itself, by two abstract classes whose `isinstance` is a function of
Python's: an import passes 50,000 elements, for which this takes as long as encoding them. Among the types of the
daemon's arguments only those below are arrays, and a type is compared without a call.
"""

from typing import Any

from asyncpg.protocol import protocol

ARRAYS: tuple[type, ...] = (list, tuple, set, frozenset, type({}.keys()), type({}.values()))


def ask_by_type() -> None:
    """Have asyncpg compare types from now on, unless its next version asks in another way."""
    names = vars(protocol)
    if {"IterableABC", "SizedABC"} <= names.keys():
        names.update(IterableABC=ARRAYS, SizedABC=object)


def without_nulls(column: list[Any]) -> list[Any]:
    """Return a column of an `unnest` with others, nothing in place of nulls alone: those that it lacks are added."""
    return [] if column.count(None) == len(column) else column
