"""Caches answers in this process: limited in bytes, the least recently used are evicted first."""

from collections import OrderedDict
from collections.abc import Mapping

import attrs

OVERHEAD_BYTES = 600  # size of an answer's objects besides its bytes and tags, measured with tracemalloc
TAG_BYTES = 125
GROUPS = 256  # of tags, by which answers to be forgotten are found; each tag of its own would take twice the memory


@attrs.frozen(kw_only=True)
class Kept:
    """A stored answer, its tags, and when it was received (seconds since the epoch)."""

    stored: bytes
    tags: tuple[str, ...]
    received_at: float

    @property
    def size(self) -> int:
        """The memory that it takes, in bytes."""
        return len(self.stored) + TAG_BYTES * len(self.tags) + OVERHEAD_BYTES

    def is_forgotten(self, marks: Mapping[str, float]) -> bool:
        """Return whether one of its tags was invalidated after its receipt, by the moments given by tag."""
        return any(self.received_at <= marks[tag] for tag in self.tags if tag in marks)


class Memory:
    """Answers by key. `size` is their size in bytes, never more than `most_bytes`."""

    def __init__(self, most_bytes: int) -> None:
        """Start empty; with 0 bytes nothing is ever cached."""
        self.most_bytes = most_bytes
        self.size = 0
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._tagged: tuple[set[str], ...] = tuple(set() for _ in range(GROUPS))

    def __len__(self) -> int:
        """Return the number of answers."""
        return len(self._kept)

    def get(self, key: str) -> Kept | None:
        """Return an answer, which counts as a use."""
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
        return kept

    def put(self, key: str, kept: Kept) -> None:
        """Store an answer, replacing an older one with this key, and evict what no longer fits."""
        present = self._kept.get(key)
        if present is not None and present.received_at > kept.received_at:
            return
        self.drop(key)
        if kept.size > self.most_bytes:
            return
        while self.size + kept.size > self.most_bytes:
            self.drop(next(iter(self._kept)))
        self._kept[key] = kept
        self.size += kept.size
        for tag in kept.tags:
            self._group(tag).add(key)

    def drop(self, key: str) -> None:
        """Remove an answer, if present."""
        gone = self._kept.pop(key, None)
        if gone is None:
            return
        self.size -= gone.size
        for tag in gone.tags:
            self._group(tag).discard(key)

    def forget(self, marks: Mapping[str, float]) -> int:
        """Remove every answer with one of these tags that was received no later than the tag's moment; count them."""
        near = {key for tag in marks for key in self._group(tag)}
        gone = [key for key in near if self._kept[key].is_forgotten(marks)]
        for key in gone:
            self.drop(key)
        return len(gone)

    def _group(self, tag: str) -> set[str]:
        """Return the keys of all answers that have this tag, and of those with a tag of the same group."""
        return self._tagged[hash(tag) % GROUPS]
