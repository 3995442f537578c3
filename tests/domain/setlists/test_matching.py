from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.music.keys import compact
from thesetd.domain.setlists.entries import EntryClass
from thesetd.domain.setlists.matching import EntryMatch, IndexedSong, Method, SongIndex, match_entry

OWN = SongIndex(
    IndexedSong(id=title, title=title)
    for title in (
        "Paper Boats",
        "Cold Harbour",
        "Salt Road (Part II)",
        "Mist/Shine",
        "Lamplighter (For Mara)",
        "Tide",
        "Tides",
        "The Unforgiven II",
        "Blue Lamps of Home",
    )
)
MBID = "27870d47-bb98-42d1-bf2b-c7e972e6befc"
COVERED = {
    MBID: SongIndex(
        [IndexedSong(id="covered salt", title="Salt Road"), IndexedSong(id="covered boats", title="Paper Boats")]
    ),
    "Quill & Tarn": SongIndex([IndexedSong(id="quill salt", title="Salt Road")]),
}


def songs(entry: EntryMatch) -> list[str | None]:
    """Return the songs of an entry."""
    return [match.song for match in entry.matches]


def match(name: Any, **said: Any) -> EntryMatch:
    """Match one entry against the artist's own songs and two covered artists'."""
    return match_entry({"name": name, "position": 1, **said}, OWN, COVERED)


def test_a_medley():
    """A name with " / " is its parts in order; a bare slash belongs to one song."""
    found = match("Paper Boats / Cold Harbour / Harbour Hymn")
    assert found.kind is EntryClass.MEDLEY
    assert [(one.part, one.song, one.method) for one in found.matches] == [
        (1, "Paper Boats", Method.EXACT),
        (2, "Cold Harbour", Method.EXACT),
        (3, None, Method.NEW),
    ]
    assert songs(match("Mist/Shine")) == ["Mist/Shine"]


def test_odd_slashes():
    """A title with a slash stays whole inside a medley; odd separators count only between titles that are known."""
    titles = ("Paper Boats", "Cold Harbour", "Salt Road", "Mist/Shine", "One / Two")
    own = SongIndex([IndexedSong(id=title, title=title) for title in titles])

    def parts(name: str) -> list[str]:
        return [one.title for one in match_entry({"name": name}, own).matches]

    assert parts("Paper Boats / One / Two / Salt Road") == ["Paper Boats", "One / Two", "Salt Road"]
    assert parts("Paper Boats / / Mist/Shine /") == ["Paper Boats", "Mist/Shine"]
    for odd in (" /", "/ ", " // ", "//", "\u2044", " \uff0f ", " > "):
        assert parts(f"Paper Boats{odd}Cold Harbour") == ["Paper Boats", "Cold Harbour"], odd
        assert parts(f"Paper Boats{odd}Nobody Knows") == [f"Paper Boats{odd}Nobody Knows"], odd
    assert parts("Paper Boats / Cold Harbour// Salt Road") == ["Paper Boats", "Cold Harbour", "Salt Road"]
    assert parts("Paper Boats/Cold Harbour") == ["Paper Boats/Cold Harbour"]


def test_covers():
    """A cover is tied to the act's own recording if there is one, or else to the covered artist's song."""
    own = match("Paper Boats", cover={"name": "Former Band", "mbid": MBID}).matches[0]
    assert (own.song, own.cover) == ("Paper Boats", False)
    theirs = match("Salt Road", cover={"name": "Former Band", "mbid": MBID}).matches[0]
    assert (theirs.song, theirs.cover) == ("covered salt", True)
    by_name = match("Salt Road", cover={"name": "Quill & Tarn"}).matches[0]
    assert (by_name.song, by_name.cover) == ("quill salt", True)
    unknown = match("Salt Road", cover={"name": "Nobody Known"}).matches[0]
    assert (unknown.song, unknown.method) == (None, Method.NEW)


def test_only_what_the_page_says_is_a_cover():
    """A song of another artist is no candidate unless the page says cover."""
    assert match("Salt Road").matches[0].method is Method.NEW


@pytest.mark.parametrize(
    ("name", "said", "kind"),
    [
        ("Paper Boats (Marlo Vens Remix)", {"tape": True}, EntryClass.TAPE),
        ("Paper Boats", {"tape": True}, EntryClass.TAPE),
        ("", {"info": "new song"}, EntryClass.NAMELESS),
        (None, {}, EntryClass.NAMELESS),
        ("Drum Solo", {}, EntryClass.FILLER),
        *(
            (name, {}, EntryClass.NAMELESS)
            for name in (
                *(" ", "?", "???", "...", "…", "—", "[?]", "? / ?", "☆"),
                *("Unknown", "[unknown]", "(Unknown)", "Unknown Song", "unknown #2", "Unidentified", "New Song 2"),
                *("Untitled new song", "Titre inconnu", "Canción desconocida", "TBA", "n/a", "ID - ID"),
            )
        ),
    ],
)
def test_what_is_no_song(name: Any, said: dict[str, Any], kind: EntryClass):
    """Tapes, nameless entries and solos keep their class and are tied to nothing."""
    found = match(name, **said)
    assert (found.kind, found.matches) == (kind, ())


def test_names_that_mean_unknown_may_be_titles():
    """The catalogue goes first, but for brackets; no part of a medley becomes a song by such a name."""
    own = SongIndex(
        [
            IndexedSong(id="mark", title="?"),
            IndexedSong(id="new", title="New Song"),
            IndexedSong(id="un", title="Unknown"),
        ]
    )
    assert [songs(match_entry({"name": name}, own)) for name in ("?", "New Song", "Unknown")] == [
        ["mark"],
        ["new"],
        ["un"],
    ]
    assert match_entry({"name": "[unknown]"}, own).kind is EntryClass.NAMELESS
    parts = match("Paper Boats / Unknown / ?")
    assert [(one.part, one.title) for one in parts.matches] == [(1, "Paper Boats")]
    titles = ("The Unknown", "Unknown Pleasures", "Untitled", "Song 2", "12", "Known Unknown")
    assert {match(name).kind for name in titles} == {EntryClass.SONG}


def test_a_solo_of_the_catalogue():
    """A solo that the catalogue holds under exactly that name is a song; a jam that only resembles one is not."""
    own = SongIndex([IndexedSong(id="solo", title="Drum Solo"), IndexedSong(id="jam", title="Harbour Jam")])
    assert songs(match_entry({"name": "Drum Solo"}, own)) == ["solo"]
    assert match_entry({"name": "Bass Solo"}, own).kind is EntryClass.FILLER


@pytest.mark.parametrize(
    ("name", "song", "method"),
    [
        ("cold harbour", "Cold Harbour", Method.EXACT),
        ("Cold Harbour (Live at Leeds)", "Cold Harbour", Method.EXACT),
        ("Coldharbour", "Cold Harbour", Method.EXACT),
        ("Lamplighter", "Lamplighter (For Mara)", Method.ALIKE),
        ("Blue Lamps of Home", "Blue Lamps of Home", Method.NEW),
        ("Blue Lamps of Homes", "Blue Lamps of Home", Method.ALIKE),
        ("The Unforgiven", None, Method.NEW),
        ("The Unforgiven 2", "The Unforgiven II", Method.EXACT),
        ("Tide", "Tide", Method.EXACT),
        ("Tides", "Tides", Method.EXACT),
        ("Cold Harbour Demo Commentary", None, Method.NEW),
    ],
)
def test_spellings(name: str, song: str | None, method: Method):
    """Spelling and version do not matter, numbers do; near names are told apart by the exact one."""
    found = match(name).matches[0]
    if method is Method.NEW:
        assert found.song in {None, song}
    else:
        assert (found.song, found.method) == (song, method)
    assert found.score == {Method.EXACT: 1.0, Method.ALIKE: 0.9}.get(found.method, 0.0)


def test_several_songs_fit_alike():
    """A name that two songs fit alike is left open with both."""
    own = SongIndex([IndexedSong(id="1", title="Lamplighter (Dawn)"), IndexedSong(id="2", title="Lamplighter (Dusk)")])
    found = match_entry({"name": "Lamplighter"}, own).matches[0]
    assert (found.song, found.method, found.candidates) == (None, Method.UNSURE, ("1", "2"))


def test_other_names():
    """A song is found by its other names as well, in another script for example."""
    own = SongIndex([IndexedSong(id="1", title="メギツネ", names=("Megitsune",))])
    assert songs(match_entry({"name": "Megitsune"}, own)) == ["1"]


def test_a_person_decides():
    """What a person said about a name comes first, also that it is no song or a medley's whole name."""
    rulings = {compact("Cold Harbor Blues"): "1", compact("Soundcheck"): None, compact("A / B"): "2"}
    own = SongIndex([IndexedSong(id="1", title="Cold Harbour"), IndexedSong(id="2", title="Suite")], rulings)
    assert match_entry({"name": "Cold Harbor Blues"}, own).matches[0].method is Method.RULED
    assert songs(match_entry({"name": "A / B"}, own)) == ["2"]
    nothing = match_entry({"name": "Soundcheck"}, own).matches[0]
    assert (nothing.song, nothing.method) == (None, Method.NONE)


NAMES = st.sampled_from(["A", "Cold Harbour", "A / B", "Drum Solo", "C (Live)", ""]) | st.text(
    alphabet=st.characters(exclude_categories=()), max_size=30
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "name": NAMES | st.none() | st.integers(),
            "tape": st.booleans(),
            "cover": st.none() | st.text(max_size=3) | st.dictionaries(st.sampled_from(["name", "mbid"]), NAMES),
        },
    ),
    st.lists(NAMES, max_size=6),
    st.randoms(use_true_random=False),
)
def test_any_entry_against_any_catalogue(entry: dict[str, Any], titles: list[str], random: Any):
    """Nothing raises, parts are counted, songs are of the catalogue, and the catalogue's order does not matter."""
    known = [IndexedSong(id=f"{number}", title=title) for number, title in enumerate(titles)]
    found = match_entry(entry, SongIndex(known), {"A": SongIndex(known)})
    assert [one.part for one in found.matches] == sorted({one.part for one in found.matches})
    assert all(one.song is None or one.song in {song.id for song in known} for one in found.matches)
    random.shuffle(known)
    assert match_entry(entry, SongIndex(known), {"A": SongIndex(known)}) == found
