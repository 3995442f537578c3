"""What a job that was put off waits for, as its row remembers it."""

from datetime import datetime
from enum import Enum

import attrs

EVERYTHING = "all"  # what is paused when no job is to be run at all


class Wait(Enum):
    """Why a job was put off."""

    PAUSE = "pause"  # an operator paused what it needs
    PENALTY = "penalty"  # the provider is rate-limiting us
    QUOTA = "quota"  # what the provider allows is used up, or kept for people
    BREAKER = "breaker"  # the provider is unwell
    HOLD = "hold"  # the provider refuses us
    DATABASE = "database"  # the database was away
    BACKOFF = "backoff"  # it failed, and is tried again


@attrs.frozen
class Waiting:
    """One such reason; `whom` is the provider, or what is paused, if there is one."""

    wait: Wait
    whom: str = ""

    @property
    def words(self) -> str:
        """Say it to an operator, after "waits for"."""
        whom = "everything" if self.whom == EVERYTHING else self.whom
        return _WORDS[self.wait].format(whom=whom)

    @property
    def text(self) -> str:
        """Return the form in the database."""
        return f"{self.wait.value} {self.whom}".rstrip()

    @classmethod
    def parse(cls, text: str) -> "Waiting":
        """Read that form."""
        wait, _, whom = text.partition(" ")
        return cls(Wait(wait), whom)


_WORDS = {
    Wait.PAUSE: "the end of the pause of {whom}",
    Wait.PENALTY: "the end of the penalty of {whom}",
    Wait.QUOTA: "quota of {whom}",
    Wait.BREAKER: "{whom} to recover",
    Wait.HOLD: "credentials that {whom} accepts",
    Wait.DATABASE: "the database",
    Wait.BACKOFF: "another attempt",
}


@attrs.frozen(kw_only=True)
class Deferred:
    """How many jobs wait for the same thing, and when the first of them is due (aware UTC)."""

    waits_for: Waiting
    jobs: int
    due: datetime


def paused(what: str) -> str:
    """Say that something is paused, for callers that wait for it."""
    return f"{'everything' if what == EVERYTHING else what} is paused by an operator"
