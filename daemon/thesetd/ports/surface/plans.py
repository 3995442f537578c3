"""Documents about plans: estimates of work before it is done."""

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
    """What a clean-up would delete, clear or mark now."""

    rows: Annotated[
        Mapping[str, int],
        Says(
            "Deleted or cleared rows by table, and marks: artists inactive, shows withdrawn. Zeros are left out.",
            example={"thesetd.rejects": 12, "artists inactive": 3},
        ),
    ]


@attrs.frozen(kw_only=True)
class Expected:
    """An expected number, and the bounds between which it lies in four of five cases."""

    expected: float
    low: float
    high: float


@attrs.frozen(kw_only=True)
class ProviderPlanned:
    """The part of a plan for one provider."""

    provider: Annotated[str, Says(example="spotify")]
    calls: Annotated[Expected | None, Says("Null if they are unknown; the remarks say why.")]
    kinds: Annotated[
        Mapping[str, float],
        Says("The expected calls by what they refresh; empty in the plan of an import.", example={"shows": 120.0}),
    ]
    wait_s: Annotated[int | None, Says("For how long they wait for its quota; null if the calls are unknown.")]
    room: Annotated[int | None, Says("Calls that its quota has now; null if none lasts a day.")]


@attrs.frozen(kw_only=True)
class Planned:
    """An estimate of the work."""

    what: Annotated[str, Says(example="import Gorillaz")]
    basis: Annotated[str, Says("What the estimate is based on.", example="12 imports of new artists")]
    providers: tuple[ProviderPlanned, ...]
    duration_s: Annotated[Expected | None, Says("Null if it is unknown; the remarks say why.")]
    remarks: Annotated[tuple[str, ...], Says(example=[])]
