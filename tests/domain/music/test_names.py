import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from thesetd.domain.music.names import clean, fold, printable, slugify, stylised

ANY = st.text(alphabet=st.characters(exclude_categories=()))  # lone surrogates included


@given(ANY)
@example("＋")
@example("\u0345")
@example("\u200b")
def test_fold_is_total_and_idempotent(name: str):
    """Any text folds, and what is folded stays as it is."""
    folded = fold(name)
    assert fold(folded) == folded


@given(ANY)
def test_fold_leaves_nothing_empty(name: str):
    """Only a blank name folds to the empty string: punctuation alone keeps its own characters."""
    assert bool(fold(name)) == bool(name.split())


@given(st.text(alphabet=string.ascii_letters + "éñøß '-"))
def test_case_and_spacing_do_not_count(name: str):
    """Upper case, lower case and any spacing fold alike."""
    assert fold(name.upper()) == fold(name.lower()) == fold(f"  {name.replace(' ', '   ')} ")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Guns N’ Roses", "guns n' roses"),  # setlist.fm writes U+2019
        ("alt‐J", "alt-J"),  # and U+2010
        ("Sigur Rós", "SIGUR ROS"),
        ("MØ", "Mo"),
        ("R.E.M.", "REM"),
        ("Florence + the Machine", "Florence and The Machine"),
        ("Simon ＆ Garfunkel", "Simon & Garfunkel"),
        ("Lux Æterna", "Lux Aeterna"),
        ("AC/DC", "AC DC"),
        ("ＢＡＢＹＭＥＴＡＬ", "Babymetal"),
        ("Ёлка", "елка"),
        ("❤️", "❤"),
        ("Zero\u200bwidth", "Zerowidth"),
        ("Slow‐Motion Ferry", "Slow-Motion Ferry"),
        ("Harbour ’n’ Sons", "HARBOUR 'N' SONS"),
        ("Quill & Tarn", "Quill and Tarn"),
        ("Kall Hamn ", "Kall Hamn"),
        ("& Run", "And Run"),
    ],
)
def test_spellings_of_one_name_fold_alike(one: str, other: str):
    """What providers write differently is one name."""
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Gorillaz", "GorillaT"),
        ("Gorillaz", "Gorillas"),
        ("The Unforgiven", "The Unforgiven II"),
        ("!!!", "???"),
        ("$NOT", "Snot"),
        ("$NOT", "Not"),
        ("¥$", "S"),
        ("¥$", "$"),
        ("+/-", "And"),
        ("+", "And"),
        ("+44", "And 44"),
        ("Ex+", "Ex"),
        ("バス", "ハス"),  # a voicing mark makes another letter
        ("हिन्दी", "हन्द"),  # and so does a vowel sign
        ("कु", "क"),
    ],
)
def test_different_names_stay_different(one: str, other: str):
    """Letters, numbers and scripts keep names apart."""
    assert fold(one) != fold(other)


@given(ANY, st.text(alphabet=string.ascii_letters + string.digits, min_size=1))
def test_a_slug_is_an_address(name: str, fallback: str):
    """A slug has lower-case letters, digits and single hyphens inside and is never empty if the fallback is an id."""
    slug = slugify(name, fallback)
    assert slug
    assert set(slug) <= set(string.ascii_lowercase + string.digits + "-")
    assert "--" not in slug
    assert not slug.startswith("-")
    assert not slug.endswith("-")


def test_slug_examples():
    """Latin names become words, others take the fallback, long ones are cut."""
    assert slugify("Sigur Rós", "x") == "sigur-ros"
    assert slugify("椎名林檎", "3AA28KvwAu") == "3aa28kvwau"
    assert len(slugify("a" * 300, "x")) == 80


def test_names_of_signs_are_all_different():
    """Artists whose names are signs share neither a folded name nor an address, nor is any of them empty."""
    names = ["+/-", "And", "!!!", "???", "...", "∆", "¥$", "$", "S"]
    assert len({fold(name) for name in names} - {""}) == len(names)
    assert len({slugify(name, f"id-{i}") for i, name in enumerate(names)}) == len(names)


@pytest.mark.parametrize(
    ("name", "read"), [("Ke$tral", "kestral"), ("P!nk", "pink"), ("¥$", "¥$"), ("Panic!", "panic")]
)
def test_a_stylised_name_may_be_read_as_letters(name: str, read: str):
    """Signs among letters are read as the letters they resemble; a name of signs has none."""
    assert stylised(name) == read


@given(ANY)
def test_clean_is_idempotent_and_storable(text: str):
    """Cleaned text holds no control character and no lone surrogate, so that it encodes, and stays as it is."""
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert "\x00" not in cleaned
    cleaned.encode()


def test_clean_keeps_typography():
    """Only what cannot be stored or seen goes: NUL, control characters, outer and doubled blanks."""
    assert clean("  Guns N’\x00 Roses\t ") == "Guns N’ Roses"
    assert clean("Beyonce\u0301") == "Beyoncé"


@given(ANY)
def test_printable_text_is_one_line_and_can_be_written(text: str):
    """A terminal obeys nothing in it, and what is printable stays as it is."""
    line = printable(text)
    assert len(line.splitlines()) <= 1
    line.encode()
    assert not any(ord(ch) < 32 or 127 <= ord(ch) < 160 for ch in line)
    assert printable(line) == line


@pytest.mark.parametrize("text", ["Sigur Rós", "🧑\u200d🎤", "a\u00a0b", "\u3000", "\u05d0\u200f!"])
def test_printable_text_keeps_what_names_are_written_with(text: str):
    """Joiners, spaces of any kind and marks of direction are parts of names."""
    assert printable(text) == text
