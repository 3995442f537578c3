"""What tests of identity do with a book and a log of decisions in memory, as a store does with rows."""

from collections.abc import Sequence

import attrs

from thesetd.domain.identity.changes import Book, ChangeSet, apply
from thesetd.domain.identity.decisions import Entry, Verb, standing


def reverted(book: Book, changes: ChangeSet) -> Book:
    """Return the book as it was before changes; a row that something else has changed since stays as it is."""
    back = (attrs.evolve(one, before=one.after, after=one.before) for one in reversed(changes.changes))
    return apply(book, ChangeSet(changes=tuple(back)))


def append(log: Sequence[Entry], entry: Entry) -> tuple[Entry, ...]:
    """Return the log with one more decision, which gets the next number.

    Raises:
        ValueError: it undoes a number that is unknown or already undone.
    """
    if entry.verb is Verb.UNDO and entry.undoes not in {one.number for one in standing(log)}:
        raise ValueError(f"there is no decision {entry.undoes} to undo: `thesetctl artist review` lists them")
    return (*log, attrs.evolve(entry, number=len(log) + 1))
