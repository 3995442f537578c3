"""Return whether two records can be of one artist by their names and by what they are.

Tribute acts are told by disagreement: the act that plays somebody's songs has another name than the page it links to,
in whatever language. No list of words takes part.
"""

import re
from enum import Enum

from thesetd.domain.identity.statements import Record, RecordKind
from thesetd.domain.music.names import fold, stylised

# What joins several names in one: signs only, since words for it ("with", "plays") are also parts of names.
_SEAMS = re.compile(r"\s*[:,;|/+&]\s*|\s+[-–—]\s+")


class Agreement(Enum):
    """How two names compare, best first."""

    EQUAL = 0
    STYLISED = 1  # as one writes it in another place: signs for letters, without its article or its blanks
    CONTAINED = 2  # one is a part of the other: an act that plays the other's songs, or shares a bill with it
    OTHER = 3

    @property
    def same(self) -> bool:
        """Return whether this is one name, if something better than the name agrees too."""
        return self in {Agreement.EQUAL, Agreement.STYLISED}


def keys(record: Record) -> frozenset[str]:
    """Return the folded names of a record: the present one, former ones, and aliases."""
    return frozenset(map(fold, (record.name, *record.names)))


def styled_keys(record: Record) -> frozenset[str]:
    """Return the names of a record with stylised signs read as letters."""
    return frozenset(map(stylised, (record.name, *record.names)))


def compare(one: Record, other: Record) -> Agreement:
    """Compare all names of two records."""
    mine, theirs = keys(one), keys(other)
    if mine & theirs:
        return Agreement.EQUAL
    if _written(one) & _written(other):
        return Agreement.STYLISED
    if any(_within(a, b) or _within(b, a) for a in mine for b in theirs):
        return Agreement.CONTAINED
    return Agreement.OTHER


def _written(record: Record) -> frozenset[str]:
    """Return the names of a record as they may be written elsewhere: "Ferries, The" is "The Ferries" and "Ferries"."""
    bare = (name.removeprefix("the ").removesuffix(" the") or name for name in styled_keys(record))
    return frozenset(name.replace(" ", "") for name in bare)


def _within(part: str, whole: str) -> bool:
    return f" {part} " in f" {whole} "


def parts(name: str) -> frozenset[str]:
    """Return the folded names that are joined in one by signs; empty for a name that is one."""
    found = [part for text in _SEAMS.split(name) if (part := fold(text))]
    return frozenset(found) if len(found) > 1 else frozenset()


def kinds_agree(one: Record, other: Record) -> bool:
    """Return whether neither is a tribute act, or both are."""
    return (one.kind is RecordKind.TRIBUTE) == (other.kind is RecordKind.TRIBUTE)
