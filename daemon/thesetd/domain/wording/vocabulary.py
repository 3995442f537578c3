"""The words with which titles of recordings announce classes, by sense and language.

The words are data, in two halves (`class_words`, `other_words`): languages and words are added only there. They are in
normal spelling and are folded on import. An entry may be several words; a trailing `*` stands for any ending
(inflections). Entries in scripts without blanks between words are searched inside longer runs of letters, all others as
whole words.

`titles` decides which places of a title are examined, `qualifiers` what a sense means there.

Source: titles in recorded Spotify and setlist.fm responses of 2017 to 2026, and the terms that labels use.
"""

from thesetd.domain.wording.class_words import CLASS_WORDS
from thesetd.domain.wording.other_words import OTHER_WORDS
from thesetd.domain.wording.sense import Sense

__all__ = ["Sense", "entries"]

_TABLE = CLASS_WORDS | OTHER_WORDS


def entries(sense: Sense) -> list[str]:
    """Return the entries of a sense in all languages, in normal spelling."""
    return [word.strip() for words in _TABLE.get(sense, {}).values() for word in words.split(",")]
