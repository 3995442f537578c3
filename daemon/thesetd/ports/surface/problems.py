"""Problem documents (RFC 9457), and the refusals that a route documents."""

from typing import Annotated

import attrs

from thesetd.domain.documents import Says


@attrs.frozen(kw_only=True)
class ProblemDocument:
    """What went wrong, why, and what to do; other members depend on the type."""

    type: Annotated[str, Says(example="urn:thesetd:problem:unknown-job")]
    title: Annotated[str, Says(example="Unknown job")]
    status: Annotated[int, Says(example=404)]
    detail: Annotated[str, Says(example="no job '9': `thesetctl jobs` lists them")]


@attrs.frozen(kw_only=True)
class CandidateShown:
    """An artist that may be meant."""

    id: Annotated[str, Says("The Spotify id.", example="3AA28KZvwAUcZuOKwyblJQ")]
    name: Annotated[str, Says(example="Gorillaz")]
    followers: int | None
    genres: Annotated[tuple[str, ...], Says(example=["pop"])]


@attrs.frozen(kw_only=True)
class UnknownArtistProblem(ProblemDocument):
    """There is no such artist."""

    close: Annotated[tuple[CandidateShown, ...], Says("Artists with similar names.")]


@attrs.frozen(kw_only=True)
class AmbiguousArtistProblem(ProblemDocument):
    """Several artists have this name."""

    candidates: tuple[CandidateShown, ...]


@attrs.frozen(kw_only=True)
class ProviderProblem(ProblemDocument):
    """A provider caused the problem."""

    provider: Annotated[str, Says(example="spotify")]


@attrs.frozen(kw_only=True)
class ProblemResponse:
    """An alternative status of a route: the kinds of problem, and when they occur."""

    kinds: tuple[str, ...]
    when: str
    answers: type[ProblemDocument] = ProblemDocument
