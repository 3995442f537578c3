"""Finds facts that support a link: nights that both sides list, and album titles that both have."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from thesetd.domain.identity.agreement import compare, keys, kinds_agree, styled_keys
from thesetd.domain.identity.groups import Groups
from thesetd.domain.identity.spaces import MUSICBRAINZ, SPOTIFY, Ref
from thesetd.domain.identity.statements import Appearance, IdentityEvidence, Link, Pair, Record, Rule, Strength
from thesetd.domain.music.names import fold

ENOUGH = 2  # independent facts that prove a link
CLASHES = 2  # nights in different cities that prove two attractions of one name to be two acts
FAMOUS = 100_000  # followers
OBSCURE = 10  # with fewer pages a name alone does not join them to a famous artist
COMPARABLE = 3  # nights of each side in a common period, from which having none in common is evidence


class Facts:
    """The evidence that two groups of ids are one artist; namesakes are found by any of their names."""

    def __init__(self, records: Mapping[Ref, Record], groups: Groups, world: IdentityEvidence) -> None:
        self._records = records
        self.groups = groups
        self._searched = world.searched()
        self._common = world.common_titles
        self._named: dict[str, list[Record]] = defaultdict(list)
        for record in records.values():
            for key in keys(record) | styled_keys(record):
                self._named[key].append(record)

    def namesakes(self, members: Iterable[Ref]) -> list[Record]:
        """Return the records outside of a group that share a name with it, signs read as letters."""
        mine = frozenset(members)
        found = {}
        for record in self._of(mine):
            for key in keys(record) | styled_keys(record):
                found.update({one.ref: one for one in self._named[key] if one.ref not in mine})
        return [found[ref] for ref in sorted(found)]

    def between(self, one: Iterable[Ref], other: Iterable[Ref]) -> tuple[str, ...]:
        """Return the facts that support that two groups are one artist, each as a sentence."""
        mine, theirs = self._of(one), self._of(other)
        nights = {night for a, b in _pairs(mine, theirs) for night in a.concerts & b.concerts}
        albums = {title for a, b in _pairs(mine, theirs) for title in _titles(a) & _titles(b)}
        return tuple([_night_fact(night) for night in sorted(nights)]) + tuple(
            f"both have the album {title!r}" for title in sorted(albums) if self._telling(title, mine, theirs)
        )

    def links(self) -> list[Link]:
        """Return a link for every two groups of one name that enough facts support."""
        found: list[Link] = []
        for members in self.groups.all():
            mine = self._of(members)
            if not any(record.concerts or record.albums for record in mine):
                continue
            others = {self.groups.home(one.ref) for one in self.namesakes(members)}
            for other in sorted(others):
                theirs = self.groups.members(other)
                if min(members) > min(theirs) or self.groups.apart(min(members), other):
                    continue
                if len(evidence := self.between(members, theirs)) >= ENOUGH:
                    found.extend(self._link(mine, self._of(theirs), evidence))
        return found

    def _link(self, mine: list[Record], theirs: list[Record], evidence: tuple[str, ...]) -> Iterator[Link]:
        fitting = [(a, b) for a, b in _pairs(mine, theirs) if compare(a, b).same and kinds_agree(a, b)]
        if fitting and all(record.is_act for record in mine + theirs):
            best = min(fitting, key=lambda two: (-_shared(*two), Pair.of(two[0].ref, two[1].ref)))
            pair = Pair.of(best[0].ref, best[1].ref)
            yield Link(pair=pair, rule=Rule.SUPPORTED, strength=Strength.SUPPORTED, evidence=evidence)

    def _of(self, refs: Iterable[Ref]) -> list[Record]:
        return [self._records[ref] for ref in sorted(refs) if ref in self._records]

    def _telling(self, title: str, mine: list[Record], theirs: list[Record]) -> bool:
        """Return whether an album title distinguishes namesakes: rare, without the name, and not shared by a third one.

        This requires that all namesakes are known.
        """
        inside = {record.ref for record in mine + theirs}
        names = {key for record in mine + theirs for key in keys(record)}
        holders = Counter(record.ref for name in names for record in self._named[name] if title in _titles(record))
        return (
            not _holds(title, names)
            and title not in self._common
            and names <= self._searched
            and holders.keys() <= inside
        )


def clashing(records: Iterable[Record]) -> frozenset[Pair]:
    """Return the records of one name at one provider that cannot be one act because of where they were."""
    named: dict[str, dict[Ref, Record]] = defaultdict(dict)
    for record in records:
        for key in keys(record):
            if record.concerts:
                named[key][record.ref] = record
    return frozenset(
        Pair.of(one.ref, other.ref)
        for found in named.values()
        if len({ref.space for ref in found}) < len(found)
        for one, other in combinations(found.values(), 2)
        if _clash(one, other)
    )


def _clash(one: Record, other: Record) -> bool:
    """Return whether two acts were in different cities at once; another provider may spell a city differently."""
    mine, theirs = ({night.day for night in record.concerts} for record in (one, other))
    if one.ref.space != other.ref.space:
        return not mine & theirs and _comparable(one, other)
    common = {night.day for night in one.concerts & other.concerts}
    return len((mine & theirs) - common) >= max(CLASHES, len(common))


def _comparable(one: Record, other: Record) -> bool:
    """Return whether both have enough nights in the period that both cover."""
    if not one.concerts or not other.concerts:
        return False
    since = max(min(one.concerts), min(other.concerts)).day
    until = min(max(one.concerts), max(other.concerts)).day
    common = [sum(since <= night.day <= until for night in record.concerts) for record in (one, other)]
    return min(common) >= COMPARABLE


def speaks_against(one: Record, other: Record) -> bool:
    """Return whether two records have enough data to compare but nothing in common, which outweighs a shared name.

    A record with a handful of pages is not a famous artist either.
    """
    if (_famous(one) and _obscure(other)) or (_famous(other) and _obscure(one)):
        return True
    mine, theirs = _own_titles(one), _own_titles(other)
    if one.concerts & other.concerts or mine & theirs:
        return False
    if min(len(mine), len(theirs)) >= ENOUGH:
        return True
    return _comparable(one, other)


def _famous(record: Record) -> bool:
    return record.ref.space == SPOTIFY and (record.audience or 0) >= FAMOUS


def _obscure(record: Record) -> bool:
    return record.ref.space == MUSICBRAINZ and record.audience is not None and record.audience < OBSCURE


def _pairs(mine: list[Record], theirs: list[Record]) -> Iterator[tuple[Record, Record]]:
    return ((a, b) for a in mine for b in theirs if a.ref.space != b.ref.space)


def _shared(one: Record, other: Record) -> int:
    return len(one.concerts & other.concerts) + len(_titles(one) & _titles(other))


def _titles(record: Record) -> frozenset[str]:
    return frozenset(map(fold, record.albums))


def _own_titles(record: Record) -> frozenset[str]:
    """Return the titles of albums that are not named after the artist."""
    names = keys(record)
    return frozenset(title for title in _titles(record) if not _holds(title, names))


def _holds(title: str, names: Iterable[str]) -> bool:
    return any(f" {name} " in f" {title} " for name in names)


def _night_fact(night: Appearance) -> str:
    return f"both list {night.day} in {night.city}"
