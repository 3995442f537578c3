"""Emulates bans: a provider that answers only 429 for a while, and for longer if it is called too early.

Source: reports that probes during a ban of Spotify lengthen it (spotipy issues 913 and 1158) and that a call minutes
after one of four hours caused another of four hours (SoulSync).
"""

import math

import attrs

from thesetd.sandbox.listing import Json

LONGEST_S = 86_400.0  # the longest ban that was ever reported


@attrs.frozen(kw_only=True)
class Sentence:
    """The properties of a ban.

    A call during the ban multiplies its remaining time by `factor`; one within `relapse_s` after its end causes the
    same ban again. `answer` names the shape of its 429. `retry_after` is sent literally, empty sends none; None sends
    the remaining whole seconds.
    """

    seconds: float
    answer: str
    factor: float = 2.0
    relapse_s: float = 0.0
    retry_after: str | None = None


class Ban:
    """The ban of one credential at one provider. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._sentence: Sentence | None = None
        self._until = 0.0
        self._probes = 0
        self._relapses = 0

    def impose(self, sentence: Sentence, at: float) -> None:
        """Begin a ban, replacing any present one."""
        self._sentence, self._until = sentence, at + sentence.seconds

    def arrive(self, now: float) -> tuple[Sentence, str | None] | None:
        """Judge an arrival: return the ban that it met and the Retry-After to send, None if it may pass."""
        sentence, left = self._sentence, self._until - now
        if sentence is None or left <= -sentence.relapse_s:
            return None
        if left > 0:
            self._probes += 1
            left = max(left, min(left * sentence.factor, LONGEST_S))
        else:
            self._relapses += 1
            left = sentence.seconds
        self._until = now + left
        hint = str(math.ceil(left)) if sentence.retry_after is None else sentence.retry_after
        return sentence, hint or None

    def view(self) -> Json:
        """Return the numbers of calls during a ban and too soon after one."""
        return {"probes": self._probes, "relapses": self._relapses}

    def reset(self) -> None:
        """Lift the ban and forget the calls."""
        self._sentence, self._probes, self._relapses = None, 0, 0
