"""Decides whether two records can be of one artist by their names and kinds.

Tribute acts are recognised by disagreement: an act that plays another's songs has a different name from the page it
links to, in any language. No list of words is involved.
"""

import re
from enum import Enum

from thesetd.domain.identity.statements import Record, RecordKind
from thesetd.domain.music.names import fold, stylised

# Signs that join several names in one; words such as "with" or "plays" are not among them, since they are also parts of
# names.
_SEAMS = re.compile(r"\s*[:,;|/+&]\s*|\s+[-–—]\s+")
# The word for a guest names two acts, each of which may be joined of others.
_GUEST = re.compile(r"\W+(?:feat|ft|featuring)\b\W*", re.IGNORECASE)
# An act's name in the title of its evening, in the languages of Ticketmaster's countries.
_EVENING = re.compile(
    r"(?:[^\s:,;|/+&–—-]+\s+){0,4}?(?:(?:evening|night|afternoon|audience|conversation)\s+with|abend\s+mit|soir[eé]e\s+avec"
    r"|(?:noche|velada|tarde)\s+con|(?:serata|notte)\s+con|(?:noite|tarde)\s+com|avond\s+met|kv[aä]ll\s+med"
    r"|(?:aften|kveld)\s+med|wiecz[oó]r\s+z|ve[cč]er\s+s)\s+(.+)",
    re.IGNORECASE,
)


class Agreement(Enum):
    """How two names compare, best first."""

    EQUAL = 0
    STYLISED = 1  # the same name in another notation: signs for letters, or without its article or blanks
    CONTAINED = 2  # one is a part of the other: an act that plays the other's songs, or shares a bill with it
    OTHER = 3

    @property
    def same(self) -> bool:
        """Return whether this counts as one name, if stronger evidence agrees."""
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
    """Return the names of a record in other notations: "Ferries, The" is "The Ferries" and "Ferries"."""
    bare = (name.removeprefix("the ").removesuffix(" the") or name for name in styled_keys(record))
    return frozenset(name.replace(" ", "") for name in bare)


def _within(part: str, whole: str) -> bool:
    return f" {part} " in f" {whole} "


def parts(name: str) -> frozenset[str]:
    """Return the folded names that one name holds: joined ones, or that of an evening; empty for a single name."""
    acts = _GUEST.split(name)
    joined = [text for act in acts for text in _split(act)] + (acts if len(acts) > 1 else [])
    evenings = [title[1] for text in (name, *joined) if (title := _EVENING.fullmatch(text.strip()))]
    held = [*joined, *evenings, *(text for act in evenings for text in _split(act))]
    found = frozenset(part for text in held if (part := fold(text)))
    return found if evenings or len(found) > 1 else frozenset()


def _split(name: str) -> list[str]:
    found = _SEAMS.split(name)
    return found if len(found) > 1 else []


def kinds_agree(one: Record, other: Record) -> bool:
    """Return whether neither is a tribute act, or both are."""
    return (one.kind is RecordKind.TRIBUTE) == (other.kind is RecordKind.TRIBUTE)
