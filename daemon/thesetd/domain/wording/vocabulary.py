"""The words by which titles of recordings announce something, by sense and language.

The words are data, in two halves (`class_words`, `other_words`): a language or a word is added there and nowhere else.
They stand as people write them and are folded on import. An entry may be several words; a trailing `*` stands for any
ending (inflections). Entries in scripts that put no blanks between words are looked for inside longer runs of letters,
all others as whole words.

Which places of a title are asked is decided by `titles`, what a sense means there by `qualifiers`.

Source: titles in recorded Spotify and setlist.fm responses of 2017 to 2026, and the terms that labels use.
"""

from thesetd.domain.wording.class_words import CLASS_WORDS
from thesetd.domain.wording.other_words import OTHER_WORDS
from thesetd.domain.wording.sense import Sense

__all__ = ["Sense", "entries"]

_TABLE = CLASS_WORDS | OTHER_WORDS


def entries(sense: Sense) -> list[str]:
    """Return the entries of a sense in all languages, as they are written."""
    return [word.strip() for words in _TABLE.get(sense, {}).values() for word in words.split(",")]
