"""Decides which ids are one artist, from the strongest evidence to the weakest.

Each tier makes all of its joins at once, so the order of arrival never matters; a later tier never undoes an earlier
one. A link in force holds until something stronger contradicts it, and its name links go to review when namesakes
appear.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations

import attrs

from thesetd.domain.identity.agreement import keys
from thesetd.domain.identity.facts import Facts, clashing, speaks_against
from thesetd.domain.identity.groups import Groups
from thesetd.domain.identity.published import Published, read_links, tiers
from thesetd.domain.identity.questions import open_questions
from thesetd.domain.identity.spaces import Ref, is_single, rank
from thesetd.domain.identity.statements import (
    IdentityEvidence,
    Link,
    Pair,
    Reason,
    Record,
    RecordKind,
    RefusedLink,
    Rule,
    Strength,
)
from thesetd.domain.identity.successors import Successors, find
from thesetd.domain.identity.verdicts import Verdict, stronger
from thesetd.domain.music.names import fold


@attrs.define
class _Case:
    """The state of a decision in progress."""

    world: IdentityEvidence
    records: dict[Ref, Record]
    successors: Successors
    published: Published
    groups: Groups
    links: dict[Pair, Link] = attrs.field(factory=dict)
    refusals: dict[Pair, RefusedLink] = attrs.field(factory=dict)
    contested: dict[Pair, Strength] = attrs.field(factory=dict)

    def accept(self, links: Iterable[Link]) -> None:
        for link in links:
            known = self.links.get(link.pair)
            self.links[link.pair] = stronger(link, known) if known else link

    def refuse(self, refusals: Iterable[RefusedLink]) -> None:
        for refusal in refusals:
            one = attrs.evolve(refusal, pair=self.canonical(refusal.pair))
            known = self.refusals.get(one.pair)
            if known is None or (one.final, one.reason.order) > (known.final, known.reason.order):
                self.refusals[one.pair] = one

    def canonical(self, pair: Pair) -> Pair:
        aliases = self.successors.aliases
        return Pair.of(aliases.get(pair.one, pair.one), aliases.get(pair.other, pair.other))

    def joined(self, pair: Pair) -> bool:
        """Return whether stronger evidence has already joined the two."""
        return self.groups.home(pair.one) == self.groups.home(pair.other)

    def take(self, links: list[Link]) -> None:
        """Join by one tier, and record links that contradict others or are contested."""
        result = self.groups.take(links)
        self.accept(result.accepted)
        self.refuse(self._contradicting(link) for link in result.contradicting)
        self.contested |= {link.pair: link.strength for link in result.contested}
        self.refuse(
            RefusedLink(pair=link.pair, reason=Reason.CONTESTED, final=False, evidence=link.evidence)
            for link in result.contested
        )

    def _contradicting(self, link: Link) -> RefusedLink:
        by_person = self.groups.parted(link.pair.one, link.pair.other)
        reason = Reason.PERSON if by_person else Reason.CONTRADICTS
        return RefusedLink(
            pair=link.pair, reason=reason, final=True, evidence=(*link.evidence, *self._instead(link.pair))
        )

    def _instead(self, pair: Pair) -> Iterator[str]:
        """Name the ids that stronger evidence links where a provider has one id for an artist."""
        one, other = self.groups.members(pair.one), self.groups.members(pair.other)
        single = {ref.space for ref in one if is_single(ref.space)} & {ref.space for ref in other}
        for ref in sorted(ref for ref in (one | other) - {pair.one, pair.other} if ref.space in single):
            yield f"stronger evidence links {ref}"


def decide(world: IdentityEvidence) -> Verdict:
    """Decide which ids are one artist; a pure function of what is known, in any order."""
    case = _opened(world)
    _by_people(case)
    _by_links(case)
    _by_facts(case)
    case.take(case.published.claimed)
    _kept(case)
    _by_names(case)
    _remembered(case)
    asked = open_questions(case.records, Facts(case.records, case.groups, world), case.links, case.refusals)
    case.refuse(asked.refusals)
    return Verdict(
        acts=frozenset(_with_aliases(case)),
        links=tuple(case.links[pair] for pair in sorted(case.links)),
        refusals=tuple(case.refusals[pair] for pair in sorted(case.refusals.keys() - case.links.keys())),
        reviews=asked.reviews(),
        aliases=case.successors.aliases,
        lost=frozenset(case.successors.lost),
    )


def _opened(world: IdentityEvidence) -> _Case:
    every = {record.ref: record for record in sorted(world.records, key=lambda one: one.ref)}
    successors = find(world, every)
    records = {ref: record for ref, record in every.items() if ref not in successors.aliases}
    published = read_links(records, successors.aliases)
    refs = set(records) | {r for link in published.claimed for r in (link.pair.one, link.pair.other)}
    refused = [*successors.refusals, *published.refusals]
    pairs = [
        *(one.pair for one in refused),
        *world.word.joined,
        *world.word.parted,
        *(link.pair for link in world.links),
    ]
    refs |= {r for pair in pairs for r in (pair.one, pair.other)} | set(successors.aliases.values())
    case = _Case(world, records, successors, published, Groups((), ()))
    parted = {case.canonical(pair) for pair in world.word.parted}
    case.groups = Groups(
        refs - successors.aliases.keys(), (p for p in parted if p.one != p.other), clashing(records.values())
    )
    case.refuse(refused)
    return case


def _by_people(case: _Case) -> None:
    for pair in map(case.canonical, case.world.word.joined):
        if pair.one != pair.other and not case.groups.parted(pair.one, pair.other):
            case.groups.join(pair.one, pair.other)
            case.accept([Link(pair=pair, rule=Rule.PERSON, strength=Strength.PERSON)])


def _by_links(case: _Case) -> None:
    anchored = frozenset(r for pair in case.links for r in case.groups.members(pair.one))
    for tier in tiers(case.published.links, anchored):
        case.take(tier)


def _by_facts(case: _Case) -> None:
    """Join by supporting facts, repeatedly, since joined groups may share further facts."""
    facts = Facts(case.records, case.groups, case.world)
    while links := facts.links():
        before = len(case.links)
        case.take(links)
        if len(case.links) == before:
            return


def _kept(case: _Case) -> None:
    """Keep the links in force, the stronger first, unless they have been refuted or contradicted."""
    standing: dict[Strength, list[Link]] = defaultdict(list)
    for link in case.world.links:
        pair = case.canonical(link.pair)
        if link.rule is not Rule.PERSON and pair.one != pair.other and not _refuted(case, link, pair):
            standing[link.strength].append(attrs.evolve(link, pair=pair))
    for strength in sorted(standing, reverse=True):
        case.take([link for link in standing[strength] if not case.joined(link.pair)])


def _refuted(case: _Case, link: Link, pair: Pair) -> bool:
    """Return whether present evidence refuses a link in force; a proven link survives if one side changes its name."""
    refused = case.refusals.get(pair)
    if refused is None:
        return False
    if refused.reason is Reason.CONTESTED:
        return link.strength <= case.contested.get(pair, Strength.PERSON)
    return refused.final or not link.strength.verified


def _remembered(case: _Case) -> None:
    """Keep rejected links on record, with their evidence, while the reason for them holds.

    Records of ids that no evidence mentions any more are not decided on, so they stay.
    """
    for refusal in case.world.refusals:
        pair = case.canonical(refusal.pair)
        if not refusal.final or pair in case.refusals or pair.one == pair.other or not case.groups.has(pair):
            continue
        by_person = refusal.reason is Reason.PERSON and case.groups.parted(pair.one, pair.other)
        if by_person or (refusal.reason is Reason.CONTRADICTS and case.groups.apart(pair.one, pair.other)):
            case.refuse([refusal])


def _by_names(case: _Case) -> None:
    """Join records whose name is unique at every available provider and was searched for at each."""
    named: dict[str, list[Record]] = defaultdict(list)
    also: dict[str, set[Ref]] = defaultdict(set)
    for record in case.records.values():
        named[fold(record.name)].append(record)
        for key in keys(record):
            also[key].add(record.ref)
    searched = case.world.searched()
    links = [
        link
        for name in sorted(named)
        if name in searched and _unique(case, also[name])
        for link in _star(named[name], name)
    ]
    open_ = [link for link in links if not case.joined(link.pair)]
    case.take([link for link in open_ if not case.groups.apart(link.pair.one, link.pair.other)])


def _unique(case: _Case, refs: set[Ref]) -> bool:
    """Return whether no space holds two different artists of a name, and each can be an act."""
    homes: dict[str, set[Ref]] = defaultdict(set)
    for ref in refs:
        homes[ref.space].add(case.groups.home(ref))
    ready = all(
        case.records[ref].kind in {RecordKind.ACT, RecordKind.UNKNOWN} and case.records[ref].is_act for ref in refs
    )
    return ready and all(len(found) == 1 for found in homes.values()) and not _disputed(case, refs)


def _disputed(case: _Case, refs: set[Ref]) -> bool:
    """Return whether the facts about two candidates speak against the name that they share."""
    known = [case.records[ref] for ref in sorted(refs)]
    apart = ((a, b) for a, b in combinations(known, 2) if not case.joined(Pair.of(a.ref, b.ref)))
    return any(a.ref.space != b.ref.space and speaks_against(a, b) for a, b in apart)


def _star(records: list[Record], name: str) -> Iterator[Link]:
    first, *rest = sorted(records, key=lambda one: rank(one.ref))
    for record in rest:
        yield Link(
            pair=Pair.of(first.ref, record.ref),
            rule=Rule.UNIQUE_NAME,
            strength=Strength.UNIQUE_NAME,
            evidence=(f"the only {name!r} at every provider",),
        )


def _with_aliases(case: _Case) -> Iterator[frozenset[Ref]]:
    older: dict[Ref, set[Ref]] = defaultdict(set)
    for old, new in case.successors.aliases.items():
        older[new].add(old)
    for members in case.groups.all():
        yield members.union(*(older[ref] for ref in members))
