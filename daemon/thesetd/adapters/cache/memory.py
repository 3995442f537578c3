"""Kept answers in this process: bounded in bytes, the least recently used go first."""

from collections import OrderedDict
from collections.abc import Mapping

import attrs

OVERHEAD_BYTES = 600  # of an answer's objects besides its bytes and tags, measured with tracemalloc
TAG_BYTES = 90


@attrs.frozen(kw_only=True)
class Kept:
    """An answer as stored, what it is about, and when it was received (seconds since the epoch)."""

    stored: bytes
    tags: tuple[str, ...]
    received_at: float

    @property
    def size(self) -> int:
        """The memory that it takes, in bytes."""
        return len(self.stored) + TAG_BYTES * len(self.tags) + OVERHEAD_BYTES

    def is_forgotten(self, marks: Mapping[str, float]) -> bool:
        """Return whether one of its tags was forgotten, at the moment given by tag, when it had been received."""
        return any(self.received_at <= marks[tag] for tag in self.tags if tag in marks)


class Memory:
    """Answers by key. `size` is what they take in bytes, never more than `most_bytes`."""

    def __init__(self, most_bytes: int) -> None:
        """Start empty; with no bytes nothing is ever kept."""
        self.most_bytes = most_bytes
        self.size = 0
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    def __len__(self) -> int:
        """Count the answers."""
        return len(self._kept)

    def get(self, key: str) -> Kept | None:
        """Return an answer, which counts as its use."""
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
        return kept

    def put(self, key: str, kept: Kept) -> None:
        """Keep an answer, in the place of an older one of this key, and let go what no longer fits."""
        present = self._kept.get(key)
        if present is not None and present.received_at > kept.received_at:
            return
        self.drop(key)
        if kept.size > self.most_bytes:
            return
        while self.size + kept.size > self.most_bytes:
            _, gone = self._kept.popitem(last=False)
            self.size -= gone.size
        self._kept[key] = kept
        self.size += kept.size

    def drop(self, key: str) -> None:
        """Let go an answer, if it is there."""
        gone = self._kept.pop(key, None)
        if gone is not None:
            self.size -= gone.size

    def forget(self, marks: Mapping[str, float]) -> int:
        """Let go every answer with a tag of these that was received no later than the tag's moment; count them.

        Scans every answer: that takes milliseconds, is rare, and needs no index.
        """
        gone = [key for key, kept in self._kept.items() if kept.is_forgotten(marks)]
        for key in gone:
            self.drop(key)
        return len(gone)
