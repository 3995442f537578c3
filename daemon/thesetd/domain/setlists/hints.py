"""What a page's note tells about the hour: "Early show", "Second show of the evening", "Second set at 10 pm".

setlist.fm has no field for the time; two shows of one day are told apart by these notes only.
"""

import re
from datetime import time
from enum import Enum

import attrs

from thesetd.domain.music.names import fold


class HintTurn(Enum):
    """Which of several shows of one day."""

    EARLY = "early"
    LATE = "late"


@attrs.frozen(kw_only=True)
class NightHint:
    """What a note tells about the hour; None where it tells nothing."""

    turn: HintTurn | None = None
    clock: time | None = None

    def __bool__(self) -> bool:
        """Whether anything is told."""
        return self.turn is not None or self.clock is not None


_SHOW = r"(?:\w+ )?(?:show|set|concert|gig|performance|seance|konzert|concierto|sesion)"
_TURNS = {
    HintTurn.EARLY: re.compile(
        rf"\b(?:(?:early|earlier|first|1st|afternoon) {_SHOW}|matinee|(?:show|set|concert) (?:1|one))\b"
    ),
    HintTurn.LATE: re.compile(
        rf"\b(?:(?:late|later|second|2nd|evening|midnight) {_SHOW}|(?:show|set|concert) (?:2|two))\b"
    ),
}
_CLOCK = re.compile(
    r"\b(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?\s*(?P<half>[ap])\.?m\b|\b(?P<h24>\d{1,2}):(?P<m24>\d{2})\b"
)
HALF_DAY = 12


def read_hint(info: str) -> NightHint:
    """Read the hour out of a note; of several statements the first is about this show."""
    said = fold(info)
    found = sorted((match.start(), turn.value) for turn, rule in _TURNS.items() if (match := rule.search(said)))
    return NightHint(turn=HintTurn(found[0][1]) if found else None, clock=_clock(info))


def _clock(info: str) -> time | None:
    for match in _CLOCK.finditer(info.casefold()):
        hour = int(match["hour"] or match["h24"])
        minute = int(match["minute"] or match["m24"] or 0)
        if match["half"]:
            hour = hour % HALF_DAY + (HALF_DAY if match["half"] == "p" else 0)
        try:
            return time(hour, minute)
        except ValueError:
            continue
    return None
