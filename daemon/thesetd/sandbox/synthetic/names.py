"""Makes names of artists, songs, albums and tours. None of the words is taken from a real catalogue."""

from random import Random

from thesetd.sandbox.synthetic.chance import happens

ADJECTIVES = (
    "Velvet", "Copper", "Silent", "Electric", "Northern", "Hollow", "Golden", "Paper", "Crimson", "Wandering", "Broken",
    "Midnight", "Distant", "Burning", "Frozen", "Lucky", "Crooked", "Gentle", "Iron", "Plastic", "Sleepless", "Salt",
    "Amber", "Restless", "Second", "Lonesome", "Marble", "Foreign", "Feral", "Tidal", "Neon", "Little", "Bitter",
)  # fmt: skip
NOUNS = (
    "Harbour", "Engines", "Lanterns", "Parade", "Wolves", "Satellites", "Orchard", "Tigers", "Machines", "Rivers",
    "Theatre", "Ghosts", "Horses", "Avenue", "Arcade", "Kingdom", "Sparrows", "Mirrors", "Colony", "Ferry", "Museum",
    "Planets", "Union", "Garden", "Signals", "Cathedral", "Foxes", "Motel", "Pilots", "Anthem", "Comets", "Weather",
    "Republic", "Tundra", "Carousel", "Almanac", "Breakers", "Sirens", "Quarry", "Mosaic",
)  # fmt: skip
FIRST = (
    "Maren", "Idris", "Noa", "Tobias", "Ines", "Callum", "Freya", "Amadou", "Lucía", "Søren", "Yara", "Dmitri", "Aoife",
    "Björk Ásta", "Mateus", "Zoë", "Kwame", "Elif", "Rosalind", "Haruka", "Benoît", "Solveig", "Tariq", "Wren",
)  # fmt: skip
LAST = (
    "Okafor", "Lindqvist", "Marlowe", "Dray", "Castellanos", "Whitlock", "Nakamura", "Fontaine", "Ostrander", "Varga",
    "Thorne", "Mbeki", "Hollis", "Delacroix", "Sørensen", "O'Rourke", "Vance", "Ibarra", "Kowalczyk", "Pell", "Yıldız",
)  # fmt: skip
ODD_NAMES = ("???", "東京ノイズ", "AB/CD & The Fuse", "Half-Light", "The Mast-Head", "Ñandú", "MÖTH", "¥en", "4 p.m.")
GENRES = (
    "indie rock", "synthpop", "folk", "hip hop", "techno", "post-punk", "soul", "shoegaze", "metal", "country",
    "art pop", "dream pop", "jazz", "punk", "house", "singer-songwriter",
)  # fmt: skip

_VERBS = ("Follow", "Leave", "Remember", "Carry", "Cross", "Burn", "Forget", "Paint", "Chase", "Hold", "Call", "Lose")
_THINGS = (
    "Light", "Water", "Morning", "Heart", "Fever", "Summer", "Road", "Shadow", "Fire", "Ocean", "Stranger", "Letter",
    "Mountain", "Silence", "Window", "Winter", "Radio", "Engine", "Saviour", "Machine", "Ladder", "Telephone", "Island",
    "Thunder", "Mirror", "Paradise", "Gravity", "Honey", "Diamond", "Sunday", "Cathedral", "Bones", "Wire", "River",
)  # fmt: skip
# Titles whose words look like qualifiers but are not.
_DECOYS = (
    "Live in the {}", "Long Live the {}", "Alive ({})", "We Live for {}", "{} Radio", "Cover My {}", "The {} Edit",
    "In the {} Mix", "Demolition {}", "Acoustic {}", "What We Live For, {}",
)  # fmt: skip
_PATTERNS = (
    "{}", "The {}", "{} & {}", "{} of {}", "{v} the {}", "Don't {v} the {}", "No More {}", "({v} My) {}",
    "{} in the {}", "{}, {}", "O' {}", "My {}'s {}", "{} Song", "Oh {}!", "{v} Me, {}", "{} #9",
    "Where the {} Goes", "{}/{}",
)  # fmt: skip
REMIXERS = ("Kelda Voss", "DJ Parallax", "Octave Nine", "Mother Tongue", "Lowtide", "Anders & Sun")
STAGES = ("A-Stage", "B-Stage", "Acoustic", "Set 1", "Set 2")


def band_name(dice: Random) -> str:
    """Make an artist's name."""
    adjective, noun = dice.choice(ADJECTIVES), dice.choice(NOUNS)
    person = f"{dice.choice(FIRST)} {dice.choice(LAST)}"
    return dice.choice(
        (
            f"{adjective} {noun}",
            f"The {adjective} {noun}",
            person,
            f"{person} & the {noun}",
            f"{noun} of {dice.choice(LAST)}",
        )
    )


def near_name(name: str, dice: Random) -> str:
    """Change a name by one letter: a different last letter, or an additional one."""
    return dice.choice((name[:-1] + ("t" if name[-1] != "t" else "k"), name + name[-1], name + "z"))


def song_title(dice: Random) -> str:
    """Make a song's title, without any qualifier."""
    if happens(dice, 0.05):
        return dice.choice(_DECOYS).format(dice.choice(_THINGS))
    pattern = dice.choice(_PATTERNS)
    return pattern.format(*dice.sample(_THINGS, 2), v=dice.choice(_VERBS))


def sequel(title: str, number: int) -> str:
    """Return the title of a sequel, which differs by a number."""
    return f"{title}, Pt. {number}"


def album_title(dice: Random) -> str:
    """Make a studio album's title."""
    adjective, noun, thing = dice.choice(ADJECTIVES), dice.choice(NOUNS), dice.choice(_THINGS)
    return dice.choice((f"{adjective} {thing}", noun, f"The {thing} {noun}", f"{thing} Days", f"A {thing} for {noun}"))


def festival_name(dice: Random) -> str:
    """Make a festival's name."""
    return f"{dice.choice(ADJECTIVES)} {dice.choice(('Fields', 'Meadows', 'Shore', 'Valley', 'Lake'))} Festival"
