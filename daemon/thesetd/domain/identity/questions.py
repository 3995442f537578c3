"""Collects the questions for an operator: candidates that may be an artist, with the evidence for each."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter

import attrs

from thesetd.domain.identity.agreement import Agreement, compare, keys, kinds_agree, parts
from thesetd.domain.identity.facts import Facts
from thesetd.domain.identity.groups import Groups
from thesetd.domain.identity.spaces import Ref, Space, is_single, rank, strongest_first
from thesetd.domain.identity.statements import Link, Pair, Reason, Record, RecordKind, RefusedLink, Strength
from thesetd.domain.identity.verdicts import Proposal, ReviewQuestion
from thesetd.domain.music.names import fold


@attrs.define
class Asked:
    """The questions so far, one for each artist and space."""

    refusals: list[RefusedLink] = attrs.field(factory=list)
    _found: dict[tuple[Ref, Space], ReviewQuestion] = attrs.field(factory=dict)

    def ask(self, review: ReviewQuestion) -> None:
        """Add a question; its proposals are merged into an earlier question about the same artist and space."""
        known = self._found.get((review.about, review.space))
        if known is not None:
            new = tuple(one for one in review.proposals if one.ref not in {p.ref for p in known.proposals})
            review = attrs.evolve(known, proposals=known.proposals + new)
        self._found[review.about, review.space] = review

    def reviews(self) -> tuple[ReviewQuestion, ...]:
        """Return all questions, sorted."""
        return tuple(self._found[key] for key in sorted(self._found, key=lambda key: (rank(key[0]), key[1])))


@attrs.frozen
class _Asker:
    records: Mapping[Ref, Record]
    groups: Groups
    facts: Facts
    refused: frozenset[Pair]
    doubted: frozenset[Pair]
    named: Mapping[str, list[Record]]
    holding: Mapping[str, list[Record]]
    asked: Asked

    def about(self, members: frozenset[Ref]) -> None:
        known = [self.records[ref] for ref in sorted(members, key=rank) if ref in self.records]
        if not known or not all(record.is_act for record in known):
            return
        spaces = {ref.space for ref in members}
        others = self.facts.namesakes(members)
        self._refuse_tributes(known, others)
        lonely = not any(map(is_single, spaces))
        for space in strongest_first(one.ref.space for one in others):
            if space not in spaces or (lonely and not is_single(space)):
                found = [one for one in others if one.ref.space == space and self._fits(known, one)]
                self._ask(known, space, Reason.UNPROVEN, found)
        if lonely:
            joined = [r for part in parts(known[0].name) for r in self.named.get(part, ()) if r.ref not in members]
            self._ask(known, known[0].ref.space, Reason.SEVERAL_NAMES, joined)
        else:
            self._held(known, spaces)

    def _held(self, known: list[Record], spaces: set[Space]) -> None:
        """Ask about names that hold the artist's among others, at providers that do not know it otherwise."""
        found = {one.ref: one for record in known for key in keys(record) for one in self.holding.get(key, ())}
        for space in strongest_first(ref.space for ref in found if ref.space not in spaces):
            fitting = [one for ref, one in sorted(found.items()) if ref.space == space and self._fits(known, one)]
            self._ask(known, space, Reason.PART_OF_NAME, fitting)

    def _refuse_tributes(self, known: list[Record], others: list[Record]) -> None:
        for other in others:
            if other.kind is RecordKind.TRIBUTE and not kinds_agree(known[0], other):
                pair = Pair.of(known[0].ref, other.ref)
                if pair not in self.doubted:
                    self.asked.refusals.append(RefusedLink(pair=pair, reason=Reason.TRIBUTE, final=True))

    def _fits(self, known: list[Record], other: Record) -> bool:
        """Return whether a namesake could be the artist."""
        if not other.is_act or not kinds_agree(known[0], other) or self.groups.apart(known[0].ref, other.ref):
            return False
        theirs = self.groups.members(other.ref)
        return not any(Pair.of(record.ref, ref) in self.refused for record in known for ref in theirs)

    def _ask(self, known: list[Record], space: Space, reason: Reason, found: Iterable[Record]) -> None:
        proposals = self._proposals(known, found)
        if proposals:
            first = known[0]
            self.asked.ask(
                ReviewQuestion(about=first.ref, space=space, name=first.name, reason=reason, proposals=proposals)
            )

    def _proposals(self, known: list[Record], found: Iterable[Record]) -> tuple[Proposal, ...]:
        mine = self.groups.members(known[0].ref)
        weighed = []
        for other in {one.ref: one for one in found}.values():
            facts = self.facts.between(mine, self.groups.members(other.ref))
            agreement = min((compare(record, other) for record in known), key=lambda one: one.value)
            weighed.append(
                ((-len(facts), agreement.value, -(other.audience or 0), rank(other.ref)), other, facts, agreement)
            )
        return tuple(
            _proposal(other, facts, agreement) for _, other, facts, agreement in sorted(weighed, key=itemgetter(0))
        )

    def namesakes_of(self, link: Link) -> None:
        """Ask again about a link by name if the name is no longer unique."""
        members = self.groups.members(link.pair.one)
        known, linked = self.records.get(link.pair.one), self.records.get(link.pair.other)
        if known is None or linked is None:
            return
        others = [one for one in self.facts.namesakes(members) if compare(known, one) is Agreement.EQUAL]
        if others:
            space = link.pair.other.space
            same = [linked, *(one for one in others if one.ref.space == space)]
            self._ask([known], space, Reason.NAMESAKES, same)

    def refusal(self, refusal: RefusedLink) -> None:
        """Ask about a link that is neither followed nor rejected."""
        other, about = refusal.pair.one, refusal.pair.other
        if other.space == about.space and other in self.records and self.records[other].moved_to == about:
            other, about = about, other
        first = home if (home := self.groups.home(about)) in self.records else about
        if first in self.records:
            known = self.records.get(other)
            proposal = Proposal(ref=other, name=known.name if known else "", evidence=refusal.evidence)
            name = self.records[first].name
            self.asked.ask(
                ReviewQuestion(about=first, space=other.space, name=name, reason=refusal.reason, proposals=(proposal,))
            )


def _proposal(other: Record, facts: tuple[str, ...], agreement: Agreement) -> Proposal:
    return Proposal(
        ref=other.ref, name=other.name, evidence=(*facts, *_remarks(other, agreement)), audience=other.audience
    )


def _remarks(other: Record, agreement: Agreement) -> Iterator[str]:
    if agreement is Agreement.STYLISED:
        yield "the same name if its signs are read as letters"
    if other.kind is RecordKind.OTHER_TRADE:
        yield "its provider does not list it as a musical act"
    if other.note:
        yield other.note


def open_questions(
    records: Mapping[Ref, Record], facts: Facts, links: Mapping[Pair, Link], refusals: Mapping[Pair, RefusedLink]
) -> Asked:
    """Ask about everything that could be linked but is not, and about links that have become doubtful."""
    named: dict[str, list[Record]] = defaultdict(list)
    for record in records.values():
        named[fold(record.name)].append(record)
    holding: dict[str, list[Record]] = defaultdict(list)
    for record in records.values():
        for part in parts(record.name) if not is_single(record.ref.space) else ():
            holding[part].append(record)
    refused = frozenset(pair for pair, one in refusals.items() if one.final)
    asker = _Asker(records, facts.groups, facts, refused, frozenset(refusals) - refused, named, holding, Asked())
    for pair in sorted(refusals):
        if not refusals[pair].final:
            asker.refusal(refusals[pair])
    for members in facts.groups.all():
        asker.about(members)
    for pair in sorted(links):
        if links[pair].strength <= Strength.UNIQUE_NAME:
            asker.namesakes_of(links[pair])
    return asker.asked
