"""Defines what a deferred job waits for, as stored in its row."""

from datetime import datetime
from enum import Enum

import attrs

EVERYTHING = "all"  # the name of a pause of all jobs


class DeferReason(Enum):
    """Why a job was deferred."""

    PAUSE = "pause"  # an operator paused something it needs
    PENALTY = "penalty"  # the provider is rate-limiting us
    QUOTA = "quota"  # the provider's quota is used up, or reserved for users
    BREAKER = "breaker"  # the provider's circuit breaker is open
    HOLD = "hold"  # the provider refuses the credentials
    DATABASE = "database"  # the database was unavailable
    BACKOFF = "backoff"  # it failed and will be retried


@attrs.frozen
class Deferral:
    """One such reason; `whom` is the provider or the paused thing, if there is one."""

    wait: DeferReason
    whom: str = ""

    @property
    def words(self) -> str:
        """Return it in words that follow "waits for"."""
        whom = "everything" if self.whom == EVERYTHING else self.whom
        return _WORDS[self.wait].format(whom=whom)

    @property
    def text(self) -> str:
        """Return the form in the database."""
        return f"{self.wait.value} {self.whom}".rstrip()

    @classmethod
    def parse(cls, text: str) -> "Deferral":
        """Read the form in the database."""
        wait, _, whom = text.partition(" ")
        return cls(DeferReason(wait), whom)


_WORDS = {
    DeferReason.PAUSE: "the end of the pause of {whom}",
    DeferReason.PENALTY: "the end of the penalty of {whom}",
    DeferReason.QUOTA: "quota of {whom}",
    DeferReason.BREAKER: "{whom} to recover",
    DeferReason.HOLD: "credentials that {whom} accepts",
    DeferReason.DATABASE: "the database",
    DeferReason.BACKOFF: "another attempt",
}


@attrs.frozen(kw_only=True)
class Deferred:
    """The number of jobs that wait for the same thing, and when the first is due (aware UTC)."""

    waits_for: Deferral
    jobs: int
    due: datetime


def paused(what: str) -> str:
    """Return the message that something is paused, for callers that wait for it."""
    return f"{'everything' if what == EVERYTHING else what} is paused by an operator"
