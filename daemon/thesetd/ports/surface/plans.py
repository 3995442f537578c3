"""Documents about plans: what something would take, told before it is done."""

from collections.abc import Mapping
from typing import Annotated

import attrs

from thesetd.domain.documents import Says


@attrs.frozen(kw_only=True)
class PlanWanted:
    """What import to plan."""

    artist: Annotated[str, Says("A slug, a name, or an id in any form.", example="gorillaz")] = ""


@attrs.frozen(kw_only=True)
class CleanupPlanned:
    """What a clean-up would delete or clear now."""

    rows: Annotated[
        Mapping[str, int],
        Says("Rows by table; tables of which nothing would go are left out.", example={"thesetd.rejects": 12}),
    ]


@attrs.frozen(kw_only=True)
class Expected:
    """A number that is expected, and the bounds between which it lies four times of five."""

    expected: float
    low: float
    high: float


@attrs.frozen(kw_only=True)
class ProviderPlanned:
    """What it takes of one provider."""

    provider: Annotated[str, Says(example="spotify")]
    calls: Expected
    wait_s: Annotated[int, Says("For how long they wait for its quota.")]
    room: Annotated[int | None, Says("Calls that its quota has now; null if none lasts a day.")]


@attrs.frozen(kw_only=True)
class Planned:
    """What something would take."""

    what: Annotated[str, Says(example="import Gorillaz")]
    basis: Annotated[str, Says("What it is told from.", example="12 imports of new artists")]
    providers: tuple[ProviderPlanned, ...]
    duration_s: Expected
    remarks: Annotated[tuple[str, ...], Says(example=[])]
