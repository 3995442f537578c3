"""How many songs of recorded setlists are tied to a song of the artist's catalogue, and why the others are not.

    python tests/bench/setlist_songs.py [corpus]

A catalogue is what is recorded of it: tracks of Spotify's bodies, and the Spotify titles of `matching/song_pairs.csv`.
Where that is a part, songs that it lacks count as `in no catalogue`. Exits with 1 if a target for pairs is missed.
"""

import csv
import json
import os
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.setlists import recorded
from thesetd.domain.music.records import ActualSetlist
from thesetd.domain.music.songs import song_row_key
from thesetd.domain.music.titles import base_title
from thesetd.domain.setlists.entries import EntryClass
from thesetd.domain.setlists.matching import IndexedSong, Method, SongIndex, match_entry

FEW = 8  # titles; an artist with fewer has no catalogue
PRECISION, RECALL = 0.99, 0.90
REASONS = ("exact", "alike", "sound", "unsure", "new", "none", "tape", "nameless", "filler")
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


def catalogue(names: set[str]) -> SongIndex:
    """Make the songs of an artist: one of each key, under its plainest title."""
    songs: dict[str, str] = {}
    for name in sorted(names, key=lambda one: (len(one), one)):
        songs.setdefault(song_row_key(name), base_title(name))
    return SongIndex(IndexedSong(id=key, title=title) for key, title in songs.items() if key)


def print_pairs(corpus: Path, covers: Mapping[tuple[str, str], set[str]]) -> list[str]:
    """Print how well names of setlists and titles of tracks are told to be one song; return what was missed.

    Candidates of a name are the act's own tracks, and those of the artist whom it covers: pages tell that, so recorded
    pages and notes of the pairs do.
    """
    with (corpus / "matching/song_pairs.csv").open(newline="", encoding="utf-8") as file:
        pairs = [_Pair(row, covers) for row in csv.DictReader(file)]
    own = [pair for pair in pairs if not pair.other]
    print()
    precision, recall = _print_pairs("all labelled pairs", pairs)
    _print_pairs("of the act's own tracks", own)
    _print_pairs("and of one script", [pair for pair in own if not _EAST.search(pair.title)])
    targets = (("precision", precision, PRECISION), ("recall", recall, RECALL))
    return [f"{name} of pairs {value:.3f}" for name, value, least in targets if value < least]


class _Pair:
    def __init__(self, row: dict[str, str], covers: Mapping[tuple[str, str], set[str]]) -> None:
        self.name, self.title, self.right = row["setlist_name"], row["spotify_title"], row["should_match"] == "1"
        self.other = row["note"].partition("Spotify artist: ")[2]
        catalogue = SongIndex([IndexedSong(id="1", title=self.title, albums=(row["album"],))])
        entry: dict[str, Any] = {"name": self.name}
        said = "cover" in row["note"] or "ORIGINAL artist" in row["note"]
        if said or self.other in covers.get((row["artist"], self.name), ()):
            entry["cover"] = {"name": self.other}
        own = SongIndex(()) if self.other else catalogue
        found = match_entry(entry, own, {self.other: catalogue} if self.other else {})
        self.tied = any(match.song == "1" for match in found.matches)


def _print_pairs(title: str, pairs: Sequence[_Pair]) -> tuple[float, float]:
    hits = sum(pair.tied and pair.right for pair in pairs)
    precision, recall = hits / sum(pair.tied for pair in pairs), hits / sum(pair.right for pair in pairs)
    print(f"{title:24s}{len(pairs):5d}: precision {precision:.3f}, recall {recall:.3f}")
    return precision, recall


def covers_of(artists: Mapping[str, Sequence[ActualSetlist]]) -> dict[tuple[str, str], set[str]]:
    """Return by artist and name of a song whom recorded pages say that it covers."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for artist, pages in artists.items():
        for song in (song for page in pages for song in (*page.songs, *page.encore_songs) if "cover" in song):
            found[artist, song["name"]].add(song["cover"]["name"])
    return found


def main() -> int:
    """Run it."""
    default = os.environ.get("THESETD_CORPUS") or str(Path(__file__).parents[3] / "shared" / "corpus")
    corpus = Path(sys.argv[1] if len(sys.argv) > 1 else default)
    known = titles(corpus) if (corpus / "matching").is_dir() else {}
    artists = recorded(corpus, 1) if known else {}
    missed = print_pairs(corpus, covers_of(artists)) if known else []
    print("\nsongs of recorded setlists, tied to the recorded part of the artist's catalogue")
    print(f"{'':24s}{'titles':>7s}{'entries':>8s}" + "".join(f"{WORDS.get(one, one):>11s}" for one in REASONS))
    total: Counter[str] = Counter()
    for artist, pages in artists.items():
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
    tied = sum(total[method.value] for method in (Method.EXACT, Method.ALIKE, Method.SOUND))
    if not count:
        print(f"no catalogue and setlists of one artist in {corpus}")
        return bool(missed)
    print(f"{'all':24s}{'':7s}{count:8d}" + "".join(f"{total[one] / count:11.3f}" for one in REASONS))
    songs_only = count - sum(total[one] for one in ("tape", "nameless", "filler", "none"))
    print(f"tied to a song: {tied} of {songs_only} songs that were performed, {tied / songs_only:.3f}")
    print("\n" + ("missed: " + "; ".join(missed) if missed else "every target met"))
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
