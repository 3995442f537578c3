"""Defines the input of `decide`: what providers said about artists, and earlier decisions."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from enum import Enum, IntEnum, StrEnum
from typing import Self

import attrs

from thesetd.domain.identity.spaces import SPACES, Ref, Space, rank, stands_for_nobody
from thesetd.domain.music.names import fold
from thesetd.domain.wording.cities import town_of


class RecordKind(Enum):
    """The kind of a record, by its provider's classification (ids of types and subtypes, never words of the name)."""

    UNKNOWN = "unknown"
    ACT = "act"
    TRIBUTE = "tribute act"
    OTHER_TRADE = "no musical act"
    NO_ACT = "no act"  # not an act: a festival, tour, promoter or placeholder


class Strength(IntEnum):
    """The strength of a link; a stronger link replaces a weaker one."""

    BARE_NAME = 1
    UNIQUE_NAME = 2
    CLAIMED = 3  # published by one side while the other has not been read
    SUPPORTED = 4
    PUBLISHED = 5
    PERSON = 6

    @property
    def verified(self) -> bool:
        """Return whether the link is proven by more than a name."""
        return self >= Strength.SUPPORTED


class Worded(StrEnum):
    """Something that is stored as a code and shown in words: a better sentence leaves no row behind."""

    words: str

    def __new__(cls, code: str, words: str = "") -> Self:
        """Make a member from its code and its words."""
        member = str.__new__(cls, code)
        member._value_, member.words = code, words
        return member


class Rule(Worded):
    """Why two ids are one artist."""

    PERSON = "person", "a person linked them"
    PUBLISHED = "published", "linked by the act itself, names agree"
    SUPPORTED = "supported", "two independent facts agree"
    CLAIMED = "claimed", "linked by the act itself, not read yet"
    UNIQUE_NAME = "unique_name", "the only one of this name at every provider"
    BARE_NAME = "bare_name", "the name alone"


@attrs.frozen(order=True)
class Appearance:
    """A night in a city, by local time."""

    day: date
    city: str = attrs.field(converter=town_of)


@attrs.frozen(kw_only=True)
class Record:
    """One id as its provider describes it.

    `names` are further names: aliases, and former ones. `links` are those that the act publishes itself. `items` are
    the provider's own things found under it (albums, pages, events), which prove a successor. `audience` (followers,
    pages, events) sorts proposals and can only speak against a name. `gone`: the provider answers a known id with 404.
    `moved_to`: the provider answers under another id.
    """

    ref: Ref
    name: str
    kind: RecordKind = RecordKind.UNKNOWN
    names: frozenset[str] = frozenset()
    links: frozenset[Ref] = frozenset()
    concerts: frozenset[Appearance] = frozenset()
    albums: frozenset[str] = frozenset()
    items: frozenset[str] = frozenset()
    audience: int | None = None
    note: str = ""
    gone: bool = False
    moved_to: Ref | None = None

    @property
    def is_act(self) -> bool:
        """Return whether this can be an artist."""
        bracketed = self.name.startswith("[") and self.name.endswith("]")
        return self.kind is not RecordKind.NO_ACT and not stands_for_nobody(self.ref) and not bracketed


@attrs.frozen(cache_hash=True)
class Pair:
    """Two ids, in the order of their spaces."""

    one: Ref
    other: Ref

    def __lt__(self, other: "Pair") -> bool:
        return self.one < other.one if self.one != other.one else self.other < other.other

    @classmethod
    def of(cls, first: Ref, second: Ref) -> "Pair":
        """Return the pair of two ids in either order."""
        return cls(*sorted((first, second), key=rank))


@attrs.frozen(kw_only=True)
class Link:
    """Two ids of one artist, with the rule and the evidence."""

    pair: Pair
    rule: Rule
    strength: Strength
    evidence: tuple[str, ...] = ()


class Reason(Worded):
    """Why something is not linked, or needs a review; of several, the last one here is reported."""

    PERSON = "person", "a person took them apart"
    TRIBUTE = "tribute", "a tribute act links to the original"
    PART_OF_NAME = "part_of_name", "another name holds this one"
    CONTRADICTS = "contradicts", "contradicts a stronger link"
    CONTESTED = "contested", "equal evidence for two artists"
    SEVERAL_NAMES = "several_names", "holds the names of other artists"
    NAMESAKES = "namesakes", "no longer the only one of this name"
    UNPROVEN = "unproven", "none proven"
    SUCCESSOR = "successor", "nothing of the known id is found under it"
    NO_ACT = "no_act", "stands for no act"
    NO_IDS = "no_ids", "the artist has no id, and others have its name"
    OTHER_NAME = "other_name", "the names disagree"
    GONE = "gone", "the provider no longer knows this id"

    @property
    def order(self) -> int:
        """Return its place among the reasons."""
        return list(Reason).index(self)


@attrs.frozen(kw_only=True)
class RefusedLink:
    """A link that is recorded but not followed; a `final` one is rejected, any other waits for an operator."""

    pair: Pair
    reason: Reason
    final: bool
    evidence: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Search:
    """A search for a name in a space; if `complete`, all of its candidates are among the records."""

    space: Space
    name: str = attrs.field(converter=fold)
    complete: bool = True


@attrs.frozen(kw_only=True)
class Word:
    """The operators' decisions in force, as `decisions.effective` reads them from the log: later ones first."""

    joined: tuple[Pair, ...] = ()
    parted: frozenset[Pair] = frozenset()


@attrs.frozen(kw_only=True)
class IdentityEvidence:
    """Everything known about some artists. The order of its parts does not matter.

    `links` are in force, `refusals` are on record. `asked` are the spaces whose provider is available: a name is unique
    only if the search of each is complete. `common_titles` are folded album titles that many different artists have
    ("Greatest Hits").
    """

    records: tuple[Record, ...] = ()
    searches: frozenset[Search] = frozenset()
    links: tuple[Link, ...] = ()
    refusals: tuple[RefusedLink, ...] = ()
    aliases: Mapping[Ref, Ref] = attrs.field(factory=dict)
    word: Word = Word()
    asked: frozenset[Space] = frozenset(SPACES)
    common_titles: frozenset[str] = frozenset()

    def searched(self) -> frozenset[str]:
        """Return the folded names whose candidates are all known."""
        done: dict[str, set[Space]] = defaultdict(set)
        for search in self.searches:
            if search.complete:
                done[search.name].add(search.space)
        return frozenset(name for name, spaces in done.items() if spaces >= self.asked)
