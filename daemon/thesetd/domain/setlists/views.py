"""What people look at: pages and names that are not certain, and how good predictions were."""

from datetime import date
from uuid import UUID

import attrs

__all__ = ["PredictionScore", "Review"]


@attrs.frozen(kw_only=True)
class Review:
    """Something that a person should look at: a page of setlist.fm, or a name in setlists.

    `about` is the page's id, or the name as it is written; `show` where the page stands now; `proposals` are songs that
    the name may mean.
    """

    kind: str
    about: str
    artist: str
    slug: str
    why: str
    evidence: tuple[str, ...] = ()
    day: date | None = None
    place: str = ""
    songs: int | None = None
    show: UUID | None = None
    url: str | None = None
    proposals: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class PredictionScore:
    """Means of scored predictions, of one artist or, without a slug, of all; shares are 0 to 1."""

    shows: int
    f1: float
    recall: float
    openers: float
    closers: float
    brier: float
    artist: str = ""
    slug: str = ""
    last: date | None = None
