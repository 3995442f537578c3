"""Defines the classes of recordings, and which of them may represent a song in a vote."""

from collections.abc import Collection
from enum import Enum


class Version(Enum):
    """A class of recording; a track has any number of them, STUDIO and COMPILATION alone.

    The order is that of precedence: if a recording has several classes, the first represents it.
    """

    COMMENTARY = "commentary"
    KARAOKE = "karaoke"
    LIVE = "live"
    DEMO = "demo"
    REMIX = "remix"
    INSTRUMENTAL = "instrumental"
    ACAPPELLA = "acappella"
    COVER = "cover"
    INTRO = "intro"
    ACOUSTIC = "acoustic"
    EDIT = "edit"
    REMASTER = "remaster"
    STUDIO = "studio"
    COMPILATION = "compilation"  # applies to albums only

    __hash__ = object.__hash__  # a member is one object: Enum's own hashes its name again, a dozen times a track


_BY_PRECEDENCE = tuple(Version)

STUDIO_ALONE = frozenset({Version.STUDIO})
# A recording of any other class is not a studio recording of the song.
OFFERED = frozenset({Version.STUDIO, Version.REMASTER, Version.EDIT, Version.ACOUSTIC, Version.INTRO})
# "Interlude: Talk Radio" (0:20) is not offered for voting; "Intro" of The xx (2:07) is played at concerts.
SHORTEST_INTRO_MS = 90_000


def foremost(versions: Collection[Version]) -> Version | None:
    """Return the class that takes precedence among several, None if there is none."""
    if len(versions) == 1:
        return next(iter(versions))
    return next((version for version in _BY_PRECEDENCE if version in versions), None)


def is_offered(versions: Collection[Version], duration_ms: int | None) -> bool:
    """Return whether a recording of these classes may represent its song; an unknown duration counts as long enough."""
    if Version.INTRO in versions and duration_ms is not None and duration_ms < SHORTEST_INTRO_MS:
        return False
    return OFFERED.issuperset(versions)
