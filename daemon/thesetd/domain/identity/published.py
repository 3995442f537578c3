"""Judges the links that acts publish themselves: which are followed, refused, or waiting for the other side."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import attrs

from thesetd.domain.identity.agreement import Agreement, compare, keys, kinds_agree
from thesetd.domain.identity.spaces import Ref, stands_for_nobody, strongest_first
from thesetd.domain.identity.statements import Link, Pair, Reason, Record, RecordKind, RefusedLink, Rule, Strength


@attrs.define
class Published:
    """The links that the records publish. `claimed` links lead to ids that have not been read yet."""

    links: list[Link] = attrs.field(factory=list)
    claimed: list[Link] = attrs.field(factory=list)
    refusals: list[RefusedLink] = attrs.field(factory=list)


def read_links(records: Mapping[Ref, Record], canonical: Mapping[Ref, Ref]) -> Published:
    """Judge every published link by name and kind."""
    found = Published()
    claims: dict[Ref, list[Record]] = defaultdict(list)
    for record in records.values():
        for target in sorted({canonical.get(ref, ref) for ref in record.links}):
            if target.space != record.ref.space:
                claims[target].append(record)
    for target in sorted(claims.keys() & records.keys()):
        for record in claims[target]:
            _judge(record, records[target], claims[target], found)
    caught = {one.pair.other for one in found.refusals} | {one.pair.one for one in found.refusals}
    for target in sorted(claims.keys() - records.keys()):
        _claim(target, claims[target], caught, found)
    return found


def _judge(record: Record, target: Record, rivals: list[Record], found: Published) -> None:
    agreement = compare(record, target)
    pair = Pair.of(record.ref, target.ref)
    evidence = (f"{record.ref} {record.name!r} links to {target.ref} {target.name!r}",)
    if not (record.is_act and target.is_act):
        found.refusals.append(RefusedLink(pair=pair, reason=Reason.NO_ACT, final=True, evidence=evidence))
    elif agreement.same and kinds_agree(record, target):
        found.links.append(Link(pair=pair, rule=Rule.PUBLISHED, strength=Strength.PUBLISHED, evidence=evidence))
    else:
        original = any(kinds_agree(one, target) and compare(one, target).same for one in rivals)
        reason = Reason.OTHER_NAME if kinds_agree(record, target) else Reason.TRIBUTE
        final = original or agreement is Agreement.CONTAINED or (reason is Reason.TRIBUTE and not agreement.same)
        found.refusals.append(RefusedLink(pair=pair, reason=reason, final=final, evidence=evidence))


def _claim(target: Ref, claimants: list[Record], caught: set[Ref], found: Published) -> None:
    """Accept the claims of an unread id if all claimants are acts of one name without any wrong link."""
    fair = [record for record in claimants if record.is_act and record.ref not in caught]
    sides = [record for record in fair if record.kind is not RecordKind.TRIBUTE]
    agreed = bool(sides) and bool(frozenset.intersection(*map(keys, sides))) and not stands_for_nobody(target)
    for record in claimants:
        pair = Pair.of(record.ref, target)
        evidence = (f"{record.ref} {record.name!r} links to {target}",)
        if record in sides and agreed:
            found.claimed.append(Link(pair=pair, rule=Rule.CLAIMED, strength=Strength.CLAIMED, evidence=evidence))
        else:
            reason, final = _why_not(record, target)
            found.refusals.append(RefusedLink(pair=pair, reason=reason, final=final, evidence=evidence))


def _why_not(record: Record, target: Ref) -> tuple[Reason, bool]:
    if not record.is_act or stands_for_nobody(target):
        return Reason.NO_ACT, True
    if record.kind is RecordKind.TRIBUTE:
        return Reason.TRIBUTE, True
    return Reason.OTHER_NAME, False


def tiers(links: list[Link], anchored: frozenset[Ref]) -> Iterator[list[Link]]:
    """Return links in order of precedence: those of ids that an operator linked first, then by the space they lead to.

    A wrong link between two artists puts only the contested id in doubt, not their other ids.
    """
    by_person = [link for link in links if not anchored.isdisjoint((link.pair.one, link.pair.other))]
    yield by_person
    for space in strongest_first(link.pair.one.space for link in links):
        yield [link for link in links if link.pair.one.space == space and link not in by_person]
