"""What providers said of artists, and what was decided before: the input of `decide`."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from enum import Enum, IntEnum, StrEnum

import attrs

from thesetd.domain.identity.spaces import SPACES, Ref, Space, rank, stands_for_nobody
from thesetd.domain.music.names import fold
from thesetd.domain.wording.cities import town_of


class RecordKind(Enum):
    """What a record is, by its provider's classification (ids of types and subtypes, never words of the name)."""

    UNKNOWN = "unknown"
    ACT = "act"
    TRIBUTE = "tribute act"
    OTHER_TRADE = "no musical act"
    NO_ACT = "no act"  # a festival, tour, promoter, placeholder


class Strength(IntEnum):
    """How much a link is worth; a stronger one replaces a weaker."""

    BARE_NAME = 1
    UNIQUE_NAME = 2
    CLAIMED = 3  # published by one side, and the other has not been read
    SUPPORTED = 4
    PUBLISHED = 5
    PERSON = 6

    @property
    def verified(self) -> bool:
        """Return whether the link is proven by more than a name."""
        return self >= Strength.SUPPORTED


class Rule(StrEnum):
    """Why two ids are one artist."""

    PERSON = "a person linked them"
    PUBLISHED = "linked by the act itself, names agree"
    SUPPORTED = "two independent facts agree"
    CLAIMED = "linked by the act itself, not read yet"
    UNIQUE_NAME = "the only one of this name at every provider"
    BARE_NAME = "the name alone"


@attrs.frozen(order=True)
class Appearance:
    """A night in a city, by local time."""

    day: date
    city: str = attrs.field(converter=town_of)


@attrs.frozen(kw_only=True)
class Record:
    """One id as its provider describes it.

    `names` are further ones: aliases, and those that it had here before. `links` are what it publishes itself.
    `items` are the provider's own things found under it (albums, pages, events), which prove a successor.
    `audience` (followers, pages, events) sorts proposals and can only speak against a name. `gone`: a known id is
    answered by 404. `moved_to`: the provider answers under another id.
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
        """Return whether this can be an artist at all."""
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
    """Two ids that are one artist, why, and the evidence for it."""

    pair: Pair
    rule: Rule
    strength: Strength
    evidence: tuple[str, ...] = ()


class Reason(StrEnum):
    """Why something is not linked, or is to be looked at."""

    TRIBUTE = "a tribute act links to the original"
    OTHER_NAME = "the names disagree"
    NO_ACT = "stands for no act"
    CONTRADICTS = "contradicts a stronger link"
    PERSON = "a person took them apart"
    CONTESTED = "equal evidence for two artists"
    UNPROVEN = "none proven"
    NAMESAKES = "no longer the only one of this name"
    SEVERAL_NAMES = "holds the names of other artists"
    SUCCESSOR = "nothing of the known id is found under it"
    GONE = "the provider no longer knows this id"


@attrs.frozen(kw_only=True)
class RefusedLink:
    """A link that is recorded and not followed; a `final` one is rejected, any other waits for a person."""

    pair: Pair
    reason: Reason
    final: bool
    evidence: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Search:
    """The candidates of a name were asked for in a space; all are among the records if `complete`."""

    space: Space
    name: str = attrs.field(converter=fold)
    complete: bool = True


@attrs.frozen(kw_only=True)
class Word:
    """What people decided, as `decisions.effective` reads it from the log: later words first."""

    joined: tuple[Pair, ...] = ()
    parted: frozenset[Pair] = frozenset()


@attrs.frozen(kw_only=True)
class IdentityEvidence:
    """All that is known of some artists. The order of anything in it does not matter.

    `links` are in force, `refusals` are on record. `asked` are the spaces whose provider can be asked: a name is unique
    only if the search of each is complete. `common_titles` are folded titles of albums that artists of many names have
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
        """Return the folded names of which every candidate is known."""
        done: dict[str, set[Space]] = defaultdict(set)
        for search in self.searches:
            if search.complete:
                done[search.name].add(search.space)
        return frozenset(name for name, spaces in done.items() if spaces >= self.asked)
