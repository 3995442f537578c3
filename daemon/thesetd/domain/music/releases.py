"""What a discography says of recordings: a release that is live, of remixes or of demos speaks for all of its tracks.

It is evidence beside the words of titles. Of one title there may be several releases (an album, and its live version
years later); only what all of them say is believed. A compilation mixes classes and says nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import attrs

from thesetd.domain.music.names import fold
from thesetd.domain.music.records import Track
from thesetd.domain.music.versions import Version

LISTED_SO = " is listed so"


@attrs.frozen(kw_only=True)
class Release:
    """A release of a discography; `classes` are those of all its recordings, none if it says nothing of them."""

    title: str
    classes: frozenset[Version] = frozenset()


def classes_by_title(releases: Iterable[Release]) -> dict[str, frozenset[Version]]:
    """Return what all releases of a folded title say of their recordings, without titles of which they say nothing."""
    found: dict[str, list[frozenset[Version]]] = defaultdict(list)
    for release in releases:
        found[fold(release.title)].append(release.classes - {Version.COMPILATION} if _speaks(release) else frozenset())
    agreed = {title: frozenset.intersection(*said) for title, said in found.items()}
    return {title: classes for title, classes in agreed.items() if classes}


def _speaks(release: Release) -> bool:
    return Version.COMPILATION not in release.classes


def said_by_release(song: Track) -> dict[Version, str]:
    """Return the classes that a release decided, with its words."""
    return {version: words for version, words in song.evidence.items() if words.endswith(LISTED_SO)}


def words_of(release: str) -> str:
    """Return the words by which a release decides a class."""
    return f"its release {release!r}{LISTED_SO}"


def classified(song: Track, classes: Iterable[Version], why: str) -> Track:
    """Return a track with further classes, each with its reason if it has none."""
    new = frozenset(classes)
    if not new:
        return song
    evidence: Mapping[Version, str] = {**dict.fromkeys(sorted(new, key=list(Version).index), why), **song.evidence}
    return attrs.evolve(song, classes=(song.classes - {Version.STUDIO}) | new, evidence=evidence)
