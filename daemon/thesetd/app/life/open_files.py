"""Raises the limit of open files: each connection is one, and a shell's usual limit is 1,024.

The low limit is for programs that call select(2); the daemon does not, so it takes what the hard limit allows, up to
what the listeners can use. With a lower hard limit the listeners accept fewer connections.
"""

import resource

from thesetd.adapters.web.listener.doors import PLACES
from thesetd.adapters.web.listener.serve import CONNECTIONS
from thesetd.ports.surface.endpoints import PlaceKind

WANTED = 8192  # as in the systemd unit
_RESERVED = 512  # reserved for providers, database, Redis, files
_FEWEST = 64


def connections_that_fit(listeners: int) -> int:
    """Raise the limit as far as is useful and allowed; return how many connections each listener may have with it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < WANTED:
        soft = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return CONNECTIONS
    return max(_FEWEST, min(CONNECTIONS, (soft - _RESERVED) // listeners))


def streams_within(connections: int) -> int:
    """Return how many of a listener's connections may be streams: all beyond its other requests, but at least half."""
    streams = PLACES[PlaceKind.STREAM]
    return min(streams, max(connections // 2, connections - (CONNECTIONS - streams)))
