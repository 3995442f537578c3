import csv
import json
import re
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from counting import calls_of
from thesetd.domain.music.albums import read_album
from thesetd.domain.music.recordings import album_version, classify
from thesetd.domain.music.titles import base_title, read_title, song_key
from thesetd.domain.music.versions import Version, is_offered

HERE = Path(__file__).parent
CASES = list(csv.DictReader((HERE / "titles_cases.csv").read_text(encoding="utf-8").splitlines()))
WRITTEN = list(csv.DictReader((HERE / "titles_written.csv").read_text(encoding="utf-8").splitlines()))

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
    st.sampled_from(["Dirty", "Harry", "DARE", "El", "Mañana", "19", "Don't", "Alive", "II"]), min_size=1
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
    (" (Karaoke Version)", Version.KARAOKE),
    (" - interlude", Version.INTRO),
    (" - Track Commentary", Version.COMMENTARY),
    (" Track By Track Commentary", Version.COMMENTARY),
    (" (Metallica Cover)", Version.STUDIO),
    (" - Tribute to Queen", Version.COVER),
    (" (feat. Bootie Brown)", Version.STUDIO),
    (" feat. Bootie Brown", Version.STUDIO),
    (" (with The Weeknd)", Version.STUDIO),
    (" - Radio Edit", Version.EDIT),
    (" - Original Mix", Version.EDIT),
    (" - mono single version", Version.EDIT),
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
    ("The Making of Lanterns", Version.COMMENTARY),
    ("Night Train (Making Of)", Version.COMMENTARY),
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
    *("The Making of a Man", "Making of Me", "The Edit", "In the Mix", "Cover Me Up", "Viva la Vida (Long Live Life)"),
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


@pytest.mark.untraced
@pytest.mark.parametrize("case", CASES, ids=[f"{case['kind']}: {case['title']}" for case in CASES])
def test_cases(case: dict[str, str]):
    """A recording has exactly the classes that a person reads from its title, album, artist and length."""
    length = int(case["duration_ms"]) if case["duration_ms"] else None
    recording = classify(case["title"], case["album"], case["artist"], length)
    found = "|".join(sorted(version.value for version in recording.classes))
    assert found == "|".join(sorted(case["classes"].split("|"))), case["why"]
    assert recording.offered == (case["offered"] == "1"), case["why"]


def test_more_titles():
    """Titles of the same kinds in many languages, written to mislead, have the classes that a person reads."""
    wrong = {
        (row["title"], row["album"]): found
        for row in WRITTEN
        if (found := "|".join(sorted(v.value for v in classify(row["title"], row["album"]).classes))) != row["classes"]
    }
    assert not wrong


@pytest.mark.parametrize("title", LIVE_TITLES)
def test_concert_recordings(title: str):
    """Recorded titles of concert and session recordings are live."""
    assert classify(title).version is Version.LIVE


@pytest.mark.parametrize(("title", "version"), OTHER_TITLES)
def test_other_versions(title: str, version: Version):
    """Recorded titles of other versions have their class."""
    assert classify(title).version is version


@pytest.mark.parametrize("title", NAMES_ONLY)
def test_a_name_is_no_version(title: str):
    """Words of a song's own name announce nothing, and nothing of the name is lost."""
    assert classify(title).classes == {Version.STUDIO}
    assert not classify(title).evidence
    assert base_title(title) == title


BARE = re.compile(r" [^\W\d_]")  # an addition that no separator sets off: " Remix (feat. Drake)"
GUESTS = " feat. "


@given(NAMES, st.sampled_from(ADDITIONS))
@example("El", (" - Live", Version.LIVE))
@example("Dirty El", (" [2D Piano Version]", Version.ACOUSTIC))
@example("El", (" feat. Bootie Brown", Version.STUDIO))
def test_an_addition_makes_a_version_of_the_same_song(name: str, addition: tuple[str, Version]):
    """Whatever is added to a name, the song is the same and the addition alone gives the class."""
    words, version = addition
    # "El Remix" is a name as "The Remix" is one: an article needs the noun that follows, if nothing stands between.
    assume(not name.endswith("El") or not BARE.match(words) or words.startswith(GUESTS))
    assert classify(name + words).version is version
    assert base_title(name + words) == name
    assert song_key(name + words) == song_key(name)


@pytest.mark.parametrize("article", ["El", "La", "The", "A", "Der", "Die", "Le", "Les", "Il", "O", "Os", "Dirty El"])
@pytest.mark.parametrize("noun", ["Remix", "Demo", "Remix (feat. Drake)"])
def test_a_noun_after_an_article_is_of_the_name(article: str, noun: str):
    """Without a separator, an article keeps its noun."""
    title = f"{article} {noun}"
    assert classify(title).version is Version.STUDIO
    assert base_title(title) == title.removesuffix(" (feat. Drake)")


@given(ANY, ANY, st.none() | st.integers(0, 10**7), st.sampled_from(Version))
def test_any_text_has_classes(title: str, album: str, duration_ms: int | None, on: Version):
    """Whatever a title, an album and a length are, there are classes: STUDIO alone, any other with its evidence."""
    recording = classify(title, album, "", duration_ms, on)
    assert (recording.classes == {Version.STUDIO}) == (not recording.evidence)
    assert recording.classes == (set(recording.evidence) or {Version.STUDIO})
    assert recording.offered == is_offered(recording.classes, duration_ms)
    assert recording.version in recording.classes
    assert isinstance(album_version(album, [title]), Version)


@given(ANY)
def test_a_live_album_marks_its_tracks(title: str):
    """On a live album no track is a studio song unless it says so; a studio album marks nothing."""
    on_stage = classify(title, on=Version.LIVE)
    assert on_stage.version not in {Version.STUDIO, Version.REMASTER} or read_title(title).studio
    assert classify(title, on=Version.STUDIO).classes == classify(title).classes


def test_what_a_track_says_outweighs_its_album():
    """An album of remixes or a collection marks no track; a track keeps its own class on a live album."""
    assert classify("DARE", on=Version.REMIX).version is Version.STUDIO
    assert classify("DARE", on=Version.COMPILATION).version is Version.STUDIO
    assert classify("DARE", on=Version.REMASTER).version is Version.REMASTER
    assert classify("DARE - DFA Remix", on=Version.LIVE).classes == {Version.REMIX}
    assert classify("DARE - Radio Edit", on=Version.LIVE).classes == {Version.LIVE, Version.EDIT}


def test_a_mix_of_ones_own_is_no_remix():
    """The artist's own name before "mix" or "edit" is nobody else's version; before "remix" it stays a remix."""
    assert classify("Blue Lamp - Nightowl Edit", artist="Nightowl").classes == {Version.EDIT}
    assert classify("Blue Lamp - Nightowl Edit", artist="Quill & Tarn").classes == {Version.REMIX}
    assert classify("Blue Lamp - Nightowl Remix", artist="Nightowl").classes == {Version.REMIX}


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


@pytest.mark.parametrize("title", ["Long Live", "Live in the Moment", "The Way We Live"])
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


def test_words_for_a_concert_in_an_album():
    """An album is read with its own rules: a list of contents marks nothing, a place after "Live" marks all."""
    assert Version.LIVE in read_album("Live in Texas").lent
    assert Version.LIVE in read_album("Queen in Concert").lent
    assert not read_album("Lanterns (Studio & Live)").lent
    assert not read_album("Live Wires").lent
    assert not read_album("").lent


HOSTILE = ["(" * 10_000, "()" * 5_000, " - " * 3_000, "live " * 2_000, "[Live](" * 1_400, "a/" * 5_000, "Ⅳ" * 10_000]


@pytest.mark.untraced
@pytest.mark.parametrize("title", HOSTILE, ids=[title[:6] for title in HOSTILE])
def test_a_hostile_title_costs_little(title: str):
    """A title of 10,000 characters, or the longest one that is read, costs at most 150 calls a character."""
    for length in (10_000, 500):
        assert calls_of(lambda cut=title[:length]: classify(cut, cut)) < 150 * length


def test_versions_of_the_labelled_pairs(corpus: Path):
    """On the labelled Spotify titles the class agrees but for remixes that do not say so and unlabelled tracks."""
    said = {"": "studio", "suite": "studio", "medley-part": "studio", "medley-track": "studio", "sketch": "demo"}
    wrong = {
        row["spotify_title"]
        for row in _pairs(corpus)
        if classify(row["spotify_title"]).version.value != said.get(row["version"], row["version"])
    }
    assert wrong == {
        "Enjoy The Silence 2004",
        "Everything Counts - In Larger Amounts",
        "I’m Not Playing Closer - Talking Break - Live From Webster Hall",
        "Shame Shame - Track Commentary",
    }


def test_recorded_tracks_of_one_catalogue(corpus: Path):
    """In a recorded catalogue all tracks of the concert in Manchester are live, and no track of a studio album is."""
    live = _tracks(corpus / "spotify/album/spotdl25-demon-days-live-at-the-manch-0J3u0I.json")
    studio = _tracks(corpus / "spotify/album/spotdl25-plastic-beach-2dIGnm.json")
    assert all(Version.LIVE in classify(title, on=Version.LIVE).classes for title in live)
    assert {classify(title).version for title in studio} == {Version.STUDIO}


def _pairs(corpus: Path) -> list[dict[str, str]]:
    with (corpus / "matching/song_pairs.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _tracks(path: Path) -> list[str]:
    return [track["name"] for track in json.loads(path.read_text(encoding="utf-8"))["tracks"]["items"]]
