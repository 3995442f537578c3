"""How many songs of recorded setlists are tied to a song of the artist's catalogue, and why the others are not.

    python tests/bench/setlist_songs.py [corpus]

A catalogue is what is recorded of it: tracks of Spotify's bodies, and the Spotify titles of `matching/song_pairs.csv`.
Where that is a part, songs that it lacks count as `in no catalogue`.
"""

import csv
import json
import os
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from setlists import recorded

from thesetd.domain.music.songs import key_of
from thesetd.domain.music.titles import base_title
from thesetd.domain.setlists.entries import EntryClass
from thesetd.domain.setlists.matching import Catalogue, Known, Method, match_entry

FEW = 8  # titles; an artist with fewer has no catalogue
REASONS = ("exact", "alike", "unsure", "new", "none", "tape", "nameless", "filler")
_EAST = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
WORDS = {"new": "in no cat.", "none": "no song"}


def titles(corpus: Path) -> dict[str, set[str]]:
    """Read the titles that are recorded of each artist, by its name."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in (corpus / "spotify").glob("**/*.json"):
        try:
            body = json.loads(path.read_bytes())
        except ValueError:
            continue
        for artist, title in _tracks(body):
            found[artist].add(title)
    with (corpus / "matching/song_pairs.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found[row["artist"]].add(row["spotify_title"])
    return found


def _tracks(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        artists = value.get("artists")
        if "track_number" in value and value.get("name") and isinstance(artists, list) and artists:
            yield str(artists[0].get("name")), str(value["name"])
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _tracks(part)


def catalogue(names: set[str]) -> Catalogue:
    """Make the songs of an artist: one of each key, under its plainest title."""
    songs: dict[str, str] = {}
    for name in sorted(names, key=lambda one: (len(one), one)):
        songs.setdefault(key_of(name), base_title(name))
    return Catalogue(Known(id=key, title=title) for key, title in songs.items() if key)


def print_pairs(corpus: Path) -> None:
    """Print how well names of setlists and titles of tracks are told to be one song."""
    with (corpus / "matching/song_pairs.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    own = [row for row in rows if "Spotify artist:" not in row["note"] + row["source"]]
    print()
    _print_pairs("all labelled pairs", rows)
    _print_pairs("of the act's own tracks", own)
    _print_pairs("and of one script", [row for row in own if not _EAST.search(row["spotify_title"])])


def _print_pairs(title: str, rows: Sequence[dict[str, str]]) -> None:
    said = [_ties(row["setlist_name"], row["spotify_title"], row["album"]) for row in rows]
    right = [row["should_match"] == "1" for row in rows]
    hits = sum(one and other for one, other in zip(said, right, strict=True))
    print(f"{title:24s}{len(rows):5d}: precision {hits / sum(said):.3f}, recall {hits / sum(right):.3f}")


def _ties(name: str, title: str, album: str) -> bool:
    song = Known(id="1", title=title, albums=(album,))
    return any(match.song == "1" for match in match_entry({"name": name}, Catalogue([song])).matches)


def main() -> int:
    """Run it."""
    default = os.environ.get("THESETD_CORPUS") or str(Path(__file__).parents[3] / "shared" / "corpus")
    corpus = Path(sys.argv[1] if len(sys.argv) > 1 else default)
    known = titles(corpus) if (corpus / "matching").is_dir() else {}
    if known:
        print_pairs(corpus)
    print("\nsongs of recorded setlists, tied to the recorded part of the artist's catalogue")
    print(f"{'':24s}{'titles':>7s}{'entries':>8s}" + "".join(f"{WORDS.get(one, one):>11s}" for one in REASONS))
    total: Counter[str] = Counter()
    for artist, pages in recorded(corpus, 1).items() if known else ():
        if len(known.get(artist, ())) < FEW:
            continue
        songs, reasons = catalogue(known[artist]), Counter[str]()
        for page in pages:
            for entry in (*page.songs, *page.encore_songs):
                found = match_entry(entry, songs)
                if found.kind in {EntryClass.SONG, EntryClass.MEDLEY}:
                    reasons.update(one.method.value for one in found.matches)
                else:
                    reasons[found.kind.value] += 1
        total += reasons
        count = sum(reasons.values())
        shares = "".join(f"{reasons[one] / count:11.3f}" for one in REASONS)
        print(f"{artist[:23]:24s}{len(known[artist]):7d}{count:8d}{shares}")
    count = sum(total.values())
    tied = total[Method.EXACT.value] + total[Method.ALIKE.value]
    if not count:
        print(f"no catalogue and setlists of one artist in {corpus}")
        return 0
    print(f"{'all':24s}{'':7s}{count:8d}" + "".join(f"{total[one] / count:11.3f}" for one in REASONS))
    songs_only = count - sum(total[one] for one in ("tape", "nameless", "filler", "none"))
    print(f"tied to a song: {tied} of {songs_only} songs that were performed, {tied / songs_only:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
