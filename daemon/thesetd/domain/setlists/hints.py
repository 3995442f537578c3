"""Reads what a page's note says about the hour: "Early show", "Second show of the evening", "Second set at 10 pm".

setlist.fm has no field for the time; only these notes distinguish two shows of one day.
"""

import re
from datetime import time
from enum import Enum

import attrs

from thesetd.domain.music.names import fold


class HintTurn(Enum):
    """Which of several shows of one day is meant; of two, the second is the late one."""

    EARLY = "early"
    LATE = "late"
    THIRD = "third"


@attrs.frozen(kw_only=True)
class NightHint:
    """What a note says about the hour; None if it says nothing."""

    turn: HintTurn | None = None
    clock: time | None = None
    counted: bool = False  # the show was named by an ordinal: of three shows the second is not the last

    def __bool__(self) -> bool:
        """Return whether the note says anything."""
        return self.turn is not None or self.clock is not None


_SHOWS = r"(?:show|set|concert|gig|performance|seance|konzert|concierto|concerto|sesion|pase|spettacolo|vorstellung)"
_SHOW = rf"(?:\w+\s)?{_SHOWS}"
_FIRST = r"(?:first|1st|1er|premiere?|erste[rs]?|primera?|primo|prima|eerste)"
_SECOND = r"(?:second|2nd|2eme|deuxieme|seconde|zweite[rs]?|segund[oa]|secondo|seconda|tweede)"
_THIRD = r"(?:third|3rd|3eme|troisieme|dritte[rs]?|tercera?|terzo|terza|derde)"
# An ordinal gives the hour if it counts the shows of a day: "first show of the tour" and "second show in Leeds" do not.
_COUNTED = rf"""
    (?: \s {_SHOW}s? )?
    (?: \s at \s \d | \s tonight
      | \s (?:(?:of|on|for|de|des|del|della|van|that|this|the|la|le|same) \s )+
        (?: day | date | evening | night | afternoon
          | (?: two | 2 | both | three | 3 )\b (?! \s (?: nights | dates | days | evenings | \w+ \s (?: in | at )) )
          | soiree | jour(?:nee)? | abends? | tage?s?
          | dia | noche | tarde | serata | sera | giorno | giornata | avond | dag )
    )
"""
_OF_THE_DAY = rf"(?: (?: \s {_SHOW}s? )? $ | {_COUNTED} )"


def _ordinal(word: str) -> str:
    return rf"(?: {word} \s {_SHOW}s? {_OF_THE_DAY} | {word} {_COUNTED} )"


_TURNS = {
    HintTurn.EARLY: re.compile(
        rf"""\b(?: (?:early|earlier|afternoon) \s {_SHOW} | ^early$ | matinee | nachmittagskonzert
            | {_SHOWS} \s (?:1|one)\b | {_ordinal(_FIRST)} )""",
        re.VERBOSE,
    ),
    HintTurn.LATE: re.compile(
        rf"""\b(?: (?:late|later|evening|midnight) \s {_SHOW} | ^late$ | spatvorstellung
            | {_SHOWS} \s (?:2|two)\b | {_ordinal(_SECOND)} )""",
        re.VERBOSE,
    ),
    HintTurn.THIRD: re.compile(rf"\b(?: {_SHOWS} \s (?:3|three)\b | {_ordinal(_THIRD)} )", re.VERBOSE),
}
_SECONDS = re.compile(rf"\b(?: {_SHOWS} \s (?:2|two)\b | {_ordinal(_SECOND)} )", re.VERBOSE)
_CLOCK = re.compile(
    r"\b(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?\s*(?P<half>[ap])\.?m\b"
    r"|\b(?P<h24>\d{1,2})(?::(?P<m24>\d{2})\b|\s*h\s*(?P<mh>\d{2})?\b|(?:[.:](?P<mu>\d{2}))?\s*uhr\b)"
)
_ITS_SHOW = re.compile(rf"\s*{_SHOWS}")  # "two shows: 7 pm and 10 pm; this is the 10 pm show"
_PIECES = re.compile(r"[.;:!?()\n]+(?!\d)")
HALF_DAY, EVENINGS = 12, range(5, 11)  # hours that mean the evening if a note does not say am or pm


def read_hint(info: str) -> NightHint:
    """Read the hour from a note; of several statements, the first is about this show."""
    pieces = [fold(piece) for piece in _PIECES.split(info)]
    found = [
        (number, match.start(), turn.value)
        for number, piece in enumerate(pieces)
        for turn, rule in _TURNS.items()
        if (match := rule.search(piece))
    ]
    turn = HintTurn(min(found)[2]) if found else None
    counted = turn is HintTurn.LATE and any(map(_SECONDS.search, pieces))
    return NightHint(turn=turn, clock=_clock(info.casefold()), counted=counted)


def _clock(info: str) -> time | None:
    said = [(match, clock) for match in _CLOCK.finditer(info) if (clock := _time(match)) is not None]
    named = [clock for match, clock in said if _ITS_SHOW.match(info, match.end())]
    return next(iter([*named, *(clock for _, clock in said)]), None)


def _time(match: re.Match[str]) -> time | None:
    hour = int(match["hour"] or match["h24"])
    minute = int(match["minute"] or match["m24"] or match["mh"] or match["mu"] or 0)
    if match["half"]:
        hour = hour % HALF_DAY + (HALF_DAY if match["half"] == "p" else 0)
    elif hour in EVENINGS and match["m24"] and not match["h24"].startswith("0"):
        hour += HALF_DAY
    try:
        return time(hour, minute)
    except ValueError:
        return None
