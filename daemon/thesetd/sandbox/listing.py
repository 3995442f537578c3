"""Emulates Spotify's paging of lists: some slots hold null, and some are counted but never shown.

A recorded list of 83 albums shows 81: the page at offset 60 holds 18 of its 20 slots but still has a `next`. Keeping
such slots as gaps lets any limit and offset be cut from the same list, with short pages where the real ones are short.
"""

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any

import attrs

Json = dict[str, Any]


class Gap(Enum):
    """A position that `total` counts but no page shows."""

    GAP = "gap"


GAP = Gap.GAP
ListSlot = Json | None | Gap
ListSlots = Sequence[ListSlot]


@attrs.frozen
class RecordedPage:
    """One page of a list as it was recorded."""

    offset: int
    total: int
    items: Sequence[Json | None]


def slots_shown(listing: ListSlots, offset: int, limit: int) -> list[Json | None]:
    """Return what a page shows: its slots without the gaps."""
    return [slot for slot in listing[offset : offset + limit] if slot is not GAP]


def assemble(pages: Iterable[RecordedPage]) -> list[ListSlot]:
    """Reassemble the list that recorded pages were cut from; positions that no page shows become gaps."""
    slots: list[ListSlot] = []
    for page in pages:
        length = max(page.total, page.offset + len(page.items))
        slots.extend([GAP] * (length - len(slots)))
        slots[page.offset : page.offset + len(page.items)] = page.items
    return slots


def of_groups(listing: ListSlots, groups: frozenset[str]) -> list[ListSlot]:
    """Keep the albums of these groups.

    Lists are ordered by group, so a null or a gap belongs to the group before it.
    """
    kept: list[ListSlot] = []
    group = ""
    for slot in listing:
        if isinstance(slot, dict):
            group = slot.get("album_group") or slot["album_type"]  # bodies from before 2018 have the type only
        if group in groups:
            kept.append(slot)
    return kept
