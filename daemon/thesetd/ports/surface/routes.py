"""The table of routes: every route of the listeners, its scope, what it takes and what it returns.

A handler is registered under its row, so a row without a handler and a handler without a row are errors when the daemon
starts. If paths overlap, their order decides: literal parts come before parameters.
"""

from collections.abc import Mapping
from typing import Any, Final

from thesetd.ports.surface.endpoints import ApiRoute, Parameter
from thesetd.ports.surface.rows.daemon import *
from thesetd.ports.surface.rows.feed.changes import *
from thesetd.ports.surface.rows.feed.webhooks import *
from thesetd.ports.surface.rows.freshness import *
from thesetd.ports.surface.rows.identity import *
from thesetd.ports.surface.rows.imports import *
from thesetd.ports.surface.rows.jobs.orders import *
from thesetd.ports.surface.rows.jobs.why import *
from thesetd.ports.surface.rows.page import *
from thesetd.ports.surface.rows.pauses import *
from thesetd.ports.surface.rows.plans import *
from thesetd.ports.surface.rows.providers import *
from thesetd.ports.surface.rows.refreshes import *
from thesetd.ports.surface.rows.schedule_runs import *
from thesetd.ports.surface.rows.schedules import *
from thesetd.ports.surface.rows.setlists import *
from thesetd.ports.surface.rows.songs import *
from thesetd.ports.surface.rows.venues import *

TAGS: Final[Mapping[str, str]] = {
    "imports": "Import artists and follow their progress.",
    "changes": "What changed in the catalogue, as a feed that readers resume by number.",
    "jobs": "Look at jobs, give orders about them, and pause work.",
    "freshness": "Pins, and interest that the application reports.",
    "providers": "Limits, calls, breakers and cached responses.",
    "songs": "Songs, predicted setlists, and manual decisions about them.",
    "setlists": "Setlists that were played, and how accurate predictions were.",
    "venues": "Venues that are the same place, and manual decisions about that.",
    "identity": "Artist identities, and manual decisions about them.",
    "daemon": "The daemon itself.",
}
PARAMETERS: Final[Mapping[str, Parameter]] = {
    "job_id": Parameter(text="A job's number.", example=1),
    "name": Parameter(text="The name of a schedule or a breaker.", example="sync-trending", slashes=True),
    "what": Parameter(text="A provider, a schedule, or all.", example="spotify", slashes=True),
    "provider": Parameter(text="A provider's name.", example="spotify", slashes=True),
    "artist": Parameter(text="A slug, a name, or an id in any form.", example="gorillaz", slashes=True),
    "reference": Parameter(text="A song's id, a Spotify track's, or an artist's slug.", example="gorillaz"),
    "song": Parameter(text="A song's id.", example="00000000-0000-0000-0000-00000000002b"),
    "where": Parameter(text="A venue's id, a provider's id of it, or a name.", example="Harbour Arena"),
    "venue": Parameter(text="A venue's id.", example="00000000-0000-0000-0000-00000000002d"),
    "setlist": Parameter(text="A setlist's id.", example="00000000-0000-0000-0000-00000000002b"),
    "show": Parameter(text="The id of a show's row.", example="00000000-0000-0000-0000-00000000002c"),
    "page": Parameter(text="The id of a page of setlist.fm.", example="63de4613"),
    "about": Parameter(text="What the answer is about: page or song.", example="page"),
    "number": Parameter(text="The number of a decision.", example=1),
    "webhook": Parameter(text="The name of a webhook.", example="theset"),
    "slug": Parameter(text="An artist's slug.", example="gorillaz"),
}

ROUTES: Final[tuple[ApiRoute[Any], ...]] = tuple(row for row in list(globals().values()) if isinstance(row, ApiRoute))
