"""Who is who in the in-memory store: everything that is known is near, and a word is undone by what was kept of it."""

import functools
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import attrs

from identity_book import append
from thesetd.domain.errors import UnknownDecision
from thesetd.domain.identity.changes import Book, apply
from thesetd.domain.identity.decisions import Entry, Verb, standing
from thesetd.domain.identity.learning import Learnt, Settlement, StoredNearby, continued, in_use, settle
from thesetd.domain.identity.spaces import Ref, columns, rank
from thesetd.domain.identity.statements import Record, Search
from thesetd.domain.ids import row_id

FIELD = columns("artists")


@attrs.frozen(kw_only=True)
class Identity:
    """What the fake keeps of who is who; each change makes a new one. `kept` is the world's state before each word."""

    book: Book = attrs.field(factory=Book)
    records: Mapping[Ref, Record] = attrs.field(factory=dict)
    searches: frozenset[Search] = frozenset()
    log: tuple[Entry, ...] = ()
    kept: Mapping[int, Any] = attrs.field(factory=dict)

    def described(self, learnt: Learnt) -> "Identity":
        """Return it with what was learnt."""
        records = dict(self.records)
        for record in learnt.records:
            before = records.get(record.ref)
            records[record.ref] = continued(before, record) if before else record
        named = {(one.space, one.name): one for one in self.searches}
        named |= {(one.space, one.name): one for one in learnt.searches}
        return attrs.evolve(self, records=records, searches=frozenset(named.values()))

    def settled(self, learnt: Learnt) -> Settlement:
        """Decide."""
        known = StoredNearby(records=tuple(self.records.values()), searches=self.searches, log=self.log)
        return settle(self.book, known, learnt, key)

    def changed(self, settled: Settlement) -> "Identity":
        """Return it after a decision."""
        return attrs.evolve(self, book=apply(self.book, settled.changes))

    def said(self, word: Entry, at: datetime) -> "Identity":
        """Return it with a person's word."""
        if word.verb is Verb.UNDO and word.undoes not in {one.number for one in standing(self.log)}:
            raise UnknownDecision(word.undoes or 0, [one.number for one in standing(self.log)])
        return attrs.evolve(self, log=append(self.log, attrs.evolve(word, at=at)))

    def columns(self, mine: Iterable[Ref]) -> dict[str, str | None]:
        """Return the id columns of the row that owns these ids, by the ids in use."""
        using = in_use(mine, self.book.aliases, self.book.lost)
        return {field: next((ref.id for ref in using.get(space, ())), None) for space, field in FIELD.items()}


def key(ref: Ref) -> str:
    """Return the key of the row that an id is the first of."""
    return str(row_id("artists", ref.space, ref.id))


@functools.cache
def uuid_of(owner: str) -> UUID:
    """Return the row of a key."""
    return row_id("artists", "numbered", owner) if "#" in owner else UUID(owner)


def first(refs: Any) -> Ref:
    """Return the id of some that names their artist."""
    return min(refs, key=rank)
