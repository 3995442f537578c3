"""Documents about operators' decisions on songs and venues."""

from datetime import datetime
from typing import Annotated

import attrs

from thesetd.domain.documents import Says


@attrs.frozen(kw_only=True)
class DecisionShown:
    """A merge or split that an operator made."""

    number: int
    what: Annotated[str, Says(choices=("merge", "split"))]
    words: Annotated[str, Says(example="'Dare' merged into 'DARE'")]
    made_at: datetime
    undone_at: datetime | None
