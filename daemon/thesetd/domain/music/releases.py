"""Reads a discography: a release that is live, of remixes or of demos gives that class to all of its tracks.

It is evidence in addition to the words of titles. Several releases may share a title (an album, and its live version
years later); only what all of them agree on is believed. A compilation mixes classes and says nothing.
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
    """A release of a discography; `classes` are those of all its recordings, none if it does not say."""

    title: str
    classes: frozenset[Version] = frozenset()


def classes_by_title(releases: Iterable[Release]) -> dict[str, frozenset[Version]]:
    """Return the classes that all releases of a folded title agree on; titles without any are left out."""
    found: dict[str, list[frozenset[Version]]] = defaultdict(list)
    for release in releases:
        found[fold(release.title)].append(release.classes - {Version.COMPILATION} if _speaks(release) else frozenset())
    agreed = {title: frozenset.intersection(*said) for title, said in found.items()}
    return {title: classes for title, classes in agreed.items() if classes}


def _speaks(release: Release) -> bool:
    return Version.COMPILATION not in release.classes


def said_by_release(song: Track) -> dict[Version, str]:
    """Return the classes that a release decided, each with the words that show it."""
    return {version: words for version, words in song.evidence.items() if words.endswith(LISTED_SO)}


def words_of(release: str) -> str:
    """Return the words by which a release shows its class."""
    return f"its release {release!r}{LISTED_SO}"


def classified(song: Track, classes: Iterable[Version], why: str) -> Track:
    """Return a track with further classes, each with the given reason unless it has one already."""
    new = frozenset(classes)
    if not new:
        return song
    evidence: Mapping[Version, str] = {**dict.fromkeys(sorted(new, key=list(Version).index), why), **song.evidence}
    return attrs.evolve(song, classes=(song.classes - {Version.STUDIO}) | new, evidence=evidence)
