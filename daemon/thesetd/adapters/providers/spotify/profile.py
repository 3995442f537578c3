"""The part of the API that one client id may use: it differs between applications, and may change.

Source: developer.spotify.com/documentation/web-api/tutorials/february-2026-migration-guide (read 2026-11-22).
"""

from collections.abc import Mapping
from typing import Any

import attrs

BATCH = "batch"
PAGE_LIMIT = "page-limit"
TOP_TRACKS = "top-tracks"
AUDIO_FEATURES = "audio-features"
RECOMMENDATIONS = "recommendations"

SMALL_PAGE = 10
LARGE_PAGE = 50


@attrs.frozen(kw_only=True)
class Profile:
    """The capabilities that the planner may use.

    `page_limit` is the largest page of search and artist's albums; all other lists have pages of 50 in every mode.
    """

    page_limit: int
    batch: bool
    top_tracks: bool
    audio_features: bool
    recommendations: bool

    def without(self, capability: str) -> "Profile":
        """Return the profile without a capability; the profile itself if it does not have it."""
        return attrs.evolve(self, **_LOSSES.get(capability, {}))

    @property
    def gone(self) -> tuple[str, ...]:
        """Return the missing capabilities, sorted."""
        return tuple(sorted(capability for capability in _LOSSES if self.without(capability) == self))


EXTENDED = Profile(page_limit=LARGE_PAGE, batch=True, top_tracks=True, audio_features=True, recommendations=True)
DEVELOPMENT = Profile(page_limit=SMALL_PAGE, batch=False, top_tracks=False, audio_features=False, recommendations=False)

_LOSSES: Mapping[str, dict[str, Any]] = {
    BATCH: {"batch": False},
    PAGE_LIMIT: {"page_limit": SMALL_PAGE},
    TOP_TRACKS: {"top_tracks": False},
    AUDIO_FEATURES: {"audio_features": False},
    RECOMMENDATIONS: {"recommendations": False},
}
CAPABILITIES = frozenset(_LOSSES)
