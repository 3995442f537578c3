"""Keeps operators' decisions: an append-only log of entries, any of which can be undone, even an undo.

Nothing is ever removed from the log. The decisions in force are computed from all of it: entries that a later one
undoes do not count, and of two entries about the same two ids the later one counts.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum

import attrs

from thesetd.domain.identity.spaces import Ref
from thesetd.domain.identity.statements import Pair, Word


class Verb(StrEnum):
    """The commands of an operator."""

    LINK = "link"
    UNLINK = "unlink"
    MERGE = "merge"
    SPLIT = "split"
    UNDO = "undo"


_JOINS = {Verb.LINK: True, Verb.MERGE: True, Verb.UNLINK: False, Verb.SPLIT: False}


@attrs.frozen(kw_only=True)
class Entry:
    """One decision: each id of `ids` is, or is not, the same artist as each of `others`.

    `undoes` is an earlier number.
    """

    number: int
    verb: Verb
    ids: frozenset[Ref] = frozenset()
    others: frozenset[Ref] = frozenset()
    undoes: int | None = None
    who: str = ""
    at: datetime | None = None

    def pairs(self) -> Iterator[Pair]:
        """Return the pairs of ids that this decision is about."""
        yield from sorted({Pair.of(one, other) for one in self.ids for other in self.others if one != other})


def standing(log: Iterable[Entry]) -> list[Entry]:
    """Return the entries that are not undone, latest first."""
    undone: set[int] = set()
    held = []
    for entry in sorted(log, key=lambda one: one.number, reverse=True):
        if entry.number in undone:
            continue
        held.append(entry)
        if entry.verb is Verb.UNDO and entry.undoes is not None:
            undone.add(entry.undoes)
    return held


def effective(log: Iterable[Entry]) -> Word:
    """Return the decisions that are in force."""
    said: dict[Pair, bool] = {}
    for entry in standing(log):
        if entry.verb is not Verb.UNDO:
            for pair in entry.pairs():
                said.setdefault(pair, _JOINS[entry.verb])
    return Word(
        joined=tuple(pair for pair, joins in said.items() if joins),
        parted=frozenset(pair for pair, joins in said.items() if not joins),
    )
