import csv
import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from thesetd.domain.titles import (
    MAX_STRUCTURED,
    Classified,
    Version,
    album_version,
    base_title,
    classify,
    song_key,
    song_version,
    track_version,
)

PIECES = [
    "(",
    ")",
    "[",
    "]",
    " - ",
    " – ",
    " / ",
    ";",
    ", ",
    "Live",
    "feat. ",
    "Remix",
    " remix",
    "Pt. 2",
    "2012",
    "Demo",
    "x",
]
ANY = st.text(alphabet=st.characters(exclude_categories=())) | st.lists(
    st.sampled_from(PIECES) | st.text(max_size=3), max_size=20
).map("".join)
NAMES = st.lists(
    st.sampled_from(["Dirty", "Harry", "DARE", "El", "Mañana", "19", "Don't", "Live", "II"]), min_size=1
).map(" ".join)

# Additions to a name, and what they announce; all are recorded titles' but for the name.
ADDITIONS = [
    (" - Live", Version.LIVE),
    (" - Live at Manchester Opera House", Version.LIVE),
    (" (Live from NW10)", Version.LIVE),
    (" [Live in NYC]", Version.LIVE),
    (" - Live At the BBC / 2015", Version.LIVE),
    (" - Live - 1991", Version.LIVE),
    (" - Live; Edit", Version.LIVE),
    (" (Live - Seattle '89)", Version.LIVE),
    (" - En Vivo", Version.LIVE),
    (" (Ao Vivo)", Version.LIVE),
    (" - ライブ", Version.LIVE),
    (" - Spotify Session", Version.LIVE),
    (" (Peel Session)", Version.LIVE),
    (" (with Morten Harket) - MTV Unplugged", Version.LIVE),
    (" - Remastered 2009", Version.REMASTER),
    (" (2018 Remaster)", Version.REMASTER),
    (" - 2015 - Remaster", Version.REMASTER),
    (" - 40th Anniversary Version / 2010 Remastered", Version.REMASTER),
    (" - 2019 Mix", Version.REMASTER),
    (" - Soulwax Remix", Version.REMIX),
    (" Remix (feat. Drake)", Version.REMIX),
    (" - Ed Case / Sweetie Irie Refix", Version.REMIX),
    (" - Gorillaz 20 Mix", Version.REMIX),
    (" (Flume Re-work)", Version.REMIX),
    (" - Jump Smokers Extended Mix", Version.REMIX),
    (" - Moombahton VIP", Version.REMIX),
    (" - Closer Mix; 2018 Remaster [Remastered]", Version.REMIX),
    (" - Acoustic", Version.ACOUSTIC),
    (" [2D Piano Version]", Version.ACOUSTIC),
    (" - Original Demo", Version.DEMO),
    (" (1999 Demo) - B-Side Rarities", Version.DEMO),
    (" - July 12th, 1990, Demo", Version.DEMO),
    (" (Work in Progress Rough Mix)", Version.DEMO),
    (" - Instrumental", Version.INSTRUMENTAL),
    (" (Karaoke Version)", Version.INSTRUMENTAL),
    (" - interlude", Version.COMMENTARY),
    (" - Track Commentary", Version.COMMENTARY),
    (" Track By Track Commentary", Version.COMMENTARY),
    (" (Metallica Cover)", Version.COVER),
    (" - Tribute to Queen", Version.COVER),
    (" (feat. Bootie Brown)", Version.STUDIO),
    (" feat. Bootie Brown", Version.STUDIO),
    (" (with The Weeknd)", Version.STUDIO),
    (" - Radio Edit", Version.STUDIO),
    (" - Original Mix", Version.STUDIO),
    (" - mono single version", Version.STUDIO),
    (" (Deluxe Edition)", Version.STUDIO),
    (" - Bonus Track", Version.STUDIO),
    (" (Taylor's Version) (From The Vault)", Version.STUDIO),
    (" - Album Version (With Interlude)", Version.STUDIO),
    (' - From "Despicable Me 2"', Version.STUDIO),
]

LIVE_TITLES = [
    "DARE - Live at Manchester Opera House",
    "911 (feat. D12) - Live in NYC",
    "Do I Wanna Know? - Live At the BBC / 2015",
    "A Day Laye - BBC Live - Top Gear 17/11/69",
    "Déjà Vu (feat. Alicai Harley) - Live from NW10",
    "Sea Fog - Live At Arena Ciudad De Mexico, Mexico City / 2012",
    "Do I Wanna Know? (triple j Like A Version)",
    'Seek & Destroy - "Live" At The Automatt / Jump In The Fire EP Version / Remastered',
    "ブラッケンド (Live at リユニオン・アリーナ、ダラス、1989) [Remastered]",
]
OTHER_TITLES = [
    ("Layla - 40th Anniversary Version / 2010 Remastered", Version.REMASTER),
    ("White Wedding - Pt. 1 / Remastered 2002", Version.REMASTER),
    ("Feel Good Inc. - Noodle's Demo", Version.DEMO),
    ("Black Cat Sittin' On My Shoulder - Home Demo Take 1", Version.DEMO),
    ("Instrumental - Guitar & Organ Demo", Version.DEMO),
    ("Night Train Track By Track Commentary", Version.COMMENTARY),
    ("Gorillaz Are Ten - Spotify Radio Show 1 (1)", Version.COMMENTARY),
    ("Wanna Know Remix (feat. Drake)", Version.REMIX),
    ("34+35 Remix (feat. Doja Cat, Megan Thee Stallion) - Remix", Version.REMIX),
    ("Kids with Guns - Jamie T's Turns to Monsters Mix", Version.REMIX),
    ("Gorillaz - Gorillaz 20 Mix", Version.REMIX),
    ("The Phantom - 1930 Swing Version", Version.REMIX),
]
# Words that announce a version elsewhere, here in a song's own name.
NAMES_ONLY = [
    *(
        "Live and Let Die",
        "Live Forever",
        "Long Live",
        "Alive",
        "Alive 2007",
        "Live Your Life",
        "Live Wire",
        "Live to Tell",
    ),
    *("Born to Live", "To Live Is To Die", "What We Live For", "Live in the Moment", "We Live in Time"),
    *("I Live on a Battlefield", "Ignition", "Remix to Ignition", "Guerrilla Radio", "The Spirit of Radio"),
    *("Video Killed the Radio Star", "Acoustic Guitar", "Therapy Session", "Demons", "Demolition Man"),
    *("Interlude: Talk Radio", "The Edit", "In the Mix", "Cover Me Up", "Viva la Vida (Long Live Life)"),
    *("(I Can't Get No) Satisfaction", "Breathe (We Live For Love)", "With or Without You", "Weird Fishes/Arpeggi"),
    *("My My, Hey Hey - Out Of The Blue", "Untitled #1 - Vaka", "Shelter (Run for Cover)", "Remix", "Live", "[Live]"),
    *(
        "Sleeping (With Me)",
        "Drinks for You (Ladies Anthem)",
        "Skiptracing (Reprise)",
        "Return to Sender (Delivered)",
        "Welcome Home (Sanitarium)",
    ),
]


@pytest.mark.parametrize("title", LIVE_TITLES)
def test_concert_recordings(title: str):
    """Recorded titles of concert and session recordings are live."""
    assert song_version(title) is Version.LIVE


@pytest.mark.parametrize(("title", "version"), OTHER_TITLES)
def test_other_versions(title: str, version: Version):
    """Recorded titles of other versions have their class."""
    assert song_version(title) is version


@pytest.mark.parametrize("title", NAMES_ONLY)
def test_a_name_is_no_version(title: str):
    """Words of a song's own name announce nothing, and nothing of the name is lost."""
    assert classify(title) == Classified(Version.STUDIO)
    assert base_title(title) == title


@given(NAMES, st.sampled_from(ADDITIONS))
def test_an_addition_makes_a_version_of_the_same_song(name: str, addition: tuple[str, Version]):
    """Whatever is added to a name, the song is the same and the addition alone gives the class."""
    words, version = addition
    assert song_version(name + words) is version
    assert base_title(name + words) == name
    assert song_key(name + words) == song_key(name)


@given(ANY)
@example("A - Pt. 1 Live - [x] (no1 mix)")
@example("( [ ) ]")
@example(" - Live")
def test_every_text_is_a_title(title: str):
    """Any text has a class and a base, the base of a base is itself, and only a blank title has a blank one."""
    assert isinstance(song_version(title), Version)
    base = base_title(title)
    assert base_title(base) == base
    assert len(base) <= len(title)
    assert bool(base) == bool(title.strip())
    assert isinstance(album_version(title, [title]), Version)


@given(ANY)
def test_a_plain_title_shows_no_evidence(title: str):
    """The class comes with the words that show it, which stand in the title; a studio song has none."""
    found = classify(title)
    assert bool(found.evidence) == (found.version is not Version.STUDIO)
    assert found.evidence in title


@given(ANY)
def test_blanks_around_a_title_do_not_count(title: str):
    """A title with outer blanks is the same song in the same version."""
    assert song_key(f" {title} ") == song_key(title)
    assert song_version(f"{title}  ") is song_version(title)
    assert album_version(f" {title} ") is album_version(title)


@pytest.mark.parametrize(
    ("title", "base"),
    [
        ("White Wedding - Pt. 1 / Remastered 2002", "White Wedding - Pt. 1"),
        ("Colors (Part II) [Live]", "Colors (Part II)"),
        ("Colors (Live) (Part II)", "Colors (Part II)"),
        ("Running Up That Hill (A Deal With God) - 2018 Remaster", "Running Up That Hill (A Deal With God)"),
        ("Praise The Lord (Da Shine) (feat. Skepta)", "Praise The Lord (Da Shine)"),
        ("Sing for the Moment (2004) [Live]", "Sing for the Moment"),
        ("Enjoy The Silence (2004)", "Enjoy The Silence (2004)"),
        ("Funeral For A Friend / Love Lies Bleeding - Remastered 2014", "Funeral For A Friend / Love Lies Bleeding"),
        ("911 [Live in NYC] (feat. D12) [Live in NYC;feat. D12]", "911"),
        ("El Mañana (Live [Take (2)])", "El Mañana"),
        ("A Day Laye - BBC Live - Top Gear 17/11/69", "A Day Laye"),
        ("Fade To Black - Live In São Paulo, Brazil - May 2nd, 1993", "Fade To Black"),
    ],
)
def test_base_titles(title: str, base: str):
    """Versions, their places and dates, and guests go; subtitles, parts and typography stay."""
    assert base_title(title) == base


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Unforgiven", "The Unforgiven II"),
        ("The Unforgiven II", "The Unforgiven III"),
        ("Neighborhood #1 (Tunnels)", "Neighborhood #2 (Laika)"),
        ("White Wedding - Pt. 1", "White Wedding - Pt. 2"),
        ("Satisfaction", "(I Can't Get No) Satisfaction"),
        ("Weird Fishes/Arpeggi", "Weird Fishes"),
        ("Everything Now (Continued)", "Everything Now"),
        ("Numb / Encore", "Numb"),
    ],
)
def test_sequels_parts_and_subtitles_are_other_songs(one: str, other: str):
    """Numbers, parts and bracketed words of the name keep songs apart."""
    assert song_key(one) != song_key(other)


@pytest.mark.parametrize(
    "title",
    [
        "HAARP (Live From Wembley Stadium)",
        "911 [Live in NYC] (feat. D12) [Live in NYC;feat. D12]",
        "All The People... Blur Live At Hyde Park 02/07/2009",
        "Demon Days Live at the Manchester Opera House",
        "Live At Rome Olympic Stadium",
        "Helping Hands…Live & Acoustic At The Masonic",
        "MTV Unplugged in New York",
        "En Vivo",
    ],
)
def test_live_albums(title: str):
    """An album whose name shows a concert is live whatever its tracks are called."""
    assert album_version(title) is Version.LIVE


@pytest.mark.parametrize(
    "title", ["Live in Texas", "Long Live", "Live in the Moment", "Clapton Unplugged", "Queen in Concert"]
)
def test_a_doubtful_live_needs_most_tracks(title: str):
    """A "Live" that may be the verb makes a live album from three fifths of the tracks on."""
    assert album_version(title) is Version.STUDIO
    assert album_version(title, ["a - Live", "b - Live", "c - Live", "d", "e"]) is Version.LIVE
    assert album_version(title, ["a - Live", "b - Live", "c", "d"]) is Version.STUDIO


def test_the_verb_makes_no_live_album():
    """After a subject "Live at" is the verb."""
    assert album_version("We Live at Night") is Version.STUDIO


def test_tracks_that_agree_decide():
    """An album without a mark is what all of its tracks are; one plain track makes it a studio album."""
    assert album_version("S&M2", ["Fuel - Live", "One (Live)"]) is Version.LIVE
    assert album_version("DARE", ["DARE - DFA Remix", "DARE - Soulwax Remix"]) is Version.REMIX
    assert album_version("Emotion (Deluxe)", ["a", "b", "c - Live", "d - Live", "e - Live"]) is Version.STUDIO


@pytest.mark.parametrize(
    ("title", "version"),
    [
        ("Humility (feat. George Benson) [Remixes]", Version.REMIX),
        ("Moments (The Remixes)", Version.REMIX),
        ("Feel Good Inc. (Instrumental)", Version.INSTRUMENTAL),
        ("Hounds of Love (2018 Remaster)", Version.REMASTER),
        ("The Best Of Keane (Deluxe Edition)", Version.COMPILATION),
        ("Alive 2007", Version.STUDIO),
        ("Demon Days", Version.STUDIO),
    ],
)
def test_other_albums(title: str, version: Version):
    """Albums of other versions are known by what is added to their names."""
    assert album_version(title) is version


@given(ANY)
def test_a_live_album_marks_its_tracks(title: str):
    """On a live album no track is a studio song; a studio album marks nothing."""
    assert track_version(title, Version.LIVE) not in {Version.STUDIO, Version.REMASTER}
    assert track_version(title, Version.STUDIO) is song_version(title)


def test_albums_of_remixes_may_hold_the_original():
    """An album of remixes or a collection marks no track; a track keeps its own class on a live album."""
    assert track_version("DARE", Version.REMIX) is Version.STUDIO
    assert track_version("DARE", Version.COMPILATION) is Version.STUDIO
    assert track_version("DARE", Version.REMASTER) is Version.REMASTER
    assert track_version("DARE - DFA Remix", Version.LIVE) is Version.REMIX


def test_an_endless_title_has_no_structure():
    """A title beyond all sense is taken as it is, so that reading it costs nothing."""
    assert song_version("x" * MAX_STRUCTURED + " - Live") is Version.STUDIO


def test_versions_of_the_labelled_pairs(corpus: Path):
    """On the labelled Spotify titles the class agrees but for remixes that do not say so and unlabelled live tracks."""
    said = {
        "": "studio",
        "suite": "studio",
        "edit": "studio",
        "medley-part": "studio",
        "medley-track": "studio",
        "sketch": "demo",
    }
    wrong = {
        row["spotify_title"]
        for row in _pairs(corpus)
        if song_version(row["spotify_title"]).value != said.get(row["version"], row["version"])
    }
    assert wrong == {
        "Enjoy The Silence 2004",
        "Everything Counts - In Larger Amounts",
        "I’m Not Playing Closer - Talking Break - Live From Webster Hall",
        "Shame Shame - Track Commentary",
    }


def test_keys_of_the_labelled_pairs(corpus: Path):
    """Songs that are not the same have different keys, but for equal titles of different artists and for sketches."""
    confused = {
        row["spotify_title"]
        for row in _pairs(corpus)
        if row["should_match"] == "0"
        and song_key(row["setlist_name"]) == song_key(row["spotify_title"])
        and song_version(row["spotify_title"]) is Version.STUDIO
    }
    assert confused == {"One", "Creep", "Walk", "Hysteria"}


def test_recorded_tracks_of_one_catalogue(corpus: Path):
    """In a recorded catalogue all tracks of the concert in Manchester are live, and no track of a studio album is."""
    live = _tracks(corpus / "spotify/album/spotdl25-demon-days-live-at-the-manch-0J3u0I.json")
    studio = _tracks(corpus / "spotify/album/spotdl25-plastic-beach-2dIGnm.json")
    assert {track_version(title, Version.LIVE) for title in live} == {Version.LIVE}
    assert {song_version(title) for title in studio} == {Version.STUDIO}


def _pairs(corpus: Path) -> list[dict[str, str]]:
    with (corpus / "matching/song_pairs.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _tracks(path: Path) -> list[str]:
    return [track["name"] for track in json.loads(path.read_text(encoding="utf-8"))["tracks"]["items"]]
