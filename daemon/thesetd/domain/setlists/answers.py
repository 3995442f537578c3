"""Completes an answer about a known page of setlist.fm that leaves data out.

A page is a whole document: data that its newer version lacks has been removed. But each version has one content, so
anything that an answer with the known version lacks was lost in transit; and every version has its sets and its venue.
"""

from collections.abc import Mapping
from typing import Any

# A version counts as known once its songs have been read.
_WITH_SONGS = ("songs", "encore_songs", "set_names", "performed", "version_id", "last_updated")

PageRow = Mapping[str, Any]


def completed(now: PageRow, known: PageRow, *, sets_said: bool) -> dict[str, Any]:
    """Return the row of an answer, with the missing data taken from the known row of the same page."""
    whole = dict(now)
    same = is_same_version(now, known)
    for column in ("artist_name", "last_updated", *(("tour", "info", "version_id") if same else ())):
        whole[column] = now[column] or known[column]
    if now["venue_id"] is None and not now["place"].get("name"):
        whole |= {"venue_id": known["venue_id"], "place": known["place"]}
    if not sets_said or (same and _is_poorer(now, known)):
        whole |= {column: known[column] for column in _WITH_SONGS}
    elif same and _titles(now) == _titles(known):
        for column in ("songs", "encore_songs"):
            whole[column] = [was | one for was, one in zip(known[column], now[column], strict=True)]
        whole["set_names"] = sorted({*known["set_names"], *now["set_names"]})
    return whole


def is_same_version(now: PageRow, known: PageRow) -> bool:
    """Return whether an answer is of the known version: none of its data contradicts that."""
    return now["version_id"] in {"", known["version_id"]} and now["last_updated"] in {None, known["last_updated"]}


def _is_poorer(now: PageRow, known: PageRow) -> bool:
    """Return whether songs, or their names, or that they were encores, are missing."""
    mine, theirs = _titles(now), _titles(known)
    named = [sum(map(bool, main + encores)) for main, encores in (mine, theirs)]
    return named[0] < named[1] or (named[0] == named[1] and len(mine[1]) < len(theirs[1]))


def _titles(row: PageRow) -> tuple[list[str], list[str]]:
    main, encores = ([str(song.get("name", "")) for song in row[column]] for column in ("songs", "encore_songs"))
    return main, encores
