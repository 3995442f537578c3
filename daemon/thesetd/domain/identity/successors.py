"""Finds the ids in use that moved, merged or vanished ids lead to.

It proves little if a provider answers under another id, or no longer knows one: the new id is the old act only if it
has its name or the items that were found under it.
"""

from collections import defaultdict
from collections.abc import Mapping

import attrs

from thesetd.domain.identity.agreement import compare, keys, kinds_agree
from thesetd.domain.identity.spaces import MUSICBRAINZ, Ref
from thesetd.domain.identity.statements import IdentityEvidence, Pair, Reason, Record, RefusedLink

MAJORITY = 0.5  # share of the items of the old id that were found again under the new one
# Spaces whose items keep their ids when artists are merged: pages of setlist.fm do, a seller may list a show again.
_LASTING = frozenset({MUSICBRAINZ})


@attrs.define
class Successors:
    """Where older ids lead, which successors were not followed, and which ids are lost."""

    aliases: dict[Ref, Ref] = attrs.field(factory=dict)
    refusals: list[RefusedLink] = attrs.field(factory=list)
    lost: set[Ref] = attrs.field(factory=set)


def find(world: IdentityEvidence, records: Mapping[Ref, Record]) -> Successors:
    """Find the successor of every id that is no longer in use."""
    found = Successors(aliases=dict(world.aliases))
    namesakes: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records.values():
        for key in keys(record):
            namesakes[record.ref.space, key].append(record)
    for record in sorted(records.values(), key=lambda one: one.ref):
        if record.moved_to is not None and record.moved_to != record.ref:
            _moved(record, records.get(record.moved_to), world, found)
        elif record.gone and record.ref not in found.aliases:
            near = {one.ref: one for key in keys(record) for one in namesakes[record.ref.space, key]}
            _gone(record, [near[ref] for ref in sorted(near)], world, found)
    found.aliases = _flattened(found.aliases)
    return found


def _moved(record: Record, target: Record | None, world: IdentityEvidence, found: Successors) -> None:
    assert record.moved_to is not None
    pair = Pair.of(record.ref, record.moved_to)
    albums = [(record.albums, target.albums)] if target else []
    trusted = target is None or compare(record, target).same or _share(record, target, *albums) >= MAJORITY
    if trusted and pair not in world.word.parted:
        found.aliases[record.ref] = record.moved_to
    else:
        found.refusals.append(RefusedLink(pair=pair, reason=Reason.SUCCESSOR, final=False))
        found.lost.add(record.ref)


def _gone(record: Record, near: list[Record], world: IdentityEvidence, found: Successors) -> None:
    """Follow a vanished id to the only id of its name that holds most of its items."""
    usable = [one for one in near if not one.gone and one.moved_to is None and kinds_agree(one, record)]
    heirs = [one for one in usable if _share(record, one) >= MAJORITY]
    heirs = [one for one in heirs if Pair.of(record.ref, one.ref) not in world.word.parted]
    if len(heirs) == 1:
        found.aliases[record.ref] = heirs[0].ref
        return
    found.lost.add(record.ref)
    for one in usable:
        count = len(record.items) or len(record.concerts)
        evidence = (f"{_shared(record, one)} of {count} known under {record.ref} are found under {one.ref}",)
        found.refusals.append(
            RefusedLink(pair=Pair.of(record.ref, one.ref), reason=Reason.SUCCESSOR, final=True, evidence=evidence)
        )


def _shared(old: Record, new: Record) -> int:
    nights = 0 if _items_decide(old, new) else len(old.concerts & new.concerts)
    return max(len(old.items & new.items), nights)


def _share(old: Record, new: Record, *more: tuple[frozenset[str], frozenset[str]]) -> float:
    """Return the share of the old id's items that the new one holds; 0 if no items are known."""
    found = [len(mine & theirs) / len(mine) for mine, theirs in ((old.items, new.items), *more) if mine]
    by_night = old.concerts and not _items_decide(old, new)
    nights = [len(old.concerts & new.concerts) / len(old.concerts)] if by_night else []
    return max(found + nights, default=0.0)


def _items_decide(old: Record, new: Record) -> bool:
    """Return whether both have items that a merge would have kept: then equal nights prove nothing."""
    return old.ref.space in _LASTING and bool(old.items and new.items)


def _flattened(aliases: Mapping[Ref, Ref]) -> dict[Ref, Ref]:
    """Resolve every alias to its end; cyclic ones are dropped."""
    flat = {}
    for old in sorted(aliases):
        seen, ref = {old}, aliases[old]
        while ref in aliases and ref not in seen:
            seen.add(ref)
            ref = aliases[ref]
        if ref not in seen:
            flat[old] = ref
    return flat
