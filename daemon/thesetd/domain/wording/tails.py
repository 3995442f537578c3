"""Recognises class words at the end of a name without a separator.

"Old River Live Recording" and "Rua das Estrelas Ao Vivo" are concerts; "Places Where I Live" and "Todavía Vivo" are
names. A word counts here only if it cannot be part of the name grammatically.
"""

import re
from collections.abc import Iterable, Sequence

from thesetd.domain.music.versions import Version
from thesetd.domain.wording.concerts import is_verb
from thesetd.domain.wording.grammar import CLAUSE, NO_PLACE, VERB_BEFORE, VERB_BESIDE
from thesetd.domain.wording.senses import Unit, is_joined_remix, may_begin_entry, units
from thesetd.domain.wording.vocabulary import Sense

_WORD = re.compile(r"\S+")
_ADJECTIVES = {Sense.ACOUSTIC, Sense.DEMO, Sense.INSTRUMENTAL, Sense.ACAPPELLA}
_WITH_NOUN = _ADJECTIVES | {Sense.KARAOKE, Sense.STUDIO, Sense.LIVE_WORD, Sense.KEYS}
_LOOSE = {Sense.LITTLE, Sense.PLACE, Sense.AND}
_PHRASES = frozenset(
    {
        "en vivo",
        "ao vivo",
        "dal vivo",
        "na zywo",
        "in concerto",
        "en directo",
        "en concierto",
        "em concerto",
        "en concert",
        "canli kayit",
        "canli performans",
    }
)
_OWNED = re.compile(r"\w+['’][sz]\s", re.IGNORECASE)
_LABELS = {Sense.NUMBER, Sense.PART}
_COMMENTS = ("com", "kom", "ком", "audio")
# What follows "the making of" in the name of a song; what is about a recording names it.
_NOT_MADE = frozenset(
    [
        *("a", "an", "the", "this", "that", "it", "me", "you", "us", "him", "her", "them"),
        *("my", "your", "our", "his", "their"),
    ]
)
_ABOUT = frozenset({"for", "on", "by", "zu", "zum", "su", "sobre", "sur", "о", "к", "om", "over"})


def bare_tail(name: str) -> int:
    """Return where an addition without a separator starts at the end of a name, 0 if there is none."""
    spans = [match.start() for match in _WORD.finditer(name)]
    if len(spans) <= 1:
        return 0
    words = [name[start:].split(maxsplit=1)[0] for start in spans]
    folded = [units(word) for word in words]
    for index in range(len(words) - 1, 0, -1):
        if _starts_addition(words, index, folded):
            return len(name[: spans[index]].rstrip())
        if len(words) - index > _REACH:
            break
    return 0


_SIZED = 3  # most words of an addition such as "UK radio edit"
_REACH = 8  # most words of a bare addition, such as "dal vivo a Bari 2006"


def _starts_addition(words: Sequence[str], index: int, folded: Sequence[Sequence[Unit]]) -> bool:
    if not folded[index] or not folded[index - 1]:
        return False
    first, previous = folded[index][0], folded[index - 1][-1]
    if first.text == "live":
        return _is_live(words, index, folded)
    if not may_begin_entry(first):
        return False  # as most words of names; reading the tail is most of the work
    tail = units(" ".join(words[index:]))
    if tail[0].text in _PHRASES:
        return _ends(tail[1:])
    if previous.senses & _LOOSE or previous.text in {"no", "my"}:
        return False
    return _is_single(words, index, tail[0]) if len(tail) == 1 else _is_version(tail)


def _is_version(tail: Sequence[Unit]) -> bool:
    """Return whether several words at the end of a name are an addition: "Acoustic Version", "UK Radio Edit"."""
    if Sense.SPOKEN in tail[0].senses and " " in tail[0].text:
        return True
    if not tail[-1].senses & {Sense.NOUN, Sense.MIX} or not all(unit.senses for unit in tail):
        return False
    sized = tail[0].senses & {Sense.LENGTH, Sense.OWN} and Sense.MIX in tail[-1].senses and len(tail) <= _SIZED
    return bool(tail[0].senses & _WITH_NOUN) or bool(sized and tail[0].text not in {"the", "club", "dance"})


def _is_single(words: Sequence[str], index: int, unit: Unit) -> bool:
    """Return whether the last word of a name alone is an addition: "Cold Harbour Acoustic", "Blue Lamp RMX"."""
    if unit.text == "vip":
        return words[index] == "VIP" and words[index - 1].casefold() not in {"a", "the", "my", "your", "like"}
    if " " in unit.text and Sense.SPOKEN in unit.senses:
        return True
    return bool(unit.senses & (_ADJECTIVES | {Sense.REMIX})) and unit.text not in {
        "in progress",
        "prova",
        "inst",
        "mixed",
    }


def _ends(rest: Sequence[Unit]) -> bool:
    """Return whether what follows "en vivo" is a place, a number or nothing."""
    return not rest or bool(rest[0].senses & {Sense.PLACE, Sense.NUMBER, Sense.NOUN})


def _is_live(words: Sequence[str], index: int, folded: Sequence[Sequence[Unit]]) -> bool:
    """Return whether "Live" in a name starts an addition because it cannot be a verb there."""
    before = [word for group in folded[:index] for unit in group for word in unit.text.split()]
    beside = any(word in VERB_BEFORE | VERB_BESIDE for word in before[-1:]) or words[index - 1].endswith(
        (".", ",", ":")
    )
    if beside or _is_clause(before):
        return False
    tail = units(" ".join(words[index + 1 :]))
    if not tail:
        return not before[-1].endswith("s") and before[-1] not in {"and", "or", "the", "in", "of"}
    dated = Sense.NUMBER in tail[-1].senses
    if all(unit.senses & {Sense.NOUN, Sense.NUMBER, Sense.SESSION, Sense.ACOUSTIC, Sense.CONCERT} for unit in tail):
        return True
    if tail[0].text not in {"at", "from", "in", "on", "aus", "im", "en", "à", "desde"} or len(tail) == 1:
        return False
    placed = [word for word in words[index + 2 :] if word.casefold() != "the"]
    proper = bool(placed) and not placed[0][:1].islower() and not is_verb([Unit("live"), *tail], 0)
    sure = tail[0].text in {"at", "from"} and tail[1].text not in NO_PLACE | {"home", "sea", "night", "last", "ease"}
    return proper and (sure or dated)


def _is_clause(before: Sequence[str]) -> bool:
    """Return whether the words before "live" make it the verb of a clause: "Places Where I Live"."""
    return any(word in CLAUSE for word in before)


def labelled(name: str) -> Iterable[Version]:
    """Return the classes of a name that is only a label: "Intro", "Interlude: Talk Radio", "Interview, Pt. 1"."""
    if not (words := units(name)):
        return
    if is_joined_remix(name.rsplit(maxsplit=1)[-1].casefold()) or _is_sequence(name, words):
        yield Version.REMIX
    first, rest = words[0], words[1:]
    alone = all(unit.senses & _LABELS for unit in rest)
    if Sense.INTRO in first.senses and (alone or _is_prefix(name, first)):
        yield Version.INTRO
    if Sense.SPOKEN in first.senses:
        about = first.text.startswith(_COMMENTS) and bool(rest) and rest[0].text in _ABOUT and len(rest) > 1
        made = first.text.endswith("making of") and rest[:1] and rest[0].text not in _NOT_MADE
        if alone or about or made or _is_prefix(name, first):
            yield Version.COMMENTARY


def _is_sequence(name: str, words: Sequence[Unit]) -> bool:
    """Return whether a name is that of a mix of many tracks: "Mona's Massive Harbour Mix", "A Harbour Mix by Otto"."""
    texts = [unit.text for unit in words]
    if "mix" not in texts[1:]:
        return False
    place = texts.index("mix", 1)
    whose = bool(_OWNED.match(name)) or "presents" in texts[:place]
    return (place == len(texts) - 1 and whose and place > 1) or texts[place + 1 : place + 2] == ["by"]


def is_between(name: str) -> bool:
    """Return whether a short piece of this name is played between songs: "Orchestral Intro", "Season Theme Tune"."""
    words = units(name)
    return bool(words) and bool(words[-1].senses & {Sense.INTRO, Sense.THEME})


def _is_prefix(name: str, first: Unit) -> bool:
    """Return whether a colon follows the first word or words."""
    head, colon, rest = name.partition(":")
    return bool(colon and rest.strip()) and len(units(head)) <= 1 + (" " in first.text)
