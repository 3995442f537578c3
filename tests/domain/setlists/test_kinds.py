import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.setlists.entries import EntryClass
from thesetd.domain.setlists.kinds import BillSlot, PageKind, kind_of, slot_of, told_kind, usual_length
from thesetd.domain.setlists.matching import IndexedSong, SongIndex, match_entry

ANY = st.text(alphabet=st.characters(exclude_categories=()), max_size=40)


@pytest.mark.parametrize(
    ("kind", "songs", "said"),
    [
        (PageKind.SESSION, 4, {"venue": "Radio Helm"}),
        (PageKind.SESSION, 3, {"info": "Recorded in Studio 3"}),
        (PageKind.TV, 2, {"info": "Played at a talk show"}),
        (PageKind.VIP, 3, {"info": "Short set for VIP ticket holders, before the doors"}),
        (PageKind.VIP, 3, {"set_names": ["Before the doors"]}),
        (PageKind.STREET, 3, {"info": "Played three times for a video shoot"}),
        (PageKind.STREET, 4, {"info": "Acoustic set, played on a balcony."}),
        (PageKind.CONCERT, 19, {"info": "Broadcast live on the radio", "venue": "Radio City Music Hall"}),
        (PageKind.CONCERT, 18, {"info": "This show was filmed for television"}),
        (PageKind.CONCERT, 4, {"venue": "Harbour Arena"}),
        (PageKind.CONCERT, 0, {"venue": "Harbour Arena", "info": "Broadcast live on the radio"}),
        (PageKind.SESSION, 0, {"venue": "Radio Helm"}),
        (PageKind.CONCERT, 6, {"venue": "Street Plaza"}),
    ],
)
def test_kinds(kind: PageKind, songs: int, said: dict[str, str]):
    """Words about a session, VIP or street set count for a short set only; a square's name proves nothing."""
    assert kind_of(songs, usual=20, **said) is kind


def test_short_without_a_usual_length():
    """If nothing else of the act is known, up to eight songs are short."""
    assert kind_of(8, venue="Radio Helm") is PageKind.SESSION
    assert kind_of(9, venue="Radio Helm") is PageKind.CONCERT
    assert usual_length([0, 0]) is None
    assert usual_length([0, 18, 20, 3]) == 18


def test_small_sets_tell_no_usual_length():
    """Of an act of which street sets alone are known, each is one: they are no measure of a concert."""
    said = {"info": "Played three times for a video shoot"}
    assert told_kind(3, **said) is PageKind.STREET
    assert kind_of(3, usual=usual_length([]), **said) is PageKind.STREET
    assert told_kind(25, info="Broadcast on the radio") is PageKind.SESSION
    assert kind_of(25, usual=usual_length([]), info="Broadcast on the radio") is PageKind.CONCERT


@pytest.mark.parametrize(
    ("slot", "info", "tour"),
    [
        (BillSlot.SUPPORT, "Opening performance as Special Guests for QUILL & TARN.", ""),
        (BillSlot.SUPPORT, "Support act at somebody's tour", ""),
        (BillSlot.FESTIVAL, "", "Summer Festivals 2026"),
        (BillSlot.HEADLINE, "First show in Poland", "Harbour Tour"),
    ],
)
def test_slots(slot: BillSlot, info: str, tour: str):
    """A page tells a support act's or a festival's set by its note and tour."""
    assert slot_of(info, tour) is slot


@pytest.mark.parametrize(
    ("kind", "song", "titles"),
    [
        (EntryClass.SONG, {"name": "Cold Harbour"}, ("Cold Harbour",)),
        (EntryClass.SONG, {"name": "Mist/Shine"}, ("Mist/Shine",)),
        (EntryClass.MEDLEY, {"name": "Paper Boats / Salt Road / A"}, ("Paper Boats", "Salt Road", "A")),
        (EntryClass.TAPE, {"name": "Opening Waltz", "tape": True}, ()),
        (EntryClass.NAMELESS, {"name": "", "info": "new song"}, ()),
        (EntryClass.NAMELESS, {"name": 7}, ()),
        (EntryClass.FILLER, {"name": "Drum Solo"}, ()),
        (EntryClass.FILLER, {"name": "Kirk and Rob Doodle"}, ()),
        (EntryClass.FILLER, {"name": "Choral Intro"}, ()),
        (EntryClass.FILLER, {"name": "Instrumental Jam"}, ()),
        (EntryClass.SONG, {"name": "Space Jam"}, ("Space Jam",)),
        (EntryClass.SONG, {"name": "Small Talk"}, ("Small Talk",)),
    ],
)  # fmt: skip
def test_entries(kind: EntryClass, song: dict[str, object], titles: tuple[str, ...]):
    """Songs, medleys, tapes, nameless entries and fillers are told apart by their form."""
    entry = match_entry(song, SongIndex(()))
    assert (entry.kind, tuple(match.title for match in entry.matches)) == (kind, titles)


def test_the_catalogue_comes_first():
    """A filler or slashed name that the catalogue holds is a song."""
    own = SongIndex([IndexedSong(id="1", title="Drum Solo"), IndexedSong(id="2", title="A / B")])
    assert [match.song for match in match_entry({"name": "Drum Solo"}, own).matches] == ["1"]
    assert [match.song for match in match_entry({"name": "A / B"}, own).matches] == ["2"]
    medley = match_entry({"name": "A / Drum Solo / B"}, SongIndex(()))
    assert [match.title for match in medley.matches] == ["A", "B"]


@given(st.dictionaries(st.sampled_from(["name", "tape", "info"]), ANY | st.none() | st.booleans() | st.integers()), ANY)
def test_any_entry_is_read(song: dict[str, object], venue: str):
    """Nothing that a page may hold raises."""
    entry = match_entry(song, SongIndex(()))
    assert bool(entry.matches) <= (entry.kind in {EntryClass.SONG, EntryClass.MEDLEY})
    assert kind_of(3, info=venue, set_names=[venue], venue=venue) in PageKind
