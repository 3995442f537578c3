"""Defines the kinds, states and lanes of jobs.

They are separate from `jobs` because every command of thesetctl loads them.
"""

from enum import Enum, IntEnum


class Lane(IntEnum):
    """The urgency of a job; the smaller value goes first."""

    INTERACTIVE = 0
    HIGH = 1
    MEDIUM = 2
    LOW = 3

    @property
    def label(self) -> str:
        """The name in configuration, metrics and the database."""
        return self.name.lower()


LANES = tuple(lane.label for lane in Lane)


class JobKind(Enum):
    """What a job does."""

    IMPORT_ARTIST = "import_artist"  # everything about one artist, requested and followed by a user
    REFRESH_SHOWS = "refresh_shows"  # one artist's shows and venues
    REFRESH_SETLISTS = "refresh_setlists"  # one artist's past setlists
    REFRESH_CATALOG = "refresh_catalog"  # one artist's albums and songs
    REFRESH_PROFILE = "refresh_profile"  # one artist's name, picture and popularity
    SWEEP = "sweep"  # a schedule that fired: enqueues refreshes for the artists it is about
    RECLASSIFY = "reclassify"  # every artist's songs and the classes of tracks, from what is stored
    CLEANUP = "cleanup"  # deletes what has outlived its use
    NOOP = "noop"  # does nothing: measures the path that every job takes


class JobState(Enum):
    """The life cycle of a job: ready, running, then one of the four ends; a deferred job is ready with a `not_before`.

    FAILED is a definite answer (for example, no such artist exists); a DEAD job was given up after many attempts and
    may be retried.
    """

    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DEAD = "dead"

    @property
    def final(self) -> bool:
        """Return whether the job has ended; only an operator's order resumes it."""
        return self not in _UNFINISHED


_UNFINISHED = frozenset({JobState.READY, JobState.RUNNING})


def percent_unwatched(state: JobState) -> int:
    """Return the progress of a job that reports none, in percent."""
    return 100 if state is JobState.DONE else 0
