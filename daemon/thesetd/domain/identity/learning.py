"""Turns what one answer says about identities into a decision and its changes to a store.

A candidate of a search is recorded but gets no artist row. Rows are for requested ids (an import, the act of a bill),
for ids that turn out to be the same artist as one of those, and for an act on sale whose link says whose it is: it is a
stub, so that its shows are known not to be a namesake's.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from uuid import UUID

import attrs

from thesetd.domain.identity.agreement import keys
from thesetd.domain.identity.changes import Book, ChangeSet, change_set
from thesetd.domain.identity.deciding import decide
from thesetd.domain.identity.decisions import Entry, effective
from thesetd.domain.identity.spaces import SPACES, Ref, Space, is_single
from thesetd.domain.identity.statements import IdentityEvidence, Record, RecordKind, Rule, Search
from thesetd.domain.identity.verdicts import Verdict
from thesetd.domain.music.names import fold


@attrs.frozen(kw_only=True)
class Learnt:
    """What a batch says about identities.

    `wanted` are the ids that get a row: as a stub, or, with `complete`, as an artist that is being imported. `stubs`
    are further ids that get a row as a stub. `asked` are the spaces whose provider is available. A `word`, an
    operator's decision, is kept with what it changes; the store assigns its number. `receiver` is the row of an artist
    without ids, which an operator gives those of the decision.
    """

    records: tuple[Record, ...] = ()
    searches: frozenset[Search] = frozenset()
    wanted: frozenset[Ref] = frozenset()
    complete: bool = False
    stubs: frozenset[Ref] = frozenset()
    asked: frozenset[Space] = frozenset(SPACES)
    word: Entry | None = None
    receiver: UUID | None = None

    def refs(self) -> frozenset[Ref]:
        """Return every id that is mentioned."""
        said = self.word.ids | self.word.others if self.word else frozenset[Ref]()
        return frozenset(record.ref for record in self.records) | self.wanted | self.stubs | said

    def joined(self, other: "Learnt") -> "Learnt":
        """Return both as one; if both describe an id, the other's record counts. An incomplete one adds only stubs."""
        complete = self.complete or other.complete
        records = {record.ref: record for record in (*self.records, *other.records)}
        return Learnt(
            records=tuple(records.values()),
            searches=self.searches | other.searches,
            wanted=frozenset[Ref]().union(*(one.wanted for one in (self, other) if one.complete == complete)),
            stubs=self.stubs.union(other.stubs, *(one.wanted for one in (self, other) if one.complete != complete)),
            complete=complete,
            asked=self.asked & other.asked,
            word=other.word or self.word,
            receiver=other.receiver or self.receiver,
        )


@attrs.frozen(kw_only=True)
class StoredNearby:
    """The stored rows related to an answer, which the decision uses in addition to the book.

    `names` are those whose records are all here, None if this holds for all names.
    """

    records: tuple[Record, ...] = ()
    searches: frozenset[Search] = frozenset()
    log: Sequence[Entry] = ()
    common_titles: frozenset[str] = frozenset()
    names: frozenset[str] | None = None

    def at_the_edge(self) -> frozenset[Ref]:
        """Return the ids that share a name with records that are not here."""
        names = self.names
        return frozenset(one.ref for one in self.records if names is not None and not keys(one) <= names)


@attrs.frozen(kw_only=True)
class Settlement:
    """A decision and the changes that follow from it."""

    verdict: Verdict
    changes: ChangeSet


def settle(book: Book, known: StoredNearby, learnt: Learnt, key_of: Callable[[Ref], str]) -> Settlement:
    """Decide about everything related to an answer. Only artists that have or get a row are kept and reviewed."""
    world = IdentityEvidence(
        records=known.records,
        searches=known.searches,
        links=tuple(book.links.values()),
        refusals=tuple(book.refusals.values()),
        aliases=book.aliases,
        word=effective(known.log),
        asked=learnt.asked,
        common_titles=known.common_titles,
    )
    verdict = decide(world)
    rows = frozenset(book.owners) | learnt.wanted | learnt.stubs | _on_sale(verdict, learnt)
    inside = frozenset[Ref]().union(*(act for act in verdict.acts if not act.isdisjoint(rows)))
    edge = known.at_the_edge()
    apart = frozenset[Ref]().union(*(act for act in verdict.acts if not act.isdisjoint(edge)))
    asked = [one for one in verdict.reviews if one.about in inside - apart]
    asked += [one for (about, _), one in book.reviews.items() if about in apart]
    verdict = attrs.evolve(verdict, reviews=tuple(asked))
    changes = change_set(book, verdict, key_of, rows, _claimed(book, known.records))
    return Settlement(verdict=verdict, changes=changes)


def _on_sale(verdict: Verdict, learnt: Learnt) -> frozenset[Ref]:
    """Return the ids that were reported in spaces of ticket sellers and are proven to be some artist's."""
    linked = {record.ref for record in learnt.records if not is_single(record.ref.space) and record.links}
    return frozenset(ref for act in verdict.acts for ref in act & linked if verdict.verified(act))


def _claimed(book: Book, records: Iterable[Record]) -> frozenset[Ref]:
    """Return the ids that have their row only because another id's provider said so: one that was not read then."""
    links = {record.ref: record.links for record in records}
    claims = [link.pair for link in book.links.values() if link.rule is Rule.CLAIMED]
    ends = [(pair.one, pair.other) for pair in claims] + [(pair.other, pair.one) for pair in claims]
    return frozenset(target for claimant, target in ends if target in links.get(claimant, ()))


def continued(before: Record, now: Record) -> Record:
    """Combine what two answers say about an id: a former name stays one of its names, facts add up.

    An answer under another id has that one's name: this id keeps its own, which shows whether it is the same act.
    Links are those of the later answer; for a space that it does not mention, those of the earlier one.
    """
    if now.moved_to is not None and before.name:
        now = attrs.evolve(now, name=before.name)
    former = {before.name} if before.name and fold(before.name) != fold(now.name) else frozenset[str]()
    said = {link.space for link in now.links}
    return attrs.evolve(
        now,
        name=now.name or before.name,
        kind=before.kind if now.kind is RecordKind.UNKNOWN else now.kind,
        names=(before.names | now.names | former) - {now.name},
        links=now.links | {link for link in before.links if link.space not in said},
        concerts=before.concerts | now.concerts,
        albums=before.albums | now.albums,
        items=before.items | now.items,
        audience=before.audience if now.audience is None else now.audience,
        note=now.note or before.note,
    )


def in_use(ids: Iterable[Ref], aliases: Collection[Ref], lost: Collection[Ref]) -> dict[Space, list[Ref]]:
    """Return an artist's ids by space, sorted, without aliases; a lost one only if there is no other."""
    found: dict[Space, list[Ref]] = {}
    for ref in sorted(ids):
        if ref not in aliases:
            found.setdefault(ref.space, []).append(ref)
    return {space: [ref for ref in refs if ref not in lost] or refs for space, refs in found.items()}
