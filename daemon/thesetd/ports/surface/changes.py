"""Documents about the change feed."""

from typing import Annotated

import attrs

from thesetd.domain.changes import ChangeKind
from thesetd.domain.documents import Says
from thesetd.ports.surface.problems import ProblemDocument

MOST_CHANGES = 1000  # most changes in one page


@attrs.frozen(kw_only=True)
class ChangesWanted:
    """Which changes to list."""

    since: Annotated[
        int | None, Says("Only changes after this number; without it, from the oldest that is kept.", least=0)
    ] = None
    kinds: Annotated[tuple[ChangeKind, ...], Says("Only changes of these kinds.")] = ()
    limit: Annotated[int, Says("Maximum number of changes.", least=1, most=MOST_CHANGES)] = 100


@attrs.frozen(kw_only=True)
class ChangesFollowed:
    """Where a stream of changes begins, and which changes it holds."""

    since: Annotated[
        int | None, Says("Begin after this number; Last-Event-ID, which browsers send, outranks it.", least=0)
    ] = None
    kinds: Annotated[tuple[ChangeKind, ...], Says("Only changes of these kinds.")] = ()


@attrs.frozen(kw_only=True)
class ChangesGoneProblem(ProblemDocument):
    """The feed no longer holds all changes after that number, or has not reached it."""

    oldest: Annotated[int, Says("The number of the oldest change that is kept.", example=41)]
    last: Annotated[int, Says("The feed's last number.", example=97)]
