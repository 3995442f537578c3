"""Computes how a verdict changes the stored rows, before and after: applied in one transaction, undone exactly."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any

import attrs

from thesetd.domain.identity.spaces import Ref, Space, rank
from thesetd.domain.identity.statements import Link, Pair, RefusedLink
from thesetd.domain.identity.verdicts import ReviewQuestion, Verdict


class IdentityTable(StrEnum):
    """The tables of identity in a store."""

    OWNERS = "owners"
    LINKS = "links"
    REFUSALS = "refusals"
    ALIASES = "aliases"
    REVIEWS = "reviews"
    LOST = "lost"


@attrs.frozen(kw_only=True)
class Book:
    """The stored identities. `owners` maps each id to the key of its artist's row."""

    owners: Mapping[Ref, str] = attrs.field(factory=dict)
    links: Mapping[Pair, Link] = attrs.field(factory=dict)
    refusals: Mapping[Pair, RefusedLink] = attrs.field(factory=dict)
    aliases: Mapping[Ref, Ref] = attrs.field(factory=dict)
    reviews: Mapping[tuple[Ref, Space], ReviewQuestion] = attrs.field(factory=dict)
    lost: Mapping[Ref, bool] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Change:
    """One row of one table before and after; None if the row does not exist."""

    table: IdentityTable
    key: Any
    before: Any = None
    after: Any = None


@attrs.frozen(kw_only=True)
class Moved:
    """An id moves from one artist's row to another's, with everything that came through it (shows, setlists, albums).

    Without `source` the id is new; a target without a row is created, as a stub until it is imported.
    """

    ref: Ref
    source: str | None
    target: str


@attrs.frozen(kw_only=True)
class ChangeSet:
    """All changes of one decision, sorted."""

    changes: tuple[Change, ...]

    def moves(self) -> tuple[Moved, ...]:
        """Return the ids that move to another artist."""
        rows = (change for change in self.changes if change.table is IdentityTable.OWNERS and change.after is not None)
        return tuple(Moved(ref=row.key, source=row.before, target=row.after) for row in rows)

    def staying_first(self, refs: Iterable[Ref]) -> list[Ref]:
        """Sort ids by rank, those last that leave a row for another's: they are not the artist any more."""
        left = {one.ref for one in self.moves() if one.source is not None}
        return sorted(refs, key=lambda ref: (ref in left, rank(ref)))


def change_set(
    book: Book,
    verdict: Verdict,
    key_of: Callable[[Ref], str],
    wanted: frozenset[Ref] | None = None,
    guests: frozenset[Ref] = frozenset(),
) -> ChangeSet:
    """Compare the stored rows with a verdict on some of them; rows outside the verdict stay unchanged.

    `key_of` makes the key of a row from its first id. If `wanted` is given, an artist gets a row only if it has one of
    these ids or has a row already. `guests` are ids that another id's provider claimed for their row.
    """
    known = frozenset(ref for act in verdict.acts for ref in act)
    after: dict[IdentityTable, dict[Any, Any]] = {
        IdentityTable.OWNERS: _owners(book, _placed(book, verdict, wanted), key_of, guests),
        IdentityTable.LINKS: {link.pair: link for link in verdict.links},
        IdentityTable.REFUSALS: {one.pair: one for one in verdict.refusals},
        IdentityTable.ALIASES: dict(verdict.aliases),
        IdentityTable.REVIEWS: {(one.about, one.space): one for one in verdict.reviews},
        IdentityTable.LOST: dict.fromkeys(verdict.lost, True),
    }
    return ChangeSet(
        changes=tuple(
            c for table in IdentityTable for c in _differences(table, _rows(book, table), after[table], known)
        )
    )


def apply(book: Book, changes: ChangeSet) -> Book:
    """Return the book after a change set; a row that has been changed otherwise since stays as it is."""
    tables = {table: dict(_rows(book, table)) for table in IdentityTable}
    for change in changes.changes:
        rows = tables[change.table]
        if rows.get(change.key) == change.before:
            rows.pop(change.key, None)
            if change.after is not None:
                rows[change.key] = change.after
    return Book(**{table.value: rows for table, rows in tables.items()})


def _rows(book: Book, table: IdentityTable) -> Mapping[Any, Any]:
    rows: Mapping[Any, Any] = getattr(book, table.value)
    return rows


def _differences(
    table: IdentityTable, before: Mapping[Any, Any], after: Mapping[Any, Any], known: frozenset[Ref]
) -> Iterator[Change]:
    for key in sorted({*before, *after}, key=_order):
        if before.get(key) != after.get(key) and (key in after or known.issuperset(_refs(key))):
            yield Change(table=table, key=key, before=before.get(key), after=after.get(key))


def _refs(key: Hashable) -> tuple[Ref, ...]:
    match key:
        case Ref():
            return (key,)
        case Pair():
            return key.one, key.other
        case (Ref() as ref, _):
            return (ref,)
        case _:
            raise TypeError(key)


def _order(key: Hashable) -> tuple[tuple[tuple[int, str, str], ...], str]:
    return tuple(map(rank, _refs(key))), str(key[1]) if isinstance(key, tuple) else ""


def _placed(book: Book, verdict: Verdict, wanted: frozenset[Ref] | None) -> list[frozenset[Ref]]:
    """Return the artists that have or get a row."""
    acts = sorted(verdict.acts, key=lambda act: min(map(rank, act)))
    rows = None if wanted is None else wanted | book.owners.keys()
    return [act for act in acts if rows is None or not rows.isdisjoint(act)]


def _owners(
    book: Book, acts: list[frozenset[Ref]], key_of: Callable[[Ref], str], guests: frozenset[Ref]
) -> dict[Ref, str]:
    """Assign each artist a row.

    A row stays with its first id that is no guest; of several rows, an artist keeps that of its own first id.

    So a weak link that is replaced leaves the row of the famous artist where it was, and importing completes a stub.
    """
    hearts: dict[str, Ref] = {}
    for ref in sorted(book.owners, key=lambda ref: (ref in guests, rank(ref))):
        hearts.setdefault(book.owners[ref], ref)
    taken = set(hearts)
    owners: dict[Ref, str] = {}
    for act in acts:
        own = [ref for ref in sorted(act, key=rank) if ref in book.owners and hearts[book.owners[ref]] in act]
        row = book.owners[own[0]] if own else _free(key_of(min(act, key=rank)), taken)
        taken.add(row)
        owners |= dict.fromkeys(act, row)
    return owners


def _free(key: str, taken: set[str]) -> str:
    """Return an unused key; the default one may belong to a row that lost its first id."""
    return next(one for one in (key, *(f"{key}#{n}" for n in range(2, len(taken) + 3))) if one not in taken)
