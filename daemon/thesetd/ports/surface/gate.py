"""Documents about the path to the providers: limits, calls, cache."""

from collections.abc import Mapping
from typing import Annotated, Any

import attrs

from thesetd.domain.documents import Says


@attrs.frozen(kw_only=True)
class WindowView:
    """One window of a limit, with the slots that are taken now."""

    limit: Annotated[str, Says(example="100/60s")]
    used: int
    full_at: Annotated[
        str | None,
        Says(
            "Of a window of a day or more: when it is used up, if calls continue at the rate of the last hours. Null"
            " if that is not expected, or not before temporary limits end."
        ),
    ] = None
    room_at: Annotated[str | None, Says("When it then has room again; null if temporary limits end first.")] = None


@attrs.frozen(kw_only=True)
class ResumingWindow:
    """One window of the configured limits, which apply again after temporary ones; calls made until then count."""

    limit: Annotated[str, Says(example="5000/1d")]
    full_at: Annotated[
        str | None, Says("Of a window of a day or more: when it is used up; null if that is not expected.")
    ] = None
    room_at: Annotated[str | None, Says("When it then has room again.")] = None


@attrs.frozen(kw_only=True)
class LaneView:
    """One lane of a provider."""

    lane: Annotated[str, Says(example="interactive")]
    waiting: Annotated[int, Says("Waiting calls.")]
    oldest_s: Annotated[float, Says("Age of the oldest waiting call in seconds.")]
    served: Annotated[int, Says("Calls served since the start.")]


@attrs.frozen(kw_only=True)
class LimitsView:
    """What holds back calls to one provider."""

    provider: Annotated[str, Says(example="spotify")]
    windows: tuple[WindowView, ...]
    lanes: tuple[LaneView, ...]
    blocked_until: Annotated[
        str | None, Says("When calls resume: the provider is rate-limiting the daemon, or refuses its credentials.")
    ] = None
    strikes: Annotated[int, Says("Penalties in a row.")] = 0
    paused: Annotated[bool, Says("Whether an operator has paused it.")] = False
    reason: Annotated[str | None, Says("Why it is blocked, in the provider's words.")] = None
    temporary_until: Annotated[str | None, Says("When temporary limits end.")] = None
    then: Annotated[
        tuple[ResumingWindow, ...],
        Says("The limits that apply after that; empty without temporary limits.", example=[]),
    ] = ()


@attrs.frozen(kw_only=True)
class AllLimits:
    """Every provider's limits, lanes and penalty."""

    limits: tuple[LimitsView, ...]


@attrs.frozen(kw_only=True)
class NewLimits:
    """Temporary limits, for a time or until the daemon restarts."""

    limits: Annotated[str, Says("Windows, separated by commas.", example="50/60s")]
    for_: Annotated[str | None, Says("A duration: 90s, 15m, 1h or 7d.", example="1h")] = None


@attrs.frozen(kw_only=True)
class CallsWanted:
    """Which calls to count."""

    by: Annotated[str, Says(choices=("provider", "endpoint", "lane", "purpose", "outcome", "job"))] = "endpoint"
    since: Annotated[str, Says("How far back: 90s, 15m, 1h or 7d.", example="24h")] = "24h"


@attrs.frozen(kw_only=True)
class CallCounts:
    """Calls to the providers, the most frequent first."""

    by: Annotated[str, Says(example="endpoint")]
    calls: Annotated[
        tuple[Mapping[str, Any], ...], Says("A row for each group.", example=[{"endpoint": "albums", "calls": 3}])
    ]


@attrs.frozen(kw_only=True)
class Stale:
    """The artist whose cached responses to delete."""

    artist: Annotated[str, Says("An id of a provider, or the exact name of a stored artist.", example="Gorillaz")]


@attrs.frozen(kw_only=True)
class Invalidated:
    """Cached responses that were deleted."""

    invalidated: Annotated[int, Says("Responses invalidated in this process; other nodes follow within seconds.")]
