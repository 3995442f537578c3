"""How many files the process may have open: each connection is one, and a shell's usual limit is 1,024.

The low limit is for programs that call select(2); the daemon does not, so it takes what the hard limit allows.
"""

import resource

from thesetd.adapters.web.doors import PLACES, Kind

WANTED = 8192  # as in the unit: two listeners with all their places, the providers, the database, Redis
_RESERVED = 1024  # for everything but streams
_FEWEST = 32
_LISTENERS = 2


def streams_that_fit() -> int:
    """Raise the limit as far as is wanted and allowed; return how many streams each listener may serve under it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < WANTED:
        soft = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    fitting = WANTED if soft == resource.RLIM_INFINITY else (soft - _RESERVED) // _LISTENERS
    return max(_FEWEST, min(PLACES[Kind.STREAM], fitting))
