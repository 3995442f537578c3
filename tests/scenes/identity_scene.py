"""Small worlds of artists at three providers, for tests of identity."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import permutations
from typing import Any

import attrs

from identity_book import append, reverted
from thesetd.domain.identity.changes import Book, ChangeSet, apply, change_set
from thesetd.domain.identity.deciding import decide
from thesetd.domain.identity.decisions import Entry, Verb, effective
from thesetd.domain.identity.sentences import identity_remarks
from thesetd.domain.identity.spaces import MUSICBRAINZ, SPACES, SPOTIFY, TICKETMASTER, Ref, rank
from thesetd.domain.identity.statements import Appearance, IdentityEvidence, Pair, Record, Search
from thesetd.domain.identity.verdicts import ReviewQuestion, Verdict
from thesetd.domain.music.names import fold


def s(number: int) -> Ref:
    """Return a Spotify id."""
    return Ref(SPOTIFY, f"0{number:021d}")


def m(number: int) -> Ref:
    """Return an MBID."""
    return Ref(MUSICBRAINZ, f"00000000-0000-4000-8000-{number:012d}")


def t(number: int) -> Ref:
    """Return an attraction id."""
    return Ref(TICKETMASTER, f"K8vZ9171{number:05d}")


def act(ref: Ref, name: str, *links: Ref, **fields: Any) -> Record:
    """Return a record."""
    sets = {key: frozenset(fields.pop(key)) for key in ("names", "concerts", "albums", "items") if key in fields}
    return Record(ref=ref, name=name, links=frozenset(links), **sets, **fields)


def night(day: str, city: str) -> Appearance:
    """Return a concert."""
    return Appearance(date.fromisoformat(day), city)


def searches(records: Iterable[Record], *, complete: bool = True) -> frozenset[Search]:
    """Return searches of every name at every provider."""
    return frozenset(Search(space=space, name=record.name, complete=complete) for record in records for space in SPACES)


@attrs.define
class Story:
    """What a store would do: it keeps a book and a log, and decides again whenever something arrives."""

    book: Book = attrs.field(factory=Book)
    log: tuple[Entry, ...] = ()
    records: dict[Ref, Record] = attrs.field(factory=dict)
    searches: frozenset[Search] = frozenset()
    kept: dict[int, ChangeSet] = attrs.field(factory=dict)
    verdict: Verdict = attrs.field(init=False)

    def meet(self, *records: Record, searched: bool = False, complete: bool = True) -> "Story":
        """Let records arrive."""
        self.records |= {record.ref: record for record in records}
        if searched:
            self.searches |= searches(self.records.values(), complete=complete)
        self.decide()
        return self

    def decide(self) -> ChangeSet:
        """Decide on everything, and store it."""
        world = IdentityEvidence(
            records=tuple(self.records.values()),
            searches=self.searches,
            links=tuple(self.book.links.values()),
            refusals=tuple(self.book.refusals.values()),
            aliases=self.book.aliases,
            word=effective(self.log),
        )
        self.verdict = decide(world)
        changes = change_set(self.book, self.verdict, str)
        self.book = apply(self.book, changes)
        return changes

    def say(self, verb: Verb, ids: Sequence[Ref], others: Sequence[Ref]) -> int:
        """Let a person decide."""
        self.log = append(self.log, Entry(number=0, verb=verb, ids=frozenset(ids), others=frozenset(others)))
        number = len(self.log)
        self.kept[number] = self.decide()
        return number

    def undo(self, number: int) -> None:
        """Undo what a person decided."""
        self.log = append(self.log, Entry(number=0, verb=Verb.UNDO, undoes=number))
        self.book = reverted(self.book, self.kept[number])
        self.decide()

    def acts(self) -> set[frozenset[Ref]]:
        """Return the artists as sets of ids."""
        rows: dict[str, set[Ref]] = {}
        for ref, row in self.book.owners.items():
            rows.setdefault(row, set()).add(ref)
        return set(map(frozenset, rows.values()))

    def act(self, ref: Ref) -> set[Ref]:
        """Return all ids of the artist with this one."""
        return set(next(ids for ids in self.acts() if ref in ids))

    def rejected(self) -> set[Pair]:
        """Return the links that are refused for good."""
        return {one.pair for one in self.book.refusals.values() if one.final}

    def review(self, ref: Ref, space: str) -> ReviewQuestion:
        """Return the question about an artist in a space."""
        about = min((r for r in self.act(ref)), key=rank)
        return next(one for key, one in self.book.reviews.items() if key[0] in {about, ref} and key[1] == space)

    def proposed(self, ref: Ref, space: str) -> list[Ref]:
        """Return the candidates of a question."""
        return [one.ref for one in self.review(ref, space).proposals]

    def said(self, ref: Ref) -> tuple[str, ...]:
        """Return the sentences of an import."""
        return identity_remarks(
            self.verdict,
            next(act for act in self.verdict.acts if ref in act),
            fold(self.records[ref].name).replace(" ", "-"),
        )


def in_every_order(*records: Record) -> Story:
    """Let records arrive in every order, then search every name; all orders have to end alike."""
    ends = []
    for order in permutations(records):
        story = Story()
        for record in order:
            story.meet(record)
        ends.append(story.meet(searched=True))
    for other in ends[1:]:
        assert other.acts() == ends[0].acts()
        assert other.verdict == ends[0].verdict
    return ends[0]
