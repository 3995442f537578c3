"""Tunes the garbage collector: it runs less often than by default, and never scans objects that exist from the start.

By default a daemon with a thousand tasks spends a fifth of its time on it, and pauses for 0.1 s now and then, which
callers notice.
"""

import gc

# Allocations minus deallocations before the youngest are scanned: nearly all that are alive then belong to an import,
# which makes so many of its tracks and songs. Scanning takes a few milliseconds, and finds what some tasks left.
YOUNG_OBJECTS = 30_000


def spare_collections() -> None:
    """Tune the collector; to be called when everything has been started."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)
