"""Defines what operators review: uncertain pages and names, and the scores of predictions."""

from datetime import date
from typing import Annotated
from uuid import UUID

import attrs

from thesetd.domain.documents import Says

__all__ = ["PredictionScore", "Review"]


@attrs.frozen(kw_only=True)
class Review:
    """Something that an operator should check: a page of setlist.fm, a name in setlists, or a show without acts."""

    kind: Annotated[str, Says(choices=("page", "song", "bill"))]
    about: Annotated[str, Says("The page's id, the name as it is written, or the show's id.", example="63de4613")]
    artist: Annotated[str, Says("The artist's name, or that of a show without acts.", example="Gorillaz")]
    slug: Annotated[str, Says("Empty for a show without acts.", example="gorillaz")]
    why: Annotated[str, Says("What is not certain.", example="another assignment is as good")]
    evidence: Annotated[tuple[str, ...], Says(example=["same day"])] = ()
    day: date | None = None
    place: Annotated[str, Says(example="Dunmore Hall, Leeds")] = ""
    songs: Annotated[int | None, Says("Songs on the page.")] = None
    show: Annotated[UUID | None, Says("Where the page stands now.")] = None
    url: Annotated[str | None, Says("The page at setlist.fm.")] = None
    proposals: Annotated[
        tuple[str, ...], Says("Songs that the name may mean, or slugs of artists in a show's name.", example=[])
    ] = ()


@attrs.frozen(kw_only=True)
class PredictionScore:
    """Mean scores of predictions, of one artist or, without a slug, of all artists; shares are 0 to 1."""

    shows: int
    f1: float
    recall: float
    openers: float
    closers: float
    brier: float
    artist: Annotated[str, Says(example="Gorillaz")] = ""
    slug: Annotated[str, Says(example="gorillaz")] = ""
    last: Annotated[date | None, Says("The latest show that was scored.")] = None
