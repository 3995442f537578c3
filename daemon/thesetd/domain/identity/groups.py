"""Groups ids into artists, under constraints: one id per single-id space, and pairs that cannot be one act."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from thesetd.domain.identity.spaces import Ref, is_single, rank
from thesetd.domain.identity.statements import Link, Pair


class Sorted(NamedTuple):
    """The outcome for the links of one tier."""

    accepted: list[Link]
    contradicting: list[Link]
    contested: list[Link]


class Groups:
    """A partition of ids whose groups only grow; ids that must not be one artist are never joined."""

    def __init__(self, refs: Iterable[Ref], parted: Iterable[Pair], clashing: Iterable[Pair] = ()) -> None:
        self._home: dict[Ref, Ref] = {ref: ref for ref in refs}
        self._members: dict[Ref, set[Ref]] = {ref: {ref} for ref in self._home}
        self._parted = _near(parted)
        self._clashing = _near(clashing)

    def home(self, ref: Ref) -> Ref:
        """Return the id that represents the group of this id."""
        return self._home[ref]

    def has(self, pair: Pair) -> bool:
        """Return whether both ids of a pair are known."""
        return pair.one in self._home and pair.other in self._home

    def members(self, ref: Ref) -> frozenset[Ref]:
        """Return all ids of the group with this one."""
        return frozenset(self._members[self._home[ref]])

    def all(self) -> list[frozenset[Ref]]:
        """Return every group, sorted."""
        return [frozenset(self._members[home]) for home in sorted(self._members, key=rank)]

    def parted(self, one: Ref, other: Ref) -> bool:
        """Return whether an operator keeps the groups of two ids apart."""
        return self._forbidden(one, other, self._parted)

    def apart(self, one: Ref, other: Ref) -> bool:
        """Return whether the groups of two ids must not become one."""
        if self._home[one] == self._home[other]:
            return False
        if self.parted(one, other) or self._forbidden(one, other, self._clashing):
            return True
        single = {ref.space for ref in self.members(one) if is_single(ref.space)}
        return any(ref.space in single for ref in self.members(other))

    def _forbidden(self, one: Ref, other: Ref, apart: Mapping[Ref, set[Ref]]) -> bool:
        theirs = self._members[self._home[other]]
        return any(ref in apart and not theirs.isdisjoint(apart[ref]) for ref in self._members[self._home[one]])

    def join(self, one: Ref, other: Ref) -> None:
        """Join two groups, even against the rules of spaces; only an operator's decision may skip `apart`."""
        into, gone = sorted((self._home[one], self._home[other]), key=rank)
        if into == gone:
            return
        for ref in self._members[gone]:
            self._home[ref] = into
        self._members[into] |= self._members.pop(gone)

    def take(self, links: Iterable[Link]) -> Sorted:
        """Join by links of equal strength, all at once: an id that two artists claim equally goes to neither."""
        result = Sorted([], [], [])
        possible: list[Link] = []
        for link in sorted(links, key=lambda one: (one.pair, one.evidence)):
            (result.contradicting if self.apart(link.pair.one, link.pair.other) else possible).append(link)
        for component in self._components(possible):
            contested = self._contested(component)
            for link in component:
                (result.contested if link in contested else result.accepted).append(link)
        for link in result.accepted:
            self.join(link.pair.one, link.pair.other)
        return result

    def _components(self, links: list[Link]) -> list[list[Link]]:
        reach = Groups({self._home[r] for link in links for r in (link.pair.one, link.pair.other)}, ())
        for link in links:
            reach.join(self._home[link.pair.one], self._home[link.pair.other])
        found: dict[Ref, list[Link]] = defaultdict(list)
        for link in links:
            found[reach.home(self._home[link.pair.one])].append(link)
        return [found[key] for key in sorted(found, key=rank)]

    def _contested(self, links: list[Link]) -> list[Link]:
        """Return the links between groups that must not be one: those left after harmless ends are cut off."""
        nodes = sorted({self._home[r] for link in links for r in (link.pair.one, link.pair.other)}, key=rank)
        rivals = {one for one in nodes for other in nodes if self.apart(one, other)}
        left = [link for link in links if self._home[link.pair.one] != self._home[link.pair.other]]
        while rivals and (ends := self._ends(left) - rivals):
            kept = [link for link in left if {self._home[link.pair.one], self._home[link.pair.other]}.isdisjoint(ends)]
            if len(kept) == len(left):
                break
            left = kept
        return left if rivals else []

    def _ends(self, links: list[Link]) -> set[Ref]:
        """Return the groups with a single neighbour."""
        near: dict[Ref, set[Ref]] = defaultdict(set)
        for link in links:
            one, other = self._home[link.pair.one], self._home[link.pair.other]
            near[one].add(other)
            near[other].add(one)
        return {ref for ref, others in near.items() if len(others) == 1}


def _near(pairs: Iterable[Pair]) -> dict[Ref, set[Ref]]:
    near: dict[Ref, set[Ref]] = defaultdict(set)
    for pair in pairs:
        near[pair.one].add(pair.other)
        near[pair.other].add(pair.one)
    return near
