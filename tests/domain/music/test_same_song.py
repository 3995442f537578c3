import csv
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from counting import calls_of
from thesetd.domain.music.keys import compact, numbers, spellings, tokens
from thesetd.domain.music.same_song import medley_parts, name_of, names_recording, same_song
from thesetd.domain.music.titles import song_key

CASES = list(csv.DictReader((Path(__file__).parent / "songs_cases.csv").read_text(encoding="utf-8").splitlines()))
OTHER_SCRIPT = "another script (report apart)"
TOLD = [case for case in CASES if case["kind"] != OTHER_SCRIPT]
ANY = st.text(alphabet=st.characters(exclude_categories=())) | st.lists(
    st.sampled_from(["(", ")", " - ", "Pt. 2", "II", "#3", "2012", "F*ck", "$", " / ", "&", "Don't", "Live", "ö"])
    | st.text(max_size=3),
    max_size=12,
).map("".join)


@pytest.mark.parametrize("case", TOLD, ids=[f"{c['setlist_name']} = {c['catalogue_title']}" for c in TOLD])
def test_cases(case: dict[str, str]):
    """A name of a setlist means a track, or does not, as a person reads both."""
    note = case["setlist_note"]
    place = re.search(r"of (.+) was played", note)
    same = names_recording(
        case["setlist_name"],
        case["catalogue_title"],
        album=case["catalogue_album"],
        place=place[1] if place else "",
        tape="tape" in note,
        among=[case["setlist_name"]] if "both are songs" in note else [],
    )
    assert same == (case["same"] == "1"), case["why"]


SAME = [
    ("Another Brick in the Wall, Part 2", "Another Brick in the Wall, Pt. II - 2011 Remastered Version"),
    ("Shine On You Crazy Diamond (Parts I-V)", "Shine On You Crazy Diamond, Pts. 1-5"),
    ("Für Elise", "Fuer Elise - Live"),
    ("F**k You", "Fuck You"),
    ("Symphony No. 5", "Symphony #5"),
    ("Sgt. Pepper (Reprise)", "Sgt. Pepper - Reprise / Remastered 2009"),
    ("Travelin' Band", "Travellin' Band"),
    ("Theater of Pain", "Theatre of Pain"),
    ("Rock & Roll", "Rock and Roll"),
    ("Zombie", "Zombie (2018)"),
    ("Dancin'", "Dancing"),
    ("Mr. Lamp", "Mister Lamp - Live"),
    ("St. Agnes", "Saint Agnes"),
    ("Song of Rain", "The Song of Rain - Live"),
    ("Phare", "Le Phare"),
    ("Los Faroles", "Faroles"),
    ("Thru the Night", "Through the Night"),
    ("Wanna Stay", "Want to Stay"),
    ("I'm Gonna Leave", "I'm Going to Leave - Demo"),
    ("'Til Dawn", "Until Dawn"),
    ("Ouverture", "Overture"),
]
DIFFERENT = [
    ("Home (Part 1)", "Home (Part 2)"),
    ("Sonata No. 1 in C", "Sonata No. 2 in C"),
    ("Movement I", "Movement II"),
    ("Do It", "Don't Do It"),
    ("A Forest", "The Forest"),
    ("The One", "One"),
    ("Die Alone", "Alone"),
    ("Blue Lamp", "The Lamp"),
    ("Black Hole Sun", "Black Hole Run"),
    ("Love Me", "Love Me Do"),
    ("Dancin' Man", "Dancer"),
    ("Mr. Lamp", "Mrs. Lamp"),
    ("Hello", "Hello / Goodbye"),
    ("Medley: Hello / Goodbye", "Hello"),
    ("Hello (Reprise)", "Hello"),
    ("Girl (Why Don't You)", "Girl (Because I Do)"),
    ("Falling Down", "Calling Down"),
    ("Song 2012", "Song 2014"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_song(one: str, other: str):
    """Spelling, recording, subtitles and the way to write numbers make no other song."""
    assert same_song(one, other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_another_song(one: str, other: str):
    """Numbers, negations, continuations and other words make another song."""
    assert not same_song(one, other)


@given(ANY, ANY)
@example("A (B C)", "(B C) A")
@example("(I Want My) Blue Lamp", "Blue Lamp")
def test_the_order_does_not_matter(one: str, other: str):
    """Whether two names are one song does not depend on which comes first."""
    assert same_song(one, other) == same_song(other, one)


@given(ANY)
def test_a_name_is_itself(name: str):
    """Every name that holds anything is the same song as itself, also with outer blanks, and any name is read."""
    assert same_song(name, f" {name}  ") == bool(compact(name_of(name).whole))
    assert names_recording(name, name) in {True, False}


@given(ANY)
def test_keys_are_stable(name: str):
    """A key holds no blanks; its numbers are among its words; the key of a name is one of its spellings."""
    assert not re.search(r"\s", compact(name))
    assert set(numbers(tokens(name))) <= set(tokens(name))
    assert compact(name) in spellings(name)
    assert (compact(name) == "") == (not name.split())


def test_the_exact_name_wins():
    """A name means a track one letter away only where the artist has no song of that very name."""
    assert names_recording("Letter from Lisa", "Letters from Lisa")
    assert not names_recording("Letter from Lisa", "Letters from Lisa", among=["Letter from Lisa", "Letters from Lisa"])


def test_medleys():
    """The parts of a medley are tried after its whole name."""
    assert medley_parts("A / B / C") == ("A", "B", "C")
    assert medley_parts("Weird Fishes/Arpeggi") == ()
    assert names_recording("Mist / Shine", "Mist/Shine")
    assert names_recording("Paper Boats / Cold Harbour", "Cold Harbour - Live")


def test_keys():
    """Sequels have keys of their own, spellings one key."""
    assert song_key("Moon Light") == song_key("Moonlight (Live)") == "moonlight"
    assert song_key("Letzter Bus II") == song_key("Letzter Bus (Teil 2)") != song_key("Letzter Bus")


@pytest.mark.untraced
@pytest.mark.parametrize("name", ["(a)" * 3_000, "a " * 5_000, "*" * 10_000, "II " * 3_000, "a / " * 2_500])
def test_a_hostile_name_costs_little(name: str):
    """Comparing names of 10,000 characters, or of the longest that are taken apart, costs at most 150 calls each."""
    for length in (10_000, 499):
        assert calls_of(lambda cut=name[:length]: names_recording(cut, cut[:-1])) < 150 * length


def test_labelled_pairs(corpus: Path):
    """On labelled names of two providers: no other song is taken for the same, nine in ten of the same are found."""
    with (corpus / "matching/song_pairs.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if "Spotify artist:" not in row["note"] + row["source"]]
    latin = [row for row in rows if not re.search("[\u3040-\u30ff\u4e00-\u9fff]", row["spotify_title"])]
    found = [names_recording(row["setlist_name"], row["spotify_title"], album=row["album"]) for row in latin]
    right = [row["should_match"] == "1" for row in latin]
    wrong = [
        row for row, f, r in zip(latin, found, right, strict=True) if f and not r and "unrelated" not in row["note"]
    ]
    assert not wrong
    assert sum(f and r for f, r in zip(found, right, strict=True)) >= 0.9 * sum(right)
