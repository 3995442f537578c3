"""What a job that was put off waits for, as its row remembers it."""

from enum import Enum

import attrs

EVERYTHING = "all"  # what is paused when no job is to be run at all


class Wait(Enum):
    """Why a job was put off."""

    PAUSE = "pause"  # an operator paused what it needs
    PENALTY = "penalty"  # the provider told us to stay away
    QUOTA = "quota"  # what the provider allows is used up, or kept for people
    BREAKER = "breaker"  # the provider is unwell
    HOLD = "hold"  # the provider refuses us
    DATABASE = "database"  # the database was away
    BACKOFF = "backoff"  # it failed, and is tried again


@attrs.frozen
class Waiting:
    """One such reason; `whom` is the provider, or what is paused, where there is one."""

    wait: Wait
    whom: str = ""

    @property
    def text(self) -> str:
        """Give the form in the database."""
        return f"{self.wait.value} {self.whom}".rstrip()

    @classmethod
    def parse(cls, text: str) -> "Waiting":
        """Read that form."""
        wait, _, whom = text.partition(" ")
        return cls(Wait(wait), whom)


def paused(what: str) -> str:
    """Say that something is paused, for whoever waits for it."""
    return f"{'everything' if what == EVERYTHING else what} is paused by an operator"
